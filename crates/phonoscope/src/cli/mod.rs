//! What a person can do from the command line.

mod catalog;
mod demo;
mod hear;
mod operator;
mod output;
mod project;
mod serve;
mod show;
mod upload;
mod video;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::config::{Config, LogFormat, Overrides, ServerOverrides, WorkersOverrides};
use crate::installation::Installation;

/// A media server that hears and speaks.
///
/// Recognizes recordings, renders scenes with talking avatars, and turns audio and cover art into MP4 videos, behind the public HTTP APIs of ACRCloud and AceData
/// Producer: a program written for one of them works after changing only its base URL. `phonoscope serve` needs no
/// configuration; `phonoscope demo` shows what it does.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  failed
  2  the command line is wrong
  3  the given audio or picture cannot be used; of several, some
  4  there is no such account, application, credential, project, index or track, or nothing matched

Settings come from defaults, then --config FILE, then environment variables such as
PHONOSCOPE_SERVER__LISTEN, then flags. `phonoscope config` prints all of them with their meaning.";

/// Options of every command.
#[derive(Debug, Args)]
struct Global {
    /// Folder of the installation [default: ./phonoscope-data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Configuration file (TOML)
    #[arg(long, global = true, value_name = "FILE", env = "PHONOSCOPE_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::ServeArgs),
    /// Do background work only, for a server that shares its PostgreSQL database and bucket
    Work(serve::WorkArgs),
    /// Start a server on a fresh data folder and walk through every door with real requests
    Demo(demo::DemoArgs),
    /// Make an MP4 of an audio file and a cover picture, without a server
    Video(video::VideoArgs),
    /// Add audio files to the library
    Upload(upload::UploadArgs),
    /// Write fingerprint files of audio files
    Fingerprint(hear::prints::FingerprintArgs),
    /// Keep an index of tracks to recognize, without a server
    #[command(subcommand)]
    Index(hear::index::IndexCommand),
    /// Recognize a clip, and tell where in the track it is from
    #[command(after_help = "Exits with 4 when nothing matched, without --csv.")]
    Identify(hear::identify::IdentifyArgs),
    /// Tell what plays when in a long recording
    Scan(hear::scan::ScanArgs),
    /// Make a video of a scene document, without a server
    Render(show::render::RenderArgs),
    /// Make a video for each row of a table, from one template, without a server
    #[command(after_help = show::batch::AFTER_HELP)]
    Batch(show::batch::BatchArgs),
    /// Print the JSON Schema of scene documents
    Schema,
    /// Speak a text into a WAV file, without a server
    Speak(show::speak::SpeakArgs),
    /// List the voices
    Voices(show::voices::VoicesArgs),
    /// List avatars, and make one of your own
    #[command(subcommand)]
    Avatar(show::avatar::AvatarCommand),
    /// Show what documents can name (avatars, voices, backgrounds, palettes, templates), and add to it
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Manage the workspaces, teams and folders in which accounts put their videos
    #[command(subcommand)]
    Workspace(catalog::WorkspaceCommand),
    /// Manage accounts
    #[command(subcommand)]
    Account(operator::AccountCommand),
    /// Manage an account's applications: its subscriptions to doors, and its general balance
    #[command(subcommand)]
    Application(operator::ApplicationCommand),
    /// Manage credentials: tokens and keys
    #[command(subcommand)]
    Credential(operator::CredentialCommand),
    /// Limit how often ACRCloud projects are used
    #[command(subcommand)]
    Project(project::ProjectCommand),
    /// Manage prices and balances
    #[command(subcommand)]
    Credit(operator::CreditCommand),
    /// Print the effective configuration with its documentation
    Config,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Runs one command.
pub(crate) async fn run(cli: Cli) -> Result<()> {
    let global = &cli.global;
    match cli.command {
        Command::Serve(args) => serve::serve(global, args).await,
        Command::Work(args) => serve::work(global, args).await,
        Command::Demo(args) => demo::run(global, args).await,
        Command::Video(args) => video::run(args).await,
        Command::Upload(args) => upload::run(global, args).await,
        Command::Fingerprint(args) => hear::blocking(move || hear::prints::run(&args)).await,
        Command::Index(command) => hear::blocking(move || hear::index::run(&cli.global, &command)).await,
        Command::Identify(args) => hear::blocking(move || hear::identify::run(&cli.global, &args)).await,
        Command::Scan(args) => hear::blocking(move || hear::scan::run(&cli.global, &args)).await,
        Command::Render(args) => show::render::run(global, args).await,
        Command::Batch(args) => show::batch::run(global, args).await,
        Command::Schema => show::schema(),
        Command::Speak(args) => show::speak::run(global, args).await,
        Command::Voices(args) => show::voices::run(global, &args),
        Command::Avatar(command) => show::avatar::run(global, command),
        Command::Catalog(command) => catalog::run(global, command),
        Command::Workspace(command) => catalog::workspace(global, command).await,
        Command::Account(command) => operator::account(global, command).await,
        Command::Application(command) => operator::application(global, command).await,
        Command::Credential(command) => operator::credential(global, command).await,
        Command::Project(command) => project::run(global, command).await,
        Command::Credit(command) => operator::credit(global, command).await,
        Command::Config => output::print(&global.load(&Overrides::default())?.to_documented_toml()?),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "phonoscope", &mut script);
            output::print(&String::from_utf8_lossy(&script))
        }
    }
}

/// Tells scripts what kind of failure ended a command; see the end of `--help`.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    for cause in error.chain() {
        if let Some(media) = cause.downcast_ref::<media::Error>() {
            return match media.kind() {
                media::ErrorKind::Malformed | media::ErrorKind::Unsupported | media::ErrorKind::Limit => 3.into(),
                media::ErrorKind::Io | media::ErrorKind::Cancelled | media::ErrorKind::Internal => ExitCode::FAILURE,
            };
        }
        match cause.downcast_ref::<hear::Ending>() {
            Some(hear::Ending::Unusable { .. }) => return 3.into(),
            Some(hear::Ending::NoMatch | hear::Ending::Absent { .. }) => return 4.into(),
            None => {}
        }
        if let Some(recognizer::Error::NoIndex(_)) = cause.downcast_ref() {
            return 4.into();
        }
        // A fingerprint file that is foreign, newer or damaged, and sound that the front end does not take.
        if let Some(error) = cause.downcast_ref::<fingerprint::Error>()
            && !matches!(error, fingerprint::Error::Io { .. })
        {
            return 3.into();
        }
        match cause.downcast_ref::<engine::Error>() {
            Some(engine::Error::Refused(_)) => return 3.into(),
            Some(engine::Error::NotFound { .. }) => return 4.into(),
            _ => {}
        }
    }
    ExitCode::FAILURE
}

impl Global {
    fn load(&self, overrides: &Overrides) -> Result<Config> {
        let overrides = Overrides { data: self.data.clone(), ..overrides.clone() };
        Config::load(self.config.as_deref(), &overrides)
    }

    /// Opens the installation for a command that works with or without a running server.
    async fn open(&self) -> Result<Installation> {
        let config = self.load(&Overrides::default())?;
        start_log("warn", LogFormat::Text)?;
        let public_url = serve::public_url(&config, None);
        Installation::open(&config, &public_url, None, None).await
    }
}

/// Sends log lines to standard error.
fn start_log(filter: &str, format: LogFormat) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter).context("log.filter")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!(error)).context("cannot start the log")
}

/// Overrides of a command that runs a server.
fn overrides(listen: Option<String>, public_url: Option<String>, workers: Option<usize>) -> Overrides {
    Overrides {
        data: None,
        server: ServerOverrides { listen, public_url },
        workers: WorkersOverrides { count: workers },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
