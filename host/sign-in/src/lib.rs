//! Sign-in by a provider of identities, with OpenID Connect's authorization code flow: where the browser is sent, and whom the answer names.
//!
//! | module | what it does |
//! | --- | --- |
//! | `reach` | requests to the provider, by the collector's own HTTP client |
//! | `provider` | discovers the provider, begins a sign-in, checks its end, and knows where people sign out |
//! | `metadata` | what the provider says about itself |
//! | `person` | what an ID token says of somebody |
//! | `error` | why nobody was signed in |
//!
//! A sign-in is bound to its beginning in three ways: the caller keeps its state, the ID token repeats its nonce, and the provider gives the
//! token only for its PKCE verifier. What is signed in may do, and for how long, is not decided here.

mod error;
mod metadata;
mod person;
mod provider;
mod reach;

#[cfg(test)]
mod tests;

pub use error::SignInError;
pub use openidconnect::IssuerUrl;
pub use person::Person;
pub use provider::{Begun, Pending, Provider, Settings};
pub use reach::{Http, reach};
