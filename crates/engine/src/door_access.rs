//! What doors let callers do with their own credentials: tokens for a day, keys of their own, leaving.

use serde::{Deserialize, Serialize};

use crate::access::{Api, AuthFailure, Caller, Credential, CredentialKind, Door, Presented};
use crate::credit::Credits;
use crate::film::{Film, FilmFilter, FilmKind, MaterialFilter};
use crate::ids::{AccountId, CredentialId};
use crate::operator::{CreatedCredential, CredentialRequest};
use crate::secret::{Secret, sign_hex};
use crate::store::{Page, Transaction};
use crate::time::Timestamp;
use crate::{Engine, Error, Result};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::time::Duration;

/// How long a day's token works.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The first part of every day's token: `{"alg":"HS256","typ":"JWT"}`.
const TOKEN_HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// Rows that are read at a time while an account is emptied.
const ROWS: Page = Page { limit: 100, offset: 0 };

/// What a day's token says; a JSON Web Token's claims (RFC 7519).
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The credential that it was made from.
    sub: String,
    /// When it was made, in seconds since 1970.
    iat: i64,
    /// When it ends.
    exp: i64,
    /// Tells tokens made in one second apart.
    jti: String,
}

/// A day's token, and when it ends.
#[derive(Debug, Clone)]
pub struct DayToken {
    /// The token.
    pub token: Secret,
    /// When it ends.
    pub expires_at: Timestamp,
}

fn seconds(time: Timestamp) -> i64 {
    time.as_micros() / 1_000_000
}

impl Engine {
    /// Exchanges an app id and its user key for a token that works for a day, as long as the key itself does.
    ///
    /// # Errors
    /// [`Error::Auth`] for a pair that lets nobody in.
    pub async fn issue_day_token(&self, app_id: &str, user_key: &str, api: Api) -> Result<DayToken> {
        let presented = Presented { secret: user_key, origin_host: None };
        let caller = self.authenticate(presented, api).await?;
        let is_pair = caller.credential.kind == CredentialKind::AppKey
            && caller.credential.public_id.as_deref().is_some_and(|public| public == app_id_body(app_id));
        if !is_pair {
            return Err(Error::Auth(AuthFailure::Unknown));
        }
        let (now, expires_at) = (self.now(), self.now().saturating_add(DAY));
        let mut nonce = [0; 8];
        self.entropy().fill(&mut nonce);
        let claims = Claims {
            sub: caller.credential.id.to_string(),
            iat: seconds(now),
            exp: seconds(expires_at),
            jti: hex::encode(nonce),
        };
        let claims = serde_json::to_vec(&claims).map_err(|error| crate::StoreError::new("write a token", error))?;
        let signed = format!("{TOKEN_HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let token = Secret::new(format!("{signed}.{}", self.token_signature(&signed)));
        Ok(DayToken { token, expires_at })
    }

    /// Lets the bearer of a day's token in, or says why not. Counts against the credential's rate.
    ///
    /// # Errors
    /// As [`Self::authenticate`].
    pub async fn authenticate_day_token(&self, token: &str, origin_host: Option<&str>, api: Api) -> Result<Caller> {
        let claims = self.claims_of(token).ok_or(Error::Auth(AuthFailure::Unknown))?;
        if claims.exp <= seconds(self.now()) {
            return Err(Error::Auth(AuthFailure::Expired));
        }
        let mut tx = self.store().read().await?;
        let credential = tx.any_credential(&CredentialId::from_text(claims.sub)).await?;
        let credential = credential.ok_or(Error::Auth(AuthFailure::Unknown))?;
        let presented = Presented { secret: token, origin_host };
        let caller = self.admit(tx.as_mut(), credential, presented, api).await?;
        self.rates().check(&caller.credential)?;
        Ok(caller)
    }

    fn claims_of(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        // A keyed hash of both sides: comparing those tells nothing about how much of a forged signature is right.
        let (given, ours) = (self.key().hash_token(signature), self.key().hash_token(&self.token_signature(signed)));
        let claims = signed.strip_prefix(TOKEN_HEADER)?.strip_prefix('.')?;
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
        serde_json::from_slice(&claims).ok().filter(|_| given == ours)
    }

    fn token_signature(&self, signed: &str) -> String {
        let key = Secret::new(self.key().sign_link("day-token"));
        BASE64_URL_SAFE_NO_PAD.encode(sign_hex(&key, signed.as_bytes()))
    }

    /// Lists the keys that an account's own callers made at a door, newest first.
    pub async fn door_keys(&self, account: &AccountId, door: Door) -> Result<Vec<Credential>> {
        self.live_keys(self.store().read().await?.as_mut(), account, door).await
    }

    async fn live_keys(&self, tx: &mut dyn Transaction, account: &AccountId, door: Door) -> Result<Vec<Credential>> {
        let Some(application) = tx.door_application(account, door).await? else { return Ok(Vec::new()) };
        let kind = crate::operator::usual_kind(Some(door));
        Ok(tx.live_credentials(&application.id, kind, self.now()).await?)
    }

    /// Makes a new key of a door's usual kind; all others of that kind and application stop working.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an account without an application for the door.
    pub async fn replace_door_key(&self, caller: &Caller, door: Door, name: &str) -> Result<CreatedCredential> {
        let request = CredentialRequest { name: name.to_owned(), ..CredentialRequest::default() };
        let mut tx = self.store().write().await?;
        // Two at once come one after the other, and the second sees the key of the first.
        if let Some(application) = tx.door_application(&caller.account_id, door).await? {
            tx.credit_application(&application.id, Credits(0), self.now()).await?;
        }
        for mut key in self.live_keys(tx.as_mut(), &caller.account_id, door).await? {
            (key.disabled_at, key.updated_at) = (Some(self.now()), self.now());
            tx.update_credential(&key).await?;
        }
        let created = self.insert_credential(tx.as_mut(), &caller.account_id, Some(door), request).await?;
        tx.commit().await?;
        Ok(created)
    }

    /// Makes one of an account's keys at a door stop working.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another account's, another door's, or one that does not work any more.
    pub async fn revoke_door_key(&self, account: &AccountId, door: Door, id: &CredentialId) -> Result<()> {
        let keys = self.door_keys(account, door).await?;
        if !keys.iter().any(|key| key.id == *id) {
            return Err(Error::NotFound { what: "key", id: id.to_string() });
        }
        self.change_credential(id, |key, now| key.disabled_at = Some(now)).await.map(|_| ())
    }

    /// Removes what an account has at the video doors, and shuts it out of every door, for good.
    ///
    /// Its tracks and buckets stay for the operator to remove: other doors' clients never asked for that.
    ///
    /// # Errors
    /// [`AuthFailure::NotAllowed`] where the operator does not let accounts do that.
    pub async fn delete_own_account(&self, caller: &Caller) -> Result<()> {
        if !self.limits().account_deletion {
            return Err(Error::Auth(AuthFailure::NotAllowed));
        }
        // Shut out first, so that nothing is added meanwhile.
        let mut tx = self.store().write().await?;
        let account = tx.account(&caller.account_id).await?;
        let Some(mut account) = account else { return Ok(()) };
        account.disabled_at = Some(self.now());
        tx.update_account(&account).await?;
        for mut key in tx.credentials(Some(&caller.account_id), crate::operator::ALL_ROWS).await? {
            (key.disabled_at, key.updated_at) = (Some(self.now()), self.now());
            tx.update_credential(&key).await?;
        }
        tx.commit().await?;
        for door in Door::ALL {
            self.empty_door(&caller.account_id, door).await?;
        }
        Ok(())
    }

    async fn empty_door(&self, account: &AccountId, door: Door) -> Result<()> {
        for kind in FilmKind::ALL {
            loop {
                let films: Vec<Film> = self.films(account, &FilmFilter::all(door, *kind, ROWS)).await?.rows;
                if films.is_empty() {
                    break;
                }
                for film in films {
                    self.delete_film(account, door, &film.id).await?;
                }
            }
        }
        loop {
            let materials = self.materials(account, &MaterialFilter::all(door, ROWS)).await?.rows;
            if materials.is_empty() {
                break;
            }
            for material in materials {
                self.delete_material(account, &material.id).await?;
            }
        }
        let mut tx = self.store().write().await?;
        tx.empty_door(account, door).await?;
        Ok(tx.commit().await?)
    }
}

/// The vendor's app ids begin with the name of a product; ours do not, and clients may send either.
fn app_id_body(app_id: &str) -> &str {
    app_id.strip_prefix("studiov3.").unwrap_or(app_id)
}
