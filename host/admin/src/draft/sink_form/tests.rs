use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::config::Config;
use crate::draft::words::in_words;

/// A sink as the configuration reads it.
fn read(table: &Table) -> Result<crate::config::Sink, String> {
    let text = toml::to_string(&json!({ "sink": [table] })).unwrap();
    let config = Config::parse(&text, Path::new("collector.toml")).map_err(|error| error.to_string())?;
    Ok(config.sinks.into_iter().next().unwrap())
}

fn filled(form: &Form, settings: &[(&str, &str)], secrets: &[&str]) -> (Table, Vec<Problem>) {
    let input = Input {
        name: "warehouse".into(),
        settings: settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..Input::default()
    };
    let secrets = secrets
        .iter()
        .map(|key| ((*key).to_owned(), json!({ "stored": format!("new-{key}") })))
        .collect();
    let mut table = Table::new();
    let problems = write(&mut table, form, &input, &secrets);
    (table, problems)
}

#[test]
fn every_kind_can_be_filled_in_with_its_examples_and_the_configuration_takes_them() {
    for form in forms() {
        let examples: Vec<(&str, &str)> = form
            .fields
            .iter()
            .filter_map(|field| Some((field.key.as_str(), field.examples.first()?.as_str())))
            .filter(|(key, _)| !["user", "ca"].contains(key))
            .collect();
        let (table, problems) = filled(&form, &examples, &["secret"]);
        assert_eq!(problems, []);
        let sink = read(&table).unwrap();
        assert_eq!(sink.kind(), form.connector);
        assert!(!form.title.is_empty() && !form.description.is_empty());
    }
}

#[test]
fn what_the_form_shows_as_a_default_is_what_applies_without_it() {
    let shown = |sink: &crate::config::Sink| format!("{:?}", sink.settings_for_tests());
    for form in forms() {
        let needed: Vec<(&str, &str)> = form
            .fields
            .iter()
            .filter(|field| field.required)
            .filter_map(|field| Some((field.key.as_str(), field.examples.first()?.as_str())))
            .collect();
        let defaults = form
            .fields
            .iter()
            .filter(|field| field.key != LOGIN)
            .filter_map(|field| Some((field.key.as_str(), field.default.as_deref()?)));
        let with: Vec<(&str, &str)> = needed.iter().copied().chain(defaults).collect();
        let (without, _) = filled(&form, &needed, &["secret"]);
        let (with, problems) = filled(&form, &with, &["secret"]);
        assert_eq!(problems, []);
        assert_eq!(shown(&read(&with).unwrap()), shown(&read(&without).unwrap()));
    }
}

#[test]
fn only_what_the_chosen_way_to_sign_in_needs_is_written() {
    let form = form("nats").unwrap();
    let url = ("url", "tls://nats.example.com");
    let keys = |login: &str, user: &str, secrets: &[&str]| {
        let (table, problems) = filled(&form, &[url, (LOGIN, login), ("user", user)], secrets);
        let own = ["user", "password", "token", "credentials"];
        let keys: Vec<String> = table
            .keys()
            .filter(|key| own.contains(&key.as_str()))
            .cloned()
            .collect();
        (
            keys,
            problems
                .into_iter()
                .map(|problem| problem.key)
                .collect::<Vec<_>>(),
        )
    };
    let all = ["password", "token", "credentials"];
    assert_eq!(keys("", "ada", &all), (vec![], vec![]));
    assert_eq!(keys(TOKEN, "ada", &all), (vec!["token".into()], vec![]));
    assert_eq!(keys(CREDENTIALS, "", &all), (vec!["credentials".into()], vec![]));
    let (mut both, problems) = keys(USER, "ada", &all);
    both.sort();
    assert_eq!((both, problems), (vec!["password".into(), "user".into()], vec![]));
    let missing = vec!["settings.user".to_owned(), "settings.password".to_owned()];
    assert_eq!(keys(USER, "", &["token"]), (vec![], missing));
}

#[test]
fn a_secret_that_is_typed_chooses_the_way_to_sign_in_unless_one_is_chosen() {
    let form = form("nats").unwrap();
    let mut input = Input::default();
    choose(&form, &mut input, "token");
    assert_eq!(input.settings[LOGIN], TOKEN);
    choose(&form, &mut input, "password");
    assert_eq!(input.settings[LOGIN], TOKEN);
    let mut input = Input::default();
    choose(&super::form("webhook").unwrap(), &mut input, "secret");
    assert_eq!(input, Input::default());
}

#[test]
fn a_sink_of_the_file_is_shown_and_written_back_as_it_is() {
    let form = form("nats").unwrap();
    let Value::Object(table) = json!({
        "name": "bus", "type": "nats", "url": "tls://nats.example.com", "user": "collector",
        "password": { "env": "NATS_PASSWORD" }, "insights": true,
    }) else {
        unreachable!()
    };
    let shown = input(&form, &table);
    assert_eq!(shown.settings[LOGIN], USER);
    assert_eq!(shown.settings["insights"], "true");
    assert!(!format!("{shown:?}").contains("NATS_PASSWORD"));
    assert_eq!(
        places(&form, &table)["password"],
        "in the environment variable NATS_PASSWORD"
    );
    let mut again = table.clone();
    assert_eq!(write(&mut again, &form, &shown, &BTreeMap::new()), []);
    assert_eq!(again, table);
}

#[test]
fn keys_are_called_as_the_form_calls_them() {
    let form = form("postgresql").unwrap();
    let said = "the `url` of a database names no user; set `schema`";
    assert_eq!(
        in_words(&form, said),
        "the “Address” of a database names no user; set “Schema”"
    );
    assert_eq!(named_first(&form, said).as_deref(), Some("settings.url"));
    assert_eq!(named_first(&form, "nothing of `this`"), None);
}

proptest! {
    /// Whatever is typed, it is written as it is or refused, and nothing else of the table changes.
    #[test]
    fn anything_may_be_typed(kind in 0..5_usize, key in "[a-z-]{1,12}", text in any::<String>()) {
        let all = forms();
        let form = &all[kind % all.len()];
        let mut table = Table::new();
        table.insert("unknown".into(), json!({ "kept": 1 }));
        let mut input = Input { name: text.clone(), ..Input::default() };
        for field in &form.fields {
            input.settings.insert(field.key.clone(), text.clone());
        }
        input.settings.insert(key, text);
        write(&mut table, form, &input, &BTreeMap::new());
        prop_assert_eq!(&table["unknown"], &json!({ "kept": 1 }));
        prop_assert_eq!(table["type"].as_str(), Some(form.connector.as_str()));
    }
}
