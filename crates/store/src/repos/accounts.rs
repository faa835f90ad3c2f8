//! Accounts, applications, credentials.

use async_trait::async_trait;
use engine::{
    Account, AccountId, Accounts, Application, ApplicationId, Credential, CredentialId, CredentialKind, Credits, Door,
    Page, StoreError, Timestamp,
};
use sqlx::any::AnyRow;
use sqlx::{Row, query};

use super::statements;
use crate::database::SqlTransaction;
use crate::row::{FromAnyRow, broken, micros, opt_time, parsed, time};

type Result<T, E = StoreError> = std::result::Result<T, E>;

statements! {
    INSERT_ACCOUNT = "INSERT INTO accounts (id, name, disabled_at, created_at) VALUES ($1, $2, $3, $4)";
    ACCOUNT = "SELECT * FROM accounts WHERE id = $1";
    ACCOUNTS = "SELECT * FROM accounts ORDER BY created_at, id LIMIT $1 OFFSET $2";
    UPDATE_ACCOUNT = "UPDATE accounts SET name = $2, disabled_at = $3 WHERE id = $1";
    INSERT_APPLICATION = "INSERT INTO applications (id, account_id, door, billing, remaining, used, \
        allow_general_balance, disabled_at, expires_at, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, 0, 0, $5, $6, $7, $8, $9)";
    APPLICATION = "SELECT * FROM applications WHERE account_id = $1 AND id = $2";
    ANY_APPLICATION = "SELECT * FROM applications WHERE id = $1";
    DOOR_APPLICATION = "SELECT * FROM applications WHERE account_id = $1 AND door = $2";
    APPLICATIONS = "SELECT * FROM applications WHERE $1 = '' OR account_id = $1 \
        ORDER BY created_at, account_id, door LIMIT $2 OFFSET $3";
    UPDATE_APPLICATION = "UPDATE applications SET billing = $2, allow_general_balance = $3, disabled_at = $4, \
        expires_at = $5, updated_at = $6 WHERE id = $1";
    INSERT_CREDENTIAL = "INSERT INTO credentials (id, account_id, application_id, name, kind, public_id, secret_hash, \
        sealed_secret, allowed_apis, host, spend_limit, used, requests_per_second, expires_at, disabled_at, \
        created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, $16)";
    CREDENTIAL_BY_HASH = "SELECT * FROM credentials WHERE secret_hash = $1";
    ANY_CREDENTIAL = "SELECT * FROM credentials WHERE id = $1";
    CREDENTIALS = "SELECT * FROM credentials WHERE $1 = '' OR account_id = $1 \
        ORDER BY created_at, id LIMIT $2 OFFSET $3";
    LIVE_CREDENTIALS = "SELECT * FROM credentials WHERE application_id = $1 AND kind = $2 AND disabled_at IS NULL \
        AND (expires_at IS NULL OR expires_at > $3) ORDER BY created_at DESC, id DESC LIMIT 100";
    UPDATE_CREDENTIAL = "UPDATE credentials SET name = $2, secret_hash = $3, sealed_secret = $4, allowed_apis = $5, \
        host = $6, spend_limit = $7, requests_per_second = $8, expires_at = $9, disabled_at = $10, updated_at = $11 \
        WHERE id = $1";
}

#[async_trait]
impl Accounts for SqlTransaction {
    async fn insert_account(&mut self, account: &Account) -> Result<()> {
        let statement = query(INSERT_ACCOUNT)
            .bind(account.id.as_str())
            .bind(account.name.as_str())
            .bind(micros(account.disabled_at))
            .bind(account.created_at.as_micros());
        self.run("add an account", statement).await.map(|_| ())
    }

    async fn account(&mut self, id: &AccountId) -> Result<Option<Account>> {
        self.one("read an account", query(ACCOUNT).bind(id.as_str())).await
    }

    async fn accounts(&mut self, page: Page) -> Result<Vec<Account>> {
        let statement = query(ACCOUNTS).bind(i64::from(page.limit)).bind(i64::from(page.offset));
        self.all("list accounts", statement).await
    }

    async fn update_account(&mut self, account: &Account) -> Result<bool> {
        let statement = query(UPDATE_ACCOUNT)
            .bind(account.id.as_str())
            .bind(account.name.as_str())
            .bind(micros(account.disabled_at));
        Ok(self.run("change an account", statement).await? == 1)
    }

    async fn insert_application(&mut self, application: &Application) -> Result<()> {
        let statement = query(INSERT_APPLICATION)
            .bind(application.id.as_str())
            .bind(application.account_id.as_str())
            .bind(door_name(application.door))
            .bind(application.billing.name())
            .bind(i64::from(application.allow_general_balance))
            .bind(micros(application.disabled_at))
            .bind(micros(application.expires_at))
            .bind(application.created_at.as_micros())
            .bind(application.updated_at.as_micros());
        self.run("add an application", statement).await.map(|_| ())
    }

    async fn application(&mut self, account: &AccountId, id: &ApplicationId) -> Result<Option<Application>> {
        let statement = query(APPLICATION).bind(account.as_str()).bind(id.as_str());
        self.one("read an application", statement).await
    }

    async fn any_application(&mut self, id: &ApplicationId) -> Result<Option<Application>> {
        self.one("read an application", query(ANY_APPLICATION).bind(id.as_str())).await
    }

    async fn door_application(&mut self, account: &AccountId, door: Door) -> Result<Option<Application>> {
        let statement = query(DOOR_APPLICATION).bind(account.as_str()).bind(door.name());
        self.one("read an application", statement).await
    }

    async fn global_application(&mut self, account: &AccountId) -> Result<Option<Application>> {
        let statement = query(DOOR_APPLICATION).bind(account.as_str()).bind(door_name(None));
        self.one("read an application", statement).await
    }

    async fn applications(&mut self, account: Option<&AccountId>, page: Page) -> Result<Vec<Application>> {
        let statement = query(APPLICATIONS)
            .bind(account.map_or("", AccountId::as_str))
            .bind(i64::from(page.limit))
            .bind(i64::from(page.offset));
        self.all("list applications", statement).await
    }

    async fn update_application(&mut self, application: &Application) -> Result<bool> {
        let statement = query(UPDATE_APPLICATION)
            .bind(application.id.as_str())
            .bind(application.billing.name())
            .bind(i64::from(application.allow_general_balance))
            .bind(micros(application.disabled_at))
            .bind(micros(application.expires_at))
            .bind(application.updated_at.as_micros());
        Ok(self.run("change an application", statement).await? == 1)
    }

    async fn insert_credential(&mut self, credential: &Credential) -> Result<()> {
        let statement = query(INSERT_CREDENTIAL)
            .bind(credential.id.as_str())
            .bind(credential.account_id.as_str())
            .bind(credential.application_id.as_str())
            .bind(credential.name.as_str())
            .bind(credential.kind.name())
            .bind(credential.public_id.as_deref())
            .bind(credential.secret_hash.as_str())
            .bind(credential.sealed_secret.as_ref().map(hex::encode))
            .bind(credential.allowed_apis.join(","))
            .bind(credential.host.as_deref())
            .bind(credential.spend_limit.map(|limit| limit.0))
            .bind(credential.requests_per_second.map(i64::from))
            .bind(micros(credential.expires_at))
            .bind(micros(credential.disabled_at))
            .bind(credential.created_at.as_micros())
            .bind(credential.updated_at.as_micros());
        self.run("add a credential", statement).await.map(|_| ())
    }

    async fn credential_by_hash(&mut self, hash: &str) -> Result<Option<Credential>> {
        self.one("read a credential", query(CREDENTIAL_BY_HASH).bind(hash)).await
    }

    async fn any_credential(&mut self, id: &CredentialId) -> Result<Option<Credential>> {
        self.one("read a credential", query(ANY_CREDENTIAL).bind(id.as_str())).await
    }

    async fn credentials(&mut self, account: Option<&AccountId>, page: Page) -> Result<Vec<Credential>> {
        let statement = query(CREDENTIALS)
            .bind(account.map_or("", AccountId::as_str))
            .bind(i64::from(page.limit))
            .bind(i64::from(page.offset));
        self.all("list credentials", statement).await
    }

    async fn live_credentials(
        &mut self,
        application: &ApplicationId,
        kind: CredentialKind,
        now: Timestamp,
    ) -> Result<Vec<Credential>> {
        let statement = query(LIVE_CREDENTIALS).bind(application.as_str()).bind(kind.name()).bind(now.as_micros());
        self.all("list credentials", statement).await
    }

    async fn update_credential(&mut self, credential: &Credential) -> Result<bool> {
        let statement = query(UPDATE_CREDENTIAL)
            .bind(credential.id.as_str())
            .bind(credential.name.as_str())
            .bind(credential.secret_hash.as_str())
            .bind(credential.sealed_secret.as_ref().map(hex::encode))
            .bind(credential.allowed_apis.join(","))
            .bind(credential.host.as_deref())
            .bind(credential.spend_limit.map(|limit| limit.0))
            .bind(credential.requests_per_second.map(i64::from))
            .bind(micros(credential.expires_at))
            .bind(micros(credential.disabled_at))
            .bind(credential.updated_at.as_micros());
        Ok(self.run("change a credential", statement).await? == 1)
    }
}

/// Returns the column's text; the global application's is empty.
fn door_name(door: Option<Door>) -> &'static str {
    door.map_or("", Door::name)
}

impl FromAnyRow for Account {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: AccountId::from_text(row.try_get::<String, _>("id")?),
            name: row.try_get("name")?,
            disabled_at: opt_time(row, "disabled_at")?,
            created_at: time(row, "created_at")?,
        })
    }
}

impl FromAnyRow for Application {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let door: String = row.try_get("door")?;
        let door = if door.is_empty() { None } else { Some(parsed(row, "door")?) };
        Ok(Self {
            id: ApplicationId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            door,
            billing: parsed(row, "billing")?,
            remaining: Credits(row.try_get("remaining")?),
            used: Credits(row.try_get("used")?),
            allow_general_balance: row.try_get::<i64, _>("allow_general_balance")? != 0,
            disabled_at: opt_time(row, "disabled_at")?,
            expires_at: opt_time(row, "expires_at")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}

impl FromAnyRow for Credential {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let sealed: Option<String> = row.try_get("sealed_secret")?;
        let sealed = sealed.map(hex::decode).transpose().map_err(|error| broken("sealed_secret", error))?;
        let apis: String = row.try_get("allowed_apis")?;
        let rate: Option<i64> = row.try_get("requests_per_second")?;
        Ok(Self {
            id: CredentialId::from_text(row.try_get::<String, _>("id")?),
            account_id: AccountId::from_text(row.try_get::<String, _>("account_id")?),
            application_id: ApplicationId::from_text(row.try_get::<String, _>("application_id")?),
            name: row.try_get("name")?,
            kind: parsed(row, "kind")?,
            public_id: row.try_get("public_id")?,
            secret_hash: row.try_get("secret_hash")?,
            sealed_secret: sealed,
            allowed_apis: apis.split(',').filter(|api| !api.is_empty()).map(str::to_owned).collect(),
            host: row.try_get("host")?,
            spend_limit: row.try_get::<Option<i64>, _>("spend_limit")?.map(Credits),
            used: Credits(row.try_get("used")?),
            requests_per_second: rate.and_then(|rate| u32::try_from(rate).ok()),
            expires_at: opt_time(row, "expires_at")?,
            disabled_at: opt_time(row, "disabled_at")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }
}
