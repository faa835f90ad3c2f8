//! Webhooks: who wants to hear how films end, and how they know that it is us who tells them.

use serde::{Deserialize, Serialize};

use super::life::without_nul;
use super::row::{FilmEvent, hex_id, named};
use crate::access::{Caller, Door};
use crate::ids::AccountId;
use crate::recognition::{Listed, Sequence};
use crate::secret::Secret;
use crate::store::Page;
use crate::time::Timestamp;
use crate::{Engine, Error, Result};
use std::str::FromStr;
use std::time::Duration;

/// Random bytes of a signing secret: 256 bits.
const SECRET_BYTES: usize = 32;
/// How long the secret before the last one still signs, so that receivers can change over.
const ROTATION_GRACE: Duration = Duration::from_secs(24 * 3600);
/// Webhooks of one account at one door.
const WEBHOOKS_MAX: i64 = 100;
/// Longest name and description, in characters.
const TEXT_CHARS_MAX: usize = 1000;

hex_id! {
    /// Names a webhook.
    WebhookId,
}

named! {
    /// Whether a webhook is told of events.
    WebhookState {
        /// It is.
        Active = "active",
        /// It failed too often in a row, or was switched off; events are dropped.
        Inactive = "inactive",
        /// Its owner paused it; events are dropped.
        Paused = "paused",
        /// It was inactive and a past event is being sent again; when that succeeds, it is active.
        Pending = "pending",
    }
}

/// An address that is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Identifier.
    pub id: WebhookId,
    /// Its number, counted from 1 over all accounts, for doors whose ids are integers.
    pub number: i64,
    /// The tenant.
    pub account_id: AccountId,
    /// The door whose films it is told of.
    pub door: Door,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The door's own choice of words, kept as it is.
    pub style: String,
    /// Where to post.
    pub url: String,
    /// What it is told of; empty for one that only single films name.
    pub events: Vec<FilmEvent>,
    /// Whether it is told.
    pub state: WebhookState,
    /// The secret that signs, sealed.
    pub sealed_secret: Vec<u8>,
    /// The secret before it, sealed, and how long it signs, too.
    pub previous_secret: Option<(Vec<u8>, Timestamp)>,
    /// Deliveries that failed for good since the last that succeeded.
    pub n_failed: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a caller says about a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebhookChange {
    /// What people call it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The door's own choice of words.
    pub style: Option<String>,
    /// Where to post.
    pub url: Option<String>,
    /// What it is told of.
    pub events: Option<Vec<FilmEvent>>,
    /// Whether it is told.
    pub state: Option<WebhookState>,
}

impl Engine {
    /// Adds a webhook with a new secret.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a URL that is none, or that the operator's policy refuses; [`Error::Conflict`] when there are too many.
    pub async fn create_webhook(&self, caller: &Caller, door: Door, mut given: WebhookChange) -> Result<Webhook> {
        self.check_webhook(&mut given).await?;
        let now = self.now();
        let secret = Secret::random("", SECRET_BYTES, self.entropy());
        let mut tx = self.store().write().await?;
        let account_id = caller.account_id.clone();
        // Those that only single films name are not counted: they come and go with the films.
        if given.events.as_ref().is_some_and(|events| !events.is_empty())
            && tx.count_webhooks(&account_id, door).await? >= WEBHOOKS_MAX
        {
            return Err(Error::Conflict(format!("an account has at most {WEBHOOKS_MAX} webhooks")));
        }
        let webhook = Webhook {
            id: WebhookId::random(self.entropy()),
            number: tx.take_numbers(Sequence::Webhook, 1).await?,
            account_id,
            door,
            name: given.name.unwrap_or_default(),
            description: given.description.unwrap_or_default(),
            style: given.style.unwrap_or_default(),
            url: given.url.unwrap_or_default(),
            events: given.events.unwrap_or_default(),
            state: given.state.unwrap_or(WebhookState::Active),
            sealed_secret: self.key().seal(&secret, self.entropy()),
            previous_secret: None,
            n_failed: 0,
            created_at: now,
            updated_at: now,
        };
        tx.insert_webhook(&webhook).await?;
        tx.commit().await?;
        Ok(webhook)
    }

    /// Checks what a caller says about a webhook.
    async fn check_webhook(&self, given: &mut WebhookChange) -> Result<()> {
        if let Some(url) = &mut given.url {
            // As it is understood, without what parsing takes out.
            *url = self.check_post_url("url", url).await?.into();
        }
        for text in [&mut given.name, &mut given.description, &mut given.style].into_iter().flatten() {
            *text = without_nul(std::mem::take(text));
        }
        for (field, text) in [("name", &given.name), ("description", &given.description)] {
            if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
                let reason = format!("must have at most {TEXT_CHARS_MAX} characters");
                return Err(Error::Invalid { field, reason });
            }
        }
        Ok(())
    }

    /// Checks an address that is to be posted to: http or https, and nothing that the operator's policy refuses by its look.
    ///
    /// # Errors
    /// [`Error::Invalid`] under `field`.
    pub async fn check_post_url(&self, field: &'static str, url: &str) -> Result<url::Url> {
        let url = self.check_url(field, url)?;
        match self.web().check(&url).await {
            Ok(()) => Ok(url),
            Err(error) => Err(Error::Invalid { field, reason: error.to_string() }),
        }
    }

    /// Lists an account's webhooks that are told of events, oldest first.
    pub async fn webhooks(&self, account: &AccountId, door: Door, page: Page) -> Result<Listed<Webhook>> {
        let mut tx = self.store().read().await?;
        let rows = tx.webhooks(account, door, page).await?;
        Ok(Listed { rows, total: tx.count_webhooks(account, door).await? })
    }

    /// Finds an account's webhook.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn webhook(&self, account: &AccountId, door: Door, id: &WebhookId) -> Result<Webhook> {
        let found = self.store().read().await?.webhook(account, id).await?;
        let found = found.filter(|webhook| webhook.door == door);
        found.ok_or_else(|| Error::NotFound { what: "webhook", id: id.to_string() })
    }

    /// Finds an account's webhook by its number.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn numbered_webhook(&self, account: &AccountId, door: Door, number: i64) -> Result<Webhook> {
        let found = self.store().read().await?.numbered_webhook(account, door, number).await?;
        found.ok_or_else(|| Error::NotFound { what: "webhook", id: number.to_string() })
    }

    /// Changes a webhook. Made active, it starts afresh: earlier failures no longer count.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] as for [`Self::create_webhook`].
    pub async fn change_webhook(
        &self,
        account: &AccountId,
        door: Door,
        id: &WebhookId,
        mut change: WebhookChange,
    ) -> Result<Webhook> {
        self.check_webhook(&mut change).await?;
        self.edit_webhook(account, door, id, |webhook| {
            webhook.name = change.name.unwrap_or(std::mem::take(&mut webhook.name));
            webhook.description = change.description.unwrap_or(std::mem::take(&mut webhook.description));
            webhook.style = change.style.unwrap_or(std::mem::take(&mut webhook.style));
            webhook.url = change.url.unwrap_or(std::mem::take(&mut webhook.url));
            webhook.events = change.events.unwrap_or(std::mem::take(&mut webhook.events));
            if let Some(state) = change.state {
                webhook.state = state;
                webhook.n_failed = 0;
            }
        })
        .await
    }

    /// Gives a webhook a new secret. For a day the old one signs, too.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn rotate_webhook_secret(&self, account: &AccountId, door: Door, id: &WebhookId) -> Result<Webhook> {
        let secret = Secret::random("", SECRET_BYTES, self.entropy());
        let sealed = self.key().seal(&secret, self.entropy());
        let until = self.now().saturating_add(ROTATION_GRACE);
        self.edit_webhook(account, door, id, |webhook| {
            let old = std::mem::replace(&mut webhook.sealed_secret, sealed);
            webhook.previous_secret = Some((old, until));
        })
        .await
    }

    async fn edit_webhook(
        &self,
        account: &AccountId,
        door: Door,
        id: &WebhookId,
        edit: impl FnOnce(&mut Webhook) + Send,
    ) -> Result<Webhook> {
        let mut tx = self.store().write().await?;
        let found = tx.lock_webhook(account, id).await?.filter(|webhook| webhook.door == door);
        let mut webhook = found.ok_or_else(|| Error::NotFound { what: "webhook", id: id.to_string() })?;
        edit(&mut webhook);
        webhook.updated_at = self.now();
        tx.update_webhook(&webhook).await?;
        tx.commit().await?;
        Ok(webhook)
    }

    /// Removes a webhook; its deliveries stay in the log.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_webhook(&self, account: &AccountId, door: Door, id: &WebhookId) -> Result<()> {
        self.webhook(account, door, id).await?;
        let mut tx = self.store().write().await?;
        tx.delete_webhook(account, id).await?;
        Ok(tx.commit().await?)
    }

    /// Returns the secret that a webhook's deliveries are signed with; none if the server's key was changed.
    pub fn webhook_secret(&self, webhook: &Webhook) -> Option<Secret> {
        self.key().unseal(&webhook.sealed_secret)
    }

    /// Returns all secrets that sign now, the newest first.
    pub(crate) fn signing_secrets(&self, webhook: &Webhook) -> Vec<Secret> {
        let previous = webhook.previous_secret.as_ref().filter(|(_, until)| *until > self.now());
        let sealed = std::iter::once(&webhook.sealed_secret).chain(previous.map(|(sealed, _)| sealed));
        sealed.filter_map(|sealed| self.key().unseal(sealed)).collect()
    }
}
