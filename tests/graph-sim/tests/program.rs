//! The program says where it is and writes a configuration that is ready for use.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

#[test]
fn the_program_prints_its_address_and_writes_a_configuration() {
    let directory = std::env::temp_dir().join(format!("graph-sim-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = directory.join("collector.toml");
    let mut program = Command::new(env!("CARGO_BIN_EXE_graph-sim"))
        .args([
            "--rooms",
            "5",
            "--lists",
            "2",
            "--fault",
            "throttled=0.1",
            "--write-config",
        ])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(program.stdout.take().unwrap())
        .lines()
        .take(7)
        .map(Result::unwrap)
        .collect();
    let config = std::fs::read_to_string(&file).unwrap();
    let port = lines[0]
        .trim_start_matches("http://127.0.0.1:")
        .parse::<u16>()
        .unwrap();
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let url = &lines[0];
    assert_eq!(
        lines[1..],
        [
            "tenant       contoso.com".to_owned(),
            "client id    11111111-2222-3333-4444-555555555555".to_owned(),
            "secret       export O365_CLIENT_SECRET='sim8Q~not-a-real-secret_only-the-simulator'".to_owned(),
            "room lists   list-1@contoso.com, list-2@contoso.com".to_owned(),
            format!("graph url    {url}/v1.0"),
            format!("login url    {url}"),
        ]
    );
    for line in [
        "room-lists = \"list-1@contoso.com, list-2@contoso.com\"".to_owned(),
        format!("graph-url = \"{url}/v1.0\""),
        format!("login-url = \"{url}\""),
        "client-secret = { env = \"O365_CLIENT_SECRET\" }".to_owned(),
        format!("http = [\"{url}\"]"),
    ] {
        assert!(
            config.lines().any(|found| found == line),
            "{line} is not in {config}"
        );
    }
}

#[test]
fn a_fault_that_does_not_exist_is_refused_with_the_names_of_those_that_do() {
    let program = Command::new(env!("CARGO_BIN_EXE_graph-sim"))
        .args(["--fault", "flood=0.1"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&program.stderr).into_owned();
    assert_eq!(program.status.code(), Some(2));
    assert!(
        text.contains("there is no fault \"flood\"; there are: throttled, "),
        "{text}"
    );
}
