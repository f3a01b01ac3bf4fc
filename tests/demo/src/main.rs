//! `make demo`: one pass of the real program over a simulated tenant of 45 rooms in 3 room lists, with a distribution list
//! that is not a room list, a room that a policy blocks, a missing mailbox, and some throttling, and over a simulated Webex
//! organization with devices in 12 of these rooms. Ends by itself.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, ensure};
use graph_sim::{
    CLIENT_ID, CLIENT_SECRET, Fault, Mailbox, Missing, Refusal, RetryAfter, Simulator, generate, when,
};

const ROOMS: usize = 45;
const WORKSPACES: usize = 12;
/// How many of the stored records are shown.
const SHOWN: usize = 3;
/// Admits the program to the simulated Webex.
const WEBEX_TOKEN: &str = "demonstration";

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

    let organization = webex_sim::generate(7, WORKSPACES, chrono::Utc::now())
        .token(webex_sim::Token::full_admin(WEBEX_TOKEN));
    let webex = webex_sim::Simulator::start(organization)?;

    let workplace = tempfile::tempdir()?;
    std::fs::write(
        workplace.path().join("collector.toml"),
        configuration(&simulator, &webex, &plugins),
    )?;
    eprintln!(
        "A simulated tenant of {ROOMS} rooms in 3 room lists answers at {}, a simulated Webex with devices in {WORKSPACES} of them at {}.",
        simulator.url(),
        webex.url(),
    );
    eprintln!("$ collector run-once\n");
    let status = Command::new(&program)
        .args(["run-once"])
        .current_dir(workplace.path())
        .env("O365_CLIENT_SECRET", CLIENT_SECRET)
        .env("WEBEX_TOKEN", WEBEX_TOKEN)
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
    show_usage(&program, workplace.path())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the spaces of the simulated Webex with the rooms that they belong to, some of the records that tell how they were used, and figures of
/// both.
fn show_usage(program: &Path, workplace: &Path) -> anyhow::Result<()> {
    let collector = |arguments: &[&str]| {
        eprintln!("\n$ collector {}\n", arguments.join(" "));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(workplace)
            .env("O365_CLIENT_SECRET", CLIENT_SECRET)
            .env("WEBEX_TOKEN", WEBEX_TOKEN)
            .stderr(Stdio::inherit());
        command
    };
    eprintln!("\nThe devices in the rooms belong to the same rooms, by the addresses of their calendars.");
    let listed = collector(&["usage", "spaces", "--source", "webex"]).status()?;
    ensure!(listed.success(), "the list ended with {listed}");
    let exported = collector(&["usage", "export", "--source", "webex"]).output()?;
    ensure!(
        exported.status.success(),
        "the export ended with {}",
        exported.status
    );
    let records = String::from_utf8(exported.stdout)?;
    let count = records.lines().count();
    ensure!(count > SHOWN, "only {count} records were stored");
    for record in records.lines().take(SHOWN) {
        eprintln!("{record}");
    }
    eprintln!("… and {} more", count - SHOWN);
    eprintln!("\nBookings and use together. What no device told is unknown, and never shown as empty.");
    let today = chrono::Utc::now().date_naive();
    let (from, to) = (today - chrono::Days::new(1), today + chrono::Days::new(1));
    let (from, to) = (from.to_string(), to.to_string());
    let reported = collector(&["report", "--from", &from, "--to", &to, "--by", "seats"]).status()?;
    ensure!(reported.success(), "the report ended with {reported}");
    Ok(())
}

fn configuration(simulator: &Simulator, webex: &webex_sim::Simulator, plugins: &Path) -> String {
    let (url, webex_url, webex_api) = (simulator.url(), webex.url(), webex.api_url());
    format!(
        r#"[collector]
plugins = {plugins:?}

[insights]
time-zone = "UTC"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

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

[[source]]
name = "webex"
connector = "webex"
window = {{ back = "1d" }}

[source.settings]
sign-in = "token"
webex-url = "{webex_api}"

[source.credentials]
token = {{ env = "WEBEX_TOKEN" }}

[source.grants]
http = ["{webex_url}"]
"#
    )
}
