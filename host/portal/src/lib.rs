//! The Admin Portal: server-rendered pages on top of the program ([`Backend`]), with its own accounts, sessions and protection.
//!
//! A request passes these layers, from the outside in: who sends it (`forwarded.rs`), the headers of every answer (`headers.rs`), whether it
//! is meant for this portal (`address.rs`), its session (`session.rs`), whether it is allowed (`guard.rs`), and the page. This crate opens
//! no socket.

mod access;
mod account;
mod address;
mod admin;
pub mod api;
mod api_token;
mod assets;
mod authority;
mod bearer;
mod bodies;
mod elements;
mod fault;
mod fields;
mod forwarded;
mod guard;
mod headers;
mod insights;
mod kept;
mod layout;
mod next;
mod operator;
mod pages;
mod password;
mod portal;
mod reader;
mod receive;
mod refusals;
mod roles;
mod routes;
mod seldom;
mod session;
mod slowdown;
mod turns;
mod v1;
mod zone;
mod zone_switch;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use secrecy::SecretString;
use url::Url;

pub use api::Backend;
pub use authority::{Authority, MeantFor};
pub use forwarded::TrustedProxies;

use crate::portal::Portal;
use crate::routes::Routes;

/// How the portal is reached.
pub struct Settings {
    /// Its address as browsers reach it: `http://localhost:9463/`, `https://rooms.example.com/`.
    pub address: Url,
    /// Whether it is served over TLS. Then browsers send cookies only over TLS and are told to use TLS from now on.
    pub secure: bool,
    /// The token for creating the first account; `None` if an account exists.
    pub setup_token: Option<SecretString>,
    /// Proxies in front of it that are trusted to name their clients; may be empty.
    pub proxies: TrustedProxies,
}

/// The address a request comes from. The server of the router adds it to the extensions of each request, so that the portal can slow down
/// password guessing. Requests without it count as coming from one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The hash of a new password, as accounts store it, for setting one outside the portal. Takes some 100 ms and 46 MiB.
///
/// # Errors
/// Why the password is not acceptable, as a sentence.
pub fn hash_password(password: &SecretString) -> Result<String, String> {
    password::hash_now(password)
}

/// Now, in UTC seconds.
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// The portal, to be served over HTTP/1.1 at the configured address.
pub fn router(backend: Arc<dyn Backend>, settings: Settings) -> Router {
    routes(Arc::new(Portal::new(backend, settings)))
}

/// What people open. What a role may open of it is in `roles.rs`.
fn pages_and_forms() -> Routes {
    Routes::new()
        .merge(access::routes())
        .merge(account::routes())
        .merge(admin::routes())
        .merge(insights::routes())
        .merge(operator::routes())
}

fn routes(portal: Arc<Portal>) -> Router {
    let sessions = session::layer(portal.secure, portal.address.port());
    pages_and_forms()
        .into_router()
        .fallback(fault::no_such_page)
        .method_not_allowed_fallback(fault::wrong_method)
        .layer(from_fn_with_state(Arc::clone(&portal), guard::guard))
        .layer(sessions)
        // Programs ask and post here, with tokens instead of sessions.
        .merge(v1::routes())
        // These need no session, and browsers may cache them.
        .merge(assets::routes())
        .layer(from_fn_with_state(Arc::clone(&portal), guard::only_ours))
        .layer(from_fn_with_state(Arc::clone(&portal), headers::dress))
        .layer(from_fn_with_state(Arc::clone(&portal), forwarded::find_client))
        .with_state(portal)
}
