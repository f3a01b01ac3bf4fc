//! Tests that foreign text stays text on every page, whatever it contains.

use std::sync::LazyLock;

use proptest::prelude::*;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use super::fake::{authorization, draft, form, source, space_row, spaces, validation};
use super::fake_sinks::{self, sink};
use super::workplace::Workplace;
use super::{Browser, Fake, PAGES};
use crate::api::*;
use collector_model::outcome::Reason;

/// Writes a text into every field that can hold one.
fn write_everywhere(fake: &Fake, text: &str) {
    let some = || Some(text.to_owned());
    let own = || text.to_owned();
    let at = 1_770_000_000;
    let mut world = fake.world();
    let problem = |key: &str| Problem {
        key: key.into(),
        problem: own(),
        remedy: own(),
    };
    let refused = ConsentState::Refused {
        at,
        problem: own(),
        advice: own(),
        code: some(),
    };
    let consent = Authorization {
        permissions: vec![Permission {
            name: own(),
            purpose: own(),
        }],
        redirect_uri: own(),
        consent_origin: own(),
        ..authorization(Some(refused))
    };
    let mut checks = validation(&[]);
    checks.checks = vec![Check {
        name: own(),
        status: CheckStatus::Failed,
        reason: Reason {
            message: own(),
            advice: Some(format!("{text}\n  {text}\nSee: Set-Thing {text}")),
            code: some(),
        },
    }];
    checks.mailboxes = vec![Mailbox {
        address: own(),
        name: own(),
        outcome: own(),
        cause: some(),
    }];
    let mut asked = Form {
        connector: own(),
        title: own(),
        description: own(),
        secrets: vec![SecretNeed {
            name: own(),
            purpose: own(),
            reveal: true,
        }],
        ..form()
    };
    let mut input = Input {
        name: own(),
        every: own(),
        back: own(),
        ahead: own(),
        grants: own(),
        client_id: own(),
        ..Input::default()
    };
    for (number, field) in asked.fields.iter_mut().enumerate() {
        field.key = format!("{text}{number}");
        field.title = own();
        field.help = own();
        field.default = some();
        field.examples = vec![own(), own()];
        if let FieldKind::Choice(choices) = &mut field.kind {
            *choices = vec![own()];
        }
        input.settings.insert(field.key.clone(), own());
    }
    let filled = DraftView {
        origin: DraftOrigin::Edit { source: own() },
        form: asked,
        input,
        secrets: [("client-secret".to_owned(), own())].into(),
        problems: vec![problem("name"), problem(""), problem(text)],
        touched: true,
        authorization: Some(consent.clone()),
        validation: Some(checks.clone()),
        ..draft("d1")
    };
    world.drafts.insert("d1".into(), filled);
    let described = SourceSummary {
        name: own(),
        connector: own(),
        title: own(),
        problem: some(),
        last_pass: Some(PassRecord {
            source: own(),
            connector: own(),
            digest: own(),
            begun_at: at,
            ended_at: at,
            verdict: own(),
            problem: some(),
            success_at: Some(at),
            version: own(),
            rooms: RoomCounts::default(),
        }),
        ..source("contoso")
    };
    world.sources.insert("contoso".into(), described);
    world.authorization = Some(consent);
    world.validation = Some(checks);
    world.guides = vec![Guide {
        title: own(),
        description: own(),
        steps: vec![Step {
            text: own(),
            commands: some(),
        }],
    }];
    world.choices = vec![ConnectorChoice {
        name: own(),
        title: own(),
        description: own(),
        version: own(),
    }];
    let token = ApiToken {
        number: 1,
        name: own(),
        scopes: own(),
        made_by: own(),
        made_at: 0,
        ends_at: 0,
        used_at: None,
        owner: some(),
        role: Role::Administrator,
        owner_role: None,
    };
    world.tokens = vec![(token, own())];
    world.sinks = vec![SinkSummary {
        kind: own(),
        state: SinkState {
            refill: 0,
            set_aside: 1,
            name: own(),
            backlog: 1,
            oldest_at: Some(at),
            success_at: None,
            failing_since: Some(at),
            problem: some(),
        },
    }];
    world.sinks.push(sink("warehouse"));
    let mut sink_draft = fake_sinks::draft("s1");
    sink_draft.before = some();
    sink_draft.touched = true;
    sink_draft.form.title = own();
    sink_draft.form.description = own();
    for field in &mut sink_draft.form.fields {
        field.title = own();
        field.help = own();
        field.default = some();
        field.examples = vec![own()];
        sink_draft.input.settings.insert(field.key.clone(), own());
        sink_draft.secrets.insert(field.key.clone(), own());
    }
    sink_draft.input.name = own();
    sink_draft.problems = vec![problem("name"), problem("settings.url"), problem(text)];
    sink_draft.tried = Some(Tried {
        at,
        works: false,
        words: own(),
    });
    world.sink_drafts.insert("s1".into(), sink_draft);
    world.rooms = vec![RoomRow {
        source: own(),
        address: own(),
        name: own(),
        building: some(),
        capacity: None,
        lists: vec![own()],
        outcome: some(),
        cause: some(),
        since: None,
        number: 1,
    }];
    let named = || RoomName {
        address: own(),
        name: some(),
    };
    let space = || SpaceRow {
        space: SpaceRecord {
            source: own(),
            name: own(),
            address: some(),
            building: some(),
            outcome: some(),
            ..space_row(text).space
        },
        by: Some(JoinedBy::Configuration),
        rooms: vec![named(), named()],
        proposal: Some(named()),
        agreement: None,
    };
    world.spaces = Some(Spaces {
        empty: Rows {
            total: 1,
            rows: vec![named()],
        },
        joined: Rows {
            total: 1,
            rows: vec![space()],
        },
        unknown: Rows {
            total: 1,
            rows: vec![(
                own(),
                SpaceId {
                    source: own(),
                    key: own(),
                },
            )],
        },
        ..spaces(vec![space()])
    });
    world.known = Some(Workplace::saying(text, text));
    world.timeline = Some(Timeline {
        buildings: vec![own()],
        sources: vec![own()],
        rooms: vec![TimelineRoom {
            source: own(),
            address: own(),
            name: own(),
            building: some(),
            outcome: some(),
            known: vec![],
            meetings: vec![MeetingView {
                start: crate::now(),
                end: crate::now() + 600,
                subject: SubjectView::Text(own()),
                all_day: false,
                status: own(),
            }],
        }],
        total: 1,
    });
    world.connectors = vec![ConnectorView {
        name: own(),
        title: own(),
        version: own(),
        digest: own(),
        problem: some(),
        sources: vec![own()],
        hosts: vec![own()],
        secrets: vec![SecretNeed {
            name: own(),
            purpose: own(),
            reveal: true,
        }],
        imports: vec![own()],
        waiting: Some(Waiting {
            version: own(),
            digest: own(),
            wants: vec![own()],
        }),
        history: vec![Event {
            at,
            kind: own(),
            subject: own(),
            version: some(),
            digest: some(),
            cause: some(),
        }],
    }];
    world.log = vec![AuditEntry {
        number: 1,
        at,
        deed: Deed {
            who: own(),
            action: own(),
            subject: own(),
            detail: own(),
        },
    }];
}

/// Asserts that a page contains no unescaped piece of a text, which begins with a `q` and consists of the pieces below.
fn assert_escaped(path: &str, page: &str) {
    for raw in ["<zz", "\"zz", "&zz", "</zz", " zz="] {
        assert!(!page.contains(raw), "{raw} on {path}: {page}");
    }
    for attribute in ["href", "action", "src", "data-fragment", "data-check"] {
        for value in page.split(&format!(" {attribute}=\"")).skip(1) {
            let own = value.starts_with('/') && !value.starts_with("//") || value.starts_with('#');
            assert!(own || value.starts_with('?'), "{attribute} on {path}: {value}");
        }
    }
}

struct Shared {
    runtime: Runtime,
    browser: Mutex<Browser>,
}

/// One session for all cases: a sign-in is slow on purpose.
static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let browser = runtime.block_on(Browser::signed_in());
    Shared {
        runtime,
        browser: Mutex::new(browser),
    }
});

fn pages_with(text: &str) -> Vec<(String, String)> {
    SHARED.runtime.block_on(async {
        let mut browser = SHARED.browser.lock().await;
        write_everywhere(&browser.fake, text);
        let mut pages = Vec::new();
        for path in PAGES {
            let reply = browser.get(path).await;
            reply.is(200);
            pages.push((path.to_owned(), reply.body));
        }
        browser.fake.world().broken = Some(text.to_owned());
        pages.push(("the error page".into(), browser.get("/").await.body));
        browser.fake.world().broken = None;
        pages
    })
}

#[test]
fn a_script_in_a_name_a_subject_a_reason_or_a_message_is_text() {
    let pages = pages_with("q<zz onload=zz>\"zz</zz>");
    for (path, page) in &pages {
        assert_escaped(path, page);
    }
    // The text is still shown, by every page but those without foreign text.
    for (path, page) in &pages {
        let bare = [
            "/account",
            "/definitions",
            "/session",
            "/signed-in",
            "/sinks/warehouse/delete",
            "/sinks/warehouse/refused",
            "/sinks/warehouse/skip",
        ]
        .contains(&path.as_str());
        assert!(bare || page.contains("q&lt;zz onload"), "{path}: {page}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_text_in_any_field_reaches_a_page_unescaped(
        text in r#"q(<zz|"zz|'zz|&zz|</zz>|>|javascript:|//evil|\n|\x00|\u{202e}|\u{2028}|'"|x){1,12}"#
    ) {
        for (path, page) in pages_with(&text) {
            assert_escaped(&path, &page);
        }
    }
}
