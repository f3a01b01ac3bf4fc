//! Tokens: asked for once, renewed once wherever they die, and never without end.

use e2e::{Ended, Source, calendar_of};
use graph_sim::{App, CLIENT_ID, Event, Fault, RetryAfter, Rule, Simulator, Tenant, when};

use crate::case::Area;
use crate::setting::{collect, one_room, sign_in_refused, tenant, workplace};

const TOKENS: &str = "Access tokens in the Microsoft identity platform";
const RENEWED: &str = "airbyte #13660, #47191, #74726, #75283";

/// Where a token may die: the n-th whole request to Graph of a pass over a hundred rooms.
const STEPS: [(&str, u64); 4] = [
    ("the first page of rooms", 1),
    ("the batch for object ids", 2),
    ("the first calendars", 3),
    ("later calendars", 6),
];

pub(crate) fn area() -> Area {
    let mut area = Area::new("Tokens").case("one token serves many rooms", TOKENS, one_token);
    for (step, nth) in STEPS {
        area = area.case(
            format!("a token that expires before {step} is renewed once"),
            RENEWED,
            move || renewed_once(nth),
        );
    }
    area.case(
        "a token that expires before page three of a calendar is renewed, and the calendar is whole",
        RENEWED,
        before_a_later_page,
    )
    .case(
        "a token that expires while a retry waits is renewed before the retry",
        RENEWED,
        while_a_retry_waits,
    )
    .case(
        "a token that is refused inside a batch refuses that room alone, and deletes nothing",
        "corso (graph errors)",
        inside_a_batch,
    )
    .case(
        "a token that is about to expire is renewed before it is used",
        TOKENS,
        about_to_expire,
    )
    .case(
        "a renewal that is refused ends the pass, and no room loses a meeting",
        "Microsoft Entra authentication and authorization error codes",
        refused_renewal,
    )
    .case(
        "a renewal that is throttled is asked for again",
        "airbyte #23767",
        throttled_renewal,
    )
    .case(
        "a token that is never accepted is not asked for again and again",
        "Microsoft Entra error 50196 (loop detected)",
        never_accepted,
    )
    .case(
        "a refused secret is tried once",
        "Microsoft Entra error 50196 (loop detected)",
        a_refused_secret,
    )
    .case(
        "calendars that are granted in Exchange alone are read though the token does not name them",
        "Role Based Access Control for Applications in Exchange Online",
        granted_in_exchange,
    )
}

fn one_token() {
    let simulator = Simulator::start(tenant(200)).unwrap();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), 200);
    assert_eq!(simulator.token_requests(), 1);
}

/// A pass that brings everything with two tokens, whatever happens once.
fn whole_with_two_tokens(tenant: Tenant, meetings: usize, rules: impl IntoIterator<Item = Rule>) {
    let simulator = Simulator::start(tenant).unwrap();
    rules.into_iter().for_each(|rule| simulator.inject(rule));
    let ended = collect(&simulator);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap().len(), meetings, "{}", ended.stderr);
    assert_eq!(simulator.token_requests(), 2, "{}", ended.stderr);
}

fn renewed_once(nth: u64) {
    let expired = when("/v1.0/").outer().nth(nth).then(Fault::ExpiredToken);
    whole_with_two_tokens(tenant(100), 100, [expired]);
}

fn three_pages() -> Tenant {
    let at = |n: usize| Event::new(&n.to_string(), "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    one_room((0..1200).map(at))
}

fn before_a_later_page() {
    // The first batch is for object ids, the second to fourth for the pages.
    let expired = when("/$batch").outer().nth(4).then(Fault::ExpiredToken);
    whole_with_two_tokens(three_pages(), 1200, [expired]);
}

fn while_a_retry_waits() {
    let throttled = when("/$batch")
        .outer()
        .nth(3)
        .then(Fault::Throttled(RetryAfter::Seconds(1)));
    let expired = when("/$batch").outer().nth(4).then(Fault::ExpiredToken);
    whole_with_two_tokens(three_pages(), 1200, [throttled, expired]);
}

const BOTH: [&str; 2] = [
    "room-000 2026-03-10T10:00 Meeting 0",
    "room-001 2026-03-10T10:00 Meeting 1",
];

fn figures(ended: &Ended, expected: &str) {
    assert!(
        ended.stderr.contains(&format!("contoso: meetings: {expected}\n")),
        "not {expected}: {}",
        ended.stderr
    );
}

fn inside_a_batch() {
    let simulator = Simulator::start(tenant(2)).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    simulator.inject(
        when(&calendar_of("room-001@contoso.com"))
            .inner()
            .nth(1)
            .then(Fault::ExpiredToken),
    );
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    figures(&ended, "0 new, 0 changed, 0 gone, 1 as before");
    let said = ended.said("room-001@contoso.com: refused: ");
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), BOTH);
    figures(&ended, "0 new, 0 changed, 0 gone, 2 as before");
}

fn about_to_expire() {
    // Shorter than what the collector keeps in hand: every token is renewed before its use, and none is refused.
    let simulator = Simulator::start(tenant(2).token_seconds(30)).unwrap();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), BOTH);
    let refused = simulator.requests().iter().any(|request| request.status == 401);
    assert!(!refused, "{}", ended.stderr);
}

fn refused_renewal() {
    let simulator = Simulator::start(tenant(2)).unwrap();
    let workplace = workplace(&Source::contoso(&simulator));
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    // Between two batches of the next pass the token dies, and so does the secret.
    simulator.inject(when("/$batch").outer().nth(2).then(Fault::ExpiredToken));
    simulator.inject(
        when("/oauth2/v2.0/token")
            .outer()
            .nth(2)
            .then(sign_in_refused(7_000_222)),
    );
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    // What was stored before is still shown.
    assert_eq!(ended.brief().unwrap(), BOTH);
    assert!(ended.stderr.contains("AADSTS7000222"), "{}", ended.stderr);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    figures(&ended, "0 new, 0 changed, 0 gone, 2 as before");
}

fn throttled_renewal() {
    let simulator = Simulator::start(tenant(2)).unwrap();
    simulator.inject(when("/$batch").outer().nth(2).then(Fault::ExpiredToken));
    let throttled = Fault::Unavailable(RetryAfter::Seconds(1));
    simulator.inject(when("/oauth2/v2.0/token").outer().nth(2).then(throttled));
    let ended = collect(&simulator);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), BOTH);
    assert_eq!(simulator.token_requests(), 3);
}

fn never_accepted() {
    let simulator = Simulator::start(tenant(100)).unwrap();
    simulator.inject(when("/$batch").outer().then(Fault::InvalidToken));
    let ended = collect(&simulator);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("InvalidAuthenticationToken"),
        "{}",
        ended.stderr
    );
    // The six batches share one new token, and are told that it is not accepted either.
    assert_eq!(simulator.token_requests(), 2, "{}", ended.stderr);
}

fn a_refused_secret() {
    let simulator = Simulator::start(tenant(100).app(App::new(CLIENT_ID).secret("another"))).unwrap();
    assert_eq!(collect(&simulator).code, 1);
    assert_eq!(simulator.token_requests(), 1);
}

fn granted_in_exchange() {
    let app = App::default()
        .roles(["Place.Read.All", "User.Read.All"])
        .exchange_scope(["room-000@contoso.com"]);
    let simulator = Simulator::start(tenant(2).app(app)).unwrap();
    let ended = collect(&simulator);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), [BOTH[0]]);
    assert_eq!(
        ended.said("room-001@contoso.com: refused: ").len(),
        1,
        "{}",
        ended.stderr
    );
}
