//! kubepin: parse, run, print failure, exit.

use std::process::ExitCode;

use clap::Parser as _;
use kubepin::cli::Cli;
use kubepin::commands;
use kubepin::exit::Exit;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match commands::run(Cli::parse().meaning()) {
        Ok(exit) => exit.into(),
        Err(failure) if failure.is_silent() => Exit::Clean.into(),
        Err(failure) => {
            failure.print(&mut std::io::stderr());
            Exit::Failed.into()
        }
    }
}
