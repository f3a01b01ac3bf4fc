//! A service out of reach: exit status 1 within a minute, and the address.

use std::time::{Duration, Instant};

use e2e::{Ended, Source, Workplace};
use graph_sim::{Room, Simulator, Tenant};

/// The origin of a server that nobody started.
fn closed() -> String {
    format!("http://{}", e2e::free_address().unwrap())
}

fn collect(source: &Source) -> Ended {
    let begun = Instant::now();
    let ended = Workplace::new(&source.to_string(), &["o365"])
        .unwrap()
        .collect(&[])
        .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    ended
}

#[test]
fn a_login_service_out_of_reach_is_named_within_a_minute() {
    let simulator =
        Simulator::start(Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A"))).unwrap();
    let login = closed();
    let ended = collect(&Source::at(simulator.url(), &login));
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    let expected = format!(
        "error: source \"contoso\": cannot get a token from {login}/contoso.com/oauth2/v2.0/token: cannot connect to {login}: "
    );
    assert!(ended.stderr.starts_with(&expected), "{}", ended.stderr);
    // Once: the host says it, and the connector does not repeat it.
    assert_eq!(ended.stderr.matches("firewall").count(), 1, "{}", ended.stderr);
}

#[test]
fn graph_out_of_reach_is_named_within_a_minute() {
    let simulator = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let graph = closed();
    let ended = collect(&Source::at(&graph, simulator.url()));
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    let expected = format!(
        "error: source \"contoso\": the tenant's rooms: no answer from {graph}: the connection was refused: "
    );
    assert!(ended.stderr.starts_with(&expected), "{}", ended.stderr);
    // Once: the host says it, and the connector does not repeat it.
    assert_eq!(ended.stderr.matches("firewall").count(), 1, "{}", ended.stderr);
}

#[test]
fn an_address_that_was_not_granted_is_never_asked() {
    let simulator = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let other = Simulator::start(Tenant::new("contoso.com")).unwrap();
    // Granted is the first simulator alone.
    let source = Source::contoso(&simulator).setting("graph-url", &format!("{}/v1.0", other.url()));
    let ended = collect(&source);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains(&format!(
            "Grant {} to the source, or correct graph-url.",
            other.url()
        )),
        "{}",
        ended.stderr
    );
    assert_eq!(other.requests(), []);
}

#[test]
fn a_login_service_that_was_not_granted_gets_no_secret() {
    let simulator = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let other = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let ended = collect(&Source::contoso(&simulator).setting("login-url", other.url()));
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains(
            "grants.http: the token endpoint of connector o365 is at an origin that is not granted"
        ),
        "{}",
        ended.stderr
    );
    assert_eq!(other.requests(), []);
}
