//! What the connector of a source may reach and see, as configured.

use collector_egress::grant::{Grant, LocalOrigin};

/// `[source.grants]`.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    /// The origins that the connector may reach; none: the ones it asks for.
    pub http: Option<Vec<Grant>>,
    /// Where the collector (never the connector) may ask for a token of the managed identity.
    pub identity: Vec<LocalOrigin>,
    /// The secrets whose values the connector may see.
    pub reveal: Vec<String>,
}
