//! What becomes of a connector: for all that happens, what is known afterwards and what is to be done. It reads no clock, file or store
//! and waits for nothing, so that it can be tried with a million orders of events; a panic in it leaves a connector as it was.
//!
//! | file | what it has |
//! | --- | --- |
//! | `event` | what happens, what is to be done, what passes get |
//! | `state` | what is known of one connector |
//! | `transition` | from one state to the next: what became of a version, and what is told and stored of it |
//! | `files` | the file: it is whole, it is known or checked, and then it serves, is held or refused; or it is gone |
//! | `trial` | first passes: proving, going back, and copying what proved itself |

mod event;
mod files;
mod state;
mod transition;
mod trial;

pub(super) use event::{Answer, Certainty, Description, Effect, Event, Identity, Note, Now, Refusal, Unread};
pub use event::{EVENTS, End, Use};
pub(super) use state::State;

use transition::Transition;

/// The state after an event, and what is to be done, in this order.
pub(super) fn next(state: &State, event: Event, now: Now) -> (State, Vec<Effect>) {
    let mut transition = Transition::of(state, now);
    match event {
        Event::Looked { file, quiet, later } => transition.looked(file, quiet, later),
        Event::Blind => transition.blind(),
        Event::FileRead(identity, read) => transition.file_read(identity, read),
        Event::FileChecked(digest, against, checked) => transition.file_checked(&digest, &against, checked),
        Event::CopyLoaded(digest, loaded) => transition.copy_loaded(&digest, loaded),
        Event::CopyWritten(digest, written) => transition.copy_written(&digest, written),
        Event::Approved(json) => transition.approved(json),
        Event::PassEnded(source, digest, end) => transition.pass_ended(&source, &digest, &end),
        Event::Uses(uses) => transition.uses(uses),
        Event::TryAgain => transition.try_again(),
        Event::Broken => transition.broken(),
    }
    transition.end()
}

#[cfg(test)]
mod tests;
