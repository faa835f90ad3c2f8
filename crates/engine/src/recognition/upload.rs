//! Pre-made addresses: an upload without a credential, used by a later request.

use std::time::Duration;

use super::number::ContainerId;
use super::text::check_name;
use crate::ids::{AccountId, AssetId};
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::uploads::{UploadedFile, base_name};
use crate::{Engine, Error, Result};

/// A right to upload one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTicket {
    /// Names the upload in the request that uses it.
    pub key: String,
    /// Expiry and signature, to be put into the address: 16 hex digits, a hyphen, 32 hex digits.
    pub proof: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A file that was uploaded to a pre-made address and waits to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldUpload {
    /// Names it.
    pub key: String,
    /// The tenant.
    pub account_id: AccountId,
    /// What it may be used for.
    pub container_id: ContainerId,
    /// Its name, as the caller gave it with the ticket.
    pub name: String,
    /// The file, once it is here.
    pub asset_id: Option<AssetId>,
    /// Its size.
    pub n_bytes: i64,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// How long a pre-made address works, and how long what was uploaded to it waits.
const TICKET_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Random letters in a key.
const KEY_CHARS: usize = 24;

impl Engine {
    /// Makes an address for one upload into a container.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the container; [`Error::Invalid`] for a name (`filename`) that is empty or too long.
    pub async fn make_upload_ticket(
        &self,
        account: &AccountId,
        container: ContainerId,
        filename: &str,
    ) -> Result<UploadTicket> {
        check_name("filename", filename)?;
        self.container(account, container).await?;
        let key = Secret::random_letters(KEY_CHARS, self.entropy()).expose().to_owned();
        let upload = HeldUpload {
            key: key.clone(),
            account_id: account.clone(),
            container_id: container,
            name: base_name(filename).to_owned(),
            asset_id: None,
            n_bytes: 0,
            expires_at: self.now().saturating_add(TICKET_LIFE),
        };
        let mut tx = self.store().write().await?;
        tx.insert_held_upload(&upload).await?;
        tx.commit().await?;
        let expires = format!("{:016x}", upload.expires_at.as_micros());
        let signature = self.key().sign_link(&format!("upload/{key}/{expires}"));
        Ok(UploadTicket { key, proof: format!("{expires}-{signature}"), expires_at: upload.expires_at })
    }

    /// Checks the proof of a ticket before any bytes are read.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a wrong proof, an end that is past, and a file that was used already.
    pub async fn check_upload_ticket(&self, key: &str, proof: &str) -> Result<HeldUpload> {
        let missing = || Error::NotFound { what: "upload", id: key.to_owned() };
        let (expires, signature) = proof.split_once('-').ok_or_else(missing)?;
        if !self.key().verifies_link(&format!("upload/{key}/{expires}"), signature) {
            return Err(missing());
        }
        let upload = self.store().read().await?.held_upload(key).await?.ok_or_else(missing)?;
        if upload.expires_at <= self.now() { Err(missing()) } else { Ok(upload) }
    }

    /// Stores the file of a ticket, in place of an earlier one.
    ///
    /// # Errors
    /// As [`Self::check_upload_ticket`].
    pub async fn hold_upload(&self, key: &str, proof: &str, file: UploadedFile) -> Result<()> {
        let mut upload = self.check_upload_ticket(key, proof).await?;
        upload.asset_id = Some(self.store_asset(&file, "application/octet-stream").await?);
        upload.n_bytes = i64::try_from(file.n_bytes()).unwrap_or(i64::MAX);
        let mut tx = self.store().write().await?;
        if !tx.set_held_file(&upload).await? {
            return Err(Error::NotFound { what: "upload", id: key.to_owned() });
        }
        Ok(tx.commit().await?)
    }
}
