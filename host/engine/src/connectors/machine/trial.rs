//! A version on trial: what its first passes tell, rolling back, and copying a proven version.

use collector_store::VersionState;

use super::event::{Effect, End, Note};
use super::state::{Candidate, Ending};
use super::transition::Transition;

impl Transition {
    pub(super) fn pass_ended(&mut self, source: &str, digest: &str, end: &End) {
        self.judge(source, digest, end);
        self.state.settle();
    }

    fn judge(&mut self, source: &str, digest: &str, end: &End) {
        if self.state.serving_mut(digest).is_none() {
            // A version that was rolled back or replaced says nothing about the remaining ones.
            return;
        }
        let (ending, cause) = match end {
            End::Worked => (Ending::Worked, ""),
            End::FailedWhole(cause) => (Ending::FailedWhole, cause.as_str()),
            End::Stopped(cause) => (Ending::Stopped, cause.as_str()),
        };
        let last = self.state.last.insert(source.to_owned(), ending);
        let Some(serving) = self
            .state
            .serving
            .as_mut()
            .filter(|serving| serving.digest == digest)
        else {
            return;
        };
        if ending == Ending::Worked {
            serving.worked_for.insert(source.to_owned());
            if !serving.proved {
                serving.proved = true;
                self.mark(digest, "", VersionState::Good);
                let version = self.state.version_of(digest);
                self.tell("proved", digest, &version, None);
            }
            // Possibly a second time: the disk may have been full.
            return self.copy_serving();
        }
        if serving.worked_for.contains(source) || last == Some(ending) {
            // Not the first pass of this source, or its passes already ended in this way before this version.
            return;
        }
        let cause = format!("the first pass of source \"{source}\" with this version failed: {cause}");
        if serving.before.is_some() {
            match last {
                Some(last) => self.state.last.insert(source.to_owned(), last),
                None => self.state.last.remove(source),
            };
            self.back_out(digest, &cause);
        } else if !serving.proved && !serving.said_failing {
            serving.said_failing = true;
            let version = self.state.version_of(digest);
            let cause = format!("{cause}; there is no earlier version to go back to");
            self.tell("failing", digest, &version, Some(cause));
        }
    }

    /// Puts the previous version back.
    fn back_out(&mut self, digest: &str, cause: &str) {
        let state = &mut self.state;
        let Some(before) = state.serving.as_mut().and_then(|serving| serving.before.take()) else {
            return;
        };
        let (back, proved, uncopied) = (before.digest.clone(), before.proved, before.uncopied);
        state.serving = Some(*before);
        state.record.current = Some(back.clone());
        // A restart must use the version that serves now.
        if state.record.good.as_deref() == Some(digest) {
            state.record.good = (!uncopied).then(|| back.clone());
            state.record.before = None;
        }
        if state.record.file.as_deref() == Some(digest) {
            state.candidate = Some(Candidate::Unused(format!(
                "this version was rolled back: {cause}"
            )));
        }
        self.mark(digest, "", VersionState::RolledBack).cause = Some(cause.to_owned());
        let became = if proved {
            VersionState::Good
        } else {
            VersionState::Trial
        };
        self.mark(&back, "", became);
        let version = self.state.version_of(digest);
        self.tell("rolled-back", digest, &version, Some(cause.to_owned()));
        self.copy_serving();
    }

    pub(super) fn copy_written(&mut self, digest: &str, written: Result<(), String>) {
        if let Err(error) = written {
            return self.then(Effect::Log(Note::CopyUnwritten(digest.to_owned(), error)));
        }
        let Some(serving) = self.state.serving_mut(digest) else {
            return;
        };
        serving.uncopied = false;
        if !self.state.serves(digest) && self.state.record.good.is_some() {
            // The next version was copied in the meantime.
            return;
        }
        let record = &mut self.state.record;
        if record.good.as_deref() != Some(digest) {
            record.before = record.good.replace(digest.to_owned());
            self.store();
        }
    }

    /// Copies the serving version to the data directory, if there is no copy yet.
    pub(super) fn copy_serving(&mut self) {
        let Some(serving) = self.state.serving.as_ref().filter(|serving| serving.uncopied) else {
            return;
        };
        let digest = serving.digest.clone();
        // Two copies are kept: this one joins the last good one, and the one before that goes.
        let record = &self.state.record;
        let remove = record.before.clone().filter(|oldest| {
            *oldest != digest && record.good.is_some() && record.good.as_ref() != Some(&digest)
        });
        self.then(Effect::WriteCopy(digest, remove));
    }
}
