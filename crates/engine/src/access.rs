//! Who may call what: accounts, applications, credentials, and the check in front of every door.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::credit::Credits;
use crate::ids::{AccountId, ApplicationId, CredentialId};
use crate::store::{StoreError, Transaction};
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// A public API that clients come through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// AceData Producer.
    Producer,
    /// ACRCloud.
    Acrcloud,
    /// AI Studios V3.
    Aistudios,
    /// Hour One.
    Hourone,
    /// Spiritme.
    Spiritme,
    /// This server's own API, which general credentials open.
    Phonoscope,
}

impl Door {
    /// The doors of vendors, in the order people see them; each has applications and credentials of its own.
    pub const VENDORS: [Self; 5] = [Self::Producer, Self::Acrcloud, Self::Aistudios, Self::Hourone, Self::Spiritme];
    /// Every door.
    pub const ALL: [Self; 6] =
        [Self::Producer, Self::Acrcloud, Self::Aistudios, Self::Hourone, Self::Spiritme, Self::Phonoscope];

    /// Returns the name used in the database, the command line and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Producer => "producer",
            Self::Acrcloud => "acrcloud",
            Self::Aistudios => "aistudios",
            Self::Hourone => "hourone",
            Self::Spiritme => "spiritme",
            Self::Phonoscope => "phonoscope",
        }
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Door {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|door| door.name() == text).ok_or_else(|| format!("unknown door `{text}`"))
    }
}

/// A priced and separately permitted operation of a door, such as `videos` of Producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Api {
    /// The door it belongs to.
    pub door: Door,
    /// Its name within the door.
    pub name: &'static str,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Identifier.
    pub id: AccountId,
    /// What the operator calls it.
    pub name: String,
    /// When the operator shut it out, if so.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How an application pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Billing {
    /// Credits per call.
    Usage,
    /// Calls until a date, at no credits.
    Period,
}

impl Billing {
    /// Returns the vendor's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "Usage",
            Self::Period => "Period",
        }
    }
}

impl FromStr for Billing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "Usage" => Ok(Self::Usage),
            "Period" => Ok(Self::Period),
            _ => Err(format!("unknown billing `{text}`, expected `Usage` or `Period`")),
        }
    }
}

/// An account's subscription to one door, or, without a door, its holder of the general balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Application {
    /// Identifier.
    pub id: ApplicationId,
    /// The tenant.
    pub account_id: AccountId,
    /// The door, `None` for the account's single global application.
    pub door: Option<Door>,
    /// How it pays.
    pub billing: Billing,
    /// Credits that can still be spent.
    pub remaining: Credits,
    /// Credits spent on finished work.
    pub used: Credits,
    /// Whether the general balance pays what this application's own cannot.
    pub allow_general_balance: bool,
    /// When the operator disabled it, if so.
    pub disabled_at: Option<Timestamp>,
    /// When it ends, `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The form in which a credential is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// `Authorization: Bearer …` (Producer, ACRCloud's console API, Spiritme).
    Bearer,
    /// An `api-key` header (Hour One).
    ApiKey,
    /// An app id and a user key, exchanged for a day's token (AI Studios).
    AppKey,
    /// An access key and a secret that signs requests (ACRCloud's identification API).
    AccessKey,
    /// A token for management calls only; every door refuses it.
    Platform,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Bearer, Self::ApiKey, Self::AppKey, Self::AccessKey, Self::Platform];

    /// Returns the name used in the database and the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::ApiKey => "api_key",
            Self::AppKey => "app_key",
            Self::AccessKey => "access_key",
            Self::Platform => "platform",
        }
    }
}

impl FromStr for CredentialKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| format!("unknown credential kind `{text}`"))
    }
}

/// A secret's row: everything about it but the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// Identifier.
    pub id: CredentialId,
    /// The tenant.
    pub account_id: AccountId,
    /// The application whose balance it spends.
    pub application_id: ApplicationId,
    /// What the operator calls it.
    pub name: String,
    /// How it is presented.
    pub kind: CredentialKind,
    /// The half that is not secret (app id, access key), for the kinds that have one.
    pub public_id: Option<String>,
    /// [`crate::ServerKey::hash_token`] of the secret.
    #[serde(skip)]
    pub secret_hash: String,
    /// The secret itself, sealed, for the kinds that sign.
    #[serde(skip)]
    pub sealed_secret: Option<Vec<u8>>,
    /// The APIs it may call; empty for all of its door.
    pub allowed_apis: Vec<String>,
    /// The only host whose pages may use it, by the `Origin` header.
    pub host: Option<String>,
    /// Most credits it may ever spend.
    pub spend_limit: Option<Credits>,
    /// Credits it has spent or reserved.
    pub used: Credits,
    /// Requests per second, `None` for the installation's default.
    pub requests_per_second: Option<u32>,
    /// When it stops working, `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if so.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a request brought to be let in.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The bearer token or key.
    pub secret: &'a str,
    /// The host of the `Origin` header, if a browser sent one.
    pub origin_host: Option<&'a str>,
}

/// Who is calling, once let in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The tenant; in every query.
    pub account_id: AccountId,
    /// The application that pays first; the door's own, or the global one.
    pub application: Application,
    /// What was presented.
    pub credential: Credential,
}

/// Why a caller was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthFailure {
    /// Unknown or revoked.
    #[error("the credential is unknown or revoked")]
    Unknown,
    /// Past its end, or its application's.
    #[error("the credential has expired")]
    Expired,
    /// Made for another door.
    #[error("the credential belongs to another door")]
    WrongDoor,
    /// Not on the credential's list of APIs, or sent from another host than its own.
    #[error("the credential may not call this API")]
    NotAllowed,
    /// The application or the account is disabled.
    #[error("the application is disabled")]
    Disabled,
}

impl Engine {
    /// Lets a caller in to `api`, or says why not. Counts against the credential's rate.
    ///
    /// # Errors
    /// [`Error::Auth`] with the first failure in the order of [`AuthFailure`]'s variants, [`Error::RateLimited`], or the store's.
    pub async fn authenticate(&self, presented: Presented<'_>, api: Api) -> Result<Caller> {
        let hash = self.key().hash_token(presented.secret);
        let mut tx = self.store().read().await?;
        let credential = tx.credential_by_hash(&hash).await?.ok_or(Error::Auth(AuthFailure::Unknown))?;
        let caller = self.admit(tx.as_mut(), credential, presented, api).await?;
        self.rates().check(&caller.credential)?;
        Ok(caller)
    }

    pub(crate) async fn admit(
        &self,
        tx: &mut dyn Transaction,
        credential: Credential,
        presented: Presented<'_>,
        api: Api,
    ) -> Result<Caller> {
        let now = self.now();
        let is_past = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
        if credential.disabled_at.is_some() {
            return Err(Error::Auth(AuthFailure::Unknown));
        }
        let application = tx
            .application(&credential.account_id, &credential.application_id)
            .await?
            .ok_or_else(|| StoreError::broken("application of credential", credential.id.as_str()))?;
        if is_past(credential.expires_at) || is_past(application.expires_at) {
            return Err(Error::Auth(AuthFailure::Expired));
        }
        let is_other_door = application.door.is_some_and(|door| door != api.door);
        if is_other_door || credential.kind == CredentialKind::Platform {
            return Err(Error::Auth(AuthFailure::WrongDoor));
        }
        if !may_call(&credential, presented.origin_host, api) {
            return Err(Error::Auth(AuthFailure::NotAllowed));
        }
        let account = tx
            .account(&credential.account_id)
            .await?
            .ok_or_else(|| StoreError::broken("account of credential", credential.id.as_str()))?;
        if application.disabled_at.is_some() || account.disabled_at.is_some() {
            return Err(Error::Auth(AuthFailure::Disabled));
        }
        Ok(Caller { account_id: account.id, application, credential })
    }
}

fn may_call(credential: &Credential, origin_host: Option<&str>, api: Api) -> bool {
    let is_listed = credential.allowed_apis.is_empty() || credential.allowed_apis.iter().any(|name| name == api.name);
    let is_home = match (&credential.host, origin_host) {
        (Some(host), Some(origin)) => host.eq_ignore_ascii_case(origin),
        _ => true,
    };
    is_listed && is_home
}
