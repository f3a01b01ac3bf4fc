//! `make demo`: one pass of the real program over a simulated tenant of 45 rooms in 3 room lists, with a distribution list
//! that is not a room list, a room that a policy blocks, a missing mailbox, and some throttling. Ends by itself.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use graph_sim::{
    CLIENT_ID, CLIENT_SECRET, Fault, Mailbox, Missing, Refusal, RetryAfter, Simulator, generate, when,
};

const ROOMS: usize = 45;

fn main() -> anyhow::Result<ExitCode> {
    // This is target/debug/demo: the program is beside it, the connectors are above.
    let this = std::env::current_exe()?;
    let program = this.with_file_name("collector");
    let plugins = this
        .ancestors()
        .nth(2)
        .context("this program is not in cargo's target directory")?
        .join("plugins");
    let mut tenant = generate(7, ROOMS, 3, chrono::Utc::now());
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
        configuration(&simulator, &plugins),
    )?;
    eprintln!(
        "A simulated tenant of {ROOMS} rooms in 3 room lists answers at {}.",
        simulator.url()
    );
    eprintln!("$ collector run-once\n");
    let status = Command::new(program)
        .args(["run-once"])
        .current_dir(workplace.path())
        .env("O365_CLIENT_SECRET", CLIENT_SECRET)
        .status()
        .context("cannot start the program; `make demo` builds it")?;
    // A refused room, a missing room and a plain distribution list are part of the demonstration: exit status 3.
    ensure!(
        status.code() == Some(3),
        "the program ended with {status} instead of exit status 3"
    );
    eprintln!(
        "\nExit status 3, as expected here: some rooms could not be collected, but the others were. The service received {} \
         token request, {} batches, and at most {} requests at once.",
        simulator.token_requests(),
        simulator.batches(),
        simulator.most_in_flight(),
    );
    Ok(ExitCode::SUCCESS)
}

fn configuration(simulator: &Simulator, plugins: &Path) -> String {
    let url = simulator.url();
    format!(
        r#"[collector]
plugins = {plugins:?}

[[source]]
name = "contoso"
connector = "o365"
window = {{ back = "1d", ahead = "3d" }}

[source.settings]
tenant = "contoso.com"
user-agent = "rooms@contoso.com"
graph-url = "{url}/v1.0"
login-url = "{url}"
room-lists = "list-1@contoso.com, list-2@contoso.com, list-3@contoso.com, everyone@contoso.com"

[source.credentials]
client-id = "{CLIENT_ID}"
client-secret = {{ env = "O365_CLIENT_SECRET" }}

[source.grants]
http = ["{url}"]
"#
    )
}
