//! A file that is no connector for this collector: exit status 2, what it is and what was expected. Nothing of it runs.

use e2e::{Ended, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

const CONFIGURATION: &str = "[[source]]\nname = \"a\"\nconnector = \"odd\"\n";

/// Runs with these bytes as the connector, and inspects them: both say the same.
fn refused(bytes: &[u8]) -> String {
    let workplace = Workplace::new(CONFIGURATION, &[]).unwrap();
    workplace.write("plugins/odd.wasm", bytes).unwrap();
    let run = workplace.run(&["run-once"]).unwrap();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let inspected = workplace.run(&["inspect", "plugins/odd.wasm"]).unwrap();
    assert_eq!(
        (inspected.code, inspected.stdout.as_str()),
        (2, ""),
        "{}",
        inspected.stderr
    );
    assert_eq!(run.stderr.replace("source \"a\": ", ""), inspected.stderr);
    inspected
        .stderr
        .strip_prefix("error: connector plugins/odd.wasm: ")
        .unwrap()
        .trim_end()
        .to_owned()
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn a_connector_that_is_missing_is_named_with_where_it_should_be() {
    let Ended { code, stderr, .. } = Workplace::new(CONFIGURATION, &[])
        .unwrap()
        .run(&["run-once"])
        .unwrap();
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.starts_with("error: source \"a\": connector plugins/odd.wasm: No such file or directory"),
        "{stderr}"
    );
    let remedy = "put the connector's .wasm file there, or correct the path; for a source, `connector` names the file and `plugins` in [collector] its directory";
    assert!(stderr.contains(remedy), "{stderr}");
}

#[test]
fn what_is_not_wasm_is_said() {
    assert_eq!(
        refused(b"MZ\x90\x00 this is a program"),
        "it is not WebAssembly; a connector is a WebAssembly component"
    );
    assert_eq!(
        refused(b""),
        "it is an empty file, not a WebAssembly component; a connector is a WebAssembly component"
    );
}

#[test]
fn a_core_module_is_told_how_to_become_a_component() {
    assert_eq!(
        refused(&component("(module)")),
        "it is a core WebAssembly module, not a component; build the connector for the target wasm32-wasip2; a connector is a \
         WebAssembly component"
    );
}

#[test]
fn a_component_that_was_cut_off_is_said() {
    let whole = std::fs::read(e2e::component("o365").unwrap()).unwrap();
    let said = refused(&whole[..whole.len() / 2]);
    assert!(
        said.starts_with("it is not a complete and valid component ("),
        "{said}"
    );
}

#[test]
fn a_component_of_another_world_is_told_what_a_connector_exports() {
    assert_eq!(
        refused(&component(
            r#"(component (instance $i) (export "wasi:cli/run@0.2.0" (instance $i)))"#
        )),
        "it is a component of another world: a connector exports vyopta:collector/connector@1.1.0, this one exports \
         wasi:cli/run@0.2.0"
    );
    assert_eq!(
        refused(&component("(component)")),
        "it is a component of another world: a connector exports vyopta:collector/connector@1.1.0, this one exports nothing"
    );
}

#[test]
fn a_connector_of_the_next_major_version_is_told_which_is_spoken() {
    let component =
        component(r#"(component (instance $i) (export "vyopta:collector/connector@2.0.0" (instance $i)))"#);
    assert_eq!(
        refused(&component),
        "it is a connector built for version 2.0.0 of vyopta:collector; this collector supports 1.0 to 1.1"
    );
}

#[test]
fn a_connector_that_imports_another_version_is_told_which_is_spoken() {
    let component = component(
        r#"(component
            (import "vyopta:collector/types@2.1.0" (instance))
            (instance $i)
            (export "vyopta:collector/connector@1.0.0" (instance $i)))"#,
    );
    assert_eq!(
        refused(&component),
        "it is a connector built for version 2.1.0 of vyopta:collector; this collector supports 1.0 to 1.1"
    );
}

#[test]
fn a_connector_whose_administration_is_of_another_version_is_told_which_is_spoken() {
    let component = component(
        r#"(component
            (instance $i)
            (export "vyopta:collector/connector@1.0.0" (instance $i))
            (export "vyopta:collector/administration@2.0.0" (instance $i)))"#,
    );
    assert_eq!(
        refused(&component),
        "it is a connector built for version 2.0.0 of vyopta:collector; this collector supports 1.0 to 1.1"
    );
}

#[test]
fn a_connector_for_a_newer_collector_says_that_the_collector_must_be_updated() {
    for (imported, exported) in [("1.1.0", "1.2.0"), ("1.2.0", "1.1.0")] {
        let component = component(&format!(
            r#"(component
                (import "vyopta:collector/types@{imported}" (instance))
                (instance $i)
                (export "vyopta:collector/connector@{exported}" (instance $i)))"#
        ));
        assert_eq!(
            refused(&component),
            "it is a connector built for version 1.2.0 of vyopta:collector, which is newer than this collector's 1.1.0; update the collector"
        );
    }
}

#[test]
fn a_connector_that_wants_sockets_is_refused_by_the_name_of_what_it_wants() {
    let component = component(
        r#"(component
            (import "wasi:sockets/tcp@0.2.0" (instance))
            (import "wasi:filesystem/types@0.2.0" (instance))
            (instance $i)
            (export "vyopta:collector/connector@1.0.0" (instance $i)))"#,
    );
    assert_eq!(
        refused(&component),
        "it is a component that imports wasi:sockets/tcp@0.2.0, wasi:filesystem/types@0.2.0, which no connector may; allowed are vyopta:collector@1.1.0, wasi:io, wasi:cli, wasi:clocks, wasi:random"
    );
}

#[test]
fn a_connector_without_the_functions_of_the_contract_is_said() {
    let component =
        component(r#"(component (instance $i) (export "vyopta:collector/connector@1.0.0" (instance $i)))"#);
    let said = refused(&component);
    assert!(
        said.starts_with("it is a component whose functions differ from the contract's ("),
        "{said}"
    );
}

#[test]
fn an_administration_without_its_function_is_said() {
    let said = refused(&trapping_with(
        &[],
        r#"(instance $empty) (export "vyopta:collector/administration@1.0.0" (instance $empty))"#,
    ));
    assert!(
        said.starts_with("it is a component whose functions differ from the contract's (")
            && said.contains("limits"),
        "{said}"
    );
}

/// A connector by its exports, of which each traps, with these core modules inside, all instantiated.
fn trapping(modules: &[&str]) -> Vec<u8> {
    trapping_with(modules, "")
}

/// The same with another export.
fn trapping_with(modules: &[&str], export: &str) -> Vec<u8> {
    let inner: String = modules
        .iter()
        .enumerate()
        .map(|(at, module)| {
            format!("(core module $m{at} {module}) (core instance $i{at} (instantiate $m{at}))\n")
        })
        .collect();
    let functions: String = ["describe", "authorization", "validate", "list-rooms", "collect"]
        .map(|name| format!("(export \"{name}\" (func $f))\n"))
        .concat();
    component(&format!(
        r#"(component
            (core module $trap (func (export "f") unreachable))
            (core instance $trapping (instantiate $trap))
            (func $f (canon lift (core func $trapping "f")))
            {inner}
            (instance $connector {functions})
            (export "vyopta:collector/connector@1.0.0" (instance $connector))
            {export})"#
    ))
}

#[test]
fn two_memories_are_together_no_larger_than_one_may_be() {
    // 3,000 pages of 64 KiB are 188 MiB, of 256.
    let small = trapping(&["(memory 3000)"]);
    assert!(!refused(&small).contains("memory"), "{}", refused(&small));
    assert_eq!(
        refused(&trapping(&["(memory 3000)", "(memory 3000)"])),
        "its function `describe` failed: the connector was stopped: it needs more memory than its limit of 268435456 bytes"
    );
}

#[test]
fn tables_are_together_no_larger_than_one_may_be() {
    let grow =
        "(table 1 funcref) (func $grow (drop (table.grow (ref.null func) (i32.const 60000)))) (start $grow)";
    let one = trapping(&[grow]);
    assert!(!refused(&one).contains("tables"), "{}", refused(&one));
    let many = "its function `describe` failed: the connector was stopped: its tables need more than the limit of 100000 elements";
    for modules in [
        &["(table 100001 funcref)"][..],
        &[grow, grow],
        &["(table 60000 funcref) (table 60000 funcref)"],
    ] {
        assert_eq!(refused(&trapping(modules)), many, "{modules:?}");
    }
}

#[test]
fn a_connector_that_breaks_while_it_describes_itself_is_told_in_its_own_words() {
    let bytes = std::fs::read(e2e::component("hostile").unwrap()).unwrap();
    let bytes = e2e::variant(&bytes, "describe=trap").unwrap();
    let said = refused(&bytes);
    assert!(
        said.starts_with("its function `describe` failed: the connector was stopped: "),
        "{said}"
    );
    assert!(said.ends_with("describe has a defect"), "{said}");
}

/// One that works beside one that does not.
fn beside(simulator: &Simulator, other: &Source) -> Workplace {
    let configuration = format!("{other}{}", Source::contoso(simulator));
    Workplace::new(&configuration, &["o365", "hostile"]).unwrap()
}

fn tenant() -> Tenant {
    let event = Event::new("Weekly", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A").event(event))
}

const WEEKLY: [&str; 1] = ["conf-a 2026-03-10T10:00 Weekly"];

#[test]
fn a_connector_that_breaks_over_its_settings_does_not_keep_the_other_sources_from_anything() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = beside(
        &simulator,
        &Source::hostile("good@x").setting("fails", "authorization"),
    );
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), WEEKLY);
    assert_eq!(
        ended.said("authorization has a defect").len(),
        1,
        "{}",
        ended.stderr
    );
    let ended = workplace.run(&["rooms"]).unwrap();
    assert_eq!(
        (ended.code, ended.stdout.lines().next()),
        (1, Some("contoso: 1 room"))
    );
    let ended = workplace.run(&["validate"]).unwrap();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stdout.starts_with("contoso\n  passed "), "{}", ended.stdout);
}

#[test]
fn a_connector_that_cannot_be_loaded_does_not_keep_the_other_sources_from_anything() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = beside(&simulator, &Source::hostile("good@x").connector("odd"));
    for bytes in [None, Some("this is a program")] {
        if let Some(bytes) = bytes {
            workplace.write("plugins/odd.wasm", bytes).unwrap();
        }
        let ended = workplace.collect(&[]).unwrap();
        // What is installed is wrong.
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert_eq!(ended.brief().unwrap(), WEEKLY);
        assert_eq!(
            ended
                .said("source \"misdeeds\": connector plugins/odd.wasm: ")
                .len(),
            1,
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn wrong_settings_of_one_source_are_mended_before_anything_is_collected() {
    let simulator = Simulator::start(tenant()).unwrap();
    let ended = beside(&simulator, &Source::hostile("good@x").setting("no-such", "x"))
        .collect(&[])
        .unwrap();
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
    assert_eq!(simulator.requests(), []);
}

#[test]
fn each_source_with_a_bad_connector_is_named() {
    let both = format!("{CONFIGURATION}{}", CONFIGURATION.replace("\"a\"", "\"b\""));
    let ended = Workplace::new(&both, &[]).unwrap().run(&["run-once"]).unwrap();
    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.stderr.matches("odd.wasm").count(),
        2,
        "each source is named: {}",
        ended.stderr
    );
}
