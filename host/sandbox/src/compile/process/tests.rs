//! How a process ended, tried with programs that end in each way.
#![cfg(unix)]

use std::time::Duration;

use super::*;

async fn refused_within(limits: &CompileLimits, script: &str) -> CompileError {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    match compile_by(command, b"component", limits).await {
        Ok(_) => panic!("it compiled"),
        Err(error) => error,
    }
}

async fn refused(script: &str) -> CompileError {
    refused_within(&CompileLimits::default(), script).await
}

#[tokio::test]
async fn what_exceeds_a_limit_is_refused_for_good() {
    for (script, expected) in [
        (
            "echo 'memory allocation of 4096 bytes failed' >&2; kill -ABRT $$",
            "compiling it takes more than 1.0 GiB of memory; ",
        ),
        (
            "kill -XCPU $$",
            "compiling it takes more than 120 s of processor time; ",
        ),
        (
            "echo \"thread 'main' has overflowed its stack\" >&2; kill -ABRT $$",
            "the compiler failed on it (signal: 6 (SIGABRT): thread 'main' has overflowed its stack); ",
        ),
        (
            "echo 'thread panicked: \u{1b}[31mboo' >&2; exit 101",
            "the compiler failed on it (exit status: 101: thread panicked: \\u{1b}[31mboo); ",
        ),
    ] {
        let error = refused(script).await;
        assert!(matches!(error, CompileError::Refused(_)), "{error:?}");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_component_is_told_in_the_compilers_words() {
    let said = refused("head -c 17 > /dev/null; printf 'unexpected end' >&2; exit 3")
        .await
        .to_string();
    assert_eq!(said, "not a complete and valid component (unexpected end)");
}

#[tokio::test]
async fn what_is_the_machines_trouble_is_not_the_files() {
    assert!(matches!(refused("kill -KILL $$").await, CompileError::Killed));
    for script in ["kill -TERM $$", "echo 'error: no' >&2; exit 1"] {
        let error = refused(script).await;
        assert!(matches!(error, CompileError::Machine(_)), "{error:?}");
    }
    let nowhere = compile(Path::new("/not/there"), b"component", &CompileLimits::default()).await;
    assert!(matches!(nowhere.map(|_| ()), Err(CompileError::Machine(_))));
}

#[tokio::test]
async fn who_does_not_end_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let note = directory.path().join("pid");
    let script = format!("echo $$ > {}; exec sleep 1000", note.display());
    let limits = CompileLimits {
        patience: Duration::from_millis(500),
        ..CompileLimits::default()
    };
    let error = refused_within(&limits, &script).await;
    assert!(matches!(error, CompileError::Slow(_)), "{error:?}");
    if let Ok(process) = std::fs::read_to_string(note) {
        let alive = std::process::Command::new("kill")
            .args(["-0", process.trim()])
            .output()
            .unwrap();
        assert!(!alive.status.success());
    }
}

#[tokio::test]
async fn a_flood_of_words_or_code_is_not_kept() {
    let flood = refused("yes error 2>/dev/null | head -c 4000000 >&2; exit 3")
        .await
        .to_string();
    assert!(flood.len() < 10_000);
}

#[tokio::test]
async fn nothing_of_the_environment_comes_along() {
    // The tests' own environment has at least a HOME or a PATH.
    let environment =
        refused("head -c 17 > /dev/null; env | grep -v '^PWD=\\|^_=\\|^PATH=\\|^SHLVL=' >&2; exit 3")
            .await
            .to_string();
    let names: Vec<&str> = environment
        .split(['(', '\n', ')'])
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    assert_eq!(names, ["RAYON_NUM_THREADS"], "{environment}");
}
