//! What an administrator can do, for the command line and the portal alike.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`config`] | reads `collector.toml`, reports all its problems at once, and changes one part without touching the rest |
//! | [`closing`] | closes months, so that what was reported stays what was reported |
//! | [`draft`] | keeps a source that an administrator is setting up or changing, even with mistakes |
//! | [`figures`] | reads what figures about rooms are computed from |
//! | [`period`] | reads the period that figures are asked for |
//! | [`verdict_page`], [`room_page`] | give verdicts and rooms, in pages |
//! | [`selection`], [`room_day`] | give the portal's pages rooms with their figures, and days of a room |
//! | [`telling`] | computes what sinks are told about verdicts and days |
//! | [`weekly`] | computes the weekly summary, and when it is due |
//! | [`joined`] | joins the stored spaces to the stored rooms, as the configuration says |
//! | [`administration`] | acts on sources, stored meetings, secrets and connectors, and writes each action to the audit log |

pub mod administration;
pub mod closing;
pub mod config;
pub mod draft;
pub mod figures;
pub mod joined;
pub mod period;
pub mod room_day;
pub mod room_page;
pub mod selection;
pub mod telling;
pub mod verdict_page;
pub mod weekly;
