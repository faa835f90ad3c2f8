//! `catalog` and `workspace`: what there is for everybody, and where accounts put their videos.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Subcommand, ValueEnum};
use engine::Engine;
use engine::film::catalog::Catalog;
use engine::film::{Place, PlaceKind};
use serde_json::{Value, json};

use super::Global;
use super::operator::{DoorArg, Stretch, account_or_first};
use super::output::Format;
use crate::config::Overrides;
use crate::furnish::open_catalog_with_warnings;

/// `phonoscope catalog …`
#[derive(Debug, Subcommand)]
pub(super) enum CatalogCommand {
    /// List what documents can name
    List {
        /// What to list
        kind: CatalogKind,
        #[command(flatten)]
        format: Format,
    },
    /// Check the operator's own additions, and say what cannot be used
    Check,
    /// Copy a file or folder into the installation; a running server sees it after its next start
    Add {
        /// What it is
        kind: AddedKind,
        /// The file; for an avatar its folder; for a voice its `.onnx`, beside its `.onnx.json`
        source: PathBuf,
        /// Replace what is there under the same name
        #[arg(long)]
        replace: bool,
    },
}

/// What can be listed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum CatalogKind {
    Avatars,
    Voices,
    Backgrounds,
    Palettes,
    Templates,
    Layouts,
}

/// What an operator can add.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum AddedKind {
    Avatar,
    Voice,
    Font,
    Background,
    Palette,
    Template,
}

impl AddedKind {
    /// Returns the folder within the data folder.
    const fn folder(self) -> &'static str {
        match self {
            Self::Avatar => "avatars",
            Self::Voice => "voices",
            Self::Font => "fonts",
            Self::Background => "catalog/backgrounds",
            Self::Palette => "catalog/palettes",
            Self::Template => "catalog/templates",
        }
    }
}

/// Shows the catalog, or adds to it.
pub(super) fn run(global: &Global, command: CatalogCommand) -> Result<()> {
    let config = global.load(&Overrides::default())?;
    match command {
        CatalogCommand::List { kind, format } => {
            let (catalog, _) = open_catalog_with_warnings(&config)?;
            list(&catalog, kind, format)
        }
        CatalogCommand::Check => {
            let (_, warnings) = open_catalog_with_warnings(&config)?;
            for warning in &warnings {
                super::output::print(warning)?;
            }
            ensure!(warnings.is_empty(), "{} of the additions cannot be used as they are", warnings.len());
            super::output::print("everything can be used")
        }
        CatalogCommand::Add { kind, source, replace } => {
            let folder = config.data.join(kind.folder());
            add(&source, &folder, replace)?;
            // A Piper voice is two files.
            let about = source.with_added_extension("json");
            if matches!(kind, AddedKind::Voice) && about.is_file() {
                add(&about, &folder, replace)?;
            }
            let (_, warnings) = open_catalog_with_warnings(&config)?;
            let name = source.file_name().unwrap_or_default().to_string_lossy();
            if let Some(warning) = warnings.iter().find(|warning| warning.contains(name.as_ref())) {
                bail!("it was copied, but cannot be used as it is: {warning}");
            }
            super::output::print(&format!("added `{name}`; a running server sees it after its next start"))
        }
    }
}

fn list(catalog: &Catalog, kind: CatalogKind, format: Format) -> Result<()> {
    let (rows, columns): (Vec<Value>, &[&str]) = match kind {
        CatalogKind::Avatars => {
            let row = |avatar: &engine::film::catalog::CatalogAvatar| {
                let outfits: Vec<&str> = avatar.outfits.iter().map(|outfit| outfit.id.as_str()).collect();
                json!({ "id": avatar.id, "number": avatar.number, "name": avatar.name, "outfits": outfits,
                    "description": avatar.description })
            };
            (catalog.avatars().iter().map(row).collect(), &["id", "number", "name", "outfits", "description"])
        }
        CatalogKind::Voices => {
            let row = |voice: &engine::film::catalog::CatalogVoice| {
                json!({ "id": voice.id, "number": voice.number, "name": voice.name, "language": voice.language,
                    "gender": voice.gender, "provider": voice.provider })
            };
            (catalog.voices().iter().map(row).collect(), &["id", "number", "name", "language", "gender", "provider"])
        }
        CatalogKind::Backgrounds => {
            let row = |background: &engine::film::catalog::CatalogBackground| json!({ "name": background.name, "asset": background.asset });
            (catalog.backgrounds().iter().map(row).collect(), &["name", "asset"])
        }
        CatalogKind::Palettes => {
            let row = |palette: &engine::film::catalog::CatalogPalette| {
                let colors: Vec<String> = palette.colors.iter().map(ToString::to_string).collect();
                json!({ "id": palette.id, "name": palette.name, "colors": colors })
            };
            (catalog.palettes().iter().map(row).collect(), &["id", "name", "colors"])
        }
        CatalogKind::Templates => {
            let row = |template: &engine::film::catalog::CatalogTemplate| {
                json!({ "id": template.id, "name": template.name, "category": template.category,
                    "orientation": template.orientation(), "layouts": template.layouts.len() })
            };
            let rows = catalog.templates().iter().map(row).collect();
            (rows, &["id", "name", "category", "orientation", "layouts"])
        }
        CatalogKind::Layouts => {
            let layouts = |template: &engine::film::catalog::CatalogTemplate| {
                let row = |layout: &engine::film::catalog::CatalogLayout| {
                    json!({ "id": layout.id, "name": layout.name, "template": template.id,
                        "media": layout.media_slots().collect::<Vec<_>>(),
                        "texts": layout.text_slots().collect::<Vec<_>>() })
                };
                template.layouts.iter().map(row).collect::<Vec<_>>()
            };
            let rows = catalog.templates().iter().flat_map(layouts).collect();
            (rows, &["id", "name", "template", "media", "texts"])
        }
    };
    format.list(&rows, columns)
}

/// Copies a file or a folder of files, whole or not at all.
fn add(source: &Path, folder: &Path, replace: bool) -> Result<()> {
    let name = source.file_name().with_context(|| format!("`{}` has no name", source.display()))?;
    let target = folder.join(name);
    ensure!(source.exists(), "there is no `{}`", source.display());
    ensure!(replace || !target.exists(), "there is a `{}` already; --replace replaces it", target.display());
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let draft = tempfile::tempdir_in(folder).with_context(|| format!("cannot write to `{}`", folder.display()))?;
    let copy = draft.path().join(name);
    copy_all(source, &copy).with_context(|| format!("cannot copy `{}`", source.display()))?;
    let old = draft.path().join("old");
    if target.exists() {
        std::fs::rename(&target, &old).with_context(|| format!("cannot replace `{}`", target.display()))?;
    }
    std::fs::rename(&copy, &target)
        .inspect_err(|_| {
            // What was there is better than nothing.
            let _ = std::fs::rename(&old, &target);
        })
        .with_context(|| format!("cannot write `{}`", target.display()))
}

fn copy_all(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return std::fs::copy(from, to).map(|_| ());
    }
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// `phonoscope workspace …`
#[derive(Debug, Subcommand)]
pub(super) enum WorkspaceCommand {
    /// Add a workspace, a team or a folder
    Create {
        /// What to call it
        name: String,
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        format: Format,
    },
    /// List workspaces, teams or folders
    List {
        #[command(flatten)]
        place: PlaceArgs,
        #[command(flatten)]
        stretch: Stretch,
        #[command(flatten)]
        format: Format,
    },
}

/// Whose places, and of which kind.
#[derive(Debug, clap::Args)]
pub(super) struct PlaceArgs {
    /// The door that shows it
    #[arg(long)]
    door: DoorArg,
    /// The account [default: the oldest]
    #[arg(long)]
    account: Option<String>,
    /// What it is
    #[arg(long, default_value = "workspace")]
    kind: PlaceKindArg,
}

/// What a place is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum PlaceKindArg {
    Workspace,
    Team,
    Folder,
}

impl From<PlaceKindArg> for PlaceKind {
    fn from(kind: PlaceKindArg) -> Self {
        match kind {
            PlaceKindArg::Workspace => Self::Workspace,
            PlaceKindArg::Team => Self::Team,
            PlaceKindArg::Folder => Self::Folder,
        }
    }
}

/// Manages workspaces.
pub(super) async fn workspace(global: &Global, command: WorkspaceCommand) -> Result<()> {
    let installation = global.open().await?;
    let done = manage(&installation.engine, command).await;
    installation.close().await;
    done
}

async fn manage(engine: &Engine, command: WorkspaceCommand) -> Result<()> {
    match command {
        WorkspaceCommand::Create { name, place, format } => {
            let account = account_or_first(engine, place.account).await?;
            let made = engine.create_place(&account, place.door.into(), place.kind.into(), &name).await?;
            format.one(&view(&made))
        }
        WorkspaceCommand::List { place, stretch, format } => {
            let account = account_or_first(engine, place.account).await?;
            let found = engine.places(&account, place.door.into(), place.kind.into(), stretch.into()).await?;
            format.list(&found.iter().map(view).collect::<Vec<_>>(), &["id", "name", "kind", "created_at"])
        }
    }
}

fn view(place: &Place) -> Value {
    json!({ "id": place.id, "name": place.name, "kind": place.kind.name(), "created_at": place.created_at })
}
