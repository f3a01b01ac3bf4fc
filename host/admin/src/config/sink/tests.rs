use std::path::Path;

use super::super::Config;

const SOURCE: &str = "[[source]]\nname = \"contoso\"\nconnector = \"o365\"\n";

/// The configuration with a sink called `bus` for NATS, whose keys begin on line 7.
fn parse(keys: &str) -> Result<Config, Vec<String>> {
    parse_sinks(&format!("[[sink]]\nname = \"bus\"\ntype = \"nats\"\n{keys}"))
}

/// The configuration with sinks, which begin on line 4.
fn parse_sinks(sinks: &str) -> Result<Config, Vec<String>> {
    Config::parse(&format!("{SOURCE}{sinks}"), Path::new("collector.toml"))
        .map_err(|error| error.to_string().lines().map(str::to_owned).collect())
}

fn problems(keys: &str) -> Vec<String> {
    match parse(keys) {
        Ok(_) => panic!("it was taken:\n{keys}"),
        Err(problems) => problems,
    }
}

#[test]
fn a_nats_sink_needs_only_a_url() {
    let config = parse("url = \"nats://127.0.0.1:4222\"\n").unwrap();
    let (_, batch) = config.sinks[0].open().unwrap();
    assert_eq!(batch, collector_sinks::BATCH);
}

#[test]
fn a_nats_sink_has_one_way_to_log_in() {
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("secret");
    std::fs::write(&secret, "hunter2\n").unwrap();
    let file = format!("{{ file = {secret:?} }}");
    let url = "url = \"tls://nats.example.com\"\nstream = \"MEETINGS\"\nsubject = \"hq.rooms\"\n";

    for login in [
        format!("user = \"collector\"\npassword = {file}\n"),
        format!("token = {file}\n"),
    ] {
        parse(&format!("{url}{login}")).unwrap().sinks[0].open().unwrap();
    }
    let credentials = parse(&format!("{url}credentials = {file}\n")).unwrap();
    let error = credentials.sinks[0].open().map(|_| ()).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "collector.toml:6:1: sink \"bus\": a NATS sink's `credentials` must be a .creds file"
        ),
        "{error}"
    );

    let url = "url = \"tls://nats.example.com\"\n";
    let other = "another way to log in is set, too; keep one of them: `user` with `password`, `token`, or `credentials`";
    let place = "say where it is: { env = \"VARIABLE\" }, { file = \"PATH\" }, { keyring = \"NAME\" }, or { stored = \"NAME\" } after `collector secrets set NAME`";
    for (login, expected) in [
        (
            "user = \"collector\"\n".to_owned(),
            vec![format!("collector.toml:4:1: sink \"bus\": password: it is missing; {place}")],
        ),
        (
            format!("password = {file}\n"),
            vec![
                "collector.toml:4:1: sink \"bus\": user: it is missing; name the user that the `password` belongs to".to_owned(),
            ],
        ),
        (
            "token = \"hunter2\"\n".to_owned(),
            vec![format!(
                "collector.toml:8:1: sink \"bus\": token: a secret does not belong in the configuration; {place}"
            )],
        ),
        (
            format!("user = \"collector\"\npassword = {file}\ntoken = {file}\n"),
            vec![format!("collector.toml:10:1: sink \"bus\": token: {other}")],
        ),
        (
            format!("credentials = {file}\ntoken = {file}\n"),
            vec![format!("collector.toml:8:1: sink \"bus\": credentials: {other}")],
        ),
        (
            format!("tokn = {file}\n"),
            vec![
                "collector.toml:8:1: sink \"bus\": tokn: there is no such key; did you mean `token`? valid keys are ca, credentials, insights, \
                 name, password, stream, subject, token, type, url, user"
                    .to_owned(),
            ],
        ),
    ] {
        assert_eq!(problems(&format!("{url}{login}")), expected, "{login}");
    }
}

#[test]
fn two_sinks_of_one_file_are_both_named() {
    let sink =
        |name: &str, path: &str| format!("[[sink]]\nname = {name:?}\ntype = \"jsonl\"\npath = {path:?}\n");
    for (first, second, does) in [
        ("a.jsonl", "a.jsonl", "writes this file"),
        ("a.jsonl", "./a.jsonl", "writes this file"),
        ("-", "-", "writes standard output"),
        ("a.jsonl", "a.jsonl.1", "moves its old lines to this file"),
        (
            "a.jsonl.5",
            "a.jsonl",
            "writes a file to which this sink moves its old lines",
        ),
    ] {
        assert_eq!(
            parse_sinks(&format!("{}{}", sink("one", first), sink("two", second))).unwrap_err(),
            [format!(
                "collector.toml:11:1: sink \"two\": path: sink \"one\", at collector.toml:7:1, {does}; give each sink a file of its \
                 own; only one may write standard output"
            )],
            "{first} {second}"
        );
    }
    for (first, second) in [("a.jsonl", "b.jsonl"), ("a.jsonl", "-"), ("a.jsonl", "a.jsonl.6")] {
        assert!(parse_sinks(&format!("{}{}", sink("one", first), sink("two", second))).is_ok());
    }
}

#[test]
fn a_parquet_sink_has_a_directory_of_its_own() {
    let sink = |name: &str, directory: &str| {
        format!("[[sink]]\nname = {name:?}\ntype = \"parquet\"\ndirectory = {directory:?}\n")
    };
    let config = parse_sinks(&(sink("one", "lake") + &sink("two", "lake/below"))).unwrap();
    assert_eq!(config.sinks[0].kind(), "parquet");
    let problems = parse_sinks(&(sink("one", "lake") + &sink("two", "./lake"))).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("sink \"two\": directory: sink \"one\", at collector.toml:")
            && problems[0]
                .ends_with("keeps its files in this directory; give each sink a directory of its own"),
        "{problems:?}"
    );
    assert_eq!(
        parse_sinks("[[sink]]\nname = \"one\"\ntype = \"parquet\"\n").unwrap_err(),
        [
            "collector.toml:4:1: sink \"one\": directory: it is missing; name the directory of the files, such as \"parquet\""
        ]
    );
}

#[test]
fn a_sink_does_not_write_what_is_the_collectors_own() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    std::fs::create_dir(at("data")).unwrap();
    std::fs::write(at("collector.toml"), "").unwrap();
    std::fs::write(at("hook.secret"), "").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("data", at("link")).unwrap();
    let hook = "[[sink]]\nname = \"hook\"\ntype = \"webhook\"\nurl = \"https://example.com/\"\nsecret = { file = \"hook.secret\" }\n";
    let read = |kind: &str, key: &str, path: &str| {
        let sink = format!("[[sink]]\nname = \"one\"\ntype = {kind:?}\n{key} = {path:?}\n{hook}");
        match Config::parse(&sink, &at("collector.toml")) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    };
    let data = "it is what the collector keeps in its data directory";
    let plugins = "it is in the plugin directory, where the collector looks for connectors";
    for (path, what) in [
        ("collector.toml", "it is the configuration file"),
        ("data/../collector.toml", "it is the configuration file"),
        ("data/collector.sqlite3", data),
        ("data/collector.sqlite3-wal", data),
        ("data/secrets.age/x", data),
        ("data/refused-connectors.json", data),
        ("data/compiled/x.jsonl", data),
        #[cfg(unix)]
        ("link/insights.sqlite3", data),
        // It is not there yet.
        ("plugins/evil.wasm", plugins),
        ("plugins/below/x", plugins),
        (
            "hook.secret",
            "it is the file from which sink \"hook\" reads a secret or certificate",
        ),
        (
            "/proc/self/environ",
            "it is not on a disk: the system shows its own state there",
        ),
    ] {
        let found = read("jsonl", "path", path);
        let said = format!(
            "sink \"one\": path: {what}; name a file of its own elsewhere, such as \"changes.jsonl\""
        );
        assert!(found.ends_with(&said), "{path}: {found}");
    }
    for (path, what) in [
        ("data", data),
        ("data/connectors", data),
        ("plugins", plugins),
        (".", "it holds the configuration file"),
        ("/", "it holds the configuration file"),
    ] {
        let found = read("parquet", "directory", path);
        let said = format!(
            "sink \"one\": directory: {what}; name a directory of its own elsewhere, such as \"lake\""
        );
        assert!(found.ends_with(&said), "{path}: {found}");
    }
    for path in [
        "-",
        "/dev/stdout",
        "changes.jsonl",
        "data/x.jsonl",
        "out/data/x.jsonl",
        "data.jsonl",
        "missing/x",
    ] {
        assert_eq!(read("jsonl", "path", path), "", "{path}");
    }
    for path in ["lake", "data/lake", "out/lake", "database"] {
        assert_eq!(read("parquet", "directory", path), "", "{path}");
    }
}

#[test]
fn a_sink_is_not_called_what_addresses_of_pages_resolve_away() {
    let named = |name: &str| {
        parse_sinks(&format!(
            "[[sink]]\nname = {name:?}\ntype = \"jsonl\"\npath = \"a\"\n"
        ))
    };
    for name in [".", ".."] {
        let found = named(name).unwrap_err();
        assert!(
            found[0].ends_with(
                "cannot be used: in addresses of pages it stands for a place; use letters or digits, too"
            ),
            "{found:?}"
        );
    }
    assert!(named("...").is_ok() && named(".a").is_ok());
}

#[test]
fn how_long_a_webhook_may_ask_to_be_left_alone_is_within_bounds() {
    let hook = |keys: &str| {
        parse_sinks(&format!(
            "[[sink]]\nname = \"hook\"\ntype = \"webhook\"\nurl = \"https://example.com/\"\nsecret = {{ env = \"HOOK\" }}\n{keys}"
        ))
    };
    for keys in ["", "longest-pause = \"1m\"\n", "longest-pause = \"30d\"\n"] {
        assert!(hook(keys).is_ok(), "{keys}");
    }
    for pause in ["59s", "31d"] {
        assert_eq!(
            hook(&format!("longest-pause = {pause:?}\n")).unwrap_err(),
            [format!(
                "collector.toml:9:1: sink \"hook\": longest-pause: {pause:?} is too short or too long; give a time from 1m to 30days"
            )]
        );
    }
}

#[test]
fn a_sink_is_told_about_verdicts_and_days_only_if_it_asks() {
    let file = |name: &str, more: &str| {
        format!("[[sink]]\nname = \"{name}\"\ntype = \"jsonl\"\npath = \"{name}.jsonl\"\n{more}")
    };
    let config = parse_sinks(
        &[
            file("a", ""),
            file("b", "insights = true\n"),
            file("c", "insights = false\n"),
        ]
        .concat(),
    );
    assert_eq!(config.unwrap().told_sinks().collect::<Vec<_>>(), ["b"]);
    assert_eq!(
        parse_sinks(&file("a", "insights = \"yes\"\n")).unwrap_err().len(),
        1
    );
    let lake = "[[sink]]\nname = \"lake\"\ntype = \"parquet\"\ndirectory = \"lake\"\n";
    assert!(parse_sinks(&format!("{lake}insights = false\n")).is_ok());
    assert_eq!(
        parse_sinks(&format!("{lake}insights = true\n")).unwrap_err(),
        [
            "collector.toml:8:1: sink \"lake\": insights: files of Parquet hold meetings only; leave the key out, and set it in a sink of another \
             type, such as jsonl"
        ]
    );
}
