//! What an administrator configured for a source, and what is wrong with it. Reading and writing the file happens elsewhere.

mod egress;
mod grants;
mod problem;
mod source;

pub use self::egress::Egress;
pub use self::grants::Grants;
pub use self::problem::{ConfigProblem, Location, lines, location, source_title};
pub use self::source::{Credentials, Limits, ManagedIdentity, RefreshToken, Source};
