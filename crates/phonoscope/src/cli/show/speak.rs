//! `speak`: a text as a WAV file, with the time of every word and sound.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result};
use clap::Args;
use indicatif::HumanDuration;
use media::audio::{Spec, wav};
use serde_json::json;
use speech::{Dictionary, Markup, Request, Synthesizer as _};

use crate::cli::Global;
use crate::cli::output::Format;

/// `phonoscope speak`
#[derive(Debug, Args)]
pub(in crate::cli) struct SpeakArgs {
    /// The text, plain or SSML; `-` for standard input
    text: String,
    /// The WAV to write, mono at 48 kHz
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Write the times of words, sounds and mouth shapes as JSON
    #[arg(long, value_name = "FILE")]
    timings: Option<PathBuf>,
    /// The voice, see `phonoscope voices` [default: one of the language]
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    voice: String,
    /// The language, such as `de` or `pt-BR`
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// The speed, 0.25 to 4
    #[arg(long, default_value_t = 1.0)]
    rate: f32,
    /// Half tones above the voice's own pitch, -24 to 24
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pitch: f32,
    /// How a word is pronounced: another spelling, or IPA between slashes; may be repeated
    #[arg(long = "say", value_name = "WORD=SPELLING")]
    dictionary: Vec<String>,
    /// Take tags and pause marks as text
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    format: Format,
}

/// Speaks.
pub(in crate::cli) async fn run(global: &Global, args: SpeakArgs) -> Result<()> {
    let stop = super::stop_flag();
    let (studio, _) = super::studio(global)?;
    let done = tokio::task::spawn_blocking(move || {
        let text = match args.text.as_str() {
            "-" => read_input()?,
            text => text.to_owned(),
        };
        let mut dictionary = Dictionary::default();
        for entry in &args.dictionary {
            let (word, spelling) = entry.split_once('=').with_context(|| format!("`{entry}` is not WORD=SPELLING"))?;
            dictionary.insert(word, spelling);
        }
        let request = Request {
            language: args.language.as_deref(),
            rate: args.rate,
            pitch: args.pitch,
            markup: if args.plain { Markup::Plain } else { Markup::Auto },
            dictionary: Some(&dictionary),
            ..Request::new(&text, &args.voice)
        };
        let spoken = studio.voices().speak_all_while(&request, &mut || !stop.load(Ordering::Relaxed))?;
        write(&args, &spoken)
    });
    done.await.context("the voice died")?
}

fn read_input() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    Ok(text)
}

fn write(args: &SpeakArgs, spoken: &speech::Spoken) -> Result<()> {
    super::check_target(&args.output)?;
    for warning in &spoken.warnings {
        eprintln!("warning: {warning}");
    }
    let mut writer =
        wav::Writer::create(&args.output, Spec { sample_rate: spoken.sample_rate, channels: 1, mask: 4 }, 16)?;
    writer.push(&spoken.samples)?;
    writer.finish()?;
    if let Some(path) = &args.timings {
        let times = json!({ "duration_ms": spoken.duration_ms(), "words": spoken.words, "phonemes": spoken.phonemes });
        super::write(path, serde_json::to_string_pretty(&times)?.as_bytes())?;
    }
    args.format.one(&json!({
        "output": args.output,
        "duration": HumanDuration(std::time::Duration::from_millis(spoken.duration_ms().into())).to_string(),
        "duration_ms": spoken.duration_ms(),
        "words": spoken.words.len(),
    }))
}
