//! Sequences, the numbers of accounts, the name of the database.

use async_trait::async_trait;
use engine::recognition::{Numbers, Sequence};
use engine::{AccountId, StoreError};
use sqlx::query;

use super::statements;
use crate::database::SqlTransaction;

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    // Whoever takes from a sequence holds its row until the transaction ends. So, in PostgreSQL too, a number becomes
    // visible only after all smaller ones: a reader of the index feed that has seen change 7 will not find a change 6
    // later.
    TAKE_NUMBERS = "INSERT INTO numbers (name, last) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET last = numbers.last + $2 RETURNING last";
    LAST_NUMBER = "SELECT last FROM numbers WHERE name = $1";
    RAISE_NUMBER = "INSERT INTO numbers (name, last) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET last = excluded.last WHERE numbers.last < excluded.last";
    ACCOUNT_NUMBER = "SELECT number FROM account_numbers WHERE account_id = $1";
    SET_ACCOUNT_NUMBER = "INSERT INTO account_numbers (account_id, number) VALUES ($1, $2) \
        ON CONFLICT (account_id) DO NOTHING";
    DATABASE_NAME = "SELECT name FROM database_names WHERE id = 1";
    NAME_DATABASE = "INSERT INTO database_names (id, name) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
}

#[async_trait]
impl Numbers for SqlTransaction {
    async fn take_numbers(&mut self, sequence: Sequence, count: u32) -> Result<i64> {
        let count = i64::from(count);
        let statement = query(TAKE_NUMBERS).bind(sequence.name()).bind(count);
        let last = self.count("take a number", statement).await?;
        Ok(last - count + 1)
    }

    async fn last_number(&mut self, sequence: Sequence) -> Result<i64> {
        self.count("read a sequence", query(LAST_NUMBER).bind(sequence.name())).await
    }

    async fn raise_number(&mut self, sequence: Sequence, to: i64) -> Result<()> {
        let statement = query(RAISE_NUMBER).bind(sequence.name()).bind(to);
        self.run("raise a sequence", statement).await.map(|_| ())
    }

    async fn account_number(&mut self, account: &AccountId) -> Result<Option<i64>> {
        self.one("read an account's number", query(ACCOUNT_NUMBER).bind(account.as_str())).await
    }

    async fn set_account_number(&mut self, account: &AccountId, number: i64) -> Result<()> {
        let statement = query(SET_ACCOUNT_NUMBER).bind(account.as_str()).bind(number);
        self.run("number an account", statement).await.map(|_| ())
    }

    async fn database_name(&mut self, candidate: &str) -> Result<String> {
        if let Some(name) = self.one("read the database's name", query(DATABASE_NAME)).await? {
            return Ok(name);
        }
        self.run("name the database", query(NAME_DATABASE).bind(candidate)).await?;
        // Another process may have been faster.
        let name: Option<String> = self.one("read the database's name", query(DATABASE_NAME)).await?;
        Ok(name.unwrap_or_else(|| candidate.to_owned()))
    }
}
