//! `account`, `application`, `credential`, `credit`: what the operator manages, with or without a running server.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use engine::{
    AccountId, Application, ApplicationId, Billing, CreatedCredential, CredentialId, CredentialKind, CredentialRequest,
    Credits, Door, Enabled, Engine, Page, Price,
};
use serde_json::{Value, json};

use super::Global;
use super::output::Format;
use crate::installation::Installation;

/// The stretch of a list to print.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Stretch {
    /// Rows at most
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Rows to pass over
    #[arg(long, default_value_t = 0)]
    offset: u32,
}

impl From<Stretch> for Page {
    fn from(stretch: Stretch) -> Self {
        Self { limit: stretch.limit, offset: stretch.offset }
    }
}

/// `phonoscope account …`
#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Create an account with its applications
    Create {
        /// What to call it
        name: String,
        #[command(flatten)]
        format: Format,
    },
    /// List accounts
    List {
        #[command(flatten)]
        stretch: Stretch,
        #[command(flatten)]
        format: Format,
    },
    /// Show an account
    Show(Id),
    /// Shut an account out of every door
    Disable(Id),
    /// Let a disabled account in again
    Enable(Id),
}

/// One thing by its id.
#[derive(Debug, Args)]
pub(super) struct Id {
    /// Its id
    id: String,
    #[command(flatten)]
    format: Format,
}

/// `phonoscope application …`
#[derive(Debug, Subcommand)]
pub(super) enum ApplicationCommand {
    /// Create the application of an account for a door where it has none
    Create {
        /// The account [default: the oldest]
        #[arg(long)]
        account: Option<String>,
        /// The door; left out, the application that holds the general balance
        #[arg(long)]
        door: Option<DoorArg>,
        #[command(flatten)]
        format: Format,
    },
    /// List applications
    List {
        /// Of this account only
        #[arg(long)]
        account: Option<String>,
        #[command(flatten)]
        stretch: Stretch,
        #[command(flatten)]
        format: Format,
    },
    /// Show an application
    Show(Id),
    /// Refuse its calls until it is enabled again
    Disable(Id),
    /// Take its calls again
    Enable(Id),
    /// End it, now or later
    Expire(Expire),
    /// Choose whether the general balance pays what its own cannot
    GeneralBalance {
        /// The application's id
        id: String,
        /// On or off
        switch: Switch,
        #[command(flatten)]
        format: Format,
    },
    /// Choose how it pays: credits per call, or calls until a date
    Billing {
        /// The application's id
        id: String,
        /// `usage` or `period`
        billing: BillingArg,
        #[command(flatten)]
        format: Format,
    },
}

/// When something ends.
#[derive(Debug, Args)]
pub(super) struct Expire {
    /// Its id
    id: String,
    /// From now, such as `30days` or `12h`
    #[arg(long = "in", value_name = "DURATION", value_parser = humantime::parse_duration)]
    after: Option<Duration>,
    /// Never, after all
    #[arg(long, conflicts_with = "after")]
    never: bool,
    #[command(flatten)]
    format: Format,
}

/// `phonoscope credential …`
#[derive(Debug, Subcommand)]
pub(super) enum CredentialCommand {
    /// Create a credential and print its secrets, this once
    Create(Box<CredentialCreate>),
    /// List credentials, without their secrets
    List {
        /// Of this account only
        #[arg(long)]
        account: Option<String>,
        #[command(flatten)]
        stretch: Stretch,
        #[command(flatten)]
        format: Format,
    },
    /// Show a credential, without its secrets
    Show(Id),
    /// Revoke a credential
    Disable(Id),
    /// Make a revoked credential work again
    Enable(Id),
    /// End a credential, now or later
    Expire(Expire),
    /// Give a credential a new secret; the old one stops working at once
    Rotate(Id),
}

/// `phonoscope credential create`
#[derive(Debug, Args)]
pub(super) struct CredentialCreate {
    /// The door it opens; left out, a general credential that opens all and spends the general balance
    #[arg(long)]
    door: Option<DoorArg>,
    /// The account [default: the oldest]
    #[arg(long)]
    account: Option<String>,
    /// What to call it
    #[arg(long, default_value = "")]
    name: String,
    /// How it is presented [default: as the door's clients do]
    #[arg(long)]
    kind: Option<KindArg>,
    /// The APIs it may call, or for ACRCloud its scopes, comma separated [default: all]
    #[arg(long, value_delimiter = ',', value_name = "API")]
    apis: Vec<String>,
    /// The only host whose pages may use it
    #[arg(long)]
    host: Option<String>,
    /// Most credits it may ever spend
    #[arg(long, value_name = "CREDITS")]
    spend_limit: Option<i64>,
    /// Requests per second, 0 for no limit [default: limits.requests_per_second]
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// How long it works, such as `30days` [default: for ever]
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    expires_in: Option<Duration>,
    #[command(flatten)]
    format: Format,
}

/// `phonoscope credit …`
#[derive(Debug, Subcommand)]
pub(super) enum CreditCommand {
    /// Give credits to an application; a negative amount takes them
    Grant {
        /// The application's id
        application: String,
        /// How many
        #[arg(allow_negative_numbers = true)]
        amount: i64,
        /// Why, for the ledger
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        format: Format,
    },
    /// Set an application's balance to an amount
    SetBalance {
        /// The application's id
        application: String,
        /// How many credits it should have left
        #[arg(allow_negative_numbers = true)]
        amount: i64,
        #[command(flatten)]
        format: Format,
    },
    /// List an application's ledger, newest first
    Ledger {
        /// The application's id
        application: String,
        #[command(flatten)]
        stretch: Stretch,
        #[command(flatten)]
        format: Format,
    },
    /// Set what a call costs; calls without a price are free
    SetPrice {
        /// The door
        door: DoorArg,
        /// The API, such as `videos`
        api: String,
        /// Credits per call
        amount: i64,
        #[command(flatten)]
        format: Format,
    },
    /// List prices
    Prices {
        #[command(flatten)]
        format: Format,
    },
    /// Check that every ledger adds up to its balance
    Audit {
        #[command(flatten)]
        format: Format,
    },
}

/// A door on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum DoorArg {
    /// AceData Producer
    Producer,
    /// ACRCloud
    Acrcloud,
    /// AI Studios V3
    Aistudios,
    /// Hour One
    Hourone,
    /// Spiritme
    Spiritme,
}

impl From<DoorArg> for Door {
    fn from(door: DoorArg) -> Self {
        match door {
            DoorArg::Producer => Self::Producer,
            DoorArg::Acrcloud => Self::Acrcloud,
            DoorArg::Aistudios => Self::Aistudios,
            DoorArg::Hourone => Self::Hourone,
            DoorArg::Spiritme => Self::Spiritme,
        }
    }
}

/// A kind of credential on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum KindArg {
    /// A bearer token
    Bearer,
    /// A key in an `api-key` header
    ApiKey,
    /// An app id and a user key
    AppKey,
    /// An access key and a secret that signs requests
    AccessKey,
    /// A token for management calls only
    Platform,
}

impl From<KindArg> for CredentialKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Bearer => Self::Bearer,
            KindArg::ApiKey => Self::ApiKey,
            KindArg::AppKey => Self::AppKey,
            KindArg::AccessKey => Self::AccessKey,
            KindArg::Platform => Self::Platform,
        }
    }
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    /// Yes
    On,
    /// No
    Off,
}

/// How an application pays, on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum BillingArg {
    /// Credits per call
    Usage,
    /// Calls until a date
    Period,
}

/// Opens the installation for as long as one command takes.
async fn open(global: &Global) -> Result<Installation> {
    global.open().await
}

/// `phonoscope account …`
pub(super) async fn account(global: &Global, command: AccountCommand) -> Result<()> {
    let installation = open(global).await?;
    let engine = &installation.engine;
    let set_enabled = async |id: Id, enabled| {
        id.format.one(&engine.set_account_enabled(&AccountId::from_text(id.id), enabled).await?)
    };
    match command {
        AccountCommand::Create { name, format } => format.one(&engine.create_account(&name).await?)?,
        AccountCommand::List { stretch, format } => {
            let accounts = engine.accounts(stretch.into()).await?;
            format.list(&accounts, &["id", "name", "created_at", "disabled_at"])?;
        }
        AccountCommand::Show(id) => id.format.one(&engine.account(&AccountId::from_text(id.id)).await?)?,
        AccountCommand::Disable(id) => set_enabled(id, Enabled::No).await?,
        AccountCommand::Enable(id) => set_enabled(id, Enabled::Yes).await?,
    }
    installation.close().await;
    Ok(())
}

/// `phonoscope application …`
pub(super) async fn application(global: &Global, command: ApplicationCommand) -> Result<()> {
    let installation = open(global).await?;
    let engine = &installation.engine;
    let show = |application: &Application, format: Format| format.one(&application_view(application));
    match command {
        ApplicationCommand::Create { account, door, format } => {
            let account_id = account_or_first(engine, account).await?;
            show(&engine.create_application(&account_id, door.map(Door::from)).await?, format)?;
        }
        ApplicationCommand::List { account, stretch, format } => {
            let account = known_account(engine, account).await?;
            let applications = engine.applications(account.as_ref(), stretch.into()).await?;
            let views: Vec<Value> = applications.iter().map(application_view).collect();
            let columns = ["id", "account_id", "door", "remaining", "used", "allow_general_balance", "disabled_at"];
            format.list(&views, &columns)?;
        }
        ApplicationCommand::Show(id) => show(&engine.application(&ApplicationId::from_text(id.id)).await?, id.format)?,
        ApplicationCommand::Disable(id) => {
            let id_text = ApplicationId::from_text(id.id);
            let change = |application: &mut Application, now| application.disabled_at = Some(now);
            show(&engine.change_application(&id_text, change).await?, id.format)?;
        }
        ApplicationCommand::Enable(id) => {
            let id_text = ApplicationId::from_text(id.id);
            let change = |application: &mut Application, _| application.disabled_at = None;
            show(&engine.change_application(&id_text, change).await?, id.format)?;
        }
        ApplicationCommand::Expire(expire) => {
            let id = ApplicationId::from_text(expire.id);
            let (after, never) = (expire.after.unwrap_or_default(), expire.never);
            let changed = engine
                .change_application(&id, |application, now| {
                    application.expires_at = (!never).then(|| now.saturating_add(after));
                })
                .await?;
            show(&changed, expire.format)?;
        }
        ApplicationCommand::GeneralBalance { id, switch, format } => {
            let id = ApplicationId::from_text(id);
            let is_on = switch == Switch::On;
            let changed = engine.change_application(&id, |application, _| application.allow_general_balance = is_on);
            show(&changed.await?, format)?;
        }
        ApplicationCommand::Billing { id, billing, format } => {
            let id = ApplicationId::from_text(id);
            let billing = match billing {
                BillingArg::Usage => Billing::Usage,
                BillingArg::Period => Billing::Period,
            };
            show(&engine.change_application(&id, |application, _| application.billing = billing).await?, format)?;
        }
    }
    installation.close().await;
    Ok(())
}

/// `phonoscope credential …`
pub(super) async fn credential(global: &Global, command: CredentialCommand) -> Result<()> {
    let installation = open(global).await?;
    let engine = &installation.engine;
    match command {
        CredentialCommand::Create(create) => create_credential(engine, *create).await?,
        CredentialCommand::List { account, stretch, format } => {
            let account = known_account(engine, account).await?;
            let credentials = engine.credentials(account.as_ref(), stretch.into()).await?;
            let columns = ["id", "application_id", "kind", "name", "used", "expires_at", "disabled_at"];
            format.list(&credentials, &columns)?;
        }
        CredentialCommand::Show(id) => id.format.one(&engine.credential(&CredentialId::from_text(id.id)).await?)?,
        CredentialCommand::Disable(id) => {
            let id_text = CredentialId::from_text(id.id);
            let changed = engine.change_credential(&id_text, |credential, now| credential.disabled_at = Some(now));
            id.format.one(&changed.await?)?;
        }
        CredentialCommand::Enable(id) => {
            let id_text = CredentialId::from_text(id.id);
            let changed = engine.change_credential(&id_text, |credential, _| credential.disabled_at = None);
            id.format.one(&changed.await?)?;
        }
        CredentialCommand::Expire(expire) => {
            let id = CredentialId::from_text(expire.id);
            let (after, never) = (expire.after.unwrap_or_default(), expire.never);
            let changed = engine.change_credential(&id, |credential, now| {
                credential.expires_at = (!never).then(|| now.saturating_add(after));
            });
            expire.format.one(&changed.await?)?;
        }
        CredentialCommand::Rotate(id) => {
            let created = engine.rotate_credential(&CredentialId::from_text(id.id)).await?;
            id.format.one(&created_view(&created)?)?;
        }
    }
    installation.close().await;
    Ok(())
}

async fn create_credential(engine: &Engine, create: CredentialCreate) -> Result<()> {
    let unknown = create.apis.iter().find(|api| !dialect_acrcloud::SCOPES.contains(&api.as_str()));
    if let (Some(DoorArg::Acrcloud), Some(unknown)) = (create.door, unknown) {
        bail!("`{unknown}` is no scope of this door; it has {}", dialect_acrcloud::SCOPES.join(", "));
    }
    let account_id = account_or_first(engine, create.account).await?;
    let request = CredentialRequest {
        name: create.name,
        kind: create.kind.map(CredentialKind::from),
        allowed_apis: create.apis,
        host: create.host,
        spend_limit: create.spend_limit.map(Credits),
        requests_per_second: create.rate,
        expires_in: create.expires_in,
    };
    let created = engine.create_credential(&account_id, create.door.map(Door::from), request).await?;
    create.format.one(&created_view(&created)?)
}

/// `phonoscope credit …`
pub(super) async fn credit(global: &Global, command: CreditCommand) -> Result<()> {
    let installation = open(global).await?;
    let engine = &installation.engine;
    match command {
        CreditCommand::Grant { application, amount, note, format } => {
            let id = ApplicationId::from_text(application);
            format.one(&application_view(&engine.grant_credits(&id, Credits(amount), &note).await?))?;
        }
        CreditCommand::SetBalance { application, amount, format } => {
            let id = ApplicationId::from_text(application);
            let changed = engine.set_balance(&id, Credits(amount), "balance set by the operator").await?;
            format.one(&application_view(&changed))?;
        }
        CreditCommand::Ledger { application, stretch, format } => {
            let id = engine.application(&ApplicationId::from_text(application)).await?.id;
            let entries = engine.ledger(&id, stretch.into()).await?;
            format.list(&entries, &["created_at", "kind", "amount", "charge_id", "note"])?;
        }
        CreditCommand::SetPrice { door, api, amount, format } => {
            let price = Price { door: Door::from(door).name().to_owned(), api, amount: Credits(amount) };
            engine.set_price(&price).await?;
            format.one(&price)?;
        }
        CreditCommand::Prices { format } => format.list(&engine.prices().await?, &["door", "api", "amount"])?,
        CreditCommand::Audit { format } => {
            let differences = engine.audit_ledger().await?;
            let views: Vec<Value> = differences
                .iter()
                .map(|(id, difference)| json!({ "application_id": id, "difference": difference }))
                .collect();
            format.list(&views, &["application_id", "difference"])?;
            if !views.is_empty() {
                bail!("{} balances differ from their ledger", views.len());
            }
        }
    }
    installation.close().await;
    Ok(())
}

async fn known_account(engine: &Engine, id: Option<String>) -> Result<Option<AccountId>> {
    Ok(match id {
        Some(id) => Some(engine.account(&AccountId::from_text(id)).await?.id),
        None => None,
    })
}

pub(super) async fn account_or_first(engine: &Engine, id: Option<String>) -> Result<AccountId> {
    match known_account(engine, id).await? {
        Some(id) => Ok(id),
        None => Ok(engine.first_account().await?.id),
    }
}

/// Shows an application with the vendor's word for its scope.
fn application_view(application: &Application) -> Value {
    let mut view = serde_json::to_value(application).unwrap_or_default();
    view["scope"] = json!(if application.door.is_none() { "Global" } else { "Individual" });
    view
}

/// Shows a new credential with its secrets as members that a script can read.
pub(super) fn created_view(created: &CreatedCredential) -> Result<Value> {
    let mut view = serde_json::to_value(&created.credential)?;
    view["door"] = json!(created.door);
    for member in created.members() {
        view[member.name] = json!(member.value);
    }
    Ok(view)
}
