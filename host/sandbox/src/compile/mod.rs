//! From a connector's file to machine code, without letting the file have the machine.
//!
//! Compiling takes time and memory that a file can drive far beyond its size: a megabyte of loops inside each other took five gigabytes. So
//! nothing of a file is compiled in this process. What is plainly too large is refused by looking through it; everything else goes to a
//! process of its own, which has limits and can be killed; and a file that exceeded them is not compiled again.
//!
//! | file | what it does |
//! | --- | --- |
//! | `look_through` | refuses what is plainly too large |
//! | `process` | starts the process that compiles, and judges how it ended |
//! | `child` | what that process does: this same program, as `collector compile` |
//! | `artefact` | machine code that came from there |
//! | `compilations` | what the data directory knows of files that were compiled before |
//! | `cache` | machine code in it, for the next start |
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

/// What the process that compiles may use.
#[derive(Debug, Clone, Copy)]
pub struct CompileLimits {
    /// Bytes of memory. Ruby's interpreter with its library, which is larger than any connector yet, takes 660 MB.
    pub memory: u64,
    /// Time of processors, of all threads together. Ruby's interpreter takes 37 s.
    pub processor: Duration,
    /// What is waited for it. A machine that has much else to do gives it a part of one processor only.
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

/// The one configuration, of the engine that runs connectors and of that which compiles them in another process.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // A trap names the connector's file and line when it was built with line tables.
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable);
    config
}

/// What is known of a file that is to be compiled: one that worked before does not wait for those that nobody knows.
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
    /// It is no component, in the compiler's words.
    #[error("not a whole and valid component ({0})")]
    Invalid(String),
    /// It is plainly too large to be compiled.
    #[error(transparent)]
    Overlarge(#[from] Overlarge),
    /// It exceeded a limit, now or before.
    #[error("{0}")]
    Refused(#[from] Lasting),
    /// The process was killed, and not by us.
    #[error(
        "its compilation was killed, most likely by the operating system for want of memory; see what else takes memory on this machine, \
         then replace the file or send SIGHUP to try it again"
    )]
    Killed,
    /// It took too long by the clock, and not by the time of processors.
    #[error(
        "its compilation did not end within {}, with less of a processor than it needs; see what else this machine has to do, then \
         replace the file or send SIGHUP to try it again", humantime::format_duration(*.0)
    )]
    Slow(Duration),
    /// The machine has no room for the process, or it was told to end. The file has nothing to do with it.
    #[error("it could not be compiled for now: {0}; it is tried again")]
    Machine(String),
}

/// Compiles components.
pub(super) struct Compiler {
    /// The program that is started as `compile`; none to compile in this process, without limits.
    program: Option<PathBuf>,
    limits: CompileLimits,
    /// Places of processes: more side by side would only need more memory.
    proven: Semaphore,
    wanted: Semaphore,
    new: Semaphore,
    /// What a refusal depends on beside the file.
    identity: String,
    /// What machine code depends on beside the file.
    engine: String,
}

impl Compiler {
    /// In processes of this program.
    ///
    /// # Errors
    /// Nobody knows where the program is.
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

    /// Compiles a component, or takes what came of it before. Not for the executor's threads when it compiles here.
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
                // Another wasmtime made it, whatever its name says.
                Err(error) => tracing::debug!("machine code of a connector is made anew: {error}"),
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
        // Nobody closes it.
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
