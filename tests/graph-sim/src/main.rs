//! The program `graph-sim`: serves a simulated tenant on a loopback port until it is stopped.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use chrono::{Duration, Utc};
use clap::Parser;
use graph_sim::{
    Account, App, Fault, Options, RetryAfter, Simulator, Tenant, generate, generate_dense, when,
};

/// Simulates Microsoft Graph and its login service for a generated tenant, on a loopback port, until stopped
#[derive(Parser)]
#[command(version, after_help = after_help())]
struct Arguments {
    /// Port to listen on; 0 picks a free port
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Seed; the same seed on the same day gives the same tenant and faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of rooms
    #[arg(long, default_value_t = 40)]
    rooms: usize,
    /// Number of room lists; every room is in one, and every tenth in two
    #[arg(long, default_value_t = 3)]
    lists: usize,
    /// Generate a dense tenant with this number of single meetings per room, from yesterday to two weeks ahead
    #[arg(long, value_name = "PER_ROOM")]
    events: Option<usize>,
    /// Fault and its probability for each request, such as `throttled=0.05`; may be repeated
    #[arg(long, value_name = "NAME=PROBABILITY", value_parser = fault)]
    fault: Vec<(Fault, f64)>,
    /// Throttle requests for a second beyond this number at a time
    #[arg(long, value_name = "COUNT")]
    at_once: Option<usize>,
    /// List rooms without nextLink, so that the client must page with $top and $skip
    #[arg(long)]
    no_next_links: bool,
    /// Serve TLS, and write the certificate of its authority to DIR/ca.pem
    #[arg(long, value_name = "DIR")]
    tls: Option<PathBuf>,
    /// Register the app without consent: an administrator must first accept on the consent page
    #[arg(long)]
    consent: bool,
    /// Redirect URI of the consent page; may be repeated. The port of localhost does not count
    #[arg(
        long,
        value_name = "URI",
        requires = "consent",
        default_value = "http://localhost/authorized"
    )]
    redirect: Vec<String>,
    /// How long a consent takes to take effect, such as `2h`; until then tokens have no roles and Graph refuses them
    #[arg(long, value_name = "TIME", requires = "consent", default_value = "0s")]
    replication: humantime::Duration,
    /// Write a collector.toml for this tenant when the simulator is ready
    #[arg(long, value_name = "FILE")]
    write_config: Option<PathBuf>,
}

fn after_help() -> String {
    format!(
        "Faults: {}.\n\nExamples:\n  graph-sim --rooms 40 --lists 3 --fault throttled=0.05 --write-config demo/collector.toml\n  \
         graph-sim --consent --replication 30s",
        Fault::NAMES.join(", ")
    )
}

fn fault(text: &str) -> Result<(Fault, f64)> {
    sim::by_chance(text, Fault::named)
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let simulator = start(&arguments)?;
    // The main thread only waits; the program is stopped from outside.
    loop {
        std::thread::park();
        // A parked thread may wake spuriously; the simulator must stay alive.
        let _ = simulator.url();
    }
}

fn start(arguments: &Arguments) -> Result<Simulator> {
    let now = Utc::now();
    let Arguments {
        seed, rooms, lists, ..
    } = *arguments;
    let mut tenant = match arguments.events {
        Some(events) => generate_dense(
            seed,
            rooms,
            lists,
            events,
            now - Duration::hours(23),
            now + Duration::days(13),
        ),
        None => generate(seed, rooms, lists, now),
    };
    if arguments.no_next_links {
        tenant = tenant.without_next_links();
    }
    if arguments.consent {
        let app = arguments
            .redirect
            .iter()
            .fold(App::default(), |app, address| app.redirect(address));
        tenant = tenant
            .app(app.registered_only())
            .replication(*arguments.replication);
    }
    let (client, secret) = tenant
        .apps()
        .first()
        .and_then(|app| Some((app.client_id().to_owned(), app.working_secret()?.to_owned())))
        .context("the generated tenant has no app with a secret")?;
    let names = Names {
        domain: tenant.domain().to_owned(),
        lists: lists_of(&tenant),
        client,
        secret,
        accounts: arguments.consent.then(|| accounts_of(&tenant)),
    };
    let options = Options {
        port: arguments.port,
        tls: arguments.tls.is_some(),
    };
    let simulator = Simulator::start_with(tenant, &options)?;
    simulator.seed(seed);
    // It runs for a long time, and no test asks for the records.
    simulator.record_nothing();
    if let Some(most) = arguments.at_once {
        let throttled = Fault::Throttled(RetryAfter::Seconds(1));
        simulator.inject(when("").outer().beyond(most).then(throttled));
    }
    for (fault, chance) in &arguments.fault {
        simulator.inject(when("").chance(*chance).then(fault.clone()));
    }
    if let (Some(directory), Some(pem)) = (&arguments.tls, simulator.ca_pem()) {
        std::fs::create_dir_all(directory)
            .and_then(|()| std::fs::write(directory.join("ca.pem"), pem))
            .with_context(|| format!("cannot write ca.pem to {}", directory.display()))?;
    }
    if let Some(file) = &arguments.write_config {
        write_whole(file, &names.config(&simulator))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", simulator.url())?;
    writeln!(out, "{}", names.block(&simulator))?;
    out.flush()?;
    Ok(simulator)
}

fn lists_of(tenant: &Tenant) -> String {
    tenant
        .lists()
        .iter()
        .map(|list| list.address())
        .collect::<Vec<_>>()
        .join(", ")
}

fn accounts_of(tenant: &Tenant) -> String {
    let account = |account: &Account| {
        let kind = match (
            account.domain() == tenant.domain(),
            account.is_global_administrator(),
        ) {
            (false, _) => "of another tenant",
            (true, true) => "Global Administrator",
            (true, false) => "no administrator",
        };
        format!("{} ({kind})", account.address())
    };
    let all: Vec<String> = tenant.accounts().iter().map(account).collect();
    all.join(", ")
}

/// Writes a file at once, so that a script can wait for it to appear.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, text)?;
    std::fs::rename(part, file)
}

/// What a client needs to know.
struct Names {
    domain: String,
    lists: String,
    client: String,
    secret: String,
    /// The accounts of the consent page, if consent is needed.
    accounts: Option<String>,
}

impl Names {
    fn block(&self, simulator: &Simulator) -> String {
        format!(
            "tenant       {}\nclient id    {}\nsecret       export O365_CLIENT_SECRET='{}'\nroom lists   {}\ngraph url    {}\nlogin url    {}",
            self.domain,
            self.client,
            self.secret,
            self.lists,
            simulator.graph_url(),
            simulator.url(),
        ) + &self
            .accounts
            .as_ref()
            .map_or_else(String::new, |accounts| format!("\naccounts     {accounts}"))
    }

    fn config(&self, simulator: &Simulator) -> String {
        let Self {
            domain,
            lists,
            client,
            secret,
            ..
        } = self;
        let (graph, login) = (simulator.graph_url(), simulator.url());
        let lists = if lists.is_empty() {
            String::new()
        } else {
            format!("room-lists = \"{lists}\"\n")
        };
        format!(
            r#"# A simulated tenant. Before use: export O365_CLIENT_SECRET='{secret}'
[collector]
plugins = "plugins"
data = "data"

[[source]]
name = "simulated"
connector = "o365"
every = "5m"
window = {{ back = "1d", ahead = "14d" }}

[source.settings]
tenant = "{domain}"
user-agent = "rooms@{domain}"
{lists}graph-url = "{graph}"
login-url = "{login}"

[source.credentials]
client-id = "{client}"
client-secret = {{ env = "O365_CLIENT_SECRET" }}

[source.grants]
http = ["{login}"]
"#
        )
    }
}
