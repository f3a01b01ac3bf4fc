//! What leaves this machine for a source, and with which credential.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`grant`] | what a connector may reach |
//! | [`http`] | requests to granted origins, with limits and retries |
//! | [`token`] | puts a credential into a request: tokens, renewed in time |
//! | [`credential`] | where a secret is kept, and how to read it |
//! | [`vault`] | the secrets that an administrator typed |
//! | [`trace`] | the spans of a pass, down to its requests |

pub mod credential;
pub mod grant;
pub mod http;
pub mod token;
pub mod trace;
pub mod vault;
