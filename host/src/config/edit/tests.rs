use proptest::prelude::*;
use serde_json::json;

use super::*;

const WHOLE: &str = r#"# Rooms of Contoso.

[collector]
data = "data"   # on the fast disk

# The company.
[[source]]
name = "contoso"      # as in the portal
connector = "o365"
# every = "1m"
window = { back = "2h", ahead = "7d" }

[source.settings]
tenant = "contoso.onmicrosoft.com"
# nobody else
user-agent = "rooms@contoso.com"

[source.credentials]
client-id = "11111111-2222-3333-4444-555555555555"
client-secret = { env = "O365_CLIENT_SECRET" }
# certificate = { file = "app.pem" }

# Not about any source.

# The annex has feeds.
[[source]]
name = "annex"
connector = "ics"
[source.settings]
time-zone = "Europe/Berlin"
[[source.settings.feeds]]   # first
room = "atrium@contoso.com"
name = "Atrium"
[[source.settings.feeds]]   # second
room = "lab@contoso.com"
name = "Lab"
# of the lab

[service]
grace = "5s"
"#;

fn file(text: &str) -> ConfigFile {
    ConfigFile {
        path: "etc/collector.toml".into(),
        original: Some(text.to_owned()),
        text: text.to_owned(),
        touched: BTreeSet::new(),
    }
}

fn changed(text: &str, change: impl FnOnce(&mut ConfigFile) -> Result<(), EditError>) -> String {
    let mut file = file(text);
    change(&mut file).unwrap();
    file.text
}

/// What is only in one of two texts, line by line.
fn difference(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    let mut rest: Vec<&str> = after.split_inclusive('\n').collect();
    for line in before.split_inclusive('\n') {
        match rest.iter().position(|other| *other == line) {
            Some(at) => {
                new.extend(rest.drain(..=at).map(str::to_owned));
                new.pop();
            }
            None => gone.push(line.to_owned()),
        }
    }
    new.extend(rest.into_iter().map(str::to_owned));
    (gone, new)
}

#[test]
fn an_added_source_is_laid_out_like_the_readme() {
    let written = json!({
        "name": "fabrikam", "connector": "o365", "every": "10m", "window": { "back": "1d", "ahead": "3d" },
        "settings": { "tenant": "fabrikam.com", "user-agent": "a \"b\"\nc" },
        "credentials": { "client-id": "1", "client-secret": { "stored": "fabrikam-client-secret" } },
        "grants": { "http": ["https://graph.microsoft.com"] },
    });
    let text = changed("[collector]\ndata = \"d\"", |file| file.add_source(&written));
    assert_eq!(
        text,
        r#"[collector]
data = "d"

[[source]]
name = "fabrikam"
connector = "o365"
every = "10m"
window = { ahead = "3d", back = "1d" }
[source.settings]
tenant = "fabrikam.com"
user-agent = "a \"b\"\nc"
[source.credentials]
client-id = "1"
client-secret = { stored = "fabrikam-client-secret" }
[source.grants]
http = ["https://graph.microsoft.com"]"#
    );
    assert!(matches!(
        file(&text).add_source(&written),
        Err(EditError::Exists { .. })
    ));
}

#[test]
fn a_removed_source_takes_its_own_comments_and_no_others() {
    let text = changed(WHOLE, |file| file.remove_source("contoso"));
    assert_eq!(
        text,
        r#"# Rooms of Contoso.

[collector]
data = "data"   # on the fast disk

# Not about any source.

# The annex has feeds.
[[source]]
name = "annex"
connector = "ics"
[source.settings]
time-zone = "Europe/Berlin"
[[source.settings.feeds]]   # first
room = "atrium@contoso.com"
name = "Atrium"
[[source.settings.feeds]]   # second
room = "lab@contoso.com"
name = "Lab"
# of the lab

[service]
grace = "5s"
"#
    );
    let text = changed(&text, |file| file.remove_source("annex"));
    assert_eq!(
        text,
        "# Rooms of Contoso.\n\n[collector]\ndata = \"data\"   # on the fast disk\n\n# Not about any source.\n\n[service]\ngrace = \"5s\"\n"
    );
}

#[test]
fn a_source_whose_tables_stand_apart_is_removed_whole() {
    let text = "[[source]]\nname = \"a\"\nconnector = \"o365\"\n\n[service]\ngrace = \"5s\"\n\n[source.settings]\ntenant = \"x\"\n";
    let text = changed(text, |file| file.remove_source("a"));
    assert_eq!(text, "[service]\ngrace = \"5s\"\n");
}

#[test]
fn only_keys_that_differ_are_written_anew() {
    let mut written = file(WHOLE).source("contoso").unwrap();
    written["settings"]["tenant"] = json!("contoso.com");
    written["window"]["ahead"] = json!("14d");
    written["paused"] = json!(true);
    written["grants"] = json!({ "http": [] });
    written["settings"].as_object_mut().unwrap().remove("user-agent");
    let text = changed(WHOLE, |file| file.replace_source("contoso", &written));
    assert_eq!(file(&text).source("contoso").unwrap(), written);
    let (gone, new) = difference(WHOLE, &text);
    assert_eq!(
        gone,
        [
            "window = { back = \"2h\", ahead = \"7d\" }\n",
            "tenant = \"contoso.onmicrosoft.com\"\n",
            "# nobody else\n",
            "user-agent = \"rooms@contoso.com\"\n",
        ]
    );
    assert_eq!(
        new,
        [
            "window = { back = \"2h\", ahead = \"14d\" }\n",
            "paused = true\n",
            "tenant = \"contoso.com\"\n",
            "\n",
            "[source.grants]\n",
            "http = []\n",
        ]
    );
}

#[test]
fn a_source_may_get_another_name_but_not_that_of_another() {
    let mut written = file(WHOLE).source("contoso").unwrap();
    written["name"] = json!("northwind");
    let text = changed(WHOLE, |file| file.replace_source("contoso", &written));
    assert_eq!(text, WHOLE.replace("\"contoso\" ", "\"northwind\" "));
    written["name"] = json!("annex");
    assert!(matches!(
        file(WHOLE).replace_source("contoso", &written),
        Err(EditError::Exists { .. })
    ));
}

#[test]
fn a_feed_that_goes_leaves_the_others_as_they_are() {
    let mut written = file(WHOLE).source("annex").unwrap();
    let feeds = written["settings"]["feeds"].as_array_mut().unwrap();
    feeds.remove(0);
    let text = changed(WHOLE, |file| file.replace_source("annex", &written));
    assert_eq!(
        difference(WHOLE, &text),
        (
            vec![
                "[[source.settings.feeds]]   # first\n".to_owned(),
                "room = \"atrium@contoso.com\"\n".to_owned(),
                "name = \"Atrium\"\n".to_owned(),
            ],
            vec![]
        )
    );
    let feeds = written["settings"]["feeds"].as_array_mut().unwrap();
    feeds.push(json!({ "room": "hall@contoso.com", "name": "Hall" }));
    let text = changed(&text, |file| file.replace_source("annex", &written));
    assert_eq!(file(&text).source("annex").unwrap(), written);
    assert!(text.contains("# of the lab"), "{text}");
}

#[test]
fn dotted_keys_are_changed_where_they_stand() {
    let text = "[[source]]\nname = \"a\"\nconnector = \"o365\"\nsettings.tenant = \"x\" # here\nsettings.cloud = \"global\"\n";
    let mut written = file(text).source("a").unwrap();
    written["settings"]["tenant"] = json!("y");
    written["settings"]["user-agent"] = json!("z");
    let after = changed(text, |file| file.replace_source("a", &written));
    assert_eq!(
        after,
        "[[source]]\nname = \"a\"\nconnector = \"o365\"\nsettings.tenant = \"y\" # here\nsettings.cloud = \"global\"\nsettings.user-agent = \"z\"\n"
    );
}

#[test]
fn what_cannot_be_changed_alone_is_refused() {
    let inline = "source = [{ name = \"a\", connector = \"o365\" }]\n";
    let mixed = WHOLE.replacen('\n', "\r\n", 3);
    for refused in [
        file(inline).remove_source("a"),
        file(inline).set_paused("a", true),
        file(inline).add_source(&json!({ "name": "b", "connector": "o365" })),
        file(&mixed).set_paused("contoso", true),
        file("").add_source(&json!({ "name": "b", "connector": "o365", "settings": { "a": null } })),
    ] {
        assert!(
            matches!(refused, Err(EditError::Unsupported { .. })),
            "{refused:?}"
        );
    }
    let error = file(WHOLE).set_paused("northwind", true).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no source \"northwind\" in etc/collector.toml; known are contoso, annex"
    );
}

#[test]
fn a_key_with_a_comment_is_set_and_not_removed() {
    let text = "[[source]]\nname = \"a\"\nconnector = \"o365\"\npaused = true # until the move\n";
    let after = changed(text, |file| file.set_paused("a", false));
    assert_eq!(after, text.replace("true", "false"));
    assert_eq!(changed(&after, |file| file.set_paused("a", true)), text);
}

/// What a file is made of; each source has a name of its own.
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
            let name = source_name(source).unwrap();
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
            let name = source_name(&source).unwrap();
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
            let name = source_name(&source).unwrap();
            new["name"] = json!(name);
            let mut file = file(&text);
            file.replace_source(name, &new).unwrap();
            prop_assert_eq!(file.source(name), Some(new.clone()));
            file.replace_source(name, &source).unwrap();
            prop_assert_eq!(written(&file.config().unwrap()), written(&self::file(&text).config().unwrap()));
        }
    }
}

fn rest_of(text: &str) -> Map<String, Value> {
    let mut root = root(text);
    root.remove("source");
    root
}

fn on_disk(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("collector.toml");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

fn paused(path: &Path) -> ConfigFile {
    let mut file = ConfigFile::open(path).unwrap();
    file.set_paused("contoso", true).unwrap();
    file
}

#[test]
fn a_file_that_would_be_wrong_is_not_written() {
    let (_directory, path) = on_disk(WHOLE);
    let mut file = ConfigFile::open(&path).unwrap();
    let mut written = file.source("contoso").unwrap();
    written["every"] = json!("soon");
    file.replace_source("contoso", &written).unwrap();
    let error = file.save().unwrap_err().to_string();
    assert!(
        error.contains("collector.toml:12:1: source \"contoso\": every: \"soon\" is not a length of time"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), WHOLE);
}

#[test]
fn a_change_of_somebody_else_is_never_lost() {
    let (_directory, path) = on_disk(WHOLE);
    let file = paused(&path);
    let other = WHOLE.replace("5s", "6s");
    std::fs::write(&path, &other).unwrap();
    assert!(matches!(file.save(), Err(EditError::Changed { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
    let missing = path.with_file_name("new.toml");
    let mut first = ConfigFile::open(&missing).unwrap();
    first
        .add_source(&json!({ "name": "a", "connector": "o365" }))
        .unwrap();
    std::fs::write(&missing, "").unwrap();
    assert!(matches!(first.save(), Err(EditError::Changed { .. })));
}

#[test]
#[cfg(unix)]
fn permissions_and_links_stay_and_a_new_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (directory, path) = on_disk(WHOLE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = directory.path().join("link.toml");
    std::os::unix::fs::symlink("collector.toml", &link).unwrap();
    paused(&link).save().unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&path).unwrap().contains("paused = true"));
    assert_eq!(mode(&path), 0o640);
    let new = directory.path().join("new.toml");
    let mut file = ConfigFile::open(&new).unwrap();
    file.add_source(&json!({ "name": "a", "connector": "o365" }))
        .unwrap();
    file.save().unwrap();
    assert_eq!(mode(&new), 0o600);
    let files = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(files, 3, "nothing else is left");
}
