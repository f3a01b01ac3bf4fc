//! Secrets are stored, listed and removed by name, and are never arguments.

use super::{collected, nothing, said, simulator};

#[test]
fn a_secret_is_never_an_argument() {
    let workplace = nothing();
    for wrong in [
        &["add", "a", "--connector", "o365", "--client-secret", "hunter2"][..],
        &["secrets", "set", "a", "hunter2"],
    ] {
        let ended = workplace.run(wrong).unwrap();
        assert_eq!(ended.code, 2, "{wrong:?}");
    }
}

#[test]
fn secrets_are_stored_listed_and_removed_by_name() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let ended = workplace
        .run_with_input(&["secrets", "set", "hook"], "hunter2\r\n")
        .unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "The secret \"hook\" was stored in the encrypted file. Refer to it in the configuration as { stored = \"hook\" }. A running \
             service reads it when a server refuses its present one, or on SIGHUP.\n",
            ""
        )
    );
    let list = workplace.run(&["secrets", "list"]).unwrap().stdout;
    let lines: Vec<String> = list
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert!(
        lines.contains(&"contoso-client-secret the encrypted file source \"contoso\"".to_owned()),
        "{list}"
    );
    assert!(lines.contains(&"hook the encrypted file".to_owned()), "{list}");
    assert!(!list.contains("hunter2"));
    let ended = workplace
        .run(&["secrets", "remove", "contoso-client-secret"])
        .unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: the secret \"contoso-client-secret\" is used by source \"contoso\"; change that first, or remove the secret anyway \
             with --force\n"
        )
    );
    let ended = workplace
        .run(&["secrets", "remove", "contoso-client-secret", "--force"])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains(
            "credentials.client-secret: there is no secret \"contoso-client-secret\" in data; store it with `collector secrets set NAME`"
        ),
        "{}",
        ended.stderr
    );
    let ended = workplace
        .run_with_input(&["secrets", "set", "x", "--keyring"], "y")
        .unwrap();
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (1, ""),
        "without a session no keyring is reached: {}",
        ended.stderr
    );
    let ended = workplace.run(&["secrets", "remove", "nothing"]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}

#[test]
fn a_key_elsewhere_makes_the_data_directory_worthless_alone() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let data = workplace.path().join("data");
    std::fs::rename(data.join("secrets.key"), workplace.path().join("mounted.key")).unwrap();
    let refused = workplace.collect(&[]).unwrap();
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("the key data/secrets.key of the stored secrets cannot be read"),
        "{}",
        refused.stderr
    );
    let mut command = workplace.command(&["run-once"]);
    let ended = e2e::ended(command.env("COLLECTOR_SECRETS_KEY", "mounted.key")).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // Who lost the key sees what can be told, and begins anew.
    let list = workplace.run(&["secrets", "list"]).unwrap();
    assert_eq!(list.code, 1, "{}", list.stderr);
    let row = list
        .stdout
        .lines()
        .find(|line| line.contains("contoso-client-secret"))
        .unwrap();
    assert!(
        row.contains("unknown") && row.contains("source \"contoso\""),
        "{row}"
    );
    assert!(
        list.stderr
            .contains("data/secrets.key of the stored secrets cannot be read")
            && list.stderr.contains("`collector secrets reset`"),
        "{}",
        list.stderr
    );
    let asked = workplace.run(&["secrets", "reset"]).unwrap();
    assert_eq!(asked.code, 2, "{}", asked.stderr);
    let reset = workplace.run(&["secrets", "reset", "--yes"]).unwrap();
    assert_eq!(reset.code, 0, "{}", reset.stderr);
    assert!(data.join("secrets.age.lost-1").exists(), "{}", reset.stdout);
    let list = workplace.run(&["secrets", "list"]).unwrap();
    assert_eq!(list.code, 0, "{}", list.stderr);
    assert!(list.stdout.contains("not stored"), "{}", list.stdout);
}
