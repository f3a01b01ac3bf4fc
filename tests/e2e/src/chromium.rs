//! Chromium and its driver: finds them, starts them for one test with a profile of its own, and ends all their processes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// Turns off Chromium's own activity: updates, first-run pages, requests to its maker.
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
    // Keeps a page as wide as its window, whatever its length.
    "--hide-scrollbars",
];

/// How often to try to start chromedriver.
///
/// On request for any free port, it picks one of IPv6, and ends if another program, such as a parallel test, has the same port of IPv4.
const TRIES: usize = 10;
/// Its message in that case.
const PORT_IS_TAKEN: &str = "port not available";

/// A running chromedriver, which starts Chromium with each session.
pub(crate) struct Driver {
    child: Child,
    /// Kept open, because a driver that cannot write its output ends.
    _output: BufReader<ChildStdout>,
    port: u16,
    chromium: PathBuf,
    /// Deleted with the driver.
    _profile: tempfile::TempDir,
}

impl Driver {
    /// Starts chromedriver on a free port. Without it or Chromium, says so on standard error and returns `None`.
    ///
    /// # Errors
    /// It is installed but does not start; or it is not installed and `CI` is set.
    pub(crate) fn start() -> anyhow::Result<Option<Self>> {
        // The headless shell is the same browser without the windows that nobody sees, for less than half of the processor time.
        let chromium = find("chromium-headless-shell").or_else(|| find("chromium"));
        let (Some(chromium), Some(driver)) = (chromium, find("chromedriver")) else {
            const MISSING: &str = "chromium or chromedriver is missing (Debian: apt-get install chromium-headless-shell chromium-driver)";
            if std::env::var_os("CI").is_some_and(|ci| !ci.is_empty()) {
                bail!("{MISSING}");
            }
            // Bypass the capture of the test harness, so that "ok" does not hide that nothing was tested.
            writeln!(std::io::stderr(), "{MISSING}: skipping a browser test")?;
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
            // The driver puts the profile there. It is deleted with whatever Chromium leaves behind when killed.
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // A process group of its own, so that its children can be ended with it.
            command.process_group(0);
        }
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", driver.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("no standard output")?);
        let port = port(&mut output);
        // Created before reading the port, so that the child is ended even without one.
        let started = Self {
            child,
            _output: output,
            port: port.as_ref().copied().unwrap_or_default(),
            chromium: chromium.to_owned(),
            _profile: profile,
        };
        port?;
        Ok(started)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The capabilities for a session of this driver.
    pub(crate) fn capabilities(&self) -> serde_json::Map<String, Value> {
        let wanted = [
            ("browserName", json!("chrome")),
            ("timeouts", json!({"pageLoad": 60_000, "script": 60_000})),
            (
                "goog:chromeOptions",
                json!({"binary": self.chromium, "args": FLAGS}),
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

/// Reads the port that chromedriver reports: "ChromeDriver was started successfully on port 41109."
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
