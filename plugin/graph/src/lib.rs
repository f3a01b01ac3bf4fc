//! Microsoft Graph, for the connectors that read it: everything that Microsoft decides for all of them, so that it stands once. Plain Rust over
//! the SDK's [`Host`](connector_sdk::Host), which each connector binds to the sandbox.
//!
//! | module | for |
//! | --- | --- |
//! | (root) | requests, and answers other than 200 |
//! | [`batch`], [`paging`] | many requests in one; pages that name the next |
//! | [`cloud`], [`manifest`], [`settings`] | national clouds and their hosts, signing in, settings |
//! | [`advice`] | Microsoft's codes, and what to do about each |
//! | [`claims`], [`checks`] | what `validate` tells |
//! | [`places`], [`accounts`] | rooms, and the accounts of their mailboxes |
//! | [`instant`], [`json_text`] | Graph's dates and texts |
//! | `script` (feature `script`) | a Graph for tests that answers from a script |

pub mod accounts;
pub mod advice;
pub mod batch;
pub mod checks;
pub mod claims;
mod client;
pub mod cloud;
mod codes;
pub mod instant;
pub mod json_text;
pub mod manifest;
pub mod paging;
pub mod places;
#[cfg(any(test, feature = "script"))]
pub mod script;
pub mod settings;

pub use client::{Access, Graph, Refusal, Trouble, line, odata, percent, read};
