mod properties;
mod rooms;
mod saved;
mod sinks;

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
        rooms: BTreeSet::new(),
    }
}

fn changed(text: &str, change: impl FnOnce(&mut ConfigFile) -> Result<(), EditError>) -> String {
    let mut file = file(text);
    change(&mut file).unwrap();
    file.text
}

/// The lines that are only in one of two texts.
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
fn the_egress_and_private_grants_stay_as_they_are_written() {
    let text = r#"[egress]   # the company's
proxy = "http://proxy.corp:3128"
no-proxy = [
  ".corp",   # ours
]

[[source]]
name = "annex"
connector = "ics"
[source.egress]   # no proxy for it
ca = "annex.pem"
[source.grants]
http = [
  { origin = "https://calendar.corp", private = true },   # the old server
]
"#;
    let after = changed(text, |file| {
        let mut written = file.source("annex").unwrap();
        written["every"] = json!("10m");
        file.replace_source("annex", &written)
    });
    let (gone, new) = difference(text, &after);
    assert_eq!((gone, new), (vec![], vec!["every = \"10m\"\n".to_owned()]));

    let mut written = file(text).source("annex").unwrap();
    written["name"] = json!("second");
    let after = changed(text, |file| file.add_source(&written));
    let added = super::super::Config::parse(&after, Path::new("etc/collector.toml")).unwrap();
    let [first, second] = added.sources.as_slice() else {
        panic!("{after}")
    };
    assert!(first.egress.is_like(&second.egress) && first.grants.http == second.grants.http);
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
        "there is no source \"northwind\" in etc/collector.toml; known sources: contoso, annex"
    );
}

#[test]
fn a_key_with_a_comment_is_set_and_not_removed() {
    let text = "[[source]]\nname = \"a\"\nconnector = \"o365\"\npaused = true # until the move\n";
    let after = changed(text, |file| file.set_paused("a", false));
    assert_eq!(after, text.replace("true", "false"));
    assert_eq!(changed(&after, |file| file.set_paused("a", true)), text);
}
