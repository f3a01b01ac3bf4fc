//! Approving the permissions of a held version from a process beside the service. Both share the store.

use collector_store::{Reader, Store, StoreError, VersionRecord, VersionState};

use super::permissions::Permissions;

/// A version that waits for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The version.
    pub record: VersionRecord,
    /// The permissions that it wants beyond the approved ones.
    pub more: Permissions,
}

/// All versions that wait for approval, by connector.
///
/// # Errors
/// The store failed.
pub fn held(store: &Reader) -> Result<Vec<Held>, StoreError> {
    let held = store
        .connector_versions()?
        .into_iter()
        .filter(|record| record.state == VersionState::Held)
        .map(|record| Held {
            more: Permissions::read(record.wants.as_deref().unwrap_or_default()),
            record,
        })
        .collect();
    Ok(held)
}

/// Approves what a version wants, for it and for all later ones. False when the version is no longer held.
///
/// # Errors
/// The store failed; nothing was changed.
pub fn approve(store: &Store, held: &Held) -> Result<bool, StoreError> {
    let before = store.approved(&held.record.connector)?;
    let approved = Permissions::read(before.as_deref().unwrap_or_default()).and(&held.more);
    store.approve(
        &held.record,
        before.as_deref(),
        &approved.json(),
        chrono::Utc::now().timestamp(),
    )
}
