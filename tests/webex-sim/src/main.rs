//! The program `webex-sim`: serves a simulated organization on a loopback port until it is stopped.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use chrono::Utc;
use clap::Parser;
use webex_sim::{App, Fault, Options, RetryAfter, Rotation, Simulator, Token, generate, when};

const TOKEN: &str = "simulated-admin-token";
const CLIENT_ID: &str = "simulated-client";
const CLIENT_SECRET: &str = "simulated-secret";
const REFRESH_TOKEN: &str = "simulated-refresh-token";

/// Simulates the Webex API for a generated organization, on a loopback port, until stopped
#[derive(Parser)]
#[command(version, after_help = format!("Faults: {}.", faults()))]
struct Arguments {
    /// Port to listen on; 0 picks a free port
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Seed; the same seed on the same day gives the same organization and faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of workspaces
    #[arg(long, default_value_t = 40)]
    workspaces: usize,
    /// Fault and its probability for each request, such as `throttled=0.05`; may be repeated
    #[arg(long, value_name = "NAME=PROBABILITY", value_parser = fault)]
    fault: Vec<(Fault, f64)>,
    /// Throttle requests for a second beyond this number at a time
    #[arg(long, value_name = "COUNT")]
    at_once: Option<usize>,
    /// Have the refresh token change when it is used
    #[arg(long)]
    rotate: bool,
}

fn fault(text: &str) -> Result<(Fault, f64)> {
    sim::by_chance(text, |name| {
        let mut known = Fault::named().into_iter();
        let found = known.find(|(known, _)| *known == name).map(|(_, fault)| fault);
        found.with_context(|| format!("unknown fault {name:?}; choose one of: {}", faults()))
    })
}

fn faults() -> String {
    Fault::named().map(|(name, _)| name).join(", ")
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let rotation = if arguments.rotate {
        Rotation::OldUntilNewUsed
    } else {
        Rotation::Never
    };
    let organization = generate(arguments.seed, arguments.workspaces, Utc::now())
        .token(Token::full_admin(TOKEN))
        .app(App::new(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN).rotates(rotation));
    let options = Options {
        port: arguments.port,
        ..Options::default()
    };
    let simulator = Simulator::start_with(organization, &options)?;
    simulator.seed(arguments.seed);
    // It runs for a long time, and no test asks for the records.
    simulator.record_nothing();
    if let Some(most) = arguments.at_once {
        let throttled = Fault::Throttled(RetryAfter::Seconds(1));
        simulator.inject(when("").beyond(most).then(throttled));
    }
    for (fault, chance) in &arguments.fault {
        simulator.inject(when("").chance(*chance).then(fault.clone()));
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", simulator.url())?;
    writeln!(out, "api url        {}", simulator.api_url())?;
    writeln!(out, "access token   {TOKEN}")?;
    writeln!(out, "client id      {CLIENT_ID}")?;
    writeln!(out, "client secret  {CLIENT_SECRET}")?;
    writeln!(out, "refresh token  {REFRESH_TOKEN}")?;
    out.flush()?;
    drop(out);
    // The main thread only waits; the program is stopped from outside.
    loop {
        std::thread::park();
        // A parked thread may wake spuriously; the simulator must stay alive.
        let _ = simulator.url();
    }
}
