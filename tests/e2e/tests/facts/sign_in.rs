//! Tokens: asked for once, renewed once.

use graph_sim::{App, CLIENT_ID, Fault, Simulator, when};

use crate::{collect, tenant};

#[test]
fn one_token_serves_many_rooms() {
    let simulator = Simulator::start(tenant(200)).unwrap();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 200);
    assert_eq!(simulator.token_requests(), 1);
}

#[test]
fn a_token_that_expires_under_way_is_renewed_once() {
    for nth in [1, 2, 4, 6] {
        let simulator = Simulator::start(tenant(100)).unwrap();
        simulator.inject(when("/v1.0/").outer().nth(nth).then(Fault::ExpiredToken));
        let ended = collect(&simulator);
        assert_eq!(ended.code, 0, "request {nth}: {}", ended.stderr);
        assert_eq!(
            ended.brief().unwrap().len(),
            100,
            "request {nth}: {}",
            ended.stderr
        );
        assert_eq!(simulator.token_requests(), 2, "request {nth}");
    }
}

#[test]
fn a_token_that_is_never_accepted_is_not_asked_for_again_and_again() {
    let simulator = Simulator::start(tenant(100)).unwrap();
    simulator.inject(when("/$batch").outer().then(Fault::InvalidToken));
    let ended = collect(&simulator);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("InvalidAuthenticationToken"),
        "{}",
        ended.stderr
    );
    // Each of the six batches may renew the token once.
    assert!(simulator.token_requests() <= 7, "{}", simulator.token_requests());
}

#[test]
fn a_refused_secret_is_tried_once() {
    let simulator = Simulator::start(tenant(100).app(App::new(CLIENT_ID).secret("another"))).unwrap();
    assert_eq!(collect(&simulator).code, 1);
    assert_eq!(simulator.token_requests(), 1);
}

#[test]
fn calendars_granted_in_exchange_alone_are_read_though_the_token_does_not_name_them() {
    let app = App::default()
        .roles(["Place.Read.All", "User.Read.All"])
        .exchange_scope(["room-000@contoso.com"]);
    let simulator = Simulator::start(tenant(2).app(app)).unwrap();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["room-000 2026-03-10T10:00 Meeting 0"]);
    assert_eq!(
        ended.said("room-001@contoso.com: refused: ").len(),
        1,
        "{}",
        ended.stderr
    );
}
