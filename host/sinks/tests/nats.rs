//! The sink for NATS JetStream against a real server, which each test starts and stops.
//!
//! `nats-server` is looked for in the directory `servers` of cargo's target directory, then in PATH.

mod kit;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use async_nats::jetstream::{self, stream};
use collector_sinks::{Change, NatsCredentials, NatsSettings, Sink, SinkSettings, open};
use futures::StreamExt as _;
use kit::{Authority, change};
use tempfile::TempDir;

/// A server on a free port of this machine. It is killed when it is dropped, at the end of a test that failed too.
struct Server {
    process: Child,
    port: u16,
    arguments: Vec<String>,
    directory: TempDir,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let arguments = arguments
            .iter()
            .map(|argument| argument.replace("{dir}", directory.path().to_str().unwrap()))
            .collect::<Vec<_>>();
        let (process, port) = spawn(directory.path(), "-1", &arguments);
        Self {
            process,
            port,
            arguments,
            directory,
        }
    }

    fn with_jetstream() -> Self {
        Self::start(&["-js"])
    }

    /// As a crash of the machine's power supply would not, but that of the server: with SIGKILL.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Again, with the same port and directory.
    fn start_again(&mut self) {
        let (process, port) = spawn(self.directory.path(), &self.port.to_string(), &self.arguments);
        assert_eq!(port, self.port);
        self.process = process;
    }

    fn settings(&self) -> NatsSettings {
        settings(&format!("nats://127.0.0.1:{}", self.port))
    }

    fn sink(&self) -> Box<dyn Sink> {
        open(SinkSettings::Nats(self.settings())).unwrap()
    }

    async fn client(&self) -> jetstream::Context {
        let url = format!("nats://127.0.0.1:{}", self.port);
        jetstream::new(async_nats::connect(url).await.unwrap())
    }

    /// The messages of the stream in order: subject, id and payload.
    async fn messages(&self) -> Vec<(String, String, String)> {
        let mut stream = self.client().await.get_stream("COLLECTOR").await.unwrap();
        let state = stream.info().await.unwrap().state.clone();
        let mut messages = Vec::new();
        for sequence in state.first_sequence..=state.last_sequence {
            let message = stream.get_raw_message(sequence).await.unwrap();
            messages.push((
                message.subject.to_string(),
                message.headers.get("Nats-Msg-Id").unwrap().to_string(),
                String::from_utf8(message.payload.to_vec()).unwrap(),
            ));
        }
        messages
    }

    async fn assert_holds(&self, changes: &[Change]) {
        let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (subject, id, payload) in self.messages().await {
            found.entry(subject).or_default().push((id, payload));
        }
        let mut expected: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for change in changes {
            expected
                .entry(format!("rooms.contoso.{}", change.room))
                .or_default()
                .push((change.change_id(), change.json()));
        }
        for (subject, expected) in &expected {
            let ids = |of: &[(String, String)]| of.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
            let found = found.get(subject).map(Vec::as_slice).unwrap_or_default();
            assert_eq!(ids(found), ids(expected), "{subject}");
        }
        assert_eq!(found, expected);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> PathBuf {
    let servers = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("servers");
    let paths = std::env::var_os("PATH").unwrap_or_else(OsString::new);
    std::iter::once(servers)
        .chain(std::env::split_paths(&paths))
        // Where Debian keeps it, which is not in everybody's PATH.
        .chain([PathBuf::from("/usr/sbin")])
        .map(|directory| directory.join("nats-server"))
        .find(|path| path.is_file())
        .expect("these tests need nats-server: run tests/servers.sh, or install it so that it is in PATH")
}

/// Starts a server and waits until it takes connections.
fn spawn(directory: &Path, port: &str, arguments: &[String]) -> (Child, u16) {
    let mut process = Command::new(program())
        .args(["-a", "127.0.0.1", "-p", port, "-sd"])
        .arg(directory)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap());
    let (mut seen, mut port) = (String::new(), None);
    loop {
        let mut line = String::new();
        if log.read_line(&mut line).unwrap() == 0 {
            process.wait().unwrap();
            panic!("nats-server did not start:\n{seen}");
        }
        if let Some((_, found)) = line.split_once("Listening for client connections on 127.0.0.1:") {
            port = Some(found.trim().parse().unwrap());
        }
        seen.push_str(&line);
        if line.contains("Server is ready") {
            break;
        }
    }
    // What it says after that is of no interest, but must not fill the pipe.
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    (process, port.unwrap_or_else(|| panic!("no port:\n{seen}")))
}

fn settings(url: &str) -> NatsSettings {
    NatsSettings {
        url: url.parse().unwrap(),
        stream: "COLLECTOR".into(),
        subject: "rooms".into(),
        credentials: NatsCredentials::None,
        ca: None,
    }
}

fn refused(settings: NatsSettings) -> String {
    match open(SinkSettings::Nats(settings)) {
        Ok(_) => panic!("it was taken"),
        Err(error) => error.to_string(),
    }
}

/// Changes of a few rooms, which take turns.
fn changes(rooms: i64, numbers: std::ops::RangeInclusive<i64>) -> Vec<Change> {
    numbers
        .map(|number| change(number, &format!("room-{}", number * 7 % rooms)))
        .collect()
}

async fn error(sink: &mut Box<dyn Sink>, changes: &[Change]) -> String {
    sink.deliver(changes).await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_changes_arrive_once_and_in_the_order_of_their_room() {
    let server = Server::with_jetstream();
    let mut sink = server.sink();
    let all = changes(100, 1..=2_000);
    let began = std::time::Instant::now();
    for batch in all.chunks(500) {
        sink.deliver(batch).await.unwrap();
    }
    println!("{:.0} changes/s", 2_000.0 / began.elapsed().as_secs_f64());
    server.assert_holds(&all).await;

    let stream = server.client().await.get_stream("COLLECTOR").await.unwrap();
    let made = &stream.cached_info().config;
    assert_eq!(made.subjects, ["rooms.>"]);
    assert_eq!(made.storage, stream::StorageType::File);
    assert_eq!(made.duplicate_window.as_secs(), 3_600);
    assert_eq!(
        (made.max_messages, made.max_bytes, made.max_age.as_secs()),
        (-1, -1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_no_token_becomes_one() {
    let server = Server::with_jetstream();
    let batch = [Change {
        source: "con.to so".into(),
        ..change(1, "zürich*>@contoso.com")
    }];
    server.sink().deliver(&batch).await.unwrap();
    assert_eq!(
        server.messages().await,
        [(
            "rooms.con%2Eto%20so.z%C3%BCrich%2A%3E@contoso%2Ecom".to_owned(),
            "5f0c-1".to_owned(),
            batch[0].json()
        )]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_again_gives_no_second_message() {
    let server = Server::with_jetstream();
    let all = changes(3, 1..=60);
    let mut sink = server.sink();
    sink.deliver(&all[..20]).await.unwrap();
    sink.deliver(&all).await.unwrap();
    server.sink().deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_given_up_in_the_middle_is_completed_by_its_repeat() {
    let server = Server::with_jetstream();
    let all = changes(7, 1..=500);
    let mut sink = server.sink();
    sink.deliver(&all[..1]).await.unwrap();
    let mut seen = server.client().await.client().subscribe("rooms.>").await.unwrap();
    // A round trip: after it the server knows the subscription.
    server.messages().await;
    seen.unsubscribe_after(200).await.unwrap();
    tokio::select! {
        _ = sink.deliver(&all) => panic!("it was to be given up"),
        () = async { while seen.next().await.is_some() {} } => {}
    }
    assert!(server.messages().await.len() < all.len());
    sink.deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_the_middle_of_deliveries_loses_and_repeats_nothing() {
    let mut server = Server::with_jetstream();
    let all = changes(40, 1..=3_000);
    let mut sink = server.sink();
    let mut kills = 0;
    for (number, batch) in all.chunks(500).enumerate() {
        if number == 0 {
            sink.deliver(batch).await.unwrap();
            continue;
        }
        let mut seen = server.client().await.client().subscribe("rooms.>").await.unwrap();
        server.client().await.get_stream("COLLECTOR").await.unwrap();
        seen.unsubscribe_after(90 * u64::try_from(number).unwrap())
            .await
            .unwrap();
        let (delivered, ()) = tokio::join!(sink.deliver(batch), async {
            while seen.next().await.is_some() {}
            server.kill();
        });
        if let Err(error) = delivered {
            kills += 1;
            assert!(error.to_string().contains("127.0.0.1"), "{error}");
            // Nobody is there.
            sink.deliver(batch).await.unwrap_err();
        }
        server.start_again();
        let mut tries = 0;
        while let Err(error) = sink.deliver(batch).await {
            tries += 1;
            assert!(tries < 20, "{error}");
        }
    }
    assert!(kills >= 3, "only {kills} deliveries were hit");
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_is_found_again() {
    let mut server = Server::with_jetstream();
    let all = changes(2, 1..=6);
    let mut sink = server.sink();
    server.kill();
    let port = server.port;
    assert_eq!(
        error(&mut sink, &all).await,
        format!(
            "the NATS server 127.0.0.1:{port}, stream COLLECTOR: it cannot be reached: Connection refused (os error 111); \
             correct `url` or `ca`, or look at the server"
        )
    );
    server.start_again();
    sink.deliver(&all[..4]).await.unwrap();
    // Between two deliveries, too.
    server.kill();
    error(&mut sink, &all).await;
    server.start_again();
    sink.deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_takes_other_subjects_is_refused() {
    let server = Server::with_jetstream();
    let client = server.client().await;
    let config = |subjects: &[&str]| stream::Config {
        name: "COLLECTOR".into(),
        subjects: subjects.iter().map(ToString::to_string).collect(),
        ..stream::Config::default()
    };
    client
        .create_stream(config(&["orders.>", "rooms.fabrikam.*"]))
        .await
        .unwrap();
    let mut sink = server.sink();
    assert_eq!(
        error(&mut sink, &changes(2, 1..=2)).await,
        format!(
            "the NATS server 127.0.0.1:{}, stream COLLECTOR: the stream is there and takes orders.>, rooms.fabrikam.*, but not \
             rooms.contoso.room-1; add rooms.> to its subjects, or give another `stream` or `subject`",
            server.port
        )
    );
    client
        .update_stream(config(&["orders.>", "rooms.contoso.*"]))
        .await
        .unwrap();
    sink.deliver(&changes(2, 1..=2)).await.unwrap();
    server.assert_holds(&changes(2, 1..=2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subjects_that_another_stream_takes_are_refused() {
    let server = Server::with_jetstream();
    let other = stream::Config {
        name: "OTHER".into(),
        subjects: vec!["rooms.contoso.>".into()],
        ..stream::Config::default()
    };
    server.client().await.create_stream(other).await.unwrap();
    assert_eq!(
        error(&mut server.sink(), &changes(2, 1..=2)).await,
        format!(
            "the NATS server 127.0.0.1:{}, stream COLLECTOR: the stream cannot be made: another one takes subjects of rooms.>; \
             give that one as `stream`, or another `subject`",
            server.port
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_is_said_and_made_anew() {
    let server = Server::with_jetstream();
    let all = changes(2, 1..=2);
    let mut sink = server.sink();
    sink.deliver(&all).await.unwrap();
    server.client().await.delete_stream("COLLECTOR").await.unwrap();
    let text = error(&mut sink, &all[..1]).await;
    assert!(
        text.ends_with(
            "no stream takes rooms.contoso.room-1 any more; it is looked for, or made, at the next delivery"
        ),
        "{text}"
    );
    sink.deliver(&all).await.unwrap();
    server.assert_holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_without_it() {
    let server = Server::start(&["-js", "--user", "collector", "--pass", "right horse"]);
    let with = |credentials| {
        open(SinkSettings::Nats(NatsSettings {
            credentials,
            ..server.settings()
        }))
        .unwrap()
    };
    let user = |password: &str| NatsCredentials::UserPassword("collector".into(), password.into());
    for credentials in [
        user("wrong horse"),
        NatsCredentials::Token("wrong horse".into()),
        NatsCredentials::None,
    ] {
        assert_eq!(
            error(&mut with(credentials), &changes(1, 1..=1)).await,
            format!(
                "the NATS server 127.0.0.1:{}, stream COLLECTOR: it does not let the collector in; correct `user` and `password`, \
                 `token` or `credentials`",
                server.port
            )
        );
    }
    with(user("right horse"))
        .deliver(&changes(1, 1..=1))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_the_collector_in() {
    let server = Server::start(&["-js", "--auth", "open sesame"]);
    let mut sink = open(SinkSettings::Nats(NatsSettings {
        credentials: NatsCredentials::Token("open sesame\n".into()),
        ..server.settings()
    }))
    .unwrap();
    sink.deliver(&changes(1, 1..=1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_user_may_not_do_is_said_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("server.conf");
    std::fs::write(
        &config,
        "authorization { users = [ { user: collector, password: secret, permissions: \
         { publish: [\"rooms.fabrikam.>\", \"$JS.API.>\"], subscribe: \"_INBOX.>\" } } ] }",
    )
    .unwrap();
    let server = Server::start(&["-js", "-c", config.to_str().unwrap()]);
    let mut sink = open(SinkSettings::Nats(NatsSettings {
        credentials: NatsCredentials::UserPassword("collector".into(), "secret".into()),
        ..server.settings()
    }))
    .unwrap();
    let text = error(&mut sink, &changes(1, 1..=1)).await;
    assert!(
        text.contains("the server said: nats: Permissions Violation for Publish to \"rooms.contoso.room-0\""),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_jetstream_is_said() {
    let server = Server::start(&[]);
    assert_eq!(
        error(&mut server.sink(), &changes(1, 1..=1)).await,
        format!(
            "the NATS server 127.0.0.1:{}, stream COLLECTOR: it has no JetStream; start it with -js, or allow JetStream to the \
             user's account",
            server.port
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_works_with_an_authority_of_ones_own_and_not_without_it() {
    let authority = Authority::new("own");
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (certificate, key) = (
        file("server.pem", &authority.certificate),
        file("server.key", &authority.key),
    );
    let server = Server::start(&["-js", "--tls", "--tlscert", &certificate, "--tlskey", &key]);
    for host in ["127.0.0.1", "localhost"] {
        let with = |ca: Option<&str>| {
            open(SinkSettings::Nats(NatsSettings {
                ca: ca.map(|ca| ca.as_bytes().to_vec()),
                ..settings(&format!("tls://{host}:{}", server.port))
            }))
            .unwrap()
        };
        with(Some(&authority.ca))
            .deliver(&changes(1, 1..=1))
            .await
            .unwrap();
        for ca in [None, Some(Authority::new("other").ca)] {
            assert_eq!(
                error(&mut with(ca.as_deref()), &changes(1, 1..=1)).await,
                format!(
                    "the NATS server {host}:{}, stream COLLECTOR: it cannot be reached: invalid peer certificate: UnknownIssuer; \
                     correct `url` or `ca`, or look at the server",
                    server.port
                )
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_gets_nothing_when_tls_is_wanted() {
    let server = Server::with_jetstream();
    let mut sink = open(SinkSettings::Nats(settings(&format!(
        "tls://127.0.0.1:{}",
        server.port
    ))))
    .unwrap();
    let text = error(&mut sink, &changes(1, 1..=1)).await;
    assert!(text.contains("it cannot be reached"), "{text}");
}

#[test]
fn settings_that_cannot_be_used_are_refused_before_anything_is_contacted() {
    let of_url = "a NATS sink's `url` must be like tls://nats.example.com:4222 (nats:// only for this machine, such as nats://127.0.0.1:4222)";
    for url in [
        "nats://nats.example.com:4222",
        "nats://127.0.0.1.example.com",
        "http://127.0.0.1:4222",
        "ws://127.0.0.1:4222",
        "tls:nats.example.com",
    ] {
        assert_eq!(refused(settings(url)), of_url, "{url}");
    }
    for url in [
        "nats://collector:hunter2@127.0.0.1",
        "tls://hunter2@nats.example.com",
        "tls://:hunter2@nats.example.com",
    ] {
        assert_eq!(
            refused(settings(url)),
            "a NATS sink's `url` must hold no user, password or token; give `user` and `password`, `token` or `credentials`"
        );
    }
    let local = || settings("nats://[::1]:4222");
    assert!(open(SinkSettings::Nats(local())).is_ok());
    let cases = [
        (
            NatsSettings {
                ca: Some(Authority::new("own").ca.into_bytes()),
                ..local()
            },
            "a NATS sink's `ca` is of no use without TLS; begin `url` with tls://, or leave `ca` out",
        ),
        (
            NatsSettings {
                ca: Some(b"no PEM".to_vec()),
                ..settings("tls://nats.example.com")
            },
            "a NATS sink's `ca` holds no certificates: there is none in it; give a PEM file",
        ),
        (
            NatsSettings {
                subject: "rooms.>".into(),
                ..local()
            },
            "a NATS sink's `subject` must be words of letters, digits, `-` and `_` with dots between them, such as \"rooms\"",
        ),
        (
            NatsSettings {
                stream: "my.stream".into(),
                ..local()
            },
            "a NATS sink's `stream` must be a name without blanks, dots, slashes, `*` and `>`, such as \"COLLECTOR\"",
        ),
        (
            NatsSettings {
                credentials: NatsCredentials::File("-----BEGIN NATS USER JWT-----\nhunter2".into()),
                ..local()
            },
            "a NATS sink's `credentials` must be a .creds file, with a user's JWT and the seed of an NKey; make one with: nsc generate creds",
        ),
    ];
    for (settings, expected) in cases {
        assert_eq!(refused(settings), expected);
    }
}
