//! Templates of an account: documents of a door that films are made from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::life::without_nul;
use super::row::hex_id;
use crate::access::{Caller, Door};
use crate::ids::AccountId;
use crate::recognition::{Listed, Sequence};
use crate::store::Page;
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

hex_id! {
    /// Names a template.
    TemplateId,
}

/// A document that films are made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Identifier.
    pub id: TemplateId,
    /// Its number, counted from 1 over all accounts, for doors whose ids are integers.
    pub number: i64,
    /// The tenant.
    pub account_id: AccountId,
    /// The door whose document it is.
    pub door: Door,
    /// What people call it.
    pub name: String,
    /// The door's own document.
    pub document: Value,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Engine {
    /// Keeps a template.
    pub async fn create_template(&self, caller: &Caller, door: Door, name: &str, document: Value) -> Result<Template> {
        let mut tx = self.store().write().await?;
        let template = Template {
            id: TemplateId::random(self.entropy()),
            number: tx.take_numbers(Sequence::Template, 1).await?,
            account_id: caller.account_id.clone(),
            door,
            name: without_nul(name.to_owned()),
            document,
            created_at: self.now(),
        };
        tx.insert_template(&template).await?;
        tx.commit().await?;
        Ok(template)
    }

    /// Finds an account's template.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn template(&self, account: &AccountId, door: Door, id: &TemplateId) -> Result<Template> {
        let found = self.store().read().await?.template(account, id).await?;
        let found = found.filter(|template| template.door == door);
        found.ok_or_else(|| Error::NotFound { what: "template", id: id.to_string() })
    }

    /// Finds an account's template by its number.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn numbered_template(&self, account: &AccountId, door: Door, number: i64) -> Result<Template> {
        let found = self.store().read().await?.numbered_template(account, door, number).await?;
        found.ok_or_else(|| Error::NotFound { what: "template", id: number.to_string() })
    }

    /// Lists an account's templates, newest first.
    pub async fn templates(&self, account: &AccountId, door: Door, page: Page) -> Result<Listed<Template>> {
        let mut tx = self.store().read().await?;
        let rows = tx.templates(account, door, page).await?;
        Ok(Listed { rows, total: tx.count_templates(account, door).await? })
    }
}
