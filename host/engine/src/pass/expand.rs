//! The first step of a pass: expanding the room lists of a source into rooms, and listing its spaces.

use std::collections::HashSet;

use collector_egress::trace;
use collector_sandbox::{CallError, CollectError, Expansion, Limits, Listing, Sandbox};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{PassError, later, reason};
use crate::source::ReadySource;

/// Expands the room lists of a source. A service that asks for a later try is asked again, until the deadline.
///
/// # Errors
/// The source could not be expanded at all. A single list that failed is in the expansion.
pub async fn expand(
    sandbox: &Sandbox,
    source: &ReadySource,
    deadline: Instant,
) -> Result<Expansion, PassError> {
    let limits = limits(source);
    let settings = || source.settings.clone();
    let mut expansion = patiently(source, deadline, "the room lists", || {
        let call = source
            .connector
            .list_rooms(sandbox, source.access(deadline), &limits, settings());
        call.instrument(trace::expand()).boxed()
    })
    .await?;
    // A connector names each room once. One that breaks this rule must not have a room collected twice.
    let mut seen = HashSet::new();
    expansion.rooms.retain(|room| seen.insert(room.address.clone()));
    expansion
        .refused
        .retain(|refused| seen.insert(refused.room.address.clone()));
    Ok(expansion)
}

/// Lists the spaces of a source, as [`expand`] does its rooms.
///
/// # Errors
/// The spaces could not be listed at all.
pub async fn list_spaces(
    sandbox: &Sandbox,
    source: &ReadySource,
    deadline: Instant,
) -> Result<Listing, PassError> {
    let limits = limits(source);
    let settings = || source.settings.clone();
    let mut listing = patiently(source, deadline, "the spaces", || {
        let call = source
            .connector
            .list_spaces(sandbox, source.access(deadline), &limits, settings());
        call.instrument(trace::expand()).boxed()
    })
    .await?;
    let mut seen = HashSet::new();
    listing.spaces.retain(|space| seen.insert(space.key.clone()));
    listing
        .refused
        .retain(|refused| seen.insert(refused.space.key.clone()));
    Ok(listing)
}

/// A tenant with many room lists takes many requests, one after the other; a slice takes few.
fn limits(source: &ReadySource) -> Limits {
    Limits {
        time: (source.limits.call.time * 5).min(source.limits.pass_time),
        ..source.limits.call.clone()
    }
}

/// Calls again when the service asks for a later try, until the deadline. `what` is read, for the log.
async fn patiently<'a, T>(
    source: &'a ReadySource,
    deadline: Instant,
    what: &str,
    call: impl Fn() -> BoxFuture<'a, Result<Result<T, CollectError>, CallError>>,
) -> Result<T, PassError> {
    loop {
        match call().await? {
            Ok(found) => return Ok(found),
            Err(CollectError::RetryAfter(seconds)) if later(seconds) < deadline => {
                tracing::info!(source = %source.name, seconds, "the service is throttling; {what} will be read again later");
                let due = later(seconds);
                source.put_back(due);
                tokio::time::sleep_until(due).await;
            }
            Err(error) => return Err(PassError::Connector(reason(error))),
        }
    }
}
