//! A source is added: to nothing, wrongly, and with a credential that the login server refuses.

use e2e::PASS;
use graph_sim::CLIENT_ID;

use super::{add, configuration, nothing, run, run_with, said, simulator};

#[test]
fn a_source_is_added_to_nothing_and_collected_and_its_secret_is_nowhere_in_the_clear() {
    let simulator = simulator();
    let workplace = nothing();
    let mut command = workplace.command(&[]);
    let ended = run(&workplace, &add(&simulator, &["--every", "1m", "--ahead", "7d"]));
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" was added to collector.toml, and its secret \"contoso-client-secret\" to the encrypted file; try it with \
             `collector validate --source contoso`.\n",
            ""
        )
    );
    let url = simulator.url();
    assert_eq!(
        configuration(&workplace),
        format!(
            r#"[[source]]
name = "contoso"
connector = "o365"
every = "1m"
window = {{ ahead = "7d" }}
[source.settings]
graph-url = "{url}/v1.0"
login-url = "{url}"
tenant = "contoso.com"
user-agent = "rooms@contoso.com"
[source.credentials]
client-id = "{CLIENT_ID}"
client-secret = {{ stored = "contoso-client-secret" }}
[source.grants]
http = ["{url}"]
"#
        )
    );
    let ended = e2e::ended(
        command
            .args(PASS)
            .env_remove("O365_CLIENT_SECRET")
            .env("COLLECTOR_LOG", "trace"),
    )
    .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["conf-a 2026-03-10T10:00 Weekly sync"]);
    assert!(!ended.stdout.contains(e2e::SECRET) && !ended.stderr.contains(e2e::SECRET));
    let files = workplace.data().unwrap();
    assert!(files.iter().any(|(path, _)| path.ends_with("secrets.age")));
    for (path, content) in files {
        let secret = e2e::SECRET.as_bytes();
        assert!(
            !content.windows(secret.len()).any(|part| part == secret),
            "{}",
            path.display()
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
}

#[test]
fn what_is_wrong_with_a_new_source_is_said_and_nothing_is_written() {
    let simulator = simulator();
    let workplace = nothing();
    let mut wrong = add(&simulator, &["--set", "cluod=global"]);
    wrong.retain(|argument| argument != "user-agent=rooms@contoso.com");
    // The --set that belonged to it.
    wrong.remove(6);
    let ended = run(&workplace, &wrong);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    for part in [
        "source \"contoso\": settings.cluod: there is no such setting; did you mean `cloud`?",
        "source \"contoso\": settings.user-agent: it is missing;",
    ] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    for more in [
        &["--every", "soon"][..],
        &["--grant", "http://rooms.example.com/path"],
        &["--dry-run", "--back", "x"],
    ] {
        let ended = run(&workplace, &add(&simulator, more));
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (2, ""),
            "{more:?}: {}",
            ended.stderr
        );
    }
    let mut no_secret = add(&simulator, &[]);
    no_secret.truncate(no_secret.len() - 2);
    let ended = run(&workplace, &no_secret);
    assert!(
        ended
            .stderr
            .contains("no credential is configured for this source"),
        "{}",
        ended.stderr
    );
    let ended = run(&workplace, &add(&simulator, &["--dry-run"]));
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" can be added to collector.toml; nothing was written.\n",
            ""
        )
    );
    let mut misnamed = add(&simulator, &[]);
    misnamed[1] = "hq rooms".into();
    let ended = run(&workplace, &misnamed);
    assert!(
        ended
            .stderr
            .starts_with("error: source: name: \"hq rooms\" cannot be used; "),
        "{}",
        ended.stderr
    );
    let ended = workplace.run(&["add", "x", "--connector", "nowhere"]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let ended = run_with(&workplace, &add(&simulator, &[]), "");
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: The client-secret of source \"contoso\" is empty; pass it on standard input, or type it on a terminal\n"
        )
    );
    assert!(!workplace.path().join("collector.toml").exists());
    assert!(workplace.data().unwrap().is_empty());
}

#[test]
fn a_refused_credential_is_not_added_and_one_that_cannot_be_tried_is() {
    let simulator = simulator();
    let workplace = nothing();
    let refused = run_with(&workplace, &add(&simulator, &[]), "not the secret");
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.starts_with(
            "error: source \"contoso\": the token was refused: the client secret is wrong (AADSTS7000215). Copy the secret's value, "
        ) && refused.stderr.ends_with(
            "make a new one. Nothing was added; a login server can take a minute to accept a new credential\n"
        ),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("not the secret"), "{}", refused.stderr);
    let dry = run_with(&workplace, &add(&simulator, &["--dry-run"]), "not the secret");
    assert_eq!(dry.code, 2, "{}", dry.stdout);
    assert!(!workplace.path().join("collector.toml").exists());
    assert!(workplace.data().unwrap().is_empty());
    let arguments = add(&simulator, &[]);
    let url = simulator.url().to_owned();
    drop(simulator);
    let added = run(&workplace, &arguments);
    assert_eq!(added.code, 0, "{}", added.stderr);
    assert!(
        added.stderr.starts_with(&format!(
            "warning: source \"contoso\": the credential could not be checked: cannot get a token from {url}"
        )),
        "{}",
        added.stderr
    );
    assert!(
        added
            .stdout
            .starts_with("Source \"contoso\" was added to collector.toml")
    );
}
