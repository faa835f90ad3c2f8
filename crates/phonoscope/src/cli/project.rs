//! `project`: how much the projects of ACRCloud's door may be used, and are.

use anyhow::Result;
use clap::Subcommand;
use engine::Engine;
use engine::recognition::{Project, ProjectChange, ProjectFilter, ProjectId};
use serde_json::{Value, json};

use super::Global;
use super::operator::{Stretch, account_or_first};
use super::output::Format;

/// `phonoscope project …`
#[derive(Debug, Subcommand)]
pub(super) enum ProjectCommand {
    /// List an account's projects with their limits
    List {
        /// The account [default: the oldest]
        #[arg(long)]
        account: Option<String>,
        #[command(flatten)]
        stretch: Stretch,
        #[command(flatten)]
        format: Format,
    },
    /// Limit how often a project is used; what is left out stays
    Limit {
        /// The project's id
        id: i64,
        /// The account [default: the oldest]
        #[arg(long)]
        account: Option<String>,
        /// Searches per day (UTC), 0 for any number
        #[arg(long, value_name = "N")]
        day: Option<u32>,
        /// Searches ever, 0 for any number
        #[arg(long, value_name = "N")]
        total: Option<u32>,
        #[command(flatten)]
        format: Format,
    },
}

/// Manages projects.
pub(super) async fn run(global: &Global, command: ProjectCommand) -> Result<()> {
    let installation = global.open().await?;
    let engine = installation.engine.as_ref();
    let done = match command {
        ProjectCommand::List { account, stretch, format } => list(engine, account, stretch, format).await,
        ProjectCommand::Limit { id, account, day, total, format } => {
            let change = ProjectChange {
                day_limit: day.map(i64::from),
                total_limit: total.map(i64::from),
                ..ProjectChange::default()
            };
            let account = account_or_first(engine, account).await?;
            let project = engine.update_project(&account, ProjectId(id), change).await?;
            format.one(&view(&project))
        }
    };
    installation.close().await;
    done
}

async fn list(engine: &Engine, account: Option<String>, stretch: Stretch, format: Format) -> Result<()> {
    let account = account_or_first(engine, account).await?;
    let filter = ProjectFilter { region: None, kind: None, page: stretch.into() };
    let projects = engine.projects(&account, &filter).await?;
    let views: Vec<Value> = projects.rows.iter().map(view).collect();
    format.list(&views, &["id", "name", "kind", "access_key", "buckets", "day_limit", "total_limit"])
}

fn view(project: &Project) -> Value {
    let buckets: Vec<String> = project.bucket_ids.iter().map(ToString::to_string).collect();
    json!({
        "id": project.id,
        "name": project.name,
        "kind": project.kind,
        "access_key": project.access_key,
        "buckets": buckets.join(","),
        "day_limit": project.day_limit,
        "total_limit": project.total_limit,
        "created_at": project.created_at,
    })
}
