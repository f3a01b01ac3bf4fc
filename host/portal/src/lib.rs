//! The Admin Portal: server-rendered pages over what the program can do ([`Backend`]), with accounts, sessions and protection of its own.
//!
//! A request passes, from the outside in: who sends it (`forwarded.rs`), the headers of every answer (`headers.rs`), whether it is meant for
//! this portal (`address.rs`), its session (`session.rs`), whether it may do what it asks (`guard.rs`), and the page. This crate opens no
//! socket.

mod account;
mod address;
mod admin;
pub mod api;
mod assets;
mod authority;
mod elements;
mod fault;
mod fields;
mod forwarded;
mod guard;
mod headers;
mod layout;
mod operator;
mod pages;
mod password;
mod portal;
mod refusals;
mod seldom;
mod session;
mod slowdown;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use secrecy::SecretString;
use url::Url;

pub use api::Backend;
pub use authority::{Authority, MeantFor};
pub use forwarded::TrustedProxies;

use crate::portal::Portal;

/// How the portal is reached.
pub struct Settings {
    /// Its address as browsers reach it: `http://localhost:9463/`, `https://rooms.example.com/`.
    pub address: Url,
    /// Whether it is served with TLS: cookies are sent over TLS only, and browsers are told to come back with TLS.
    pub secure: bool,
    /// The token that the first account is made with; none when there is an account already.
    pub setup_token: Option<SecretString>,
    /// Proxies before it that say truly whom they were asked by; may be empty.
    pub proxies: TrustedProxies,
}

/// Where a request comes from: whoever serves the router puts it into the extensions of each request, so that the guessing of passwords
/// can be slowed. Requests without it count as of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The hash of a new password, as accounts keep it; for who sets one outside the portal. Takes some 100 ms and 46 MiB.
///
/// # Errors
/// Why the password will not do, in words.
pub fn hash_password(password: &SecretString) -> Result<String, String> {
    password::hash_now(password)
}

/// Now, in UTC seconds.
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// The portal, to be served with HTTP/1.1 under the address of the settings.
pub fn router(backend: Arc<dyn Backend>, settings: Settings) -> Router {
    routes(Arc::new(Portal::new(backend, settings)))
}

fn routes(portal: Arc<Portal>) -> Router {
    let sessions = session::layer(portal.secure, portal.address.port());
    Router::new()
        .merge(account::routes())
        .merge(admin::routes())
        .merge(operator::routes())
        .fallback(fault::no_such_page)
        .method_not_allowed_fallback(fault::wrong_method)
        .layer(from_fn_with_state(Arc::clone(&portal), guard::guard))
        .layer(sessions)
        // None needs a session, and all may be kept by browsers.
        .route(assets::STYLESHEET, get(assets::stylesheet))
        .route(assets::SCRIPT, get(assets::script))
        .route(assets::ICON, get(assets::icon))
        .layer(from_fn_with_state(Arc::clone(&portal), guard::only_ours))
        .layer(from_fn_with_state(Arc::clone(&portal), headers::dress))
        .layer(from_fn_with_state(Arc::clone(&portal), forwarded::find_client))
        .with_state(portal)
}
