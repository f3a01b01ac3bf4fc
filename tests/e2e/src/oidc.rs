//! A real provider of identities, oidc-provider from npm, which `tests/oidc.sh` installs.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, bail};
use serde_json::json;
use tempfile::TempDir;

use crate::build::{root, target};

/// The id and the secret of the one client that the provider knows.
pub const OIDC_CLIENT: (&str, &str) = ("collector", "a-secret-of-the-collector");

/// A provider on this machine. Dropping it kills the provider, even at the end of a failed test.
pub struct OidcProvider {
    process: Child,
    directory: TempDir,
}

impl OidcProvider {
    /// Starts the provider at an address that is free. It returns browsers to `redirect`, and knows these people with their roles, each with any
    /// password. Without Node.js, says so on standard error and returns `None`.
    ///
    /// # Errors
    /// It did not start; or it cannot be installed and `CI` is set.
    pub fn start(
        address: SocketAddr,
        redirect: &str,
        people: &[(&str, &[&str])],
    ) -> anyhow::Result<Option<Self>> {
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        if !INSTALLED.get_or_init(install) {
            if std::env::var_os("CI").is_some() {
                bail!("oidc-provider is missing and CI is set: run tests/oidc.sh");
            }
            eprintln!("oidc-provider is missing (tests/oidc.sh): skipping what it would sign in");
            return Ok(None);
        }
        let directory = tempfile::tempdir()?;
        let mut process = Command::new("node")
            .arg(root().join("tests/oidc/provider.mjs"))
            .arg(target().join("oidc/node_modules"))
            .arg(address.port().to_string())
            .arg(redirect)
            .arg(people_file(&directory))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start node")?;
        let said = process.stdout.take().context("no standard output")?;
        let provider = Self { process, directory };
        provider.set_people(people)?;
        let mut said = BufReader::new(said);
        let mut line = String::new();
        said.read_line(&mut line)?;
        if line.trim_end() != "listening" {
            bail!("oidc-provider did not start: {line:?}");
        }
        // It ends if nobody takes what it says later.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Ok(Some(provider))
    }

    /// Changes whom it knows, with which roles, from the next sign-in on.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_people(&self, people: &[(&str, &[&str])]) -> anyhow::Result<()> {
        let people: serde_json::Map<_, _> = people
            .iter()
            .map(|(name, roles)| ((*name).to_owned(), json!(roles)))
            .collect();
        std::fs::write(people_file(&self.directory), serde_json::to_vec(&people)?)?;
        Ok(())
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn people_file(directory: &TempDir) -> PathBuf {
    directory.path().join("people.json")
}

/// Whether it is installed then: once for a test run, because tests run side by side.
fn install() -> bool {
    let installed = Command::new(root().join("tests/oidc.sh")).arg(target()).status();
    installed.is_ok_and(|status| status.success())
}
