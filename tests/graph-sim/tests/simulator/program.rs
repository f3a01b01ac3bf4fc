//! Tests that the program prints its addresses and writes a configuration that is ready for use.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
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
    TcpStream::connect(("127.0.0.1", port)).unwrap();
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
fn a_tenant_that_waits_for_consent_prints_who_can_give_it() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_graph-sim"))
        .args(["--rooms", "1", "--lists", "1", "--consent", "--replication", "2h"])
        .args(["--redirect", "http://localhost/consent"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(program.stdout.take().unwrap())
        .lines()
        .take(8)
        .map(Result::unwrap)
        .collect();
    let page = ask(
        &lines[0],
        "/contoso.com/v2.0/adminconsent?client_id=11111111-2222-3333-4444-555555555555\
         &scope=https://graph.microsoft.com/.default&redirect_uri=http://localhost:4711/consent",
    );
    program.kill().unwrap();
    program.wait().unwrap();
    let page = page.unwrap();
    assert_eq!(
        lines[7],
        "accounts     admin@contoso.com (Global Administrator), adelev@contoso.com (no administrator), \
         eve@fabrikam.com (of another tenant)"
    );
    assert!(page.contains("Sign in as admin@contoso.com"), "{page}");
}

/// The answer to a plain request.
fn ask(url: &str, target: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://"))?;
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
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
        text.contains("unknown fault \"flood\"; choose one of: throttled, "),
        "{text}"
    );
}
