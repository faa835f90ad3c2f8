//! Prices, balances, reservations, the ledger.

use async_trait::async_trait;
use engine::{
    AccountId, ApplicationId, Charge, ChargeId, ChargeState, CredentialId, Credits, Ledger, LedgerEntry, LedgerId,
    Page, Price, StoreError, Timestamp, TraceId,
};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, parsed, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    PRICE = "SELECT amount FROM prices WHERE door = $1 AND api = $2";
    SET_PRICE = "INSERT INTO prices (door, api, amount) VALUES ($1, $2, $3) \
        ON CONFLICT (door, api) DO UPDATE SET amount = excluded.amount";
    PRICES = "SELECT door, api, amount FROM prices ORDER BY door, api";
    DEBIT_APPLICATION = "UPDATE applications SET remaining = remaining - $2, updated_at = $3 \
        WHERE id = $1 AND remaining >= $2";
    CREDIT_APPLICATION = "UPDATE applications SET remaining = remaining + $2, updated_at = $3 WHERE id = $1";
    COUNT_USED = "UPDATE applications SET used = used + $2, updated_at = $3 WHERE id = $1";
    SPEND_FROM_CREDENTIAL = "UPDATE credentials SET used = used + $2, updated_at = $3 \
        WHERE id = $1 AND (spend_limit IS NULL OR used + $2 <= spend_limit)";
    REFUND_CREDENTIAL = "UPDATE credentials SET used = used - $2, updated_at = $3 WHERE id = $1";
    INSERT_CHARGE = "INSERT INTO charges (id, account_id, application_id, credential_id, trace_id, amount, state, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, 'reserved', $7)";
    CLOSE_CHARGE = "UPDATE charges SET state = $2, closed_at = $3 WHERE id = $1 AND state = 'reserved' RETURNING *";
    INSERT_ENTRY = "INSERT INTO ledger (id, account_id, application_id, charge_id, kind, amount, note, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LEDGER = "SELECT * FROM ledger WHERE application_id = $1 ORDER BY created_at DESC, id LIMIT $2 OFFSET $3";
    DIFFERENCES = "SELECT id, remaining - total AS difference FROM (SELECT a.id, a.remaining, \
        (SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM ledger l WHERE l.application_id = a.id) AS total \
        FROM applications a) AS sums WHERE remaining <> total";
    OPEN_CHARGES = "SELECT COUNT(*) FROM charges WHERE state = 'reserved'";
}

#[async_trait]
impl Ledger for SqlTransaction {
    async fn price(&mut self, door: &str, api: &str) -> Result<Option<Credits>> {
        let amount: Option<i64> = self.one("read a price", query(PRICE).bind(door).bind(api)).await?;
        Ok(amount.map(Credits))
    }

    async fn set_price(&mut self, price: &Price) -> Result<()> {
        let statement = query(SET_PRICE).bind(price.door.as_str()).bind(price.api.as_str()).bind(price.amount.0);
        self.run("set a price", statement).await.map(|_| ())
    }

    async fn prices(&mut self) -> Result<Vec<Price>> {
        self.all("list prices", query(PRICES)).await
    }

    async fn debit_application(&mut self, id: &ApplicationId, amount: Credits, now: Timestamp) -> Result<bool> {
        let statement = query(DEBIT_APPLICATION).bind(id.as_str()).bind(amount.0).bind(now.as_micros());
        Ok(self.run("debit a balance", statement).await? == 1)
    }

    async fn credit_application(&mut self, id: &ApplicationId, amount: Credits, now: Timestamp) -> Result<bool> {
        let statement = query(CREDIT_APPLICATION).bind(id.as_str()).bind(amount.0).bind(now.as_micros());
        Ok(self.run("credit a balance", statement).await? == 1)
    }

    async fn count_used(&mut self, id: &ApplicationId, amount: Credits, now: Timestamp) -> Result<()> {
        let statement = query(COUNT_USED).bind(id.as_str()).bind(amount.0).bind(now.as_micros());
        self.run("count spent credits", statement).await.map(|_| ())
    }

    async fn spend_from_credential(&mut self, id: &CredentialId, amount: Credits, now: Timestamp) -> Result<bool> {
        let statement = query(SPEND_FROM_CREDENTIAL).bind(id.as_str()).bind(amount.0).bind(now.as_micros());
        Ok(self.run("count a credential's credits", statement).await? == 1)
    }

    async fn refund_credential(&mut self, id: &CredentialId, amount: Credits, now: Timestamp) -> Result<()> {
        let statement = query(REFUND_CREDENTIAL).bind(id.as_str()).bind(amount.0).bind(now.as_micros());
        self.run("refund a credential", statement).await.map(|_| ())
    }

    async fn insert_charge(&mut self, charge: &Charge, now: Timestamp) -> Result<()> {
        let statement = query(INSERT_CHARGE)
            .bind(charge.id.as_str())
            .bind(charge.account_id.as_str())
            .bind(charge.application_id.as_str())
            .bind(charge.credential_id.as_str())
            .bind(charge.trace_id.as_str())
            .bind(charge.amount.0)
            .bind(now.as_micros());
        self.run("reserve credits", statement).await.map(|_| ())
    }

    async fn close_charge(&mut self, id: &ChargeId, state: ChargeState, now: Timestamp) -> Result<Option<Charge>> {
        let state = match state {
            ChargeState::Reserved => "reserved",
            ChargeState::Settled => "settled",
            ChargeState::Released => "released",
        };
        let statement = query(CLOSE_CHARGE).bind(id.as_str()).bind(state).bind(now.as_micros());
        self.one("close a reservation", statement).await
    }

    async fn insert_ledger_entry(&mut self, entry: &LedgerEntry) -> Result<()> {
        let statement = query(INSERT_ENTRY)
            .bind(entry.id.as_str())
            .bind(entry.account_id.as_str())
            .bind(entry.application_id.as_str())
            .bind(entry.charge_id.as_ref().map(ChargeId::as_str))
            .bind(entry.kind.name())
            .bind(entry.amount.0)
            .bind(entry.note.as_str())
            .bind(entry.created_at.as_micros());
        self.run("add a ledger row", statement).await.map(|_| ())
    }

    async fn ledger(&mut self, application: &ApplicationId, page: Page) -> Result<Vec<LedgerEntry>> {
        let statement =
            query(LEDGER).bind(application.as_str()).bind(i64::from(page.limit)).bind(i64::from(page.offset));
        self.all("list the ledger", statement).await
    }

    async fn ledger_differences(&mut self) -> Result<Vec<(ApplicationId, Credits)>> {
        let rows: Vec<Difference> = self.all("audit the ledger", query(DIFFERENCES)).await?;
        Ok(rows.into_iter().map(|row| (row.application_id, row.difference)).collect())
    }

    async fn open_charges(&mut self) -> Result<i64> {
        let count: Option<i64> = self.one("count open reservations", query(OPEN_CHARGES)).await?;
        Ok(count.unwrap_or_default())
    }
}

struct Difference {
    application_id: ApplicationId,
    difference: Credits,
}

impl FromAnyRow for Difference {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            application_id: ApplicationId::from_text(row.try_get::<String, _>("id")?),
            difference: Credits(row.try_get("difference")?),
        })
    }
}

impl FromAnyRow for Price {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self { door: row.try_get("door")?, api: row.try_get("api")?, amount: Credits(row.try_get("amount")?) })
    }
}

impl FromAnyRow for Charge {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: ChargeId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            application_id: ApplicationId::from_text(row.try_get::<String, _>("application_id")?),
            credential_id: CredentialId::from_text(row.try_get::<String, _>("credential_id")?),
            trace_id: TraceId::from_text(row.try_get::<String, _>("trace_id")?),
            amount: Credits(row.try_get("amount")?),
        })
    }
}

impl FromAnyRow for LedgerEntry {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: LedgerId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            application_id: ApplicationId::from_text(row.try_get::<String, _>("application_id")?),
            charge_id: row.try_get::<Option<String>, _>("charge_id")?.map(ChargeId::from_text),
            kind: parsed(row, "kind")?,
            amount: Credits(row.try_get("amount")?),
            note: row.try_get("note")?,
            created_at: time(row, "created_at")?,
        })
    }
}
