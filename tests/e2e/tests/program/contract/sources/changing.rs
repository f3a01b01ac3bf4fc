//! A source is paused, resumed and removed.

use serde_json::Value;

use super::{collected, configuration, said, simulator};

#[test]
fn a_paused_source_is_left_out_until_it_is_named_or_resumed_and_comments_stay() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let commented = format!(
        "# Rooms of Contoso\n\n{}# the end\n",
        configuration(&workplace).replace("every", "# often\nevery")
    );
    workplace.configure(&commented).unwrap();
    let ended = workplace.run(&["pause", "contoso"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" is paused, and its stored data stays; a service skips it from its next start on.\n",
            ""
        )
    );
    assert_eq!(
        configuration(&workplace),
        commented.replace("connector = \"o365\"\n", "connector = \"o365\"\npaused = true\n")
    );
    simulator.forget_requests();
    let left_out = "source \"contoso\" is paused and was skipped; include it once with --source contoso, or for good with \
                    `collector resume contoso`\n";
    for command in ["run-once", "rooms", "validate"] {
        let ended = workplace.run(&[command]).unwrap();
        assert_eq!((ended.code, ended.stderr.as_str()), (0, left_out), "{command}");
    }
    assert_eq!((simulator.batches(), simulator.token_requests()), (0, 0));
    let ended = workplace.collect(&["--source", "contoso"]).unwrap();
    assert_eq!(ended.brief().unwrap(), ["conf-a 2026-03-10T10:00 Weekly sync"]);
    let status = workplace.run(&["status"]).unwrap();
    assert!(status.stdout.contains(" paused "), "{}", status.stdout);
    let status = workplace.run(&["status", "--format", "json"]).unwrap();
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status["sources"][0]["paused"], true);
    let ended = workplace.run(&["resume", "contoso"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" is resumed; start the service with `collector run`.\n",
            ""
        )
    );
    assert_eq!(configuration(&workplace), commented);
    let audited = workplace.run(&["audit", "--format", "jsonl"]).unwrap().stdout;
    let ended = workplace.run(&["resume", "contoso"]).unwrap();
    let not_paused = "Source \"contoso\" is not paused; nothing was changed.\n";
    assert_eq!(said(&ended), (0, not_paused, ""));
    assert_eq!(
        workplace.run(&["audit", "--format", "jsonl"]).unwrap().stdout,
        audited
    );
    let ended = workplace.run(&["pause", "fabrikam"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: there is no source \"fabrikam\" in collector.toml; known sources: contoso\n"
        )
    );
}

#[test]
fn what_is_not_there_is_neither_paused_nor_removed_and_nobody_is_asked() {
    let workplace = super::nothing();
    for command in ["pause", "resume", "remove"] {
        let ended = workplace.run(&[command, "contoso"]).unwrap();
        assert_eq!(
            said(&ended),
            (
                2,
                "",
                "error: collector.toml does not exist; name another file with --config, or create it with `collector add`\n"
            ),
            "{command}"
        );
    }
    workplace.configure("").unwrap();
    let ended = workplace.run(&["remove", "contoso"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: there is no source \"contoso\" in collector.toml; the file lists no sources\n"
        )
    );
    for (command, code) in [
        (&["pause", "contoso"][..], 1),
        (&["status"], 2),
        (&["config", "check"], 2),
    ] {
        let ended = workplace
            .run(&[command, &["--config", "plugins"]].concat())
            .unwrap();
        assert_eq!(
            said(&ended),
            (code, "", "error: plugins: it is a directory; name a file\n"),
            "{command:?}"
        );
    }
}

#[test]
fn a_removed_source_keeps_what_it_collected_until_it_is_purged_and_its_secret_goes() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let ended = workplace.run(&["remove", "contoso"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: not a terminal, so cannot ask for confirmation; pass --yes\n"
        )
    );
    let ended = workplace.run(&["remove", "contoso", "--yes"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" was removed with its stored secrets (contoso-client-secret); its stored data stays until `collector \
             remove contoso --purge`.\n",
            ""
        )
    );
    assert_eq!(configuration(&workplace), "");
    let holds_subject = || {
        let files = workplace.data().unwrap();
        files
            .iter()
            .any(|(_, content)| content.windows(11).any(|part| part == b"Weekly sync"))
    };
    assert!(holds_subject());
    let ended = workplace.run(&["secrets", "list"]).unwrap();
    assert!(!ended.stdout.contains("contoso"), "{}", ended.stdout);
    let ended = workplace.run(&["remove", "contoso", "--purge", "--yes"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            0,
            "Source \"contoso\" was removed, and its data was deleted: 1 stored meeting.\n",
            ""
        )
    );
    assert!(!holds_subject());
    let ended = workplace.run(&["remove", "contoso", "--purge", "--yes"]).unwrap();
    assert_eq!(
        said(&ended),
        (
            2,
            "",
            "error: there is no source \"contoso\" in collector.toml; the file lists no sources\n"
        )
    );
}

#[test]
fn a_secret_that_something_else_uses_stays() {
    let simulator = simulator();
    let workplace = collected(&simulator);
    let one = configuration(&workplace);
    workplace
        .configure(&format!("{one}\n{}", one.replace("\"contoso\"", "\"other\"")))
        .unwrap();
    let ended = workplace.run(&["remove", "contoso", "--yes"]).unwrap();
    assert!(!ended.stdout.contains("secrets"), "{}", ended.stdout);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.meetings(0).unwrap()[0]["source"], "other");
}
