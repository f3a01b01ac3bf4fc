//! A directory with a configuration and plugins, and the program run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// A temporary directory that holds `collector.toml`, `plugins/` and, after a run, `data/`.
pub struct Workplace {
    directory: tempfile::TempDir,
    program: PathBuf,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Workplace {
    /// A workplace with a configuration and the named connectors of this tree. `program` is the path of `collector`.
    ///
    /// # Errors
    /// A connector could not be built, or a file not written.
    pub fn new(
        program: impl Into<PathBuf>,
        configuration: &str,
        connectors: &[&str],
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        std::fs::create_dir(directory.path().join("plugins"))?;
        for connector in connectors {
            let file = directory.path().join(format!("plugins/{connector}.wasm"));
            std::fs::copy(crate::component(connector)?, file)?;
        }
        let workplace = Self {
            directory,
            program: program.into(),
        };
        workplace.configure(configuration)?;
        Ok(workplace)
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Replaces the configuration.
    ///
    /// # Errors
    /// It could not be written.
    pub fn configure(&self, configuration: &str) -> anyhow::Result<()> {
        std::fs::write(self.path().join("collector.toml"), configuration).context("collector.toml")
    }

    /// The program with arguments, ready to be started in the workplace. Its environment is empty but for `PATH`, so that
    /// nothing of the tester's own gets in.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("O365_CLIENT_SECRET", SECRET)
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    ///
    /// # Errors
    /// It could not be started, or was ended by a signal.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        ended(&mut self.command(arguments))
    }
}

/// The client secret that workplaces put into the environment.
pub const SECRET: &str = graph_sim::CLIENT_SECRET;

/// Runs a command to its end.
///
/// # Errors
/// It could not be started, or was ended by a signal.
pub fn ended(command: &mut Command) -> anyhow::Result<Ended> {
    let output = command.output().context("the program could not be started")?;
    Ok(Ended {
        code: output
            .status
            .code()
            .context("the program was ended by a signal")?,
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

/// The meetings of `jsonl` output.
///
/// # Errors
/// A line is not JSON.
pub fn meetings(stdout: &str) -> anyhow::Result<Vec<serde_json::Value>> {
    stdout
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}
