//! Saves, removes and tries sinks, and decides about the changes that they refused.

use collector_store::{Store, StoreError};
use collector_tasks::blocking::blocking;
use serde_json::Value;

use super::{AdminError, Administrator};
use crate::config::Sink;
use crate::draft::form;

impl Administrator<'_> {
    /// Adds a sink, given as its table, or gives the sink `before` this content. Then deletes the secrets that nothing refers to any more.
    ///
    /// # Errors
    /// See [`AdminError`]. Nothing was changed, unless the text is about a secret that could not be deleted.
    pub fn save_sink(&self, before: Option<&str>, written: &Value) -> Result<(), AdminError> {
        let config = self.config()?;
        let name = written.get("name").and_then(Value::as_str).unwrap_or_default();
        self.edit(|file| file.put_sink(before, written))?;
        let Some(before) = before else {
            let kind = written.get("type").and_then(Value::as_str).unwrap_or_default();
            return self.audit("sink-added", name, kind);
        };
        let old = config.sink(before).and_then(|sink| sink.written.as_object());
        let changed = old
            .zip(written.as_object())
            .map_or_else(Vec::new, |(old, new)| form::changed(old, new));
        self.audit("sink-changed", name, &changed.join(", "))?;
        self.forget_secrets(config.stored_secrets_of_sink(before))?;
        Ok(())
    }

    /// Removes a sink, with the stored secrets that nothing else refers to. `waiting` is the number of changes that waited for it, for the
    /// audit log: the service drops them.
    ///
    /// # Errors
    /// See [`AdminError`]. If a later step fails after the configuration was changed, the text says so.
    pub fn remove_sink(&self, name: &str, waiting: u64) -> Result<(), AdminError> {
        let config = self.config()?;
        self.edit(|file| file.remove_sink(name))?;
        let detail = match waiting {
            0 => "no change waited for it".to_owned(),
            1 => "1 change that waited for it was dropped".to_owned(),
            waiting => format!("{waiting} changes that waited for it were dropped"),
        };
        self.audit("sink-removed", name, &detail)?;
        let forgotten = self.forget_secrets(config.stored_secrets_of_sink(name));
        forgotten.map(drop).map_err(|error| {
            AdminError::Failed(format!(
                "the sink {name:?} was removed from {}, but {error}",
                self.path.display()
            ))
        })
    }
}

/// Has a sink tried at once, and delivers the changes that it refused again. Returns what is done, as a sentence, which is also in the audit
/// log with `who` as the actor.
///
/// # Errors
/// The store failed.
pub fn retry_sink(store: &mut Store, who: &str, sink: &str) -> Result<String, StoreError> {
    let changes = store.retry_sink(sink)?.unwrap_or_default();
    let said = format!("{sink} is tried now; {} delivered again.", refused(changes));
    super::audit(store, who, "sink-retried", sink, &said)?;
    Ok(said)
}

/// Drops the changes that a sink refused: it never gets them. Returns what was done, as [`retry_sink`] does.
///
/// # Errors
/// The store failed.
pub fn skip_refused(store: &mut Store, who: &str, sink: &str) -> Result<String, StoreError> {
    let changes = store.skip_set_aside(sink)?.unwrap_or_default();
    let said = format!("{} dropped.", refused(changes));
    super::audit(store, who, "sink-skipped", sink, &said)?;
    Ok(said)
}

/// The first half of a sentence: `1 set-aside change is`.
fn refused(changes: usize) -> String {
    match changes {
        0 => "nothing was set aside, so nothing is".to_owned(),
        1 => "1 set-aside change is".to_owned(),
        changes => format!("{changes} set-aside changes are"),
    }
}

/// Tries a sink: connects and signs in, delivers nothing and leaves nothing behind. Returns what was found in words.
///
/// # Errors
/// What failed, and what to check.
pub async fn try_sink(sink: Sink) -> Result<String, String> {
    let opened = blocking(move || sink.open()).await;
    let (mut sink, _) = opened.map_err(|error| error.to_string())?;
    collector_sinks::try_out(&mut *sink)
        .await
        .map_err(|error| error.message)
}
