//! The collector's vocabulary, with no dependency heavier than serde: code that checks a date or shows a meeting links neither a database
//! nor a sandbox.
//!
//! | module | what it has |
//! | --- | --- |
//! | [`meeting`], [`room`] | what is collected, which is all that is ever kept |
//! | [`window`], [`instant`] | when: spans of time, instants in UTC seconds and as RFC 3339 |
//! | [`outcome`], [`pass`] | what became of a room in a pass, and why; what is kept of passes |
//! | [`connector`], [`form`], [`check`], [`consent`] | what a connector says about itself, how a source is set up, and whether it works |
//! | [`sink`] | how far sinks have got, and what they refused |
//! | [`change`], [`json`] | a change of a meeting, and its line of JSON, which is the same everywhere |
//! | [`insight`] | what sinks are told about the use of rooms |
//! | [`http`], [`secret`] | requests, answers, and why there is none; why a credential cannot be used |
//! | [`error`] | the causes of an error |
//! | [`local`] | which hosts are this machine |
//! | [`retry`] | how long a server asks to wait |
//! | [`text`], [`natural`] | foreign text made harmless; the order of names |
//! | [`usage`] | what devices report about spaces, and when they could have |
//! | [`joining`] | which rooms a space belongs to |

pub mod change;
pub mod check;
pub mod connector;
pub mod consent;
pub mod error;
#[doc(hidden)]
pub mod fixture;
pub mod form;
pub mod http;
pub mod insight;
pub mod instant;
pub mod joining;
pub mod json;
pub mod local;
pub mod meeting;
pub mod natural;
pub mod outcome;
pub mod pass;
pub mod retry;
pub mod room;
pub mod secret;
pub mod sink;
pub mod space;
pub mod text;
pub mod usage;
pub mod window;
