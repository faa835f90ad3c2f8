//! Money: reserved when work is accepted, settled once when it ends, every change with a ledger row beside it.
//!
//! Rows are changed in one order, the credential before the application; two orders would deadlock in PostgreSQL.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::access::{Api, Billing, Caller};
use crate::ids::{AccountId, ApplicationId, ChargeId, CredentialId, LedgerId, TraceId};
use crate::store::{StoreError, Transaction};
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// An amount of credits; negative in the ledger where credits leave a balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credits(pub i64);

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeState {
    /// Taken from the balance, the work not ended.
    Reserved,
    /// The work ended well; the credits are spent.
    Settled,
    /// The work failed; the credits went back.
    Released,
}

/// Credits taken for one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Identifier.
    pub id: ChargeId,
    /// The tenant.
    pub account_id: AccountId,
    /// The application whose balance paid: the caller's own, or the global one.
    pub application_id: ApplicationId,
    /// The credential that called.
    pub credential_id: CredentialId,
    /// The request that caused it.
    pub trace_id: TraceId,
    /// How much, above zero.
    pub amount: Credits,
}

/// Why a balance changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    /// The operator gave or took credits.
    Grant,
    /// Work was accepted.
    Reserve,
    /// Work ended well; the amount is zero, the row marks the moment.
    Settle,
    /// Work failed and its credits went back.
    Release,
}

impl LedgerKind {
    const ALL: [Self; 4] = [Self::Grant, Self::Reserve, Self::Settle, Self::Release];

    /// Returns the name used in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Reserve => "reserve",
            Self::Settle => "settle",
            Self::Release => "release",
        }
    }
}

impl FromStr for LedgerKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| format!("unknown ledger kind `{text}`"))
    }
}

/// One change of one balance. The amounts of an application's rows add up to its remaining credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// Identifier.
    pub id: LedgerId,
    /// The tenant.
    pub account_id: AccountId,
    /// The balance that changed.
    pub application_id: ApplicationId,
    /// The reservation it belongs to, none for grants.
    pub charge_id: Option<ChargeId>,
    /// Why.
    pub kind: LedgerKind,
    /// By how much.
    pub amount: Credits,
    /// What the operator or the server noted.
    pub note: String,
    /// When.
    pub created_at: Timestamp,
}

/// What one call of an API costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Price {
    /// The door.
    pub door: String,
    /// The API's name within it.
    pub api: String,
    /// Credits per call.
    pub amount: Credits,
}

impl Engine {
    /// Takes the price of `api` from the caller's balance, or else from the general one; `None` if the call is free.
    ///
    /// # Errors
    /// [`Error::InsufficientBalance`] if neither balance, or the credential's own cap, covers the whole price.
    pub(crate) async fn reserve(
        &self,
        tx: &mut dyn Transaction,
        caller: &Caller,
        api: Api,
        trace_id: &TraceId,
    ) -> Result<Option<ChargeId>> {
        let price = tx.price(api.door.name(), api.name).await?.unwrap_or_default();
        if price <= Credits(0) || caller.application.billing == Billing::Period {
            return Ok(None);
        }
        let now = self.now();
        if !tx.spend_from_credential(&caller.credential.id, price, now).await? {
            return Err(Error::InsufficientBalance);
        }
        let Some(application_id) = self.debit(tx, caller, price).await? else {
            // The caller may go on with the transaction.
            tx.refund_credential(&caller.credential.id, price, now).await?;
            return Err(Error::InsufficientBalance);
        };
        let charge = Charge {
            id: ChargeId::random(self.entropy()),
            account_id: caller.account_id.clone(),
            application_id,
            credential_id: caller.credential.id.clone(),
            trace_id: trace_id.clone(),
            amount: price,
        };
        tx.insert_charge(&charge, now).await?;
        self.log_change(tx, &charge, LedgerKind::Reserve, Credits(-price.0)).await?;
        Ok(Some(charge.id))
    }

    /// Debits one balance, never two for one price: the application's own, else the general one where that is allowed.
    async fn debit(&self, tx: &mut dyn Transaction, caller: &Caller, price: Credits) -> Result<Option<ApplicationId>> {
        let now = self.now();
        let own = &caller.application;
        if tx.debit_application(&own.id, price, now).await? {
            return Ok(Some(own.id.clone()));
        }
        if own.door.is_none() || !own.allow_general_balance {
            return Ok(None);
        }
        let Some(global) = tx.global_application(&caller.account_id).await? else {
            return Ok(None);
        };
        if global.disabled_at.is_some() || global.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        let is_paid = tx.debit_application(&global.id, price, now).await?;
        Ok(is_paid.then_some(global.id))
    }

    /// Ends a reservation: spends it for good, or gives it back. Does nothing the second time.
    pub(crate) async fn close_charge(
        &self,
        tx: &mut dyn Transaction,
        id: &ChargeId,
        outcome: ChargeState,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let Some(charge) = tx.close_charge(id, outcome, now).await? else {
            return Ok(());
        };
        match outcome {
            ChargeState::Settled => {
                tx.count_used(&charge.application_id, charge.amount, now).await?;
                self.log_change(tx, &charge, LedgerKind::Settle, Credits(0)).await
            }
            ChargeState::Released => {
                tx.refund_credential(&charge.credential_id, charge.amount, now).await?;
                tx.credit_application(&charge.application_id, charge.amount, now).await?;
                self.log_change(tx, &charge, LedgerKind::Release, charge.amount).await
            }
            ChargeState::Reserved => Ok(()),
        }
    }

    async fn log_change(
        &self,
        tx: &mut dyn Transaction,
        charge: &Charge,
        kind: LedgerKind,
        amount: Credits,
    ) -> Result<(), StoreError> {
        let entry = LedgerEntry {
            id: LedgerId::random(self.entropy()),
            account_id: charge.account_id.clone(),
            application_id: charge.application_id.clone(),
            charge_id: Some(charge.id.clone()),
            kind,
            amount,
            note: charge.trace_id.to_string(),
            created_at: self.now(),
        };
        tx.insert_ledger_entry(&entry).await
    }
}
