//! What an administrator configured of a source, and what is wrong with it. Where it is written, and how that is read, is not known here.

mod egress;
mod grants;
mod problem;
mod source;

pub use self::egress::Egress;
pub use self::grants::Grants;
pub use self::problem::{ConfigProblem, Location, lines, location};
pub use self::source::{Credentials, Limits, ManagedIdentity, Source};
