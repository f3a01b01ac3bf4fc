//! The first step of a pass: expanding the room lists of a source into rooms.

use std::collections::HashSet;

use collector_egress::trace;
use collector_sandbox::{CollectError, Expansion, Limits, Sandbox};
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
    // A tenant with many room lists takes many requests, one after the other; a slice takes few.
    let limits = Limits {
        time: (source.limits.call.time * 5).min(source.limits.pass_time),
        ..source.limits.call.clone()
    };
    loop {
        let answer = source
            .connector
            .list_rooms(sandbox, source.access(deadline), &limits, source.settings.clone())
            .instrument(trace::expand())
            .await?;
        match answer {
            Ok(mut expansion) => {
                // A connector names each room once. One that breaks this rule must not have a room collected twice.
                let mut seen = HashSet::new();
                expansion.rooms.retain(|room| seen.insert(room.address.clone()));
                expansion
                    .refused
                    .retain(|refused| seen.insert(refused.room.address.clone()));
                return Ok(expansion);
            }
            Err(CollectError::RetryAfter(seconds)) if later(seconds) < deadline => {
                tracing::info!(source = %source.name, seconds, "the service is throttling; the room lists will be read again later");
                let due = later(seconds);
                source.put_back(due);
                tokio::time::sleep_until(due).await;
            }
            Err(error) => return Err(PassError::Connector(reason(error))),
        }
    }
}
