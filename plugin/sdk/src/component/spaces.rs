//! The part of the binding that only connectors of the world `endpoint-connector` have.

use super::{Exported, Sandbox, collect_error, reason};
use crate as plain;
use crate::bindings::exports::vyopta::collector::spaces::{
    CollectError, Guest, Listing, Space, SpaceOutcome, SpaceRequest, SpaceResult,
};
use crate::bindings::usage;
use crate::bindings::vyopta::collector::types;

impl<C: plain::Endpoint> Guest for Exported<C> {
    async fn list_spaces(settings: String) -> Result<Listing, CollectError> {
        let space = |space: plain::Space| Space {
            key: space.key,
            name: space.name,
            address: space.address,
            building: space.building,
            capacity: space.capacity,
            time_zone: space.time_zone,
            kinds: space.kinds.into_iter().map(kind).collect(),
            notes: space.notes,
        };
        let listing = C::list_spaces(&Sandbox, &settings).await.map_err(collect_error)?;
        Ok(Listing {
            spaces: listing.spaces.into_iter().map(space).collect(),
            problems: listing.problems.into_iter().map(reason).collect(),
        })
    }

    async fn collect_usage(
        settings: String,
        spaces: Vec<SpaceRequest>,
        window: types::Window,
    ) -> Result<Vec<SpaceResult>, CollectError> {
        let request = |space: SpaceRequest| plain::SpaceRequest {
            key: space.key,
            notes: space.notes,
            cursor: space.cursor,
        };
        let spaces: Vec<plain::SpaceRequest> = spaces.into_iter().map(request).collect();
        let window = plain::Window {
            start: window.start,
            end: window.end,
        };
        let result = |space: plain::SpaceResult| SpaceResult {
            key: space.key,
            outcome: match space.outcome {
                plain::SpaceOutcome::Collected(cursor) => SpaceOutcome::Collected(cursor),
                plain::SpaceOutcome::RetryAfter(seconds) => SpaceOutcome::RetryAfter(seconds),
                plain::SpaceOutcome::Denied(why) => SpaceOutcome::Denied(reason(why)),
                plain::SpaceOutcome::Missing(why) => SpaceOutcome::Missing(reason(why)),
                plain::SpaceOutcome::Failed(why) => SpaceOutcome::Failed(reason(why)),
            },
        };
        let results = C::collect_usage(&Sandbox, &settings, &spaces, window).await;
        Ok(results.map_err(collect_error)?.into_iter().map(result).collect())
    }
}

pub(super) fn kind(kind: plain::Kind) -> usage::Kind {
    match kind {
        plain::Kind::Call => usage::Kind::Call,
        plain::Kind::Presentation => usage::Kind::Presentation,
        plain::Kind::Presence => usage::Kind::Presence,
        plain::Kind::InUse => usage::Kind::InUse,
        plain::Kind::PeopleCount => usage::Kind::PeopleCount,
    }
}

pub(super) fn usage_error(error: usage::EmitError) -> plain::UsageError {
    match error {
        usage::EmitError::UnknownSpace => plain::UsageError::UnknownSpace,
        usage::EmitError::Invalid(text) => plain::UsageError::Invalid(text),
    }
}
