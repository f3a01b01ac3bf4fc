//! The Admin Portal's side of the program: what its pages show and change. The pages themselves, accounts and sessions are those of the
//! crate `collector-portal`; connections are those of `web`.
//!
//! | file | what it does |
//! | --- | --- |
//! | `program` | the parts of the running service that all others work on |
//! | `drafts` | what becomes of drafts |
//! | `consents`, `validations` | authorization and checks, as they go on |
//! | `views` | what is shown |
//! | `backend` | all of it behind the portal's interface, with the audit log |
//! | `tls` | the certificate, as it is renewed |

mod backend;
mod consents;
mod drafts;
mod program;
mod tls;
mod validations;
mod views;

use std::sync::Arc;

use axum::Router;
use collector_engine::consent::State;
use collector_portal::api::Backend as _;
use collector_portal::{Settings, TrustedProxies};
use secrecy::{ExposeSecret as _, SecretString};
use tracing::Level;
use url::Url;

use crate::logging;

pub(crate) use self::program::{Apply, Program, SourceNow};
pub(crate) use self::tls::Tls;

/// Where a consent page comes back to, below the portal's address.
pub(crate) const REDIRECT: &str = "authorized";

/// The portal's pages, as browsers reach them at `address`, be it through `proxies`.
///
/// # Errors
/// The accounts cannot be read.
pub(crate) async fn router(
    program: Program,
    address: Url,
    secure: bool,
    proxies: TrustedProxies,
) -> anyhow::Result<Router> {
    let backend = backend::ProgramBackend::new(program).await;
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

/// Nobody may sign in yet: whoever can read the standard error of the service may create the first account.
fn first_run(address: &Url) -> SecretString {
    let token = SecretString::from(State::fresh().as_str().to_owned());
    // Not a log line: it goes to nobody who collects logs by other ways, and no level suppresses it.
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
