//! The file of a connector: once whole, it is recognised or checked; then it serves, is held or is refused; or it disappears.

use std::sync::Arc;
use std::time::Duration;

use collector_sandbox::Standing;
use collector_store::VersionState;

use super::super::permissions::Permissions;
use super::event::{Certainty, Description, Effect, Identity, Note, Refusal, Unread, Use};
use super::state::{Candidate, Serving, fingerprint};
use super::transition::Transition;

/// How long a file that looks incomplete must stay unchanged before that is reported.
const SETTLED: Duration = Duration::from_secs(1);
/// When to retry a file that the machine lacked the resources to try.
const RETRY: Duration = Duration::from_secs(30);

impl Transition {
    pub(super) fn looked(&mut self, file: Option<Option<Identity>>, quiet: Duration, later: bool) {
        let now = self.now.uptime;
        let state = &mut self.state;
        state.blind = false;
        // If the system does not tell, the file counts as unchanged: a share that hiccups unloads nothing.
        let file = file.and_then(|file| file.or(state.file));
        if state.file != file {
            state.file = file;
            state.since = now;
            state.doubt = None;
            state.retry = None;
        }
        if later {
            return;
        }
        if state.retry.is_some_and(|retry| retry <= now) {
            state.retry = None;
            state.handled = None;
        }
        let at = if state.busy {
            return;
        } else if state.unhandled() {
            state.since + quiet
        } else if state.doubt.is_some() {
            state.since + SETTLED
        } else {
            return;
        };
        if at <= now {
            self.deal_with_file();
        } else {
            self.then(Effect::LookBy(at));
        }
    }

    /// Handles a file that changed and is now quiet, or is gone, or has long looked incomplete.
    fn deal_with_file(&mut self) {
        if !self.state.unhandled() {
            // Unchanged for this long, the file is not incomplete but bad.
            if let Some((digest, refusal)) = self.state.doubt.take() {
                self.refuse(&digest, &refusal);
            }
            return;
        }
        self.state.handled = Some(self.state.file);
        match self.state.file {
            None => self.remove(),
            Some(identity) => {
                self.state.busy = true;
                self.then(Effect::Read(identity));
            }
        }
    }

    /// Without a directory, the kept version serves.
    pub(super) fn blind(&mut self) {
        self.state.blind = true;
        if self.state.serving.is_none()
            && self.state.record.current.is_some()
            && let Some(good) = self.state.record.good.clone()
        {
            self.load_copy(good);
        }
    }

    fn load_copy(&mut self, digest: String) {
        let state = &mut self.state;
        let put_off = state.retry.is_some_and(|retry| retry > self.now.uptime);
        if state.busy || state.no_copy || put_off {
            return;
        }
        state.busy = true;
        self.then(Effect::LoadCopy(digest));
    }

    pub(super) fn copy_loaded(&mut self, digest: &str, loaded: Result<Description, Refusal>) {
        self.idle();
        let state = &mut self.state;
        match loaded {
            Err(refusal) if refusal.certainty == Certainty::Nothing => self.put_off(refusal.cause),
            Err(refusal) => {
                // Looking at the file was put off until now.
                state.handled = None;
                state.no_copy = true;
                self.tell("damaged", digest, "", Some(refusal.cause));
            }
            Ok((version, _)) => {
                state.handled = None;
                if state.file.is_none() && !state.blind {
                    return;
                }
                state.serve(Serving::new(digest, false, true));
                if state.version_state(digest) != Some(VersionState::Good) {
                    self.mark(digest, &version, VersionState::Good);
                }
                self.then(Effect::Log(Note::CopyServes(digest.to_owned(), version)));
                self.store();
            }
        }
    }

    pub(super) fn file_read(&mut self, identity: Identity, read: Result<String, Unread>) {
        self.idle();
        let digest = match read {
            Ok(digest) if self.state.file == Some(identity) => digest,
            Ok(_) | Err(Unread::Changed) => {
                self.state.handled = None;
                return;
            }
            Err(Unread::Failed(cause)) => return self.refuse("", &Refusal::of(cause)),
        };
        let again = std::mem::take(&mut self.state.again);
        self.note_file(&digest);
        if self.state.serves(&digest) {
            self.state.candidate = None;
            return;
        }
        if matches!(&self.state.candidate, Some(Candidate::Held { digest: held, .. }) if *held == digest) {
            return;
        }
        self.state.candidate = None;
        let stays = |serving: &Serving| serving.proved || serving.before.is_none();
        if self.state.serving.as_ref().is_some_and(stays) {
            // The file is gone: without a copy, a restart could not use this version.
            self.copy_serving();
        }
        if self.state.serving.is_none()
            && !self.state.no_copy
            && let Some(good) = self.state.record.good.clone()
            && good != digest
        {
            return self.load_copy(good);
        }
        if let Some(outcome) = self.tried_before(&digest, again) {
            self.state.candidate = Some(Candidate::Unused(outcome.clone()));
            return self.then(Effect::Log(Note::TriedBefore(digest, outcome)));
        }
        let standing = match self.state.version_state(&digest) {
            Some(VersionState::Good) => Standing::Proven,
            _ if self.state.is_used() => Standing::Wanted,
            _ => Standing::New,
        };
        self.state.busy = true;
        self.then(Effect::Check(digest, self.state.fingerprint(), standing));
    }

    /// Records that this is the file now. A version that waited for approval is gone.
    fn note_file(&mut self, digest: &str) {
        if self.state.record.file.as_deref() == Some(digest) {
            return;
        }
        if let Some(before) = self.state.record.file.replace(digest.to_owned())
            && let Some(VersionState::Held | VersionState::Approved) = self.state.version_state(&before)
        {
            self.mark(&before, "", VersionState::Replaced);
        }
        self.store();
    }

    /// Why a file need not be checked again.
    fn tried_before(&self, digest: &str, again: bool) -> Option<String> {
        let known = self.state.versions.get(digest)?;
        let cause = known.cause.clone().unwrap_or_default();
        match known.state {
            VersionState::RolledBack => Some(format!("this version was rolled back: {cause}")),
            VersionState::Refused if !again && known.checked == Some(self.state.fingerprint()) => Some(cause),
            _ => None,
        }
    }

    pub(super) fn file_checked(
        &mut self,
        digest: &str,
        against: &str,
        checked: Result<Description, Refusal>,
    ) {
        self.idle();
        if self.state.file.is_none() || self.state.serves(digest) {
            // The file was removed or restored in the meantime.
            return;
        }
        if against != self.state.fingerprint() {
            // The configuration changed in the meantime.
            self.state.handled = None;
            return;
        }
        match checked {
            // A file that is half written is tried again when it is whole.
            Err(_) if self.state.unhandled() => {}
            Err(refusal) if refusal.certainty == Certainty::Nothing => self.put_off(refusal.cause),
            Err(refusal) if refusal.certainty == Certainty::Doubtful => {
                self.state.doubt = Some((digest.to_owned(), refusal));
            }
            Err(refusal) => self.refuse(digest, &refusal),
            Ok((version, wants)) => self.accept(digest, version, &wants),
        }
    }

    /// The machine lacked the resources to try a version. That says nothing about the version, so the collector tries it again.
    fn put_off(&mut self, cause: String) {
        self.state.candidate = Some(Candidate::Unused(cause.clone()));
        self.state.retry = Some(self.now.uptime + RETRY);
        self.then(Effect::Log(Note::PutOff(cause)));
    }

    pub(super) fn broken(&mut self) {
        self.idle();
        let cause = "a defect of the collector ended the check; please report it, with the log";
        self.refuse("", &Refusal::of(cause.into()));
    }

    fn refuse(&mut self, digest: &str, refusal: &Refusal) {
        self.state.candidate = Some(Candidate::Unused(refusal.cause.clone()));
        if !digest.is_empty() {
            let checked = (refusal.certainty != Certainty::ForNow).then(|| self.state.fingerprint());
            let record = self.mark(digest, &refusal.version, VersionState::Refused);
            record.cause = Some(refusal.cause.clone());
            record.checked = checked;
        }
        self.tell("refused", digest, &refusal.version, Some(refusal.cause.clone()));
    }

    /// A file passed its check: it serves, or is held.
    fn accept(&mut self, digest: &str, version: String, wants: &Permissions) {
        // The operator installed the first version knowing what it asks for.
        let approved = self.state.record.approved.get_or_insert_with(|| wants.json());
        let more = wants.beyond(&Permissions::read(approved));
        if more.is_empty() {
            return self.activate(digest, &version);
        }
        let json = more.json();
        let known = self.state.versions.get(digest);
        let told = known
            .is_some_and(|known| known.state == VersionState::Held && known.wants.as_ref() == Some(&json));
        if !told {
            let cause = format!(
                "it wants more than was approved: {}; to allow this, run `collector approve {}`",
                more.words().join(", "),
                self.state.record.name
            );
            let record = self.mark(digest, &version, VersionState::Held);
            record.cause = Some(cause.clone());
            record.wants = Some(json);
            self.tell("held", digest, &version, Some(cause));
        }
        self.state.candidate = Some(Candidate::Held {
            digest: digest.to_owned(),
            version,
            more,
        });
    }

    /// The connector's approved permissions, as now stored.
    pub(super) fn approved(&mut self, json: String) {
        let Some(Candidate::Held {
            digest,
            version,
            more,
        }) = &self.state.candidate
        else {
            return;
        };
        if !more.beyond(&Permissions::read(&json)).is_empty() {
            return;
        }
        let (digest, version) = (digest.clone(), version.clone());
        self.state.record.approved = Some(json);
        self.then(Effect::Log(Note::Approved(digest.clone(), version.clone())));
        self.activate(&digest, &version);
    }

    fn activate(&mut self, digest: &str, version: &str) {
        let state = &mut self.state;
        let proved = state.record.good.as_deref() == Some(digest);
        let became = if proved {
            VersionState::Good
        } else {
            VersionState::Trial
        };
        let before = state.serving.as_ref().map(|serving| serving.digest.clone());
        // After a restart the same version serves as before: no event.
        let same = before.is_none() && state.record.current.as_deref() == Some(digest);
        let kind = if before.is_some() {
            "activated"
        } else {
            "installed"
        };
        state.candidate = None;
        state.no_copy = false;
        state.serve(Serving::new(digest, true, proved));
        if let Some(before) = before {
            self.mark(&before, "", VersionState::Replaced);
        }
        if self.state.version_state(digest) != Some(became) {
            self.mark(digest, version, became);
        }
        if same {
            self.store();
        } else {
            self.tell(kind, digest, version, None);
        }
        if proved {
            self.copy_serving();
        }
    }

    fn remove(&mut self) {
        let state = &mut self.state;
        state.candidate = None;
        state.doubt = None;
        state.no_copy = false;
        state.serving = None;
        let gone = [state.record.current.take(), state.record.file.take()];
        let Some(told) = gone.iter().flatten().next().cloned() else {
            return;
        };
        for digest in gone.iter().flatten() {
            // A refused or rolled-back version stays known as such.
            if let Some(
                VersionState::Trial | VersionState::Good | VersionState::Held | VersionState::Approved,
            ) = self.state.version_state(digest)
            {
                self.mark(digest, "", VersionState::Removed);
            }
        }
        let version = self.state.version_of(&told);
        self.tell("removed", &told, &version, None);
    }

    pub(super) fn uses(&mut self, uses: Arc<[Use]>) {
        let state = &mut self.state;
        if state.candidate.is_some() && fingerprint(&uses) != state.fingerprint() {
            if state.is_held() {
                state.candidate = None;
            }
            state.handled = None;
        }
        state.uses = uses;
        state.settle();
        self.look_soon();
    }

    pub(super) fn try_again(&mut self) {
        if let Some(Candidate::Unused(_)) = self.state.candidate {
            self.state.again = true;
            self.state.handled = None;
        }
        self.state.no_copy = false;
        self.look_soon();
    }

    /// No work is in progress any more. The file is looked at again.
    fn idle(&mut self) {
        self.state.busy = false;
        self.look_soon();
    }

    fn look_soon(&mut self) {
        self.then(Effect::LookBy(self.now.uptime));
    }
}
