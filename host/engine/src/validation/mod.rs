//! Validation: tries everything that a pass needs, and tells what does not work yet from what does not work.

mod judge;
mod record;
mod run;

pub use self::judge::{PATIENCE, judge};
pub use self::record::{Record, pause};
pub use self::run::{checks, every_room};
