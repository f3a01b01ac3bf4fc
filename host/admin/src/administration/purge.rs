//! Deletes what a source collected. If the source is removed too, first waits until a running service no longer collects it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use collector_store::{Deleted, Purge, Store, StoreError};

use super::AdminError;

/// How long a running service may take to release a source: it looks at its file twice a second, and a pass ends after the slices that are
/// under way.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

/// Deletes data of a source from the store and returns of how much. The audit log names `who` as the actor.
///
/// # Errors
/// The store failed.
pub fn purge(store: &mut Store, who: &str, source: &str, what: Purge) -> Result<Deleted, StoreError> {
    let (purged, action) = match what {
        Purge::Subjects => {
            let purged = Deleted {
                meetings: store.purge_subjects(source)?,
                usage: 0,
            };
            (purged, "subjects-purged")
        }
        Purge::Everything => (store.forget_source(source)?, "source-purged"),
    };
    super::audit(store, who, action, source, &purged.to_string())?;
    Ok(purged)
}

/// Whether anything of a source is stored.
pub(super) fn is_stored(data: &Path, source: &str) -> Result<bool, AdminError> {
    Ok(match Store::open_existing(data)? {
        Some(store) => store.knows_source(source)?,
        None => false,
    })
}

/// Deletes all stored data of a source, and returns how much there was.
pub(super) fn forget(data: &Path, source: &str) -> Result<Deleted, AdminError> {
    Ok(match Store::open_existing(data)? {
        Some(mut store) => store.forget_source(source)?,
        None => Deleted::default(),
    })
}

/// Tells whether a running service has applied the configuration since a certain moment.
pub(super) struct Applied {
    data: PathBuf,
    /// The number of the last event at that moment; none if no service ran.
    after: Option<i64>,
}

impl Applied {
    pub(super) fn from_now(data: &Path) -> Result<Self, AdminError> {
        let after = match collector_store::lock::owner(data) {
            Some(_) => Store::open_existing(data)?
                .map(|store| store.last_event())
                .transpose()?,
            None => None,
        };
        Ok(Self {
            data: data.to_owned(),
            after,
        })
    }

    /// Waits until the service has applied the configuration or ended.
    pub(super) fn wait(&self) -> Result<(), AdminError> {
        let Some(after) = self.after else { return Ok(()) };
        let begun = Instant::now();
        while collector_store::lock::owner(&self.data).is_some() {
            if let Some(store) = Store::open_existing(&self.data)? {
                for (kind, _) in store.configuration_events(after)? {
                    match kind.as_str() {
                        "configuration-applied" => return Ok(()),
                        "configuration-refused" => {
                            return Err(not_let_go(
                                "the running service refused the configuration (its log says why)",
                            ));
                        }
                        _ => {}
                    }
                }
            }
            if begun.elapsed() > PATIENCE {
                return Err(not_let_go(
                    "the running service did not release the source in time",
                ));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

fn not_let_go(why: &str) -> AdminError {
    AdminError::Failed(format!(
        "{why}, so its stored data was kept; fix that, then repeat the removal with --purge"
    ))
}
