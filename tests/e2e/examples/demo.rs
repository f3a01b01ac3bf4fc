//! `make demo`: one pass of the real program over a simulated tenant of 45 rooms in 3 room lists, among them a distribution list
//! that is none, a room that a policy keeps, a mailbox that is gone, and some throttling. Ends by itself.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use e2e::Source;
use graph_sim::{CLIENT_SECRET, Fault, Mailbox, Missing, Refusal, RetryAfter, Simulator, generate, when};

const ROOMS: usize = 45;

fn main() -> anyhow::Result<ExitCode> {
    let built = built()?;
    let mut tenant = generate(7, ROOMS, 3, e2e::now());
    let address = |number: usize| {
        let room = tenant
            .rooms()
            .get(number)
            .context("the generated tenant has too few rooms")?;
        anyhow::Ok(room.address().to_owned())
    };
    let (refused, missing) = (address(11)?, address(23)?);
    tenant
        .room_mut(&refused)?
        .set_mailbox(Mailbox::Refused(Refusal::AccessPolicy));
    tenant
        .room_mut(&missing)?
        .set_mailbox(Mailbox::Missing(Missing::NotEnabledForRest));
    let simulator = Simulator::start(tenant)?;
    simulator.inject(
        when("calendarView")
            .inner()
            .nth(3)
            .then(Fault::Throttled(RetryAfter::Seconds(1))),
    );

    let workplace = tempfile::tempdir()?;
    std::fs::write(
        workplace.path().join("collector.toml"),
        configuration(&simulator, &built.join("plugins")),
    )?;
    eprintln!(
        "A simulated tenant of {ROOMS} rooms in 3 room lists answers at {}.",
        simulator.url()
    );
    eprintln!("$ collector run-once\n");
    let status = Command::new(built.join("release/collector"))
        .args(["run-once"])
        .current_dir(workplace.path())
        .env("O365_CLIENT_SECRET", CLIENT_SECRET)
        .status()
        .context("the program could not be started; `make build` builds it")?;
    // A refused room, a missing one and a list that is none are part of the demonstration: exit status 3.
    ensure!(
        status.code() == Some(3),
        "the program ended with {status}, and not with exit status 3 as it should"
    );
    eprintln!(
        "\nExit status 3: some rooms could not be collected and the rest were, as it should be here. What was asked of the \
         service: {} token, {} batches, at most {} requests at once.",
        simulator.token_requests(),
        simulator.batches(),
        simulator.most_in_flight(),
    );
    Ok(ExitCode::SUCCESS)
}

fn configuration(simulator: &Simulator, plugins: &Path) -> String {
    let source = Source::contoso(simulator)
        .lists("list-1@contoso.com, list-2@contoso.com, list-3@contoso.com, everyone@contoso.com")
        .line("window = { back = \"1d\", ahead = \"3d\" }");
    format!("[collector]\nplugins = {plugins:?}\n{source}")
}

/// The directory that holds `release/collector` and `plugins/`: this program is `release/examples/demo` in it.
fn built() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let directory = program
        .ancestors()
        .nth(3)
        .context("this program is not where cargo puts examples")?;
    Ok(directory.to_owned())
}
