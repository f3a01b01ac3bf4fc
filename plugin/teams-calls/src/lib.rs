//! The connector for Microsoft Teams calls: it finds the accounts of rooms, and reads through Microsoft Graph when each was in a call and when
//! it showed its screen.
//!
//! A call record appears after the call has ended, mostly within 15 minutes and at most within an hour, may get later versions, and is kept
//! for 30 days. So calls are told late, and every pass reads its window again.
//!
//! **Calls prove use, never that a room was empty:** people meet without a call. So no coverage is emitted. With a coverage record a usage
//! record would count only inside the time that it covers, and calls could only lose by it: it would have to end where records are complete,
//! which nobody knows, and a moment without a call is not vacant even inside coverage.
//!
//! **Nothing about people:** an answer of Graph holds every participant of a call. Only the sessions of the rooms are looked at any further
//! than to see whose they are, and of those only ids and times are kept. Everything else stays in the answer and goes with it.

use connector_sdk::*;

mod calls;
mod known;
mod listing;
mod manifest;
mod record;
mod refusal;
mod requests;
mod sessions;
mod settings;
mod spaces;
mod validate;

#[cfg(test)]
mod fixture;

/// The connector.
pub struct TeamsCalls;
connector_sdk::export!(TeamsCalls as endpoint - connector);

impl Connector for TeamsCalls {
    fn describe() -> Manifest {
        manifest::describe()
    }

    fn authorization(settings: &str) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
        manifest::authorization(settings)
    }

    async fn validate(host: &impl Host, settings: &str) -> Vec<Check> {
        validate::validate(host, settings).await
    }
}

impl Endpoint for TeamsCalls {
    async fn list_spaces(host: &impl Host, settings: &str) -> Result<Listing, CollectError> {
        spaces::list_spaces(host, settings).await
    }

    async fn collect_usage(
        host: &impl Host,
        settings: &str,
        spaces: &[SpaceRequest],
        window: Window,
    ) -> Result<Vec<SpaceResult>, CollectError> {
        calls::collect_usage(host, settings, spaces, window).await
    }
}
