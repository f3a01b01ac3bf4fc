//! Properties of a change in files of all kinds: with comments, line ends, inline tables, dotted keys.

use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use super::file;

/// Files made of various blocks; each source has a name of its own.
fn files() -> impl Strategy<Value = String> {
    let source = prop_oneof![
        Just("[[source]]\nname = \"NAME\"\nconnector = \"o365\"\n"),
        Just(
            "# about NAME\n[[source]] # NAME\nname = \"NAME\"\nconnector = \"o365\"\nsettings.tenant = \"x\"\n"
        ),
        Just(
            "  [[source]]\n  name = 'NAME'\n  connector = \"ics\"\n  [source.settings]\n  a = \"\"\"\n# no comment\n\"\"\"\n"
        ),
        Just(
            "[[source]]\nconnector = \"ics\"\nname = \"NAME\"\nsettings = { a = 1, b = [1, 2] }\n# more of NAME\n"
        ),
        Just(
            "[[source]]\nname = \"NAME\"\nconnector = \"ics\"\n[[source.settings.feeds]]\na = 1\n[[source.settings.feeds]]\na = 2\n\
             [source.grants]\nhttp = [\n  # one a line\n  \"https://a.example\",\n]\n"
        ),
    ];
    let other = prop_oneof![
        Just("\n"),
        Just("# a comment\n"),
        Just("\n# one alone\n\n"),
        Just("[[sink]]\nname = \"NAME\"\ntype = \"jsonl\"\npath = \"NAME.jsonl\"\n"),
    ];
    let block = prop_oneof![source, other];
    (
        proptest::collection::vec(block, 0..7),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(blocks, windows, open)| {
            let text: String = blocks
                .iter()
                .enumerate()
                .map(|(at, block)| block.replace("NAME", &format!("n{at}")))
                .collect();
            let text = if open { text.trim_end_matches('\n') } else { &text };
            if windows {
                text.replace('\n', "\r\n")
            } else {
                text.to_owned()
            }
        })
}

fn settings() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1.0e6..1.0e6).prop_map(Value::from),
        proptest::collection::vec("[a-z]{0,3}", 0..3).prop_map(Value::from),
        proptest::collection::vec(any::<String>(), 0..3).prop_map(|names| {
            names
                .into_iter()
                .map(|name| json!({ "name": name, "seats": 4 }))
                .collect()
        }),
        any::<String>().prop_map(|text| json!({ "deep": { "er": text } })),
    ];
    proptest::collection::btree_map("[a-z -]{1,4}", value, 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn sources() -> impl Strategy<Value = Value> {
    (settings(), any::<bool>(), any::<bool>()).prop_map(|(settings, tables, paused)| {
        let mut written = json!({ "name": "added", "connector": "o365", "settings": settings });
        if tables {
            written["window"] = json!({ "back": "1d", "ahead": "2d" });
            written["credentials"] = json!({ "client-secret": { "stored": "x" } });
        }
        if paused {
            written["paused"] = json!(true);
        }
        written
    })
}

fn written(config: &Config) -> Vec<Value> {
    config
        .sources
        .iter()
        .map(|source| source.written.clone())
        .collect()
}

proptest! {
    #[test]
    fn what_is_added_is_there_and_what_is_removed_leaves_no_trace(text in files(), new in sources()) {
        let mut file = file(&text);
        let before = written(&file.config().unwrap());
        file.add_source(&new).unwrap();
        prop_assert!(file.text.starts_with(&text));
        let mut after = written(&file.config().unwrap());
        prop_assert_eq!(after.pop(), Some(new.clone()));
        prop_assert_eq!(&after, &before);
        prop_assert_eq!(file.source("added"), Some(new));
        file.remove_source("added").unwrap();
        prop_assert_eq!(file.text, text);
    }

    #[test]
    fn a_source_that_is_removed_leaves_all_others_as_they_were(text in files()) {
        let before = written(&file(&text).config().unwrap());
        for source in &before {
            let name = name_of(source).unwrap();
            let mut file = file(&text);
            file.remove_source(name).unwrap();
            let left: Vec<Value> = before.iter().filter(|other| *other != source).cloned().collect();
            prop_assert_eq!(written(&file.config().unwrap()), left);
            prop_assert_eq!(rest_of(&file.text), rest_of(&text));
        }
    }

    #[test]
    fn a_source_that_was_paused_and_resumed_is_as_it_was(text in files()) {
        for source in written(&file(&text).config().unwrap()) {
            let name = name_of(&source).unwrap();
            let mut file = file(&text);
            file.set_paused(name, true).unwrap();
            prop_assert_eq!(file.source(name).unwrap()["paused"].clone(), json!(true));
            file.set_paused(name, false).unwrap();
            prop_assert_eq!(&file.text, &text);
        }
    }

    #[test]
    fn a_source_becomes_what_it_is_replaced_by(text in files(), mut new in sources()) {
        for source in written(&file(&text).config().unwrap()) {
            let name = name_of(&source).unwrap();
            new["name"] = json!(name);
            let mut file = file(&text);
            file.replace_source(name, &new).unwrap();
            prop_assert_eq!(file.source(name), Some(new.clone()));
            file.replace_source(name, &source).unwrap();
            prop_assert_eq!(written(&file.config().unwrap()), written(&super::file(&text).config().unwrap()));
        }
    }
}

fn rest_of(text: &str) -> Map<String, Value> {
    let mut root = root(text);
    root.remove("source");
    root
}
