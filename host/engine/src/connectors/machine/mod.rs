//! The state machine of a connector: for each event, the next state and the effects. It reads no clock, file or store and waits for
//! nothing, so it can be tested with a million orders of events; a panic in it leaves a connector as it was.
//!
//! | file | what it has |
//! | --- | --- |
//! | `event` | events, effects, what passes get |
//! | `state` | what is known about one connector |
//! | `transition` | from one state to the next: what became of a version, and what is reported and stored |
//! | `files` | the file: once whole, it is recognised or checked; then it serves, is held or is refused; or it disappears |
//! | `trial` | first passes: proving a version, rolling back, and copying a proven version |

mod event;
mod files;
mod state;
mod transition;
mod trial;

pub(super) use event::{Answer, Certainty, Description, Effect, Event, Identity, Note, Now, Refusal, Unread};
pub use event::{EVENTS, End, Use};
pub(super) use state::State;

use transition::Transition;

/// The state after an event, and its effects, in this order.
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
