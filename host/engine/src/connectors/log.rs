//! Log lines about connectors.

use collector_model::text::plain;
use collector_store::Event;

use super::machine::Note;

/// The target of these lines.
pub(super) const LOG: &str = "collector::plugins";

/// Logs an event of a version.
pub(super) fn event(event: &Event) {
    let (connector, kind) = (event.subject.as_str(), event.kind.as_str());
    let digest = event.digest.as_deref().unwrap_or_default();
    let version = plain(event.version.as_deref().unwrap_or_default());
    let cause = plain(event.cause.as_deref().unwrap_or_default());
    match kind {
        "refused" | "held" | "rolled-back" | "failing" | "damaged" => {
            tracing::warn!(target: LOG, connector, digest, %version, %cause, "{kind}");
        }
        _ => tracing::info!(target: LOG, connector, digest, %version, "{kind}"),
    }
}

/// Logs what is not an event of this process.
pub(super) fn note(connector: &str, note: &Note) {
    match note {
        Note::CopyServes(digest, version) => {
            tracing::info!(target: LOG, connector, digest, version = %plain(version), "using the kept copy");
        }
        Note::CopyUnwritten(digest, error) => {
            tracing::warn!(target: LOG, connector, digest, "cannot copy this version to the data directory, so a restart would use the \
                previous version: {error}");
        }
        Note::TriedBefore(digest, outcome) => {
            tracing::info!(target: LOG, connector, digest, "this file was tried before and is not used: {}", plain(outcome));
        }
        Note::Approved(digest, version) => {
            tracing::info!(target: LOG, connector, digest, version = %plain(version), "approved");
        }
        Note::PutOff(cause) => tracing::warn!(target: LOG, connector, "{}", plain(cause)),
    }
}
