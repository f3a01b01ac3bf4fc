//! The one wasmtime engine of the process, its epoch ticker, and the linker with everything that a connector may import.
//!
//! One engine for all connectors: an engine keeps its compiler's memory for life, and counts epochs for itself.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime::{Engine, EngineWeak};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p2::bindings::{cli, clocks, io, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};

use super::bindings::{RoomConnector, usage};
use super::compile::{Compiler, config};
use super::functions::HostFunctions;
use super::guest::Guest;

/// How often running guests must check the clock and let others run.
const TICK: Duration = Duration::from_millis(10);

/// Compiles and runs connectors. Made once for the process.
pub struct Sandbox {
    pub(super) engine: Engine,
    pub(super) linker: Linker<Guest>,
    pub(super) compiler: Compiler,
    _ticker: Ticker,
}

impl Sandbox {
    /// Starts the engine and its ticker. Connectors are compiled in processes of this program, which must know the command `compile`.
    ///
    /// # Errors
    /// wasmtime cannot compile for this machine, or a thread cannot be started.
    pub fn new() -> anyhow::Result<Self> {
        Self::compiling(|engine| Ok(Compiler::apart(engine)?))
    }

    /// Starts the engine in a program other than the collector: a test, a benchmark. This compiles connectors in its own process, without
    /// limits, so they must be trusted ones.
    ///
    /// # Errors
    /// See [`Sandbox::new`].
    pub fn compiling_here() -> anyhow::Result<Self> {
        Self::compiling(|engine| Ok(Compiler::here(engine)))
    }

    /// Starts the engine with another program as the compiler.
    pub fn compiling_by(program: std::path::PathBuf) -> anyhow::Result<Self> {
        Self::compiling(|engine| Ok(Compiler::by(engine, program)))
    }

    fn compiling(compiler: impl FnOnce(&Engine) -> anyhow::Result<Compiler>) -> anyhow::Result<Self> {
        let engine = Engine::new(&config()).map_err(anyhow::Error::from)?;
        let compiler = compiler(&engine)?;
        let linker = link(&engine).map_err(anyhow::Error::from)?;
        let ticker = Ticker::start(engine.weak())?;
        Ok(Self {
            engine,
            linker,
            compiler,
            _ticker: ticker,
        })
    }
}

/// Links everything that a connector may import, interface by interface, so that a connector that wants sockets, files or `wasi:http` is
/// refused by name when it is loaded.
fn link(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    io::error::add_to_linker::<Guest, Io>(l, Guest::table)?;
    io::poll::add_to_linker::<Guest, Io>(l, Guest::table)?;
    io::streams::add_to_linker::<Guest, Io>(l, Guest::table)?;
    clocks::wall_clock::add_to_linker::<Guest, WasiClocks>(l, Guest::clocks)?;
    clocks::monotonic_clock::add_to_linker::<Guest, WasiClocks>(l, Guest::clocks)?;
    random::random::add_to_linker::<Guest, WasiRandom>(l, Guest::random)?;
    random::insecure::add_to_linker::<Guest, WasiRandom>(l, Guest::random)?;
    random::insecure_seed::add_to_linker::<Guest, WasiRandom>(l, Guest::random)?;
    cli::exit::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::environment::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_input::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_output::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    RoomConnector::add_to_linker::<Guest, HostFunctions>(l, |guest| guest)?;
    usage::add_to_linker::<Guest, HostFunctions>(l, |guest| guest)?;
    Ok(linker)
}

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// Advances the engine's epoch, from a thread of its own: the async executor's threads may all be inside guests. Dropping it ends the
/// thread.
struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Ticker {
    fn start(engine: EngineWeak) -> anyhow::Result<Self> {
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name("epoch-ticker".into())
            .spawn(move || tick(&engine, &stopped))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread can only have ended by itself; there is nothing to report.
            let _ = thread.join();
        }
    }
}

fn tick(engine: &EngineWeak, stopped: &Receiver<()>) {
    while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let Some(engine) = engine.upgrade() else { return };
        engine.increment_epoch();
    }
}
