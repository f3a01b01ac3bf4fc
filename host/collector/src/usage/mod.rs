//! Usage and coverage records on their way into the store: from files, and from what is posted.
//!
//! | file | what it does |
//! | --- | --- |
//! | `lines` | reads records from JSON Lines or CSV |
//! | `intake` | puts records into the store, all or none, and counts what became of them |
//! | `roomos` | makes records of what a RoomOS device posts |
//! | `receivers` | knows which token opens which source |

pub(crate) mod intake;
pub(crate) mod lines;
pub(crate) mod receivers;
pub(crate) mod roomos;
