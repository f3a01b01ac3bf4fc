//! Chromium and its driver: found, started for one test with a profile of its own, and ended with all their processes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// Nothing that Chromium does on its own account: no updates, no first-run pages, no talk with its maker.
const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
    // A page is as wide as its window, whatever its length.
    "--hide-scrollbars",
];

/// How often chromedriver is started before it is clear that it does not start.
///
/// Asked for any free port, it takes one of IPv6 and ends when another program has the same one of IPv4, as tests beside it may.
const TRIES: usize = 10;
/// What it says then.
const PORT_IS_TAKEN: &str = "port not available";

/// A running chromedriver, which starts Chromium when it is asked for a session.
pub(crate) struct Driver {
    child: Child,
    /// Kept open: a driver that cannot write what it has to say ends.
    _output: BufReader<ChildStdout>,
    port: u16,
    chromium: PathBuf,
    profile: tempfile::TempDir,
}

impl Driver {
    /// Starts chromedriver on a free port; none when it or Chromium is not installed, which is said on standard error.
    ///
    /// # Errors
    /// It is there and does not start; or it is not there, and `CI` is set.
    pub(crate) fn start() -> anyhow::Result<Option<Self>> {
        let (Some(chromium), Some(driver)) = (find("chromium"), find("chromedriver")) else {
            const MISSING: &str =
                "chromium or chromedriver is missing (Debian: apt-get install chromium chromium-driver)";
            if std::env::var_os("CI").is_some_and(|ci| !ci.is_empty()) {
                bail!("{MISSING}");
            }
            // Past the capture of the test harness: who reads only "ok" must learn that nothing was tested.
            writeln!(std::io::stderr(), "{MISSING}: a test in a browser is left out")?;
            return Ok(None);
        };
        let mut tries = 1;
        loop {
            match Self::run(&driver, &chromium) {
                Err(error) if tries < TRIES && format!("{error:#}").contains(PORT_IS_TAKEN) => {
                    tries += 1;
                }
                started => return started.map(Some),
            }
        }
    }

    fn run(driver: &Path, chromium: &Path) -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut command = Command::new(driver);
        command
            .arg("--port=0")
            // What Chromium leaves behind when it is killed goes with the profile.
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // A group of its own, so that what it started can be ended with it.
            command.process_group(0);
        }
        let mut child = command
            .spawn()
            .with_context(|| format!("{} could not be started", driver.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("no standard output")?);
        let port = port(&mut output);
        // Made before the port is looked at, so that the child is ended also when there is none.
        let started = Self {
            child,
            _output: output,
            port: port.as_ref().copied().unwrap_or_default(),
            chromium: chromium.to_owned(),
            profile,
        };
        port?;
        Ok(started)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a session of this driver is started with.
    pub(crate) fn capabilities(&self) -> serde_json::Map<String, Value> {
        let mut flags = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", self.profile.path().display()));
        let wanted = [
            ("browserName", json!("chrome")),
            ("timeouts", json!({"pageLoad": 60_000, "script": 60_000})),
            (
                "goog:chromeOptions",
                json!({"binary": self.chromium, "args": flags}),
            ),
            ("goog:loggingPrefs", json!({"browser": "ALL"})),
        ];
        wanted
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            let group = format!("-{}", self.child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port that chromedriver took, out of its own words: "ChromeDriver was started successfully on port 41109."
fn port(output: &mut BufReader<ChildStdout>) -> anyhow::Result<u16> {
    let mut said = String::new();
    while output.read_line(&mut said)? > 0 {
        let line = said.lines().last().unwrap_or_default();
        if let Some((_, port)) = line.split_once("successfully on port ") {
            return port
                .trim_end_matches('.')
                .parse()
                .with_context(|| format!("no port in {line:?}"));
        }
    }
    bail!("chromedriver did not start: {said}");
}

/// A program in `PATH` or in /usr/bin, where Debian puts it.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([Path::new("/usr/bin").to_owned()])
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
}
