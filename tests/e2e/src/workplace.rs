//! A directory with a configuration and connectors, and the program run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::ended::{Ended, ended};

/// A temporary directory that holds `collector.toml`, `plugins/` and, after a run, `data/`.
pub struct Workplace {
    directory: tempfile::TempDir,
    program: PathBuf,
}

/// The client secret that workplaces put into the environment.
pub const SECRET: &str = graph_sim::CLIENT_SECRET;

/// The arguments of [`Workplace::collect`].
pub const PASS: [&str; 7] = pass("2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z");

/// One pass between two instants, printed as `jsonl`.
const fn pass<'a>(from: &'a str, to: &'a str) -> [&'a str; 7] {
    ["run-once", "--format", "jsonl", "--from", from, "--to", to]
}

impl Workplace {
    /// A workplace with a configuration and the named connectors of this tree, which an earlier start has compiled.
    ///
    /// # Errors
    /// The program or a connector could not be built, or a file not written.
    pub fn new(configuration: &str, connectors: &[&str]) -> anyhow::Result<Self> {
        let workplace = Self::fresh(configuration, connectors)?;
        if !connectors.is_empty() {
            crate::compiled::put(&workplace.program, connectors, &workplace.path().join("data"))?;
        }
        Ok(workplace)
    }

    /// The same, in which nothing ever ran: there is no data directory.
    ///
    /// # Errors
    /// See [`Workplace::new`].
    pub fn fresh(configuration: &str, connectors: &[&str]) -> anyhow::Result<Self> {
        Self::of_program(crate::program()?, configuration, connectors)
    }

    /// The same for another program: `program` is the path of its `collector`.
    ///
    /// # Errors
    /// See [`Workplace::new`].
    pub fn of_program(
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
        self.write("collector.toml", configuration)
    }

    /// Writes a file, named relative to the workplace.
    ///
    /// # Errors
    /// It could not be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
        std::fs::write(self.path().join(name), content).with_context(|| name.to_owned())
    }

    /// The same, readable by its owner only, as a secret should be.
    ///
    /// # Errors
    /// It could not be written.
    pub fn write_private(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
        self.write(name, content)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(self.path().join(name), std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    }

    /// The program with arguments, ready to start in the workplace. Its environment has only `PATH` and the client secret, so that the tester's
    /// variables do not matter.
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
    /// It could not be started, or a signal ended it.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        ended(&mut self.command(arguments))
    }

    /// The same with text on standard input.
    ///
    /// # Errors
    /// See [`Workplace::run`].
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> anyhow::Result<Ended> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), input)?;
        ended(self.command(arguments).stdin(file.reopen()?))
    }

    /// One pass over the week from Monday, 9 March 2026, printed as `jsonl`, with further arguments.
    ///
    /// # Errors
    /// See [`Workplace::run`].
    pub fn collect(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        self.run(&[&PASS, arguments].concat())
    }

    /// The same with another window.
    ///
    /// # Errors
    /// See [`Workplace::run`].
    pub fn collect_between(&self, from: &str, to: &str, arguments: &[&str]) -> anyhow::Result<Ended> {
        self.run(&[&pass(from, to), arguments].concat())
    }

    /// The files below the data directory with their content, sorted by name, without machine code; none if the directory is missing.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn data(&self) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
        let directory = self.path().join("data");
        if !directory.exists() {
            return Ok(Vec::new());
        }
        let mut files = Vec::new();
        let mut directories = vec![directory];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory)? {
                let path = entry?.path();
                if path.is_dir() {
                    if path.file_name() != Some(crate::compiled::FOLDER.as_ref()) {
                        directories.push(path);
                    }
                } else {
                    let content = std::fs::read(&path)?;
                    files.push((path, content));
                }
            }
        }
        files.sort();
        Ok(files)
    }
}
