//! What is known about one connector: the version that serves, the candidate that waits, the file, and how passes ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use collector_store::{ConnectorRecord, PassRecord, VersionRecord, VersionState};
use sha2::{Digest as _, Sha256};

use super::super::permissions::Permissions;
use super::event::{Answer, Identity, Refusal, Use};

/// A version that passes use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Serving {
    pub(super) digest: String,
    /// No copy of it exists yet.
    pub(super) uncopied: bool,
    /// A pass with it worked.
    pub(super) proved: bool,
    /// The sources with a pass that worked with this version.
    pub(super) worked_for: BTreeSet<String>,
    /// The version to roll back to, until every source had a pass with this one.
    pub(super) before: Option<Box<Serving>>,
    /// A failed first pass was reported.
    pub(super) said_failing: bool,
}

impl Serving {
    pub(super) fn new(digest: &str, uncopied: bool, proved: bool) -> Self {
        Self {
            digest: digest.to_owned(),
            uncopied,
            proved,
            worked_for: BTreeSet::new(),
            before: None,
            said_failing: false,
        }
    }

    /// The version to roll back to from the next one: a proven version, if there is one.
    fn fallback(mut self) -> Box<Self> {
        match self.before.take() {
            Some(before) if !self.proved => before,
            _ => Box::new(self),
        }
    }
}

/// The file in the plugin directory, if it is not the version that serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Candidate {
    /// It wants more than was approved.
    Held {
        digest: String,
        version: String,
        more: Permissions,
    },
    /// It is not used, for this reason.
    Unused(String),
}

/// How a pass ended, without its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Worked,
    FailedWhole,
    Stopped,
}

/// Everything known about one connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// The stored record.
    pub(super) record: ConnectorRecord,
    /// What became of each digest.
    pub(super) versions: BTreeMap<String, VersionRecord>,
    /// The sources that use it.
    pub(super) uses: Arc<[Use]>,
    pub(super) serving: Option<Serving>,
    pub(super) candidate: Option<Candidate>,
    /// The file as the last look found it, and since when it has been unchanged.
    pub(super) file: Option<Identity>,
    pub(super) since: Duration,
    /// The directory could not be read.
    pub(super) blind: bool,
    /// The state of the file that was handled last.
    pub(super) handled: Option<Option<Identity>>,
    /// Work for the connector is in progress.
    pub(super) busy: bool,
    /// What was refused is tried again.
    pub(super) again: bool,
    /// When to retry a file that the machine lacked the resources to try.
    pub(super) retry: Option<Duration>,
    /// The kept copy cannot be used.
    pub(super) no_copy: bool,
    /// The file looks incomplete: not reported before it was quiet for a while.
    pub(super) doubt: Option<(String, Refusal)>,
    /// How the last pass of each source ended.
    pub(super) last: BTreeMap<String, Ending>,
}

impl State {
    /// The state of a connector that is new.
    pub(crate) fn new(name: &str, uses: Arc<[Use]>) -> Self {
        let record = ConnectorRecord {
            name: name.to_owned(),
            ..ConnectorRecord::default()
        };
        Self::stored(record, Vec::new(), &[], uses)
    }

    /// The state of a connector as stored: its record, its versions, and the last pass of each source with it.
    pub(crate) fn stored(
        record: ConnectorRecord,
        versions: Vec<VersionRecord>,
        passes: &[PassRecord],
        uses: Arc<[Use]>,
    ) -> Self {
        let mut state = Self {
            // A stored connector whose file was already gone is no news.
            handled: (record.file.is_none() && record.current.is_none()).then_some(None),
            record,
            versions: versions
                .into_iter()
                .map(|version| (version.digest.clone(), version))
                .collect(),
            uses,
            serving: None,
            candidate: None,
            file: None,
            since: Duration::ZERO,
            blind: false,
            busy: false,
            again: false,
            retry: None,
            no_copy: false,
            doubt: None,
            last: BTreeMap::new(),
        };
        for pass in passes.iter().filter(|pass| pass.connector == state.record.name) {
            // A pass without a version did not begin; a pass with a rolled-back version says nothing about the others.
            if state
                .version_state(&pass.digest)
                .is_some_and(|of| of != VersionState::RolledBack)
            {
                let ending = match pass.verdict.as_str() {
                    "nothing" | "failed" => Ending::FailedWhole,
                    _ => Ending::Worked,
                };
                state.last.insert(pass.source.clone(), ending);
            }
        }
        state
    }

    /// What passes get.
    pub(crate) fn answer(&self) -> Answer {
        match (&self.serving, &self.candidate, &self.doubt) {
            (Some(serving), _, _) => Answer::Serves(serving.digest.clone()),
            (None, Some(Candidate::Held { more, .. }), _) => Answer::Held(more.clone()),
            (None, Some(Candidate::Unused(cause)), _) => Answer::Unused(cause.clone()),
            (None, None, _) if self.file.is_none() => Answer::NoFile,
            (None, None, None) => Answer::Checking,
            (None, None, Some((_, refusal))) => Answer::NotWhole(refusal.cause.clone()),
        }
    }

    /// The version that passes use.
    pub(crate) fn serving_digest(&self) -> Option<&str> {
        self.serving.as_ref().map(|serving| serving.digest.as_str())
    }

    /// The sources that use it.
    pub(crate) fn uses(&self) -> &Arc<[Use]> {
        &self.uses
    }

    /// Whether a source uses the connector.
    pub(crate) fn is_used(&self) -> bool {
        !self.uses.is_empty()
    }

    /// Whether the connector has no version yet, and no reason for having none.
    pub(crate) fn is_awaited(&self) -> bool {
        let begun = self.busy || self.unhandled() && self.doubt.is_none() && !self.blind;
        begun && self.serving.is_none()
    }

    /// Whether a version waits for approval.
    pub(crate) fn is_held(&self) -> bool {
        matches!(self.candidate, Some(Candidate::Held { .. }))
    }

    /// Whether a version may still serve.
    pub(crate) fn needs(&self, digest: &str) -> bool {
        self.needs_bytes(digest) || self.servings().any(|serving| serving.digest == digest)
    }

    /// Whether the bytes of a version are still needed, because no copy of it exists.
    pub(crate) fn needs_bytes(&self, digest: &str) -> bool {
        matches!(&self.candidate, Some(Candidate::Held { digest: held, .. }) if held == digest)
            || self
                .servings()
                .any(|serving| serving.digest == digest && serving.uncopied)
    }

    /// What a refusal depends on besides the file: this collector, and the settings of the connector's sources. While this stays the same,
    /// the file need not be tried again.
    pub(super) fn fingerprint(&self) -> String {
        fingerprint(&self.uses)
    }

    /// The version that serves, and the one before it.
    fn servings(&self) -> impl Iterator<Item = &Serving> {
        let before = self
            .serving
            .as_ref()
            .and_then(|serving| serving.before.as_deref());
        self.serving.iter().chain(before)
    }

    /// The version with this digest, for changes.
    pub(super) fn serving_mut(&mut self, digest: &str) -> Option<&mut Serving> {
        let serving = self.serving.as_mut()?;
        if serving.digest == digest {
            return Some(serving);
        }
        serving
            .before
            .as_deref_mut()
            .filter(|before| before.digest == digest)
    }

    pub(super) fn serves(&self, digest: &str) -> bool {
        self.serving
            .as_ref()
            .is_some_and(|serving| serving.digest == digest)
    }

    /// Whether the file is still to be handled.
    pub(super) fn unhandled(&self) -> bool {
        self.handled != Some(self.file)
    }

    pub(super) fn version_state(&self, digest: &str) -> Option<VersionState> {
        self.versions.get(digest).map(|version| version.state)
    }

    /// The version string that a version gives for itself; empty when unknown.
    pub(super) fn version_of(&self, digest: &str) -> String {
        self.versions
            .get(digest)
            .map(|known| known.version.clone())
            .unwrap_or_default()
    }

    /// Puts a version in the place of the serving one.
    pub(super) fn serve(&mut self, mut next: Serving) {
        let before = self.serving.take().map(Serving::fallback);
        if !next.proved {
            // None when the file was put back: there is no other version to roll back to.
            next.before = before.filter(|before| before.digest != next.digest);
        }
        self.record.current = Some(next.digest.clone());
        self.serving = Some(next);
    }

    /// Forgets the version before, once every source had a pass that worked.
    pub(super) fn settle(&mut self) {
        if let Some(serving) = &mut self.serving
            && serving.proved
            && self
                .uses
                .iter()
                .all(|usage| serving.worked_for.contains(&usage.source))
        {
            serving.before = None;
        }
    }
}

pub(super) fn fingerprint(uses: &[Use]) -> String {
    let mut uses: Vec<String> = uses
        .iter()
        .map(|usage| format!("{}\n{}", usage.source, usage.settings))
        .collect();
    uses.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    for usage in uses {
        hash.update([0]);
        hash.update(usage);
    }
    format!("{:x}", hash.finalize())
}
