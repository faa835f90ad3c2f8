//! Phonoscope: a media server that hears and speaks, in one binary.
//!
//! The only crate that knows config, sockets and signals. `cli` says what a person can do, `installation` plugs the
//! adapters into the engine, `http` is what clients reach, `net` is the way out.

#![expect(clippy::print_stderr, reason = "a command line tool talks to its terminal")]

mod cli;
mod config;
mod furnish;
mod http;
mod installation;
mod net;
mod voices;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(cli::run(cli));
    // Work that was told to stop and did not must not keep the process alive.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            cli::exit_code(&error)
        }
    }
}
