//! The Cisco Webex connector: it lists the workspaces of an organisation, and reads what their devices counted and saw from the Webex API.
//!
//! The logic is plain Rust behind the SDK's [`Host`], so that it runs natively just as it does in the sandbox. [`Webex`] names the
//! connector's exports. It never sleeps and never reads the time: the instants at which it looked are those of Webex's own answers. A
//! workspace whose answer cannot be understood fails, because whatever is left out would make its room look empty.
//!
//! What makes a room vacant is coverage alone, so coverage is claimed sparingly: see `sight` for when, and `report` for what.

use connector_sdk::*;

mod advice;
mod api;
mod collect;
mod cursor;
mod hours;
mod instant;
mod link;
mod listing;
mod manifest;
mod metrics;
mod paging;
mod report;
mod settings;
mod sight;
mod validate;
mod workspace;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

/// The connector.
pub struct Webex;
connector_sdk::export!(Webex as endpoint - connector);

impl Connector for Webex {
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

impl Endpoint for Webex {
    async fn list_spaces(host: &impl Host, settings: &str) -> Result<Listing, CollectError> {
        listing::list_spaces(host, settings).await
    }

    async fn collect_usage(
        host: &impl Host,
        settings: &str,
        spaces: &[SpaceRequest],
        window: Window,
    ) -> Result<Vec<SpaceResult>, CollectError> {
        collect::collect_usage(host, settings, spaces, window).await
    }
}
