//! The functions of a connector that reads what devices report, as the engine calls them.

use std::sync::Arc;

use collector_model::outcome::{Outcome, Reason};
use collector_model::room::RoomAddress;
use collector_model::space::Space;
use collector_model::usage::Record;
use collector_model::window::Window;

use super::access::Access;
use super::bindings::{spaces as wit, types as wit_types};
use super::call::{Call, CallError};
use super::calls::{Collected, allowed, join};
use super::emitted::{Emitted, Records, kind};
use super::known::Known;
use super::limits::Limits;
use super::types::{self, CollectError};
use super::{Connector, Excess, Sandbox, bounds};

/// A space to collect in a call.
#[derive(Debug, Clone)]
pub struct SpaceRequest {
    /// The source's key for the space.
    pub key: String,
    /// The connector's notes on it.
    pub notes: String,
    /// The cursor of the last pass.
    pub cursor: Option<String>,
}

/// A space that cannot be collected, since a fact about it exceeds a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSpace {
    /// The space; what exceeds a limit is cut.
    pub space: Space,
    /// What exceeds which limit.
    pub reason: Reason,
}

/// The spaces of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Each space once.
    pub spaces: Vec<Space>,
    /// The spaces that cannot be collected.
    pub refused: Vec<RefusedSpace>,
    /// Why others, or some facts, could not be listed.
    pub problems: Vec<Reason>,
}

impl Connector {
    /// Whether the connector reads what devices report.
    pub fn reads_spaces(&self) -> bool {
        self.endpoint().is_some()
    }

    /// Lists the spaces of a source. A connector that reads no spaces has none.
    ///
    /// # Errors
    /// The call failed.
    pub async fn list_spaces(
        &self,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
    ) -> Result<Result<Listing, CollectError>, CallError> {
        let Some(pre) = self.endpoint() else {
            return Ok(Ok(Listing::default()));
        };
        let mut call = Call::new(&sandbox.engine, access, Emitted::Nothing, limits);
        let answer = call
            .run_concurrent(
                async |store| pre.instantiate_async(store).await,
                limits.time,
                async |instance, accessor| {
                    instance
                        .vyopta_collector_spaces()
                        .call_list_spaces(accessor, settings)
                        .await
                },
            )
            .await?;
        Ok(match answer {
            Ok(found) => Ok(listing(found, call.known())?),
            Err(error) => Err(collect_error(error, call.known())),
        })
    }

    /// Collects a slice: returns each of its spaces with an outcome, once. `Complete` is the outcome of a space that was read.
    ///
    /// # Errors
    /// The call failed; discard what it emitted.
    pub async fn collect_usage(
        &self,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        spaces: Vec<SpaceRequest>,
        window: Window,
    ) -> Result<Result<Vec<Collected<String, Record>>, CollectError>, CallError> {
        let Some(pre) = self.endpoint() else {
            return Ok(Ok(Vec::new()));
        };
        let keys: Vec<String> = spaces.iter().map(|space| space.key.clone()).collect();
        let allowance = Arc::clone(&access.allowance);
        let records = Records::new(
            Arc::clone(&access.source),
            keys.iter().cloned(),
            limits,
            Arc::clone(&allowance),
        );
        let mut call = Call::new(&sandbox.engine, access, Emitted::Records(records), limits);
        let requests = spaces.into_iter().map(space_request).collect::<Vec<_>>();
        let window = wit_types::Window {
            start: window.start(),
            end: window.end(),
        };
        let answer = call
            .run_concurrent(
                async |store| pre.instantiate_async(store).await,
                limits.time,
                async |instance, accessor| {
                    instance
                        .vyopta_collector_spaces()
                        .call_collect_usage(accessor, settings, requests, window)
                        .await
                },
            )
            .await?;
        let results = match answer {
            Ok(results) => bounds::OUTCOMES.take(results)?,
            Err(error) => return Ok(Err(collect_error(error, call.known()))),
        };
        let emitted = call.store.data_mut().emitted.take_records();
        let outcomes = results.into_iter().map(|space| {
            let outcome = outcome(space.outcome, call.known());
            (space.key, allowed(outcome, &allowance))
        });
        Ok(Ok(join(keys, outcomes, emitted, "space", "record")))
    }
}

fn listing(from: wit::Listing, known: &Known) -> Result<Listing, Excess> {
    let mut listing = Listing {
        problems: bounds::LIST_PROBLEMS.take_each(from.problems, |why| Ok(types::reason(why, known)))?,
        ..Listing::default()
    };
    for found in bounds::SPACES.take(from.spaces)? {
        let space = space(found);
        match within_bounds(&space) {
            Ok(()) if space.key.is_empty() => listing.refused.push(RefusedSpace {
                space,
                reason: Reason::new("its key is empty"),
            }),
            Ok(()) => listing.spaces.push(space),
            Err(excess) => listing.refused.push(RefusedSpace {
                space: cut_space(space),
                reason: Reason::new(excess.to_string()),
            }),
        }
    }
    Ok(listing)
}

fn space(from: wit::Space) -> Space {
    let mut kinds: Vec<_> = from.kinds.into_iter().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Space {
        key: from.key,
        name: from.name,
        address: from.address.as_deref().map(RoomAddress::new),
        building: from.building,
        capacity: from.capacity,
        time_zone: from.time_zone,
        kinds,
        notes: from.notes,
    }
}

fn within_bounds(space: &Space) -> Result<(), Excess> {
    bounds::SPACE.check(&space.key)?;
    bounds::ROOM_NAME.check(&space.name)?;
    if let Some(address) = &space.address {
        bounds::ADDRESS.check(address.as_str())?;
    }
    bounds::BUILDING.check(&space.building)?;
    bounds::ZONE.check(&space.time_zone)?;
    bounds::KEY.check(&space.notes)
}

/// Cuts a space that is only shown, and never handed back to the connector.
fn cut_space(space: Space) -> Space {
    Space {
        key: bounds::SPACE.cut(space.key),
        name: bounds::ROOM_NAME.cut(space.name),
        address: space
            .address
            .filter(|address| bounds::ADDRESS.check(address.as_str()).is_ok()),
        building: space.building.map(|building| bounds::BUILDING.cut(building)),
        capacity: space.capacity,
        time_zone: space.time_zone.map(|zone| bounds::ZONE.cut(zone)),
        kinds: space.kinds,
        notes: String::new(),
    }
}

fn outcome(from: wit::SpaceOutcome, known: &Known) -> Outcome {
    match from {
        // A cut cursor would lead somewhere else.
        wit::SpaceOutcome::Collected(cursor) => match bounds::CURSOR.take(cursor) {
            Ok(cursor) => Outcome::Complete(cursor),
            Err(excess) => Outcome::Failed(Reason::new(excess.to_string())),
        },
        wit::SpaceOutcome::RetryAfter(seconds) => Outcome::RetryAfter(seconds),
        wit::SpaceOutcome::Denied(why) => Outcome::Denied(types::reason(why, known)),
        wit::SpaceOutcome::Missing(why) => Outcome::Missing(types::reason(why, known)),
        wit::SpaceOutcome::Failed(why) => Outcome::Failed(types::reason(why, known)),
    }
}

fn collect_error(from: wit::CollectError, known: &Known) -> CollectError {
    match from {
        wit::CollectError::Settings(problems) => {
            CollectError::Settings(types::settings_problems(problems, known))
        }
        wit::CollectError::Denied(why) => CollectError::Denied(types::reason(why, known)),
        wit::CollectError::Unreachable(why) => CollectError::Unreachable(types::reason(why, known)),
        wit::CollectError::RetryAfter(seconds) => CollectError::RetryAfter(seconds),
        wit::CollectError::Failed(why) => CollectError::Failed(types::reason(why, known)),
    }
}

fn space_request(space: SpaceRequest) -> wit::SpaceRequest {
    wit::SpaceRequest {
        key: space.key,
        notes: space.notes,
        cursor: space.cursor,
    }
}
