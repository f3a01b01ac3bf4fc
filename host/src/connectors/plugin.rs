//! One connector: the version that serves, the file that waits, and how a trial ends. Values only: what is done about it is the
//! keeper's.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

use super::check::Refusal;
use super::folder::Identity;
use super::{Asks, End, Use, Version};
use crate::store::{ConnectorRecord, Reader, StoreError, VersionRecord, VersionState};

/// A version that passes use.
pub(super) struct Serving {
    pub(super) version: Version,
    /// Its file, until a copy of it is kept.
    pub(super) bytes: Option<Arc<[u8]>>,
    /// A pass worked with it.
    pub(super) proved: bool,
    /// The sources that had a pass with it that worked.
    pub(super) done: HashSet<String>,
    /// What to go back to, while a source has yet to have a pass with it.
    pub(super) before: Option<Box<Serving>>,
    /// It was said that a first pass failed.
    pub(super) told: bool,
}

impl Serving {
    pub(super) fn new(version: Version, bytes: Option<Arc<[u8]>>, proved: bool) -> Self {
        Self {
            version,
            bytes,
            proved,
            done: HashSet::new(),
            before: None,
            told: false,
        }
    }

    /// What a version that comes after this one goes back to: never a version that has not proved itself, when there is one that has.
    fn fallback(mut self) -> Box<Self> {
        let before = self.before.take();
        match before {
            Some(before) if !self.proved => before,
            _ => Box::new(self),
        }
    }
}

/// The file in the plugin directory, when it is not what serves.
pub(super) enum Candidate {
    /// It wants more than was approved.
    Held {
        version: Version,
        bytes: Arc<[u8]>,
        more: Asks,
    },
    /// It is not used, for this reason.
    Out(String),
}

/// How a pass ended, without its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Worked,
    FailedWhole,
    Stopped,
}

/// What follows from the end of a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Nothing,
    /// A first pass worked.
    Proved,
    /// A first pass failed; the version before it is to serve again.
    BackOut(String),
    /// A first pass failed, and there is nothing to go back to.
    Failing(String),
}

/// All that is known of one connector.
pub(super) struct Plugin {
    pub(super) record: ConnectorRecord,
    pub(super) approved: Option<Asks>,
    /// What became of each digest.
    pub(super) versions: HashMap<String, VersionRecord>,
    pub(super) serving: Option<Serving>,
    pub(super) candidate: Option<Candidate>,
    /// The file as the last look found it, and since when it is so.
    pub(super) file: Option<Identity>,
    pub(super) since: Instant,
    /// The state of the file that was dealt with.
    pub(super) handled: Option<Option<Identity>>,
    /// Something is under way for it.
    pub(super) busy: bool,
    /// What was refused is tried again.
    pub(super) again: bool,
    /// When what the machine had no room for is tried again.
    pub(super) retry: Option<Instant>,
    /// The kept copy cannot be used.
    pub(super) no_copy: bool,
    /// It looks like half a file: not said before the file was quiet for a while.
    pub(super) doubt: Option<(String, Refusal)>,
    /// How the last pass of each source ended.
    pub(super) last: HashMap<String, Ended>,
}

impl Plugin {
    pub(super) fn new(record: ConnectorRecord) -> Self {
        Self {
            approved: record.approved.as_deref().map(Asks::read),
            // What is in the store and was gone before is no news.
            handled: (record.file.is_none() && record.current.is_none()).then_some(None),
            record,
            versions: HashMap::new(),
            serving: None,
            candidate: None,
            file: None,
            since: Instant::now(),
            busy: false,
            again: false,
            retry: None,
            no_copy: false,
            doubt: None,
            last: HashMap::new(),
        }
    }

    /// Whether the file is to be looked into.
    pub(super) fn unhandled(&self) -> bool {
        self.handled != Some(self.file)
    }

    pub(super) fn state(&self, digest: &str) -> Option<VersionState> {
        self.versions.get(digest).map(|version| version.state)
    }

    pub(super) fn serves(&self, digest: &str) -> bool {
        self.serving
            .as_ref()
            .is_some_and(|serving| serving.version.digest() == digest)
    }

    /// The version that serves, or the one before it.
    pub(super) fn with_digest(&mut self, digest: &str) -> Option<&mut Serving> {
        let serving = self.serving.as_mut()?;
        if serving.version.digest() == digest {
            return Some(serving);
        }
        serving
            .before
            .as_deref_mut()
            .filter(|before| before.version.digest() == digest)
    }

    /// Puts a version in the place of what serves.
    pub(super) fn activate(&mut self, mut next: Serving) {
        let before = self.serving.take().map(Serving::fallback);
        if !next.proved {
            next.before = before;
        }
        self.serving = Some(next);
    }

    /// How a pass with a version ended.
    pub(super) fn ended(&mut self, source: &str, digest: &str, end: &End) -> Verdict {
        let Some(serving) = &mut self.serving else {
            return Verdict::Nothing;
        };
        let is = |serving: &Serving| serving.version.digest() == digest;
        let serves = is(serving);
        if !serves && !serving.before.as_deref().is_some_and(is) {
            // A version that was rolled back or replaced says nothing about those that are left.
            return Verdict::Nothing;
        }
        let (ended, cause) = match end {
            End::Worked => (Ended::Worked, ""),
            End::FailedWhole(cause) => (Ended::FailedWhole, cause.as_str()),
            End::Stopped(cause) => (Ended::Stopped, cause.as_str()),
        };
        let last = self.last.insert(source.to_owned(), ended);
        if !serves || serving.done.contains(source) {
            return Verdict::Nothing;
        }
        if ended == Ended::Worked {
            serving.done.insert(source.to_owned());
            let first = !serving.proved;
            serving.proved = true;
            return if first { Verdict::Proved } else { Verdict::Nothing };
        }
        if last == Some(ended) {
            // It went the same way before this version.
            return Verdict::Nothing;
        }
        let cause = format!("the first pass of source \"{source}\" with it failed: {cause}");
        if serving.before.is_some() {
            match last {
                Some(last) => self.last.insert(source.to_owned(), last),
                None => self.last.remove(source),
            };
            return Verdict::BackOut(cause);
        }
        if serving.proved || serving.told {
            return Verdict::Nothing;
        }
        serving.told = true;
        Verdict::Failing(cause)
    }

    /// Forgets what there was before once every source had a pass that worked.
    pub(super) fn settle(&mut self, sources: impl Iterator<Item = String>) {
        let mut sources = sources;
        if let Some(serving) = &mut self.serving
            && serving.proved
            && sources.all(|source| serving.done.contains(&source))
        {
            serving.before = None;
        }
    }

    /// Goes back to the version before. The one that goes.
    pub(super) fn back_out(&mut self) -> Option<Serving> {
        let serving = self.serving.as_mut()?;
        let before = serving.before.take()?;
        self.serving.replace(*before)
    }
}

/// The sources that use a connector.
pub(super) fn sources(uses: &[Use], connector: &str) -> impl Iterator<Item = String> {
    uses.iter()
        .filter(move |usage| usage.connector == connector)
        .map(|usage| usage.source.clone())
}

/// What the store knows.
pub(super) fn known_plugins(store: &Reader) -> Result<BTreeMap<String, Plugin>, StoreError> {
    let mut plugins: BTreeMap<String, Plugin> = store
        .connectors()?
        .into_iter()
        .map(|record| (record.name.clone(), Plugin::new(record)))
        .collect();
    for version in store.connector_versions()? {
        if let Some(plugin) = plugins.get_mut(&version.connector) {
            plugin.versions.insert(version.digest.clone(), version);
        }
    }
    for pass in store.passes()? {
        // One without a version did not come to be a pass; one with a version that was rolled back says nothing about the others.
        if let Some(plugin) = plugins.get_mut(&pass.connector)
            && plugin
                .state(&pass.digest)
                .is_some_and(|state| state != VersionState::RolledBack)
        {
            let ended = match pass.verdict.as_str() {
                "nothing" | "failed" => Ended::FailedWhole,
                _ => Ended::Worked,
            };
            plugin.last.insert(pass.source, ended);
        }
    }
    Ok(plugins)
}
