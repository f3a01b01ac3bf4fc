//! What a service does when sources are added, paused and removed while it runs, and what begins without any.

use e2e::Service;
use graph_sim::{App, CLIENT_ID, Simulator, Tenant};

use super::{add, configuration, nothing, run, run_with, said, simulator};

/// What a configuration of a service ends with.
const SERVICE: &str = "[service]\nlisten = \"127.0.0.1:0\"\n\n[portal]\nlisten = \"off\"\n";

#[test]
fn a_service_begins_with_nothing_and_takes_the_first_source_when_it_is_added() {
    let simulator = simulator();
    let workplace = nothing();
    workplace.configure(SERVICE).unwrap();
    let mut service = Service::start(&workplace).unwrap();
    let ended = run(&workplace, &add(&simulator, &["--every", "100ms"]));
    assert!(
        ended
            .stdout
            .ends_with("; the service applies it within a second.\n"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    service.wait_for_passes("contoso", 2).unwrap();
    let ended = workplace.run(&["pause", "contoso"]).unwrap();
    assert!(
        ended
            .stdout
            .ends_with("; the service applies it within a second.\n"),
        "{}",
        ended.stdout
    );
    service.wait_for_line("the source is paused").unwrap();
    simulator.forget_requests();
    let ended = workplace.run(&["resume", "contoso"]).unwrap();
    assert_eq!(
        (ended.code, simulator.batches()),
        (0, 0),
        "a paused source is not collected"
    );
    service.wait_for_line("the source is resumed").unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    let ended = workplace.run(&["remove", "contoso", "--purge", "--yes"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains(", and its data was deleted: ")
            && ended.stdout.ends_with(" stored meetings.\n"),
        "{}",
        ended.stdout
    );
    assert_eq!(configuration(&workplace), SERVICE);
    service
        .wait_for_line("the source was removed from the configuration")
        .unwrap();
    let ended = workplace.run(&["remove", "contoso", "--purge", "--yes"]).unwrap();
    assert_eq!(ended.code, 2, "nothing is left of it: {}", ended.stdout);
}

#[test]
fn a_broken_source_that_rests_is_in_nobodys_way() {
    let refusing = App::new(CLIENT_ID).secret("another");
    let simulator = Simulator::start(Tenant::new("contoso.com").app(refusing)).unwrap();
    let workplace = nothing();
    workplace.configure(SERVICE).unwrap();
    let added = run_with(&workplace, &add(&simulator, &["--every", "100ms"]), "another");
    assert_eq!(added.code, 0, "{}", added.stderr);
    // It is no longer the application's.
    let replaced = workplace
        .run_with_input(&["secrets", "set", "contoso-client-secret"], e2e::SECRET)
        .unwrap();
    assert_eq!(replaced.code, 0, "{}", replaced.stderr);
    let mut service = Service::start(&workplace).unwrap();
    service.wait_for_line("the pass failed").unwrap();
    workplace.run(&["pause", "contoso"]).unwrap();
    service.wait_for_line("the source is paused").unwrap();
    assert_eq!(workplace.run(&["status"]).unwrap().code, 0);
    // Without its secret the configuration would be refused if the source did not rest.
    let ended = workplace
        .run(&["secrets", "remove", "contoso-client-secret", "--force"])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let more = format!("# touched\n{}", configuration(&workplace));
    workplace.configure(&more).unwrap();
    service
        .wait_for("the change", |service| {
            (service.count("the configuration was applied") >= 2).then_some(())
        })
        .unwrap();
}

/// Commands that are for nothing without a source.
const NEED_A_SOURCE: [&str; 5] = ["run-once", "validate", "rooms", "status", "export"];

#[test]
fn without_a_configuration_only_the_service_and_what_sets_up_begin() {
    let workplace = nothing();
    for command in NEED_A_SOURCE {
        let ended = workplace.run(&[command]).unwrap();
        assert_eq!(ended.code, 2, "{command:?}");
        assert!(
            ended.stderr.starts_with("error: collector.toml: No such file"),
            "{}",
            ended.stderr
        );
    }
    let mut service = Service::begin(&mut workplace.command(&["run"])).unwrap();
    service
        .wait_for_line(
            "there is no collector.toml yet; adding the first source creates it (`collector add`, or the Admin Portal)",
        )
        .unwrap();
    // Whoever looks for the first source finds the service and its connectors.
    let status = workplace.run(&["status"]).unwrap();
    assert_eq!((status.code, status.stderr.as_str()), (0, ""));
    assert!(
        status.stdout.starts_with("The service is running")
            && status
                .stdout
                .ends_with("There is no source yet; add one with `collector add`, or in the Admin Portal.\n"),
        "{}",
        status.stdout
    );
    drop(service);
    let plugins = workplace.run(&["plugins"]).unwrap();
    assert_eq!(plugins.code, 0, "{}", plugins.stderr);
    assert!(plugins.stdout.contains(" o365 "), "{}", plugins.stdout);
    workplace.configure("").unwrap();
    for command in NEED_A_SOURCE {
        let ended = workplace.run(&[command]).unwrap();
        assert_eq!(
            said(&ended),
            (
                2,
                "",
                "error: collector.toml:1:1: source: there is no source; add one with `collector add`, or with [[source]], a name, a connector and its settings\n"
            )
        );
    }
}
