//! `voices`: who speaks.

use anyhow::Result;
use clap::Args;
use speech::Synthesizer as _;

use crate::cli::Global;
use crate::cli::output::Format;

/// `phonoscope voices`
#[derive(Debug, Args)]
pub(in crate::cli) struct VoicesArgs {
    /// Only voices of a language, such as `en` or `pt-BR`
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// Lists the built-in voices, those of the installation's folder, and those of servers.
pub(in crate::cli) fn run(global: &Global, args: &VoicesArgs) -> Result<()> {
    let (studio, _) = super::studio(global)?;
    let mut voices = studio.voices().voices();
    if let Some(tag) = &args.language {
        let tag = tag.to_lowercase();
        let speaks = |language: &str| {
            let language = language.to_lowercase();
            language == tag || language.strip_prefix(&tag).is_some_and(|rest| rest.starts_with('-'))
        };
        voices.retain(|voice| speaks(&voice.language));
    }
    args.format.list(&voices, &["id", "name", "language", "language_name", "gender", "backend"])
}
