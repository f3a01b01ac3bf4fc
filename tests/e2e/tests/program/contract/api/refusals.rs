//! Wrong questions, and tokens that open less or nothing.

use super::description::Description;
use super::{Asking, PERIOD};

#[test]
fn what_cannot_be_answered_is_said_with_what_would_be_right() {
    let asking = Asking::new();
    let description = Description::of(&asking);
    let token = asking.make("all", "&figures=true&records=true");
    let first = asking.ask(&format!("verdicts?{PERIOD}&limit=1"), &token).json();
    let cursor = first["next"].as_str().unwrap();
    for (path, code, said) in [
        (
            format!("report?{PERIOD}&verbose=1"),
            "unknown-parameter",
            "there are from, to, by, building, room",
        ),
        (
            format!("report?{PERIOD}&by=all&by=room"),
            "repeated-parameter",
            "by may be given once only",
        ),
        (
            "report?from=2026-03-09".to_owned(),
            "missing-parameter",
            "the parameter to is missing",
        ),
        (
            "report?from=2026-03-14&to=2026-03-09".to_owned(),
            "empty-period",
            "to is the date after the last",
        ),
        (
            "verdicts?from=monday&to=2026-03-09".to_owned(),
            "bad-date",
            "write it like 2026-03-01",
        ),
        (
            "report?from=2026-03-09&to=2126-03-09".to_owned(),
            "long-period",
            "longer than 3660 days",
        ),
        (
            format!("report?{PERIOD}&by=day"),
            "unknown-key",
            "there are all, building, room",
        ),
        (
            format!("report?{PERIOD}&building=Hq"),
            "unknown-name",
            "there is no building \"Hq\"; there are Annex, HQ",
        ),
        (
            format!("verdicts?{PERIOD}&room=nobody@contoso.com"),
            "unknown-name",
            "there is no room \"nobody@contoso.com\"",
        ),
        (
            "usage?source=nobody".to_owned(),
            "unknown-name",
            "there is no source \"nobody\"; there are contoso, sensors",
        ),
        (
            format!("verdicts?{PERIOD}&limit=1001"),
            "bad-limit",
            "from 1 to 1000",
        ),
        (
            format!("verdicts?{PERIOD}&cursor=AAAA"),
            "bad-cursor",
            "not a valid cursor",
        ),
        (
            format!("verdicts?{PERIOD}&building=HQ&cursor={cursor}"),
            "bad-cursor",
            "belongs to another question",
        ),
        (
            format!("rooms?cursor={cursor}"),
            "bad-cursor",
            "belongs to another question",
        ),
    ] {
        let reply = asking.ask(&path, &token);
        let (found, detail) = reply.problem(400);
        assert_eq!(found, code, "{path}: {detail}");
        assert!(detail.contains(said), "{path}: {detail}");
        description.check(&path, &reply);
    }
}

#[test]
fn a_token_opens_what_it_may_until_it_is_revoked_or_ends() {
    let asking = Asking::new();
    let description = Description::of(&asking);
    let reply = asking.send("GET /api/v1/rooms HTTP/1.1", "");
    assert_eq!(reply.problem(401).0, "no-token");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    description.check("rooms", &reply);
    // A session is no token.
    let reply = asking.send(
        &format!("GET /api/v1/rooms HTTP/1.1\ncookie: {}", asking.cookie),
        "",
    );
    assert_eq!(reply.problem(401).0, "no-token");
    let reply = asking.ask("rooms", "collector_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(reply.problem(401).0, "wrong-token");

    let figures = asking.make("figures", "&figures=true");
    let records = asking.make("records", "&records=true");
    let report = format!("report?{PERIOD}");
    for (path, token, may) in [
        (report.as_str(), &figures, true),
        ("usage", &figures, false),
        ("rooms", &figures, true),
        (&report, &records, false),
        ("usage", &records, true),
        ("rooms", &records, true),
    ] {
        let reply = asking.ask(path, token);
        if may {
            assert_eq!(reply.status, 200, "{}", reply.body);
        } else {
            assert_eq!(reply.problem(403).0, "not-allowed");
        }
        description.check(path, &reply);
    }

    // As if its last day were over.
    let store = rusqlite::Connection::open(asking.workplace.path().join("data/collector.sqlite3")).unwrap();
    store
        .execute(
            "UPDATE api_token SET ends_at = 1773100800 WHERE name = 'records'",
            [],
        )
        .unwrap();
    let (code, detail) = asking.ask("usage", &records).problem(401);
    assert_eq!(code, "wrong-token");
    assert!(
        detail.starts_with("the token \"records\" ended on 2026-03-10 00:00 UTC"),
        "{detail}"
    );

    let number: i64 = store
        .query_row("SELECT number FROM api_token WHERE name = 'figures'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let revoked = asking.submit(
        "/access/revoke",
        &format!("csrf={}&number={number}", asking.csrf()),
    );
    assert_eq!(revoked.status, 303, "{}", revoked.body);
    assert_eq!(asking.ask(&report, &figures).problem(401).0, "wrong-token");

    let audit = asking.printed(&["audit"]);
    for part in [
        "api-token-made",
        "may read figures as an administrator until",
        "api-token-revoked",
    ] {
        assert!(audit.contains(part), "{audit}");
    }
    // Tokens are kept nowhere.
    for token in [&figures, &records] {
        assert!(!asking.service.said().contains(token.as_str()));
        for (path, content) in asking.workplace.data().unwrap() {
            let found = content
                .windows(token.len())
                .any(|window| window == token.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}
