//! A PostgreSQL for the tests: on a free port of this machine, in a directory of its own, removed when the tests end
//! (`tests/servers.sh` installs it).

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};

use anyhow::{Context as _, bail, ensure};
use tokio_postgres::{Client, NoTls};

/// A server, and what a client needs to connect to it.
pub struct PostgresServer {
    port: u16,
    ca: String,
    directory: PathBuf,
    running: Mutex<Option<Child>>,
    log: Arc<Mutex<String>>,
    keeper: Child,
    /// The pipe to the keeper. When it closes, however the tests end, the keeper stops the server and removes the directory.
    keep: Option<ChildStdin>,
    databases: AtomicUsize,
}

impl PostgresServer {
    /// The user of all databases.
    pub const USER: &str = "collector";
    /// That user's password.
    pub const PASSWORD: &str = "correct horse";

    /// The server that all tests of a process share, if they do not stop it.
    ///
    /// # Errors
    /// See [`PostgresServer::start`].
    pub fn shared() -> anyhow::Result<&'static Self> {
        static SHARED: OnceLock<Result<PostgresServer, String>> = OnceLock::new();
        match SHARED.get_or_init(|| Self::start().map_err(|error| format!("{error:#}"))) {
            Ok(server) => Ok(server),
            Err(error) => bail!("{error}"),
        }
    }

    /// Starts a server.
    ///
    /// # Errors
    /// It is not installed, or did not start.
    pub fn start() -> anyhow::Result<Self> {
        let made = as_owner("mktemp")?
            .args(["-d", "/tmp/collector-pg.XXXXXX"])
            .output()?;
        ensure!(made.status.success(), "{made:?}");
        let directory = PathBuf::from(String::from_utf8(made.stdout)?.trim());
        let mut keeper = as_owner("sh")?
            .args([
                "-c",
                "trap '' HUP INT TERM; read _; pid=$(head -n 1 data/postmaster.pid 2>/dev/null) && kill -QUIT $pid 2>/dev/null \
                 && while kill -0 $pid 2>/dev/null; do sleep 0.05; done; cd / && rm -rf \"$1\"",
                "sh",
            ])
            .arg(&directory)
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .spawn()?;
        let keep = keeper.stdin.take();
        let ca = certificates(&directory)?;
        put(&directory.join("password"), Self::PASSWORD)?;
        let made = as_owner(&program("initdb"))?
            .args([
                "--no-sync",
                "--no-locale",
                "--encoding=UTF8",
                "--auth=scram-sha-256",
            ])
            .arg(format!("--username={}", Self::USER))
            .arg(format!("--pwfile={}", directory.join("password").display()))
            .arg(directory.join("data"))
            .output()
            .context("these tests need PostgreSQL: run tests/servers.sh")?;
        ensure!(made.status.success(), "{made:?}");
        let server = Self {
            port: crate::free_address()?.port(),
            ca,
            directory,
            running: Mutex::new(None),
            log: Arc::default(),
            keep,
            keeper,
            databases: AtomicUsize::new(0),
        };
        server.run()?;
        Ok(server)
    }

    /// Its port, the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The authority of its certificate, PEM.
    pub fn ca(&self) -> &str {
        &self.ca
    }

    /// The directory of data, certificates and the Unix socket.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts it on its existing data, and returns when it accepts connections.
    ///
    /// # Errors
    /// It does not start.
    pub fn run(&self) -> anyhow::Result<()> {
        // After a kill its last processes may live on for a moment, and until they end it does not start.
        for _ in 0..100 {
            if self.try_run()? {
                return Ok(());
            }
        }
        bail!("PostgreSQL did not start:\n{}", locked(&self.log));
    }

    fn try_run(&self) -> anyhow::Result<bool> {
        let directory = &self.directory;
        let mut child = as_owner(&program("postgres"))?
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
            .spawn()?;
        let lines = BufReader::new(child.stderr.take().context("no standard error")?).lines();
        let (ready, is_ready) = mpsc::channel();
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line.contains("ready to accept connections") {
                    ready.send(()).ok();
                }
                let mut log = locked(&log);
                log.push_str(&line);
                log.push('\n');
            }
        });
        // Its output ends with the process.
        if is_ready.recv().is_err() {
            child.wait()?;
            return Ok(false);
        }
        *locked(&self.running) = Some(child);
        Ok(true)
    }

    /// Kills it with SIGKILL, so that it writes nothing more.
    ///
    /// # Errors
    /// It is not running.
    pub fn kill(&self) -> anyhow::Result<()> {
        let mut child = locked(&self.running)
            .take()
            .context("PostgreSQL is not running")?;
        // Even with `setpriv` this is the server's process, because `setpriv` becomes what it starts.
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// The address of a database, with the default encryption.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{}@127.0.0.1:{}/{database}", Self::USER, self.port)
    }

    /// An empty database, and a connection to read it.
    ///
    /// # Errors
    /// An error of the server.
    pub async fn database(&self) -> anyhow::Result<(String, Client)> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test{number}");
        let client = self.client("postgres").await?;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        let client = self.client(&name).await?;
        Ok((name, client))
    }

    /// A connection for the test.
    ///
    /// # Errors
    /// An error of the server.
    pub async fn client(&self, database: &str) -> anyhow::Result<Client> {
        let mut config: tokio_postgres::Config = self.url(database).parse()?;
        let (client, connection) = config.password(Self::PASSWORD).connect(NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute("SET timezone TO 'UTC'").await?;
        Ok(client)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.keep.take());
        // Kill it before the keeper, which waits until the process has ended.
        if let Some(mut child) = locked(&self.running).take() {
            child.wait().ok();
        }
        self.keeper.wait().ok();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The program of the newest installed version.
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
        // Not on Debian.
        None => name.to_owned(),
    }
}

/// The command for a program of PostgreSQL. PostgreSQL refuses to run as root, so root runs it as its own user.
pub(crate) fn as_owner(program: &str) -> anyhow::Result<Command> {
    let root = fs::metadata(tempfile::tempdir()?.path())?.uid() == 0;
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
    Ok(command)
}

pub(crate) fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    let owner = fs::metadata(path.parent().context("no directory")?)?;
    chown(path, Some(owner.uid()), Some(owner.gid()))?;
    Ok(())
}

/// A certificate for `127.0.0.1`, and its authority's.
fn certificates(directory: &Path) -> anyhow::Result<String> {
    let authority_key = rcgen::KeyPair::generate()?;
    let mut authority = rcgen::CertificateParams::new(Vec::new())?;
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key)?.pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate()?;
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".into()])?.signed_by(&key, &issuer)?;
    put(&directory.join("tls.crt"), &certificate.pem())?;
    put(&directory.join("tls.key"), &key.serialize_pem())?;
    Ok(pem)
}
