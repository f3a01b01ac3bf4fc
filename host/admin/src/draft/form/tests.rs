use collector_model::connector::SecretNeed;
use collector_sandbox::settings::Schema;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn manifest() -> Manifest {
    Manifest {
        name: "o365".into(),
        version: "1.0.0".into(),
        title: "Microsoft Office 365".into(),
        description: "Collects.".into(),
        settings_schema: Schema::parse(
            &json!({
            "required": ["tenant"],
            "properties": {
                "cloud": {"type": "string", "enum": ["global", "china"], "default": "global", "title": "Cloud"},
                "graph-url": {"type": "string", "advanced": true, "maxLength": 9},
                "tenant": {"type": "string", "title": "Tenant", "description": "Whose.", "examples": ["contoso.com"]},
                "feeds": {"type": "array", "examples": [[{"room": "a"}]]},
                "days": {"type": "integer"},
                "strict": {"type": "boolean"},
            },
        })
            .to_string(),
        )
        .unwrap(),
        hosts: vec![],
        secrets: vec![
            SecretNeed {
                name: "graph".into(),
                purpose: "The token.".into(),
                reveal: false,
            },
            SecretNeed {
                name: "feed".into(),
                purpose: "The key.".into(),
                reveal: true,
            },
        ],
        slice_size: 20,
    }
}

fn authorization(consent_page: Option<&str>) -> Authorization {
    Authorization {
        secret: "graph".into(),
        token_endpoint: "https://login.example/token".into(),
        scope: String::new(),
        audience: Vec::new(),
        consent_page: consent_page.map(str::to_owned),
        permissions: Vec::new(),
    }
}

#[test]
fn a_form_knows_whether_an_administrator_consents_on_a_page_or_gives_a_refresh_token() {
    let consents = form(
        &manifest(),
        Some(&authorization(Some("https://login.example/consent"))),
    );
    assert!(consents.consents && !consents.refreshes());
    let mut manifest = manifest();
    manifest.secrets[1].name = "refresh-token".into();
    let refreshes = form(&manifest, Some(&authorization(None)));
    assert!(!refreshes.consents && refreshes.refreshes());
}

#[test]
fn a_schema_becomes_fields_with_required_ones_first_and_advanced_ones_last() {
    let form = form(&manifest(), Some(&authorization(None)));
    let fields: Vec<(&str, &FieldKind, bool)> = form
        .fields
        .iter()
        .map(|field| (field.key.as_str(), &field.kind, field.required))
        .collect();
    assert_eq!(
        fields,
        [
            ("tenant", &FieldKind::Text, true),
            (
                "cloud",
                &FieldKind::Choice(vec!["global".into(), "china".into()]),
                false
            ),
            ("days", &FieldKind::Number, false),
            ("feeds", &FieldKind::Json, false),
            ("strict", &FieldKind::Toggle, false),
            ("graph-url", &FieldKind::Text, false),
        ]
    );
    assert!(form.signs_in && !form.consents && !form.refreshes());
    assert_eq!(form.secrets.len(), 1);
    assert_eq!(form.secrets[0].name, "feed");
    assert_eq!(
        example_settings(&manifest().settings_schema),
        json!({"tenant": "contoso.com"})
    );
}

fn table(value: Value) -> Table {
    value.as_object().unwrap().clone()
}

fn filled() -> Input {
    Input {
        name: "hq".into(),
        settings: [
            ("tenant", " contoso.com "),
            ("days", "5"),
            ("feeds", r#"[{"room":"a"}]"#),
            ("strict", "true"),
            ("cloud", ""),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into(),
        every: "10m".into(),
        grants: "https://a.example, https://b.example".into(),
        client_id: "11111111".into(),
        ..Input::default()
    }
}

#[test]
fn an_input_becomes_a_table_with_what_was_given_and_typed_as_the_schema_says() {
    let mut written = Table::new();
    assert_eq!(write(&mut written, &form(&manifest(), None), &filled()), []);
    assert_eq!(
        Value::Object(written),
        json!({
            "name": "hq", "connector": "o365", "every": "10m",
            "settings": {"tenant": "contoso.com", "days": 5, "feeds": [{"room": "a"}], "strict": true},
            "credentials": {"client-id": "11111111"},
            "grants": {"http": ["https://a.example", "https://b.example"]},
        })
    );
}

#[test]
fn what_a_form_does_not_set_stays_and_what_was_emptied_goes() {
    let mut written = table(json!({
        "name": "hq", "connector": "o365", "every": "1m", "paused": true, "window": {"back": "1d"},
        "settings": {"tenant": "old.com", "cloud": "china", "gone": 1},
        "credentials": {"client-secret": {"env": "X"}},
        "grants": {"http": ["https://c.example"], "reveal": ["feed"]},
        "limits": {"requests": 2},
    }));
    let input = Input {
        every: String::new(),
        grants: String::new(),
        ..filled()
    };
    assert_eq!(write(&mut written, &form(&manifest(), None), &input), []);
    assert_eq!(
        Value::Object(written),
        json!({
            "name": "hq", "connector": "o365", "paused": true,
            "settings": {"tenant": "contoso.com", "days": 5, "feeds": [{"room": "a"}], "strict": true},
            "credentials": {"client-id": "11111111", "client-secret": {"env": "X"}},
            "grants": {"reveal": ["feed"]},
            "limits": {"requests": 2},
        })
    );
}

#[test]
fn a_grant_that_says_more_than_its_origin_stays_as_it_is() {
    let private = json!({"origin": "https://calendar.corp", "private": true});
    let mut written = table(json!({
        "name": "hq", "connector": "o365",
        "egress": {"proxy": "http://proxy.corp:3128"},
        "grants": {"http": ["https://c.example", private, {"origin": "https://gone.corp", "private": true}]},
    }));
    let shown = input(&written).grants;
    assert_eq!(shown, "https://c.example https://calendar.corp https://gone.corp");
    let given = Input {
        grants: "https://new.example https://calendar.corp https://c.example".into(),
        ..filled()
    };
    assert_eq!(write(&mut written, &form(&manifest(), None), &given), []);
    assert_eq!(
        written["grants"]["http"],
        json!(["https://new.example", private, "https://c.example"])
    );
    assert_eq!(written["egress"], json!({"proxy": "http://proxy.corp:3128"}));
}

#[test]
fn an_invalid_value_is_reported_at_its_field() {
    let input = Input {
        settings: [("days", "many"), ("feeds", "[")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..filled()
    };
    let problems = write(&mut Table::new(), &form(&manifest(), None), &input);
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["settings.days", "settings.feeds"]);
}

#[test]
fn changes_are_named_by_their_keys() {
    let before = table(json!({"name": "a", "settings": {"tenant": "x", "cloud": "global"}, "paused": true}));
    let after = table(json!({"name": "a", "settings": {"tenant": "y", "cloud": "global"}, "every": "5m"}));
    assert_eq!(changed(&before, &after), ["every", "paused", "settings.tenant"]);
}

#[test]
fn a_certificate_takes_the_place_of_a_client_secret() {
    let mut written = table(json!({"credentials": {"client-secret": {"stored": "a"}}}));
    refer(&mut written, "certificate", json!({"stored": "b"}));
    assert_eq!(
        Value::Object(written),
        json!({"credentials": {"certificate": {"stored": "b"}}})
    );
}

#[test]
fn of_several_credentials_only_the_first_of_the_same_kind_is_replaced() {
    let mut written = table(json!({"credentials": {
        "certificate": {"file": "app.pem"},
        "client-secret": [{"stored": "new"}, {"env": "OLD"}],
    }}));
    assert_eq!(stored(&written), ["new"]);
    assert_eq!(
        places(&written)["client-secret"],
        "under the name new; if that is refused, in the environment variable OLD"
    );
    refer(&mut written, "client-secret", json!({"stored": "newest"}));
    assert_eq!(
        Value::Object(written),
        json!({"credentials": {
            "certificate": {"file": "app.pem"},
            "client-secret": [{"stored": "newest"}, {"env": "OLD"}],
        }})
    );
}

#[test]
fn a_new_password_is_of_the_same_user() {
    let mut written = table(json!({"credentials": {"feed": {"user": "rooms", "stored": "old"}}}));
    assert_eq!(places(&written)["feed"], "under the name old");
    refer(&mut written, "feed", json!({"stored": "new"}));
    assert_eq!(
        Value::Object(written),
        json!({"credentials": {"feed": {"user": "rooms", "stored": "new"}}})
    );
}

#[test]
fn the_id_of_a_managed_identity_is_no_secret_and_stays() {
    let credentials = json!({"managed-identity": {"client-id": "22222222"}});
    let mut written = table(json!({"credentials": credentials}));
    assert!(places(&written).is_empty());
    let input = Input {
        client_id: String::new(),
        ..filled()
    };
    assert_eq!(
        write(
            &mut written,
            &form(&manifest(), Some(&authorization(None))),
            &input
        ),
        []
    );
    assert_eq!(written["credentials"], credentials);
}

proptest! {
    #[test]
    fn an_input_that_is_written_is_read_back(name in "[a-z]{1,9}", tenant in "[a-z.]{1,9}", days in 0i64..99, every in "([1-9]m)?") {
        let mut given = filled();
        given.name = name;
        given.every = every;
        given.grants = "https://a.example".into();
        given.settings = [("tenant".to_owned(), tenant), ("days".to_owned(), days.to_string())].into();
        let mut written = Table::new();
        prop_assert_eq!(write(&mut written, &form(&manifest(), None), &given), vec![]);
        let read = input(&written);
        prop_assert_eq!((read.name, read.settings, read.every, read.grants, read.client_id),
            (given.name, given.settings, given.every, given.grants, given.client_id));
    }
}

/// The form of a connector whose setting `feeds` has this schema.
fn with_feeds(feeds: Value) -> Form {
    let schema = json!({ "properties": { "feeds": feeds } }).to_string();
    form(
        &Manifest {
            settings_schema: Schema::parse(&schema).unwrap(),
            ..manifest()
        },
        None,
    )
}

fn feeds() -> Form {
    with_feeds(json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["room", "url"],
            "properties": {
                "url": { "type": "string", "title": "Address" },
                "capacity": { "type": "integer" },
                "room": { "type": "string" },
                "kind": { "enum": ["small", "large"] },
                "video": { "type": "boolean" },
            },
        },
    }))
}

#[test]
fn a_list_of_plain_tables_becomes_rows_with_the_required_columns_first() {
    let form = feeds();
    let FieldKind::Rows(columns) = &form.fields[0].kind else {
        panic!("rows were expected: {form:?}");
    };
    let columns: Vec<(&str, bool)> = columns
        .iter()
        .map(|column| (column.key.as_str(), column.required))
        .collect();
    assert_eq!(columns[..2], [("room", true), ("url", true)]);
    assert_eq!(columns.len(), 5);
    for other in [
        json!({ "type": "array" }),
        json!({ "type": "array", "items": { "type": "string" } }),
        json!({ "type": "array", "items": { "type": "object", "properties": {} } }),
        json!({ "type": "array", "items": { "type": "object", "properties": { "list": { "type": "array" } } } }),
        json!({ "type": "object", "additionalProperties": { "type": "string" } }),
    ] {
        assert_eq!(with_feeds(other).fields[0].kind, FieldKind::Json);
    }
}

#[test]
fn rows_are_written_with_the_types_of_their_columns_and_problems_name_the_cell() {
    let form = feeds();
    let write_text = |typed: &str| {
        let mut table = Table::new();
        let input = Input {
            settings: [("feeds".to_owned(), typed.to_owned())].into(),
            ..Input::default()
        };
        let problems = write(&mut table, &form, &input);
        (at(&table, &["settings", "feeds"]).cloned(), problems)
    };
    let (written, problems) = write_text(
        r#"[{"room": "a", "url": "", "capacity": "12", "video": "true"}, {"room": " b ", "capacity": 3}]"#,
    );
    assert_eq!(problems, []);
    assert_eq!(
        written.unwrap(),
        json!([{ "room": "a", "capacity": 12, "video": true }, { "room": "b", "capacity": 3 }])
    );
    let (_, problems) = write_text(r#"[{"room": "a"}, {"room": "b", "capacity": "many"}]"#);
    assert_eq!(problems[0].key, "settings.feeds.1.capacity");
    assert_eq!(write_text("").0, None);
    // What has no place in rows stays as it is.
    let odd = r#"[{"floor":2,"room":"a"}]"#;
    assert_eq!(write_text(odd).0.unwrap().to_string(), odd);
}
