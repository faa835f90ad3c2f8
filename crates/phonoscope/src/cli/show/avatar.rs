//! `avatar`: who is there, and making one of one's own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Subcommand;
use media::picture::Picture;
use serde_json::json;
use stage::avatar::{Finding, Rig, check, lineup, load, preview, scaffold};

use crate::cli::Global;
use crate::cli::output::Format;

/// `phonoscope avatar`
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AvatarCommand {
    /// List the avatars and what they wear
    List {
        #[command(flatten)]
        format: Format,
    },
    /// Write a folder with a complete avatar to change
    New {
        /// The folder, whose name becomes the avatar's id; put it into `avatars` in the installation's folder to use it
        folder: PathBuf,
        /// The avatar's name [default: from the folder's]
        #[arg(long)]
        name: Option<String>,
    },
    /// Say what is wrong with an avatar's folder
    Check {
        /// The folder
        folder: PathBuf,
        #[command(flatten)]
        format: Format,
    },
    /// Draw an avatar's faces, outfits and a second of speech, as PNG
    Preview {
        /// A folder, or the id of an avatar
        avatar: String,
        /// The folder to write `faces.png`, `outfits.png` and `speech.png` into
        #[arg(short, long, value_name = "FOLDER", default_value = ".")]
        output: PathBuf,
    },
    /// Draw all avatars in all that they wear on one PNG
    Lineup {
        /// The PNG to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

/// Runs one command.
pub(in crate::cli) fn run(global: &Global, command: AvatarCommand) -> Result<()> {
    match command {
        AvatarCommand::List { format } => list(global, format),
        AvatarCommand::New { folder, name } => {
            let id = folder.file_name().map(|name| name.to_string_lossy().into_owned());
            let name = name.or(id).context("the folder has no name")?;
            scaffold(&folder, &name)?;
            super::super::output::print(&format!("wrote `{}`", folder.display()))
        }
        AvatarCommand::Check { folder, format } => {
            let findings = check(&folder);
            let rows: Vec<_> = findings.iter().map(|f| json!({ "file": f.file, "problem": f.problem })).collect();
            if format.is_json() || !rows.is_empty() {
                format.list(&rows, &["file", "problem"])?;
            }
            refuse(&findings)
        }
        AvatarCommand::Preview { avatar, output } => {
            let rig = rig(global, &avatar)?;
            std::fs::create_dir_all(&output).with_context(|| format!("cannot make `{}`", output.display()))?;
            for (name, picture) in preview(&rig) {
                write(&output.join(format!("{name}.png")), picture)?;
            }
            Ok(())
        }
        AvatarCommand::Lineup { output } => {
            let (studio, _) = super::studio(global)?;
            write(&output, lineup(studio.cast().iter()))
        }
    }
}

fn rig(global: &Global, avatar: &str) -> Result<Rig> {
    let folder = PathBuf::from(avatar);
    if folder.is_dir() {
        return load(&folder, &studio::decode_picture).or_else(|findings| {
            refuse(&findings)?;
            bail!("`{avatar}` cannot be used")
        });
    }
    let (studio, _) = super::studio(global)?;
    let (rig, is_stand_in) = studio.cast().get(avatar);
    ensure!(!is_stand_in, "there is no avatar `{avatar}`, see `phonoscope avatar list`");
    Ok(rig.clone())
}

fn refuse(findings: &[Finding]) -> Result<()> {
    let Some(first) = findings.first() else { return Ok(()) };
    match findings.len() {
        1 => bail!("{first}"),
        n_findings => bail!("{first}, and {} more", n_findings - 1),
    }
}

fn write(path: &Path, picture: stage::avatar::Picture) -> Result<()> {
    super::write(path, &Picture::from_rgba(picture.width, picture.height, picture.rgba)?.to_png()?)
}

fn list(global: &Global, format: Format) -> Result<()> {
    let (studio, _) = super::studio(global)?;
    let rows: Vec<serde_json::Value> = studio
        .cast()
        .iter()
        .map(|rig| {
            let profile = rig.profile();
            let outfits: Vec<&str> = profile.outfits.iter().map(|outfit| outfit.id.as_str()).collect();
            json!({ "id": profile.id, "name": profile.name, "gender": profile.gender, "outfits": outfits })
        })
        .collect();
    format.list(&rows, &["id", "name", "gender", "outfits"])
}
