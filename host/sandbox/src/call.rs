//! The calls into a connector. Each runs in a fresh instance, under a deadline *around* the whole call: inside it, a guest that never waits
//! would keep the deadline from firing.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use collector_model::meeting::Meeting;
use collector_model::outcome::{Outcome, Reason};
use collector_model::room::RoomAddress;
use collector_model::window::Window;
use collector_tasks::watched::{Broken, watched};
use tokio::time::{Instant, timeout};
use wasmtime::{Engine, Store, WasmBacktrace};

use super::access::Access;
use super::allowance::Allowance;
use super::bindings::{RoomConnector, RoomConnectorPre, connector as wit, types as wit_types};
use super::bounds::{self, Excess};
use super::emitted::Emitted;
use super::growth::NoMemory;
use super::guest::Guest;
use super::known::Known;
use super::limits::{Limits, PURE_CALL};
use super::types::{self, Authorization, CollectError, Expansion};
use super::{Connector, Sandbox};
use collector_model::check::Check;
use collector_model::connector::Guide;
use collector_model::form::Problem;

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

/// A room to collect in a call.
#[derive(Debug, Clone)]
pub struct RoomRequest {
    /// The room.
    pub address: RoomAddress,
    /// The connector's key for the room.
    pub key: String,
    /// The cursor of the last pass.
    pub cursor: Option<String>,
}

/// The result of one room in a call, with the meetings emitted for it.
#[derive(Debug)]
pub struct Collected {
    /// The room.
    pub address: RoomAddress,
    /// Its outcome.
    pub outcome: Outcome,
    /// In the order of emission; empty unless the outcome is `Complete` or `Changes`. An id may occur several times.
    pub meetings: Vec<Meeting>,
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

impl Connector {
    /// Asks for the authorization that follows from the settings (a JSON object), or what is wrong with them.
    ///
    /// # Errors
    /// The call failed.
    pub async fn authorization(
        &self,
        sandbox: &Sandbox,
        source: &str,
        settings: &str,
    ) -> Result<Result<Option<Authorization>, Vec<Problem>>, CallError> {
        let answer = Call::pure(&sandbox.engine, source, async |store| {
            let instance = self.pre().instantiate_async(&mut *store).await?;
            instance
                .vyopta_collector_connector()
                .call_authorization(store, settings)
                .await
        })
        .await?;
        Ok(match answer {
            Ok(oauth) => Ok(oauth.map(types::authorization).transpose()?),
            Err(problems) => Err(types::settings_problems(problems, &Known::default())),
        })
    }

    /// Asks for the ways to limit the application with this client id to what the settings (a JSON object) name, or what is wrong with
    /// them. None when the connector offers no such ways.
    ///
    /// # Errors
    /// The call failed.
    pub async fn limits(
        &self,
        sandbox: &Sandbox,
        source: &str,
        settings: &str,
        client_id: Option<&str>,
    ) -> Result<Option<Result<Vec<Guide>, Vec<Problem>>>, CallError> {
        let Some(pre) = self.administered() else {
            return Ok(None);
        };
        let answer = Call::pure(&sandbox.engine, source, async |store| {
            let instance = pre.instantiate_async(&mut *store).await?;
            instance
                .vyopta_collector_administration()
                .call_limits(store, settings, client_id)
                .await
        })
        .await?;
        Ok(Some(match answer {
            Ok(guides) => Ok(types::guides(guides)?),
            Err(problems) => Err(types::administered_settings_problems(problems)),
        }))
    }

    /// Asks what an error of the consent page, with its description, means. None when the connector cannot tell.
    ///
    /// # Errors
    /// The call failed.
    pub async fn explain_refusal(
        &self,
        sandbox: &Sandbox,
        source: &str,
        error: &str,
        description: &str,
    ) -> Result<Option<Reason>, CallError> {
        let Some(pre) = self.administered() else {
            return Ok(None);
        };
        let explained = Call::pure(&sandbox.engine, source, async |store| {
            let instance = pre.instantiate_async(&mut *store).await?;
            instance
                .vyopta_collector_administration()
                .call_explain_refusal(store, error, description)
                .await
        })
        .await?;
        Ok(explained.map(|why| types::reason(why, &Known::default())))
    }

    /// Tries everything that a pass needs.
    ///
    /// # Errors
    /// The call failed.
    pub async fn validate(
        &self,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
    ) -> Result<Vec<Check>, CallError> {
        let mut call = Call::new(&sandbox.engine, access, None, limits);
        let checks = call
            .run_concurrent(self.pre(), limits.time, async |instance, accessor| {
                instance
                    .vyopta_collector_connector()
                    .call_validate(accessor, settings)
                    .await
            })
            .await?;
        Ok(types::checks(checks, call.known()))
    }

    /// Lists the rooms of a source.
    ///
    /// # Errors
    /// The call failed.
    pub async fn list_rooms(
        &self,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
    ) -> Result<Result<Expansion, CollectError>, CallError> {
        let mut call = Call::new(&sandbox.engine, access, None, limits);
        let answer = call
            .run_concurrent(self.pre(), limits.time, async |instance, accessor| {
                instance
                    .vyopta_collector_connector()
                    .call_list_rooms(accessor, settings)
                    .await
            })
            .await?;
        Ok(match answer {
            Ok(expansion) => Ok(types::expansion(expansion, call.known())?),
            Err(error) => Err(types::collect_error(error, call.known())),
        })
    }

    /// Collects a slice: returns each of its rooms with an outcome, once.
    ///
    /// # Errors
    /// The call failed; discard what it emitted.
    pub async fn collect(
        &self,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        rooms: Vec<RoomRequest>,
        window: Window,
    ) -> Result<Result<Vec<Collected>, CollectError>, CallError> {
        let addresses: Vec<RoomAddress> = rooms.iter().map(|room| room.address.clone()).collect();
        let emitted = Emitted::new(
            window,
            addresses.iter().map(|room| room.as_str().to_owned()),
            limits,
            Arc::clone(&access.allowance),
        );
        let allowance = Arc::clone(&access.allowance);
        let mut call = Call::new(&sandbox.engine, access, Some(emitted), limits);
        let requests = rooms.into_iter().map(room_request).collect::<Vec<_>>();
        let window = wit_types::Window {
            start: window.start(),
            end: window.end(),
        };
        let answer = call
            .run_concurrent(self.pre(), limits.time, async |instance, accessor| {
                instance
                    .vyopta_collector_connector()
                    .call_collect(accessor, settings, requests, window)
                    .await
            })
            .await?;
        let outcomes = match answer {
            Ok(outcomes) => bounds::OUTCOMES.take(outcomes)?,
            Err(error) => return Ok(Err(types::collect_error(error, call.known()))),
        };
        let emitted = call.store.data_mut().emitted.take();
        let outcomes = outcomes.into_iter().map(|room| {
            let outcome = types::outcome(room.outcome, call.known());
            (room.address, allowed(outcome, &allowance))
        });
        Ok(Ok(join(addresses, outcomes, emitted)))
    }
}

/// Joins outcomes and meetings, room by room. A room fails if it has no outcome or two, or if one of its meetings was refused.
fn join(
    rooms: Vec<RoomAddress>,
    outcomes: impl Iterator<Item = (String, Outcome)>,
    mut emitted: Option<Emitted>,
) -> Vec<Collected> {
    let mut by_room: std::collections::HashMap<String, Outcome> = std::collections::HashMap::new();
    for (address, outcome) in outcomes {
        by_room
            .entry(address)
            // There is no telling which of them is true.
            .and_modify(|outcome| {
                *outcome = Outcome::Failed(Reason::new("the connector gave two outcomes for the room"));
            })
            .or_insert(outcome);
    }
    rooms
        .into_iter()
        .map(|address| {
            let outcome = by_room.remove(address.as_str()).unwrap_or_else(|| {
                Outcome::Failed(Reason::new("the connector gave no outcome for the room"))
            });
            let meetings = emitted
                .as_mut()
                .and_then(|emitted| emitted.take(address.as_str()))
                .unwrap_or_default();
            match (outcome, meetings.refused) {
                (Outcome::Complete(_) | Outcome::Changes(_), Some(why)) => Collected {
                    address,
                    outcome: Outcome::Failed(Reason::new(format!(
                        "the connector returned an invalid meeting: {why}"
                    ))),
                    meetings: Vec::new(),
                },
                (outcome @ (Outcome::Complete(_) | Outcome::Changes(_)), None) => Collected {
                    address,
                    outcome,
                    meetings: meetings.meetings,
                },
                (outcome, _) => Collected {
                    address,
                    outcome,
                    meetings: Vec::new(),
                },
            }
        })
        .collect()
}

/// The outcome, unless the pass has brought too much to keep this cursor.
fn allowed(outcome: Outcome, allowance: &Allowance) -> Outcome {
    let cursor = match &outcome {
        Outcome::Complete(cursor) | Outcome::Changes(cursor) => cursor.as_ref().map_or(0, String::len),
        _ => 0,
    };
    match allowance.take(cursor) {
        Ok(()) => outcome,
        Err(spent) => Outcome::Failed(Reason::new(spent.to_string())),
    }
}

fn room_request(room: RoomRequest) -> wit::RoomRequest {
    wit::RoomRequest {
        address: room.address.as_str().to_owned(),
        key: room.key,
        cursor: room.cursor,
    }
}

/// One call: a store for its duration, and what it took.
struct Call {
    store: Store<Guest>,
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
    fn new(engine: &Engine, mut access: Access, emitted: Option<Emitted>, limits: &Limits) -> Self {
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
    async fn pure<R>(
        engine: &Engine,
        source: &str,
        call: impl AsyncFnOnce(&mut Store<Guest>) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        let limits = Limits {
            time: PURE_CALL,
            ..Limits::default()
        };
        Self::new(engine, Access::nothing(source), None, &limits)
            .run(limits.time, call)
            .await
    }

    /// Runs a function that does not wait.
    async fn run<R>(
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
    async fn run_concurrent<R>(
        &mut self,
        pre: &RoomConnectorPre<Guest>,
        time: Duration,
        call: impl AsyncFnOnce(&RoomConnector, &wasmtime::component::Accessor<Guest>) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        self.run(time, async |store| {
            let instance = pre.instantiate_async(&mut *store).await?;
            store
                .run_concurrent(async |accessor| call(&instance, accessor).await)
                .await?
        })
        .await
    }

    /// The secrets that the guest used.
    fn known(&self) -> &Known {
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
