//! Tests that the program serves what it prints.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::common::{Webex, each};

#[tokio::test]
async fn the_program_prints_its_address_and_a_token_that_works() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_webex-sim"))
        .args(["--workspaces", "5", "--rotate", "--fault", "throttled=0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(program.stdout.take().unwrap())
        .lines()
        .take(6)
        .map(Result::unwrap)
        .collect();
    let value = |line: &String| line.split_whitespace().last().unwrap().to_owned();
    let webex = Webex::with(&value(&lines[1]), &value(&lines[2]));
    let (status, found) = webex.json("/workspaces").await;
    program.kill().unwrap();
    program.wait().unwrap();
    assert_eq!((status, each(&found, "displayName").len()), (200, 5));
    assert_eq!(lines[1], format!("api url        {}/v1", lines[0]));
    assert_eq!(lines[5], "refresh token  simulated-refresh-token");
}

#[test]
fn an_unknown_fault_is_refused_with_the_names_of_the_known_ones() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_webex-sim"));
    let refused = program.args(["--fault", "flood=0.1"]).output().unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text.contains("unknown fault \"flood\"; choose one of: throttled, "),
        "{text}"
    );
}
