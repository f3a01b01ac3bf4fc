//! One call into a guest: in a fresh instance, under a deadline *around* the whole call: inside it, a guest that never waits would keep the
//! deadline from firing.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use collector_model::outcome::Reason;
use collector_tasks::watched::{Broken, watched};
use tokio::time::{Instant, timeout};
use wasmtime::{Engine, Store, WasmBacktrace};

use super::access::Access;
use super::bindings::{RoomConnectorPre, connector as wit};
use super::bounds::{self, Excess};
use super::emitted::Emitted;
use super::growth::NoMemory;
use super::guest::Guest;
use super::known::Known;
use super::limits::{Limits, PURE_CALL};

/// Why a call produced no usable answer. Part of the text is the connector's own, made harmless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The call took too long.
    #[error("the connector did not finish within {}", humantime::format_duration(*.0))]
    Deadline(Duration),
    /// The guest trapped or exceeded a limit.
    #[error("the connector was stopped: {0}")]
    Stopped(String),
    /// The guest needs more memory than the source's limits allow.
    #[error("the connector was stopped: {0}")]
    Memory(NoMemory),
    /// The answer exceeds a limit.
    #[error("the connector returned too much: {0}")]
    Excess(#[from] Excess),
    /// The host itself panicked during the call.
    #[error("the call into the connector failed: {0}")]
    Broken(#[from] Broken),
}

impl CallError {
    /// Why a room was not collected, and which limit would help.
    pub fn reason(&self) -> Reason {
        let advice = match self {
            Self::Memory(_) => {
                Some("allow it more with `memory` in [source.limits], such as memory = \"512MiB\"")
            }
            Self::Deadline(_) | Self::Stopped(_) | Self::Excess(_) | Self::Broken(_) => None,
        };
        Reason {
            advice: advice.map(str::to_owned),
            ..Reason::new(self.to_string())
        }
    }
}

pub(super) async fn describe(
    engine: &Engine,
    pre: &RoomConnectorPre<Guest>,
) -> Result<wit::Manifest, CallError> {
    Call::pure(engine, "describe", async |store| {
        let instance = pre.instantiate_async(&mut *store).await?;
        instance.vyopta_collector_connector().call_describe(store).await
    })
    .await
}

/// One call: a store for its duration, and what it took.
pub(super) struct Call {
    pub(super) store: Store<Guest>,
    begun: std::time::Instant,
    busy: Duration,
}

/// However a call ends, even abandoned from outside, its use is counted.
impl Drop for Call {
    fn drop(&mut self) {
        let guest = self.store.data();
        guest
            .access
            .meter
            .add(self.begun.elapsed(), self.busy, guest.growth.held());
    }
}

impl Call {
    pub(super) fn new(engine: &Engine, mut access: Access, emitted: Emitted, limits: &Limits) -> Self {
        // Requests end before the call does: a throttled answer must reach the connector, which then hands its rooms back, rather than be
        // cut off with the call.
        access.deadline = access.deadline.min(Instant::now() + limits.time * 9 / 10);
        Self {
            store: Guest::store(engine, access, emitted, limits),
            begun: std::time::Instant::now(),
            busy: Duration::ZERO,
        }
    }

    /// Calls a function whose answer follows from its arguments alone: it can reach nothing and answers soon.
    pub(super) async fn pure<R>(
        engine: &Engine,
        source: &str,
        call: impl AsyncFnOnce(&mut Store<Guest>) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        let limits = Limits {
            time: PURE_CALL,
            ..Limits::default()
        };
        Self::new(engine, Access::nothing(source), Emitted::Nothing, &limits)
            .run(limits.time, call)
            .await
    }

    /// Runs a function that does not wait.
    pub(super) async fn run<R>(
        &mut self,
        time: Duration,
        call: impl AsyncFnOnce(&mut Store<Guest>) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        let ended = {
            let mut work = pin!(call(&mut self.store));
            let busy = &mut self.busy;
            let counted = poll_fn(|context| {
                let begun = std::time::Instant::now();
                let polled = work.as_mut().poll(context);
                *busy += begun.elapsed();
                polled
            });
            // The guest controls what host functions do for it. After a panic in them, nothing of this call is used.
            watched(timeout(time, counted)).await?
        };
        match ended {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(self.stopped(&error)),
            Err(_) => Err(CallError::Deadline(time)),
        }
    }

    /// Instantiates the connector and runs a function that may wait for host functions.
    pub(super) async fn run_concurrent<I, R>(
        &mut self,
        instantiate: impl AsyncFnOnce(&mut Store<Guest>) -> wasmtime::Result<I>,
        time: Duration,
        call: impl AsyncFnOnce(&I, &wasmtime::component::Accessor<Guest>) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        self.run(time, async |store| {
            let instance = instantiate(&mut *store).await?;
            store
                .run_concurrent(async |accessor| call(&instance, accessor).await)
                .await?
        })
        .await
    }

    /// The secrets that the guest used.
    pub(super) fn known(&self) -> &Known {
        &self.store.data().access.known
    }

    /// Tells why a guest was stopped: the panic's own words, which only its standard error holds, or the trap and its place.
    fn stopped(&self, error: &wasmtime::Error) -> CallError {
        if let Some(memory) = error.root_cause().downcast_ref::<NoMemory>() {
            return CallError::Memory(*memory);
        }
        let cause = error.root_cause().to_string();
        let guest = self.store.data();
        let stderr = guest.access.known.cut(guest.stderr.text());
        let words = stderr
            .lines()
            .skip_while(|line| !line.contains("panicked at"))
            .take(4)
            .collect::<Vec<_>>();
        let text = if words.is_empty() {
            match place(error) {
                Some(place) => format!("{cause}, in {place}"),
                None => cause,
            }
        } else {
            // "thread '<unnamed>' panicked at src/lib.rs:27:15:" and the message below it; the advice on backtraces addresses a person who
            // starts a program.
            words
                .into_iter()
                .filter(|line| !line.starts_with("note: "))
                .collect::<Vec<_>>()
                .join(" ")
        };
        CallError::Stopped(bounds::WORDS.cut(collector_model::text::plain(text.trim()).into_owned()))
    }
}

/// The place of a trap: the innermost frame in the connector's own sources, if it has line tables. Frames of the standard library and of
/// the C library tell its author nothing.
fn place(error: &wasmtime::Error) -> Option<String> {
    let frames = error.downcast_ref::<WasmBacktrace>()?.frames();
    let mut symbols = frames.iter().flat_map(|frame| frame.symbols());
    let symbol = symbols.find(|symbol| {
        symbol
            .file()
            .is_some_and(|file| !file.starts_with("/rustc/") && !file.starts_with("wasisdk:"))
    })?;
    Some(format!(
        "{} ({}:{})",
        symbol.name().unwrap_or("?"),
        symbol.file()?,
        symbol.line()?
    ))
}
