//! Files in the plugin directory that would take the service down by being compiled, or by being asked how their settings look.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus, Stdio};

use e2e::{Service, Source, variant};

use crate::service::served::get;
use crate::situation::{FILE_SINK, SERVICE, Situation};

/// A component with so many functions of these instructions. It is no connector.
fn component(body: &str, functions: usize) -> Vec<u8> {
    let functions = format!("(func {body})").repeat(functions);
    wat::parse_str(format!("(component (core module {functions}))")).unwrap()
}

/// A thousand loops inside each other, of which each changes a variable of its own: 33 KB that take more than a gigabyte.
fn memory_bomb() -> Vec<u8> {
    let begin: String = (0..1_000)
        .map(|variable| format!("loop local.get {variable} i32.const 1 i32.add local.set {variable} "))
        .collect();
    let end: String = (0..1_000)
        .map(|variable| format!("local.get {variable} br_if 0 end "))
        .collect();
    component(&format!("(local {}) {begin}{end}", "i32 ".repeat(1_000)), 2)
}

/// Loops inside each other: as deep as they may be, they take minutes in half a megabyte.
fn loops(depth: usize, functions: usize) -> Vec<u8> {
    component(
        &format!("{}{}", "loop ".repeat(depth), "end ".repeat(depth)),
        functions,
    )
}

/// Puts a file in the place of the connector, as one should: by a rename.
fn put(situation: &Situation, bytes: &[u8]) {
    let plugins = situation.workplace.path().join("plugins");
    std::fs::write(plugins.join(".new"), bytes).unwrap();
    std::fs::rename(plugins.join(".new"), plugins.join("hostile.wasm")).unwrap();
}

/// Waits until the file is refused for this reason, while the service answers.
fn refused(service: &mut Service, why: &str) {
    let address = service.address().unwrap();
    service
        .wait_for(why, |service| {
            assert_eq!(get(&address, "/healthz").0, 200);
            (service.count(why) > 0).then_some(())
        })
        .unwrap();
}

#[test]
fn files_that_would_take_the_service_down_are_refused_while_everything_goes_on() {
    let hostile = std::fs::read(e2e::component("hostile").unwrap()).unwrap();
    let situation = Situation::new(2);
    situation.book(0, 3);
    let healthy = Situation::source(&situation.simulator);
    let misdeeds = Source::hostile("good@x").line("every = \"100ms\"");
    situation
        .workplace
        .configure(&format!("{healthy}{misdeeds}{SERVICE}{FILE_SINK}"))
        .unwrap();
    put(&situation, &variant(&hostile, "version=1.0.0").unwrap());
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_line("proved connector=\"hostile\"").unwrap();

    for (bytes, why) in [
        (
            variant(&hostile, "version=2.0.0 schema=doubled").unwrap(),
            "its settings schema cannot be used: schemas, written out without `$ref`: at most 2000 are allowed",
        ),
        (
            variant(&hostile, "version=3.0.0 schema=chain").unwrap(),
            "its settings schema cannot be used: nested schemas: at most 64 are allowed",
        ),
        (
            loops(163_840, 1),
            "nested blocks: it has 16385, the limit is 16384",
        ),
        (memory_bomb(), "compiling it takes more than 1.0 GiB of memory"),
    ] {
        put(&situation, &bytes);
        refused(&mut service, why);
        // What serves is the version before, and the other source is none the wiser.
        service.wait_for_passes("misdeeds", 2).unwrap();
        service.wait_for_passes("contoso", 2).unwrap();
    }
    assert_eq!(service.count("the pass failed"), 0, "{}", service.said());
    let (status, said) = service.stop().unwrap();
    assert!(status.success(), "{said}");

    // It is not compiled again: not by the service, and not by a command.
    let mut service = Service::start(&situation.workplace).unwrap();
    service
        .wait_for_line("this file was tried before and is not used")
        .unwrap();
    service.wait_for_passes("misdeeds", 2).unwrap();
    service.wait_for_passes("contoso", 2).unwrap();
    service.stop().unwrap();
    let known =
        std::fs::read_to_string(situation.workplace.path().join("data/refused-connectors.json")).unwrap();
    assert_eq!(known.matches("digest").count(), 1, "{known}");
    let ended = situation
        .workplace
        .run(&["run-once", "--source", "misdeeds"])
        .unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("compiling it takes more than 1.0 GiB of memory"),
        "{}",
        ended.stderr
    );
}

/// The process that compiles, with so much memory and time, and this component.
fn compile(memory: &str, seconds: &str, bytes: &[u8]) -> Child {
    let mut child = std::process::Command::new(e2e::program().unwrap())
        .args(["compile", "--memory", memory, "--seconds", seconds])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.as_mut().unwrap();
    input.write_all(&(bytes.len() as u64).to_le_bytes()).unwrap();
    input.write_all(bytes).unwrap();
    child
}

/// How it ended, and what it said, with standard input open until then.
fn ended(mut child: Child) -> (ExitStatus, String) {
    let input = child.stdin.take();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let status = child.wait().unwrap();
    drop(input);
    (status, said)
}

#[test]
fn what_compiles_keeps_to_its_memory_and_its_time_and_ends_with_who_asked() {
    let (status, said) = ended(compile("134217728", "600", &memory_bomb()));
    assert_eq!(status.signal(), Some(6), "{status}: {said}");
    assert!(said.contains("memory allocation of"), "{said}");
    let minutes = loops(16_384, 10);
    let (status, said) = ended(compile("1073741824", "1", &minutes));
    assert_eq!(status.signal(), Some(24), "{status}: {said}");
    // Who asked died: its end of the pipe is gone.
    let mut orphan = compile("1073741824", "600", &minutes);
    drop(orphan.stdin.take());
    assert_eq!(orphan.wait().unwrap().code(), Some(1));
}
