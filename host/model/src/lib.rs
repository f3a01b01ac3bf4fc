//! What the collector speaks of, with nothing heavier than serde: whoever checks a date or shows a meeting links neither a database nor a
//! sandbox.
//!
//! | module | what it has |
//! | --- | --- |
//! | [`meeting`], [`room`] | what is collected, and all of it that is ever kept |
//! | [`window`], [`instant`] | when: spans of time, instants in UTC seconds and as RFC 3339 |
//! | [`outcome`] | what became of a room in a pass, and why |
//! | [`change`], [`json`] | a change of a meeting, and the line of JSON that is the same wherever it goes |
//! | [`http`], [`secret`] | requests and answers, and why there is none; why a credential cannot be used |
//! | [`text`] | foreign text made harmless |

pub mod change;
pub mod http;
pub mod instant;
pub mod json;
pub mod meeting;
pub mod outcome;
pub mod room;
pub mod secret;
pub mod text;
pub mod window;
