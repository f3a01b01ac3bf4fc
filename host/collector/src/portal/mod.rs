//! The program behind the Admin Portal: what its pages show and change. The crate `collector-portal` has the pages themselves, accounts and
//! sessions; `web` has the connections.
//!
//! | file | what it does |
//! | --- | --- |
//! | `program` | holds the parts of the running service that the others work on |
//! | `drafts` | keeps, saves and discards drafts, and removes sources |
//! | `sinks` | keeps, tries, saves and discards drafts of sinks, and removes sinks |
//! | `consents`, `validations` | run authorizations and checks |
//! | `answers` | answers what programs ask the API |
//! | `figures` | computes what pages about figures show |
//! | `posts` | stores what is posted to sources that receive |
//! | `views`, `spaces` | gather what the pages show |
//! | `access` | keeps accounts and the tokens of programs |
//! | `backend` | offers all of it through the portal's interface, with the audit log |
//! | `sign_in` | signs people in by a provider of identities |
//! | `tls` | reads the certificate, and again after a renewal |

mod access;
mod answers;
mod backend;
mod consents;
mod drafts;
mod figures;
mod posts;
mod program;
mod sign_in;
mod sinks;
mod spaces;
mod tls;
mod validations;
mod views;

use std::sync::Arc;

use axum::Router;
use collector_engine::consent::State;
use collector_portal::api::AccessBackend as _;
use collector_portal::{Settings, TrustedProxies};
use secrecy::{ExposeSecret as _, SecretString};
use tracing::Level;
use url::Url;

use crate::logging;

pub(crate) use self::program::{Apply, Program, SourceNow};
pub(crate) use self::tls::Tls;

/// The path below the portal's address that a consent page returns to.
pub(crate) const REDIRECT: &str = "authorized";

/// Serves the portal's pages, which browsers reach at `address`, directly or through `proxies`.
///
/// # Errors
/// The accounts cannot be read.
pub(crate) async fn router(
    program: Program,
    address: Url,
    secure: bool,
    proxies: TrustedProxies,
) -> anyhow::Result<Router> {
    let backend = backend::ProgramBackend::new(program, &address).await?;
    let accounts = backend.accounts().await?;
    let setup_token = accounts.is_empty().then(|| first_run(&address));
    let settings = Settings {
        address,
        secure,
        setup_token,
        proxies,
    };
    Ok(collector_portal::router(Arc::new(backend), settings))
}

/// Prints a new setup token: as long as there is no account, anyone who can read the standard error of the service may create the first.
fn first_run(address: &Url) -> SecretString {
    let token = SecretString::from(State::fresh().as_str().to_owned());
    // Not through the log: the token must not be exported with it, and no level may suppress the token.
    let page = format!("{address}setup");
    if logging::is_json() {
        logging::announce(
            Level::INFO,
            "the Admin Portal has no account yet; create the first one at this page with this token",
            &[("page", &page), ("token", token.expose_secret())],
        );
    } else {
        anstream::eprintln!(
            "The Admin Portal has no account yet. Create the first one at {page} with this token:\n\n    {}\n",
            token.expose_secret()
        );
    }
    token
}
