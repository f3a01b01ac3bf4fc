//! What the records of a device tell about it, of any time.

use std::collections::BTreeSet;

use collector_model::space::SpaceId;
use collector_model::usage::Kind;

/// What the records of a device tell, of any time, withdrawn ones left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The space that it is in.
    pub space: SpaceId,
    /// The device; none where the source does not tell devices apart.
    pub device: Option<String>,
    /// The kinds of its usage records and those that its coverage records name.
    pub kinds: BTreeSet<Kind>,
    /// The kinds that at least one of its coverage records calls observed.
    pub observed: BTreeSet<Kind>,
}
