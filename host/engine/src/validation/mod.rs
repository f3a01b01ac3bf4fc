//! Validation: everything that a pass needs is tried, and what does not work yet is told from what does not work.

mod judge;
mod record;
mod run;

pub use self::judge::{PATIENCE, judge};
pub use self::record::{KeptCheck, KeptStatus, Record, pause};
pub use self::run::{Mailbox, checks, every_room};
