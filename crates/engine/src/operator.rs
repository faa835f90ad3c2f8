//! What the operator does: accounts, applications, credentials, prices and balances.

use std::time::Duration;

use serde::Serialize;

use crate::access::{Account, Application, Billing, Credential, CredentialKind, Door};
use crate::credit::{Credits, LedgerEntry, LedgerKind, Price};
use crate::ids::{AccountId, ApplicationId, CredentialId, LedgerId};
use crate::secret::Secret;
use crate::store::{Page, Transaction};
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// Random bytes in a secret: 256 bits.
const SECRET_BYTES: usize = 32;
/// Random bytes in the public half of a key pair.
const PUBLIC_ID_BYTES: usize = 12;

/// What a new credential should be like.
#[derive(Debug, Clone, Default)]
pub struct CredentialRequest {
    /// What to call it.
    pub name: String,
    /// How it is presented; the door's usual form if not given.
    pub kind: Option<CredentialKind>,
    /// The APIs it may call; empty for all.
    pub allowed_apis: Vec<String>,
    /// The only host whose pages may use it.
    pub host: Option<String>,
    /// Most credits it may ever spend.
    pub spend_limit: Option<Credits>,
    /// Requests per second.
    pub requests_per_second: Option<u32>,
    /// How long it works.
    pub expires_in: Option<Duration>,
}

/// A credential with its secret, which is shown this once.
#[derive(Debug, Clone)]
pub struct CreatedCredential {
    /// The row.
    pub credential: Credential,
    /// The door, `None` for a general credential.
    pub door: Option<Door>,
    /// The secret half.
    pub secret: Secret,
}

/// One member of a credential as a script reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretMember {
    /// The member's name in the door's words.
    pub name: &'static str,
    /// Its text.
    pub value: String,
}

impl CreatedCredential {
    /// Returns the secret's parts under the names that the door's clients know.
    pub fn members(&self) -> Vec<SecretMember> {
        let secret = |name| SecretMember { name, value: self.secret.expose().to_owned() };
        let public = |name| SecretMember { name, value: self.credential.public_id.clone().unwrap_or_default() };
        match (self.credential.kind, self.door) {
            (CredentialKind::AppKey, _) => vec![public("app_id"), secret("user_key")],
            (CredentialKind::AccessKey, _) => vec![public("access_key"), secret("access_secret")],
            (CredentialKind::ApiKey, _) => vec![secret("api_key")],
            (CredentialKind::Bearer, Some(Door::Acrcloud)) => vec![secret("access_token")],
            (CredentialKind::Bearer | CredentialKind::Platform, _) => vec![secret("token")],
        }
    }
}

/// Returns the form in which a door's clients present a credential.
pub(crate) fn usual_kind(door: Option<Door>) -> CredentialKind {
    match door {
        Some(Door::Aistudios) => CredentialKind::AppKey,
        Some(Door::Hourone) => CredentialKind::ApiKey,
        Some(Door::Producer | Door::Acrcloud | Door::Spiritme | Door::Phonoscope) | None => CredentialKind::Bearer,
    }
}

/// The most rows that an internal look through a list takes at once.
pub(crate) const ALL_ROWS: Page = Page { limit: 1000, offset: 0 };

impl Engine {
    /// Creates an account with its global application and one application per door.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is empty or cannot be printed on a line.
    pub async fn create_account(&self, name: &str) -> Result<Account> {
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(Error::Invalid { field: "name", reason: "must be printable text".to_owned() });
        }
        let now = self.now();
        let account = Account {
            id: AccountId::random(self.entropy()),
            name: name.to_owned(),
            disabled_at: None,
            created_at: now,
        };
        let mut tx = self.store().write().await?;
        tx.insert_account(&account).await?;
        for door in std::iter::once(None).chain(Door::VENDORS.into_iter().map(Some)) {
            tx.insert_application(&self.new_application(&account.id, door)).await?;
        }
        tx.commit().await?;
        Ok(account)
    }

    fn new_application(&self, account_id: &AccountId, door: Option<Door>) -> Application {
        let now = self.now();
        Application {
            id: ApplicationId::random(self.entropy()),
            account_id: account_id.clone(),
            door,
            billing: Billing::Usage,
            remaining: Credits(0),
            used: Credits(0),
            allow_general_balance: true,
            disabled_at: None,
            expires_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Lists accounts.
    pub async fn accounts(&self, page: Page) -> Result<Vec<Account>> {
        Ok(self.store().read().await?.accounts(page).await?)
    }

    /// Finds an account.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn account(&self, id: &AccountId) -> Result<Account> {
        self.store().read().await?.account(id).await?.ok_or_else(|| missing("account", id.as_str()))
    }

    /// Finds the oldest account, the one the first start made.
    ///
    /// # Errors
    /// [`Error::NotFound`] on an installation without accounts.
    pub async fn first_account(&self) -> Result<Account> {
        let first = self.accounts(Page { limit: 1, offset: 0 }).await?.into_iter().next();
        first.ok_or_else(|| missing("account", "(any)"))
    }

    /// Shuts an account out of every door, or lets it in again.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_account_enabled(&self, id: &AccountId, change: Enabled) -> Result<Account> {
        let mut tx = self.store().write().await?;
        let mut account = tx.account(id).await?.ok_or_else(|| missing("account", id.as_str()))?;
        account.disabled_at = change.disabled_at(self.now());
        tx.update_account(&account).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Adds an account's application for a door (or its global one) where it has none.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the account; [`Error::Conflict`] if there is one.
    pub async fn create_application(&self, account_id: &AccountId, door: Option<Door>) -> Result<Application> {
        let mut tx = self.store().write().await?;
        if tx.account(account_id).await?.is_none() {
            return Err(missing("account", account_id.as_str()));
        }
        if find_application(tx.as_mut(), account_id, door).await?.is_some() {
            let name = door.map_or("global", Door::name);
            return Err(Error::Conflict(format!("the account has an application for `{name}` already")));
        }
        let application = self.new_application(account_id, door);
        tx.insert_application(&application).await?;
        tx.commit().await?;
        Ok(application)
    }

    /// Lists applications of one account, or of all.
    pub async fn applications(&self, account_id: Option<&AccountId>, page: Page) -> Result<Vec<Application>> {
        Ok(self.store().read().await?.applications(account_id, page).await?)
    }

    /// Finds an application.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn application(&self, id: &ApplicationId) -> Result<Application> {
        self.store().read().await?.any_application(id).await?.ok_or_else(|| missing("application", id.as_str()))
    }

    /// Changes an application's state.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn change_application(
        &self,
        id: &ApplicationId,
        change: impl FnOnce(&mut Application, Timestamp) + Send,
    ) -> Result<Application> {
        let mut tx = self.store().write().await?;
        let found = tx.any_application(id).await?;
        let mut application = found.ok_or_else(|| missing("application", id.as_str()))?;
        change(&mut application, self.now());
        application.updated_at = self.now();
        tx.update_application(&application).await?;
        tx.commit().await?;
        Ok(application)
    }

    /// Creates a credential of an account for a door, or, without a door, one that spends the general balance.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the account or its application.
    pub async fn create_credential(
        &self,
        account_id: &AccountId,
        door: Option<Door>,
        request: CredentialRequest,
    ) -> Result<CreatedCredential> {
        let mut tx = self.store().write().await?;
        let created = self.insert_credential(tx.as_mut(), account_id, door, request).await?;
        tx.commit().await?;
        Ok(created)
    }

    pub(crate) async fn insert_credential(
        &self,
        tx: &mut dyn Transaction,
        account_id: &AccountId,
        door: Option<Door>,
        request: CredentialRequest,
    ) -> Result<CreatedCredential> {
        let kind = request.kind.unwrap_or_else(|| usual_kind(door));
        let secret = self.new_secret(kind);
        let has_public_id = matches!(kind, CredentialKind::AppKey | CredentialKind::AccessKey);
        let public_id = has_public_id.then(|| Secret::random("", PUBLIC_ID_BYTES, self.entropy()).expose().to_owned());
        if tx.account(account_id).await?.is_none() {
            return Err(missing("account", account_id.as_str()));
        }
        let application = find_application(tx, account_id, door).await?;
        let application = application.ok_or_else(|| missing("application for", door.map_or("global", Door::name)))?;
        let now = self.now();
        let credential = Credential {
            id: CredentialId::random(self.entropy()),
            account_id: account_id.clone(),
            application_id: application.id,
            name: request.name,
            kind,
            public_id,
            secret_hash: self.key().hash_token(secret.expose()),
            sealed_secret: (kind == CredentialKind::AccessKey).then(|| self.key().seal(&secret, self.entropy())),
            allowed_apis: request.allowed_apis,
            host: request.host,
            spend_limit: request.spend_limit,
            used: Credits(0),
            requests_per_second: request.requests_per_second,
            expires_at: request.expires_in.map(|duration| now.saturating_add(duration)),
            disabled_at: None,
            created_at: now,
            updated_at: now,
        };
        tx.insert_credential(&credential).await?;
        Ok(CreatedCredential { credential, door, secret })
    }

    fn new_secret(&self, kind: CredentialKind) -> Secret {
        let prefix = if kind == CredentialKind::Platform { "platform-" } else { "" };
        Secret::random(prefix, SECRET_BYTES, self.entropy())
    }

    /// Lists credentials of one account, or of all.
    pub async fn credentials(&self, account_id: Option<&AccountId>, page: Page) -> Result<Vec<Credential>> {
        Ok(self.store().read().await?.credentials(account_id, page).await?)
    }

    /// Finds a credential.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn credential(&self, id: &CredentialId) -> Result<Credential> {
        self.store().read().await?.any_credential(id).await?.ok_or_else(|| missing("credential", id.as_str()))
    }

    /// Changes a credential's state.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn change_credential(
        &self,
        id: &CredentialId,
        change: impl FnOnce(&mut Credential, Timestamp) + Send,
    ) -> Result<Credential> {
        let mut tx = self.store().write().await?;
        let found = tx.any_credential(id).await?;
        let mut credential = found.ok_or_else(|| missing("credential", id.as_str()))?;
        change(&mut credential, self.now());
        credential.updated_at = self.now();
        tx.update_credential(&credential).await?;
        tx.commit().await?;
        Ok(credential)
    }

    /// Gives a credential a new secret; the old one stops working at once.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn rotate_credential(&self, id: &CredentialId) -> Result<CreatedCredential> {
        let kind = self.credential(id).await?.kind;
        let secret = self.new_secret(kind);
        let hash = self.key().hash_token(secret.expose());
        let sealed = (kind == CredentialKind::AccessKey).then(|| self.key().seal(&secret, self.entropy()));
        let credential = self
            .change_credential(id, |credential, _| {
                credential.secret_hash = hash;
                credential.sealed_secret = sealed;
            })
            .await?;
        let door = self.application(&credential.application_id).await?.door;
        Ok(CreatedCredential { credential, door, secret })
    }

    /// Gives credits to an application, or takes them for a negative amount.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn grant_credits(&self, id: &ApplicationId, amount: Credits, note: &str) -> Result<Application> {
        self.change_balance(id, note, |_| amount).await
    }

    /// Grants or takes what is missing for an application to have exactly `amount` left.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn set_balance(&self, id: &ApplicationId, amount: Credits, note: &str) -> Result<Application> {
        self.change_balance(id, note, |remaining| Credits(amount.0.saturating_sub(remaining.0))).await
    }

    async fn change_balance(
        &self,
        id: &ApplicationId,
        note: &str,
        change: impl FnOnce(Credits) -> Credits + Send,
    ) -> Result<Application> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        // An empty change first: it keeps other writers off the balance that the real one is computed from.
        tx.credit_application(id, Credits(0), now).await?;
        let application = tx.any_application(id).await?.ok_or_else(|| missing("application", id.as_str()))?;
        let amount = change(application.remaining);
        if application.remaining.0.checked_add(amount.0).is_none() {
            return Err(Error::Invalid { field: "amount", reason: "the balance would be too large".to_owned() });
        }
        tx.credit_application(id, amount, now).await?;
        let entry = LedgerEntry {
            id: LedgerId::random(self.entropy()),
            account_id: application.account_id,
            application_id: id.clone(),
            charge_id: None,
            kind: LedgerKind::Grant,
            amount,
            note: note.to_owned(),
            created_at: now,
        };
        tx.insert_ledger_entry(&entry).await?;
        let changed = tx.any_application(id).await?.ok_or_else(|| missing("application", id.as_str()))?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Lists an application's ledger, newest first.
    pub async fn ledger(&self, id: &ApplicationId, page: Page) -> Result<Vec<LedgerEntry>> {
        Ok(self.store().read().await?.ledger(id, page).await?)
    }

    /// Lists applications whose ledger does not add up to their balance; empty on a sound installation.
    pub async fn audit_ledger(&self) -> Result<Vec<(ApplicationId, Credits)>> {
        Ok(self.store().read().await?.ledger_differences().await?)
    }

    /// Sets what one call of an API costs.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a negative price.
    pub async fn set_price(&self, price: &Price) -> Result<()> {
        if price.amount < Credits(0) {
            return Err(Error::Invalid { field: "amount", reason: "a price cannot be negative".to_owned() });
        }
        let mut tx = self.store().write().await?;
        tx.set_price(price).await?;
        Ok(tx.commit().await?)
    }

    /// Lists the prices that were set; all others are 0.
    pub async fn prices(&self) -> Result<Vec<Price>> {
        Ok(self.store().read().await?.prices().await?)
    }

    /// Tells whether the installation has any account.
    pub async fn has_accounts(&self) -> Result<bool> {
        Ok(!self.accounts(Page { limit: 1, ..ALL_ROWS }).await?.is_empty())
    }
}

/// Whether something works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enabled {
    /// It does.
    Yes,
    /// It does not.
    No,
}

impl Enabled {
    /// Returns the mark to store.
    pub fn disabled_at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Yes => None,
            Self::No => Some(now),
        }
    }
}

async fn find_application(
    tx: &mut dyn Transaction,
    account_id: &AccountId,
    door: Option<Door>,
) -> Result<Option<Application>> {
    Ok(match door {
        Some(door) => tx.door_application(account_id, door).await?,
        None => tx.global_application(account_id).await?,
    })
}

fn missing(what: &'static str, id: &str) -> Error {
    Error::NotFound { what, id: id.to_owned() }
}
