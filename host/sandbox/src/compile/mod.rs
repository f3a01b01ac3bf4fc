//! From a connector's file to machine code, without letting the file take over the machine.
//!
//! A file can make compiling take time and memory far beyond its size: a megabyte of nested loops took five gigabytes. So this process
//! compiles no file itself. It looks through the file and refuses what is plainly too large; everything else goes to a process of its own,
//! which has limits and can be killed; and a file that exceeded them is not compiled again.
//!
//! | file | what it does |
//! | --- | --- |
//! | `look_through` | refuses what is plainly too large |
//! | `process` | starts the process that compiles, and judges how it ended |
//! | `child` | the compiling process: this same program, as `collector compile` |
//! | `artefact` | machine code that this process returned |
//! | `compilations` | what the data directory tells about files that were compiled before |
//! | `cache` | machine code in the data directory, for the next start |
//! | `refused` | files that exceeded a limit, by digest |

mod artefact;
mod cache;
mod child;
mod compilations;
mod look_through;
mod process;
mod refused;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use child::{Compiled, compile_standard_input};
use collector_tasks::blocking::blocking;
pub use compilations::Compilations;
pub use look_through::LARGEST_FILE;
pub use look_through::Overlarge;
use look_through::look_through;
pub use refused::Lasting;
use tokio::sync::Semaphore;
use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// What the compiling process may use.
#[derive(Debug, Clone, Copy)]
pub struct CompileLimits {
    /// Bytes of memory. Ruby's interpreter with its library, which is larger than any connector yet, takes 660 MB.
    pub memory: u64,
    /// Processor time of all threads together. Ruby's interpreter takes 37 s.
    pub processor: Duration,
    /// How long to wait for it. A busy machine gives it only part of one processor.
    pub patience: Duration,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            processor: Duration::from_secs(120),
            patience: Duration::from_secs(300),
        }
    }
}

/// The one configuration, for the engine that runs connectors and for the one that compiles them in another process.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // A trap then names the connector's file and line, if it was built with line tables.
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable);
    config
}

/// What is known of a file to be compiled: a proven one does not wait for unknown ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A pass worked with it.
    Proven,
    /// It may do anything, and a source waits for it.
    Wanted,
    /// It may do anything.
    New,
}

/// Why a file was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It is not a component, in the compiler's words.
    #[error("not a complete and valid component ({0})")]
    Invalid(String),
    /// It is plainly too large to be compiled.
    #[error(transparent)]
    Overlarge(#[from] Overlarge),
    /// It exceeded a limit, now or earlier.
    #[error("{0}")]
    Refused(#[from] Lasting),
    /// Something else killed the process.
    #[error(
        "its compilation was killed, most likely because this machine ran out of memory; free some memory, \
         then replace the file or send SIGHUP to try it again"
    )]
    Killed,
    /// It took too long by the clock, but not in processor time.
    #[error(
        "its compilation did not finish within {}, because it got too little processor time; reduce the load of this machine, then \
         replace the file or send SIGHUP to try it again", humantime::format_duration(*.0)
    )]
    Slow(Duration),
    /// The machine cannot start the process, or the process was told to end. The file is not to blame.
    #[error("it cannot be compiled at the moment: {0}; the collector will try again")]
    Machine(String),
}

/// Compiles components.
pub(super) struct Compiler {
    /// The program to start as `compile`; none: compile in this process, without limits.
    program: Option<PathBuf>,
    limits: CompileLimits,
    /// Places for processes: more of them side by side would only need more memory.
    proven: Semaphore,
    wanted: Semaphore,
    new: Semaphore,
    /// What a refusal depends on besides the file.
    identity: String,
    /// What machine code depends on besides the file.
    engine: String,
}

impl Compiler {
    /// In processes of this program.
    ///
    /// # Errors
    /// The path of this program is unknown.
    pub(super) fn apart(engine: &Engine) -> std::io::Result<Self> {
        Ok(Self::with(engine, Some(process::this_program()?)))
    }

    /// In this process, without limits.
    pub(super) fn here(engine: &Engine) -> Self {
        Self::with(engine, None)
    }

    /// In processes of another program.
    pub(super) fn by(engine: &Engine, program: PathBuf) -> Self {
        Self::with(engine, Some(program))
    }

    fn with(engine: &Engine, program: Option<PathBuf>) -> Self {
        let limits = CompileLimits::default();
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        let engine = hasher.finish();
        (limits.memory, limits.processor).hash(&mut hasher);
        Self {
            program,
            limits,
            proven: Semaphore::new(2),
            wanted: Semaphore::new(1),
            new: Semaphore::new(1),
            identity: format!("{:016x}", hasher.finish()),
            engine: format!("{engine:016x}"),
        }
    }

    /// Compiles a component, or returns an earlier result. When it compiles in this process, do not call it on the executor's threads.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub(super) async fn compile(
        &self,
        engine: &Engine,
        bytes: &Arc<[u8]>,
        digest: &str,
        compilations: &Compilations,
        standing: Standing,
    ) -> Result<Component, CompileError> {
        let root = |error: wasmtime::Error| error.root_cause().to_string();
        if let Some(artefact) = compilations.machine_code(digest, &self.engine).await {
            match tokio::task::block_in_place(|| artefact.component(engine)) {
                Ok(component) => return Ok(component),
                // Another version of wasmtime made it, despite its name.
                Err(error) => tracing::debug!(
                    "kept machine code of a connector cannot be used, compiling again: {error}"
                ),
            }
        }
        let file = Arc::clone(bytes);
        blocking(move || look_through(&file)).await?;
        let Some(program) = &self.program else {
            return tokio::task::block_in_place(|| Component::from_binary(engine, bytes))
                .map_err(|error| CompileError::Invalid(root(error)));
        };
        let places = match standing {
            Standing::Proven => &self.proven,
            Standing::Wanted => &self.wanted,
            Standing::New => &self.new,
        };
        // The semaphore is never closed.
        let _place = places.acquire().await;
        if let Some(refused) = compilations.refusal(digest, &self.identity).await {
            return Err(refused.into());
        }
        match process::compile(program, bytes, &self.limits).await {
            Ok(artefact) => {
                let component = tokio::task::block_in_place(|| artefact.component(engine))
                    .map_err(|error| CompileError::Machine(root(error)))?;
                compilations.keep(digest, &self.engine, artefact).await;
                Ok(component)
            }
            Err(error) => {
                if let CompileError::Refused(refused) = &error {
                    compilations.refuse(digest, &self.identity, refused.clone()).await;
                }
                Err(error)
            }
        }
    }
}
