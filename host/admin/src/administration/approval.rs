//! Approves the additional permissions of a connector version that is on hold. A running service sees the approval in the store.

use collector_engine::connectors::{self, Held};
use collector_store::{Store, StoreError};

/// The result of an approval.
pub enum Approval {
    /// This version has its additional permissions.
    Given(Box<Held>),
    /// Nothing was approved, because another version replaced this one just now.
    Overtaken,
    /// Nothing was approved, because no such version is on hold. These versions are.
    NotHeld(Vec<Held>),
}

/// Approves the version of a connector that is on hold; with a `digest`, only the one with this SHA-256. The audit log names `who` as the
/// actor.
///
/// # Errors
/// The store failed.
pub fn approve(
    store: &Store,
    who: &str,
    connector: &str,
    digest: Option<&str>,
) -> Result<Approval, StoreError> {
    let mut waiting = connectors::held(store)?;
    let wanted = |held: &Held| {
        held.record.connector == connector && digest.is_none_or(|digest| held.record.digest == digest)
    };
    let Some(at) = waiting.iter().position(wanted) else {
        return Ok(Approval::NotHeld(waiting));
    };
    let held = waiting.swap_remove(at);
    if !connectors::approve(store, &held)? {
        return Ok(Approval::Overtaken);
    }
    let detail = format!(
        "version {}: {}",
        held.record.version,
        held.more.words().join(", ")
    );
    super::audit(store, who, "connector-approved", connector, &detail)?;
    Ok(Approval::Given(Box::new(held)))
}
