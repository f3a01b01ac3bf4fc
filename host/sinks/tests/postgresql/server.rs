//! A PostgreSQL of the tests' own: on a free port of this machine, in a directory of its own, gone when the tests are.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, mpsc};

use tokio_postgres::{Client, NoTls};

pub(crate) const USER: &str = "collector";
pub(crate) const PASSWORD: &str = "correct horse";

static SHARED: LazyLock<Server> = LazyLock::new(Server::start);

pub(crate) struct Server {
    pub(crate) port: u16,
    /// The authority of its certificate, PEM.
    pub(crate) ca: String,
    /// Holds data, certificates and the Unix socket.
    pub(crate) directory: PathBuf,
    running: Mutex<Option<Child>>,
    log: Arc<Mutex<String>>,
    keeper: Child,
    /// When it is closed, by whatever end of the tests, the keeper stops the server and removes the directory.
    keep: Option<ChildStdin>,
    databases: AtomicUsize,
}

impl Server {
    /// The server of all tests that do not stop it.
    pub(crate) fn shared() -> &'static Self {
        &SHARED
    }

    pub(crate) fn start() -> Self {
        let made = as_owner("mktemp")
            .args(["-d", "/tmp/collector-pg.XXXXXX"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let directory = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim());
        let mut keeper = as_owner("sh")
            .args([
                "-c",
                "trap '' HUP INT TERM; read _; pid=$(head -n 1 data/postmaster.pid 2>/dev/null) && kill -QUIT $pid 2>/dev/null \
                 && while kill -0 $pid 2>/dev/null; do sleep 0.05; done; cd / && rm -rf \"$1\"",
                "sh",
            ])
            .arg(&directory)
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let ca = certificates(&directory);
        put(&directory.join("password"), PASSWORD);
        let made = as_owner(&program("initdb"))
            .args([
                "--no-sync",
                "--no-locale",
                "--encoding=UTF8",
                "--auth=scram-sha-256",
            ])
            .arg(format!("--username={USER}"))
            .arg(format!("--pwfile={}", directory.join("password").display()))
            .arg(directory.join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let server = Self {
            port: TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port(),
            ca,
            directory,
            running: Mutex::new(None),
            log: Arc::default(),
            keep: keeper.stdin.take(),
            keeper,
            databases: AtomicUsize::new(0),
        };
        server.run();
        server
    }

    /// Starts it on the data that it has, and returns when it can be connected to.
    pub(crate) fn run(&self) {
        // After a kill its last processes may live on for a moment, and while they do it does not start.
        for _ in 0..100 {
            if self.try_run() {
                return;
            }
        }
        panic!("PostgreSQL does not start:\n{}", self.log.lock().unwrap());
    }

    fn try_run(&self) -> bool {
        let directory = &self.directory;
        let mut child = as_owner(&program("postgres"))
            .arg("-D")
            .arg(directory.join("data"))
            .arg("-k")
            .arg(directory)
            .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "ssl=on", "-c"])
            .arg(format!("ssl_cert_file={}", directory.join("tls.crt").display()))
            .arg("-c")
            .arg(format!("ssl_key_file={}", directory.join("tls.key").display()))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (ready, is_ready) = mpsc::channel();
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line.contains("ready to accept connections") {
                    ready.send(()).ok();
                }
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        // Its output ends when it does.
        if is_ready.recv().is_err() {
            child.wait().unwrap();
            return false;
        }
        *self.running.lock().unwrap() = Some(child);
        true
    }

    /// SIGKILL: nothing is written any more.
    pub(crate) fn kill(&self) {
        let mut child = self.running.lock().unwrap().take().unwrap();
        // Between it and us there may be nothing: `setpriv` becomes what it starts.
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The address of a database, with the encryption that nothing is said about.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgresql://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// A database with nothing in it, and a connection to look at it.
    pub(crate) async fn database(&self) -> (String, Client) {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test{number}");
        let client = self.client("postgres").await;
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        (name.clone(), self.client(&name).await)
    }

    pub(crate) async fn client(&self, database: &str) -> Client {
        let mut config: tokio_postgres::Config = self.url(database).parse().unwrap();
        let (client, connection) = config.password(PASSWORD).connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SET timezone TO 'UTC'").await.unwrap();
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keep.take());
        // Before the keeper, which waits until there is no such process.
        if let Some(mut child) = self.running.lock().ok().and_then(|mut running| running.take()) {
            child.wait().ok();
        }
        self.keeper.wait().ok();
    }
}

/// The newest that is installed.
fn program(name: &str) -> String {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin").join(name)))
        })
        .filter(|(_, path)| path.exists())
        .collect();
    found.sort();
    match found.pop() {
        Some((_, path)) => path.display().to_string(),
        // Elsewhere than with Debian.
        None => name.to_owned(),
    }
}

/// PostgreSQL refuses to be run by root: then it is its own user's.
fn as_owner(program: &str) -> Command {
    let root = fs::metadata(tempfile::tempdir().unwrap().path()).unwrap().uid() == 0;
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .current_dir("/")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

fn put(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    let owner = fs::metadata(path.parent().unwrap()).unwrap();
    chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
}

/// A certificate for `127.0.0.1`, and its authority's.
fn certificates(directory: &Path) -> String {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".into()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    put(&directory.join("tls.crt"), &certificate.pem());
    put(&directory.join("tls.key"), &key.serialize_pem());
    pem
}
