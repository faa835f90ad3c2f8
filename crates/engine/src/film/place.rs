//! Folders and workspaces: names under which films are put away.

use serde::{Deserialize, Serialize};

use super::row::{hex_id, named};
use crate::access::Door;
use crate::ids::AccountId;
use crate::store::Page;
use crate::time::Timestamp;
use crate::{Engine, Error, Result};
use std::str::FromStr;

/// Longest name of a place, in characters.
const NAME_CHARS_MAX: usize = 200;

hex_id! {
    /// Names a folder or a workspace.
    PlaceId,
}

named! {
    /// What a place is.
    PlaceKind {
        /// Holds films.
        Folder = "folder",
        /// Holds folders and films of people who work together.
        Workspace = "workspace",
        /// People within a workspace.
        Team = "team",
    }
}

/// A folder or a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Identifier.
    pub id: PlaceId,
    /// The tenant.
    pub account_id: AccountId,
    /// The door that shows it.
    pub door: Door,
    /// What it is.
    pub kind: PlaceKind,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Engine {
    /// Adds a place.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is empty or too long.
    pub async fn create_place(&self, account: &AccountId, door: Door, kind: PlaceKind, name: &str) -> Result<Place> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            let reason = format!("must be 1 to {NAME_CHARS_MAX} printable characters");
            return Err(Error::Invalid { field: "name", reason });
        }
        let place = Place {
            id: PlaceId::random(self.entropy()),
            account_id: account.clone(),
            door,
            kind,
            name: name.to_owned(),
            created_at: self.now(),
        };
        let mut tx = self.store().write().await?;
        tx.insert_place(&place).await?;
        tx.commit().await?;
        Ok(place)
    }

    /// Lists an account's places of a kind, oldest first.
    pub async fn places(&self, account: &AccountId, door: Door, kind: PlaceKind, page: Page) -> Result<Vec<Place>> {
        Ok(self.store().read().await?.places(account, door, kind, page).await?)
    }

    /// Finds an account's place.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn place(&self, account: &AccountId, door: Door, kind: PlaceKind, id: &PlaceId) -> Result<Place> {
        let found = self.store().read().await?.place(account, id).await?;
        let found = found.filter(|place| place.door == door && place.kind == kind);
        found.ok_or_else(|| Error::NotFound { what: kind.name(), id: id.to_string() })
    }
}
