//! From one state of a connector to the next: what became of a version, and what is reported and stored.

use std::collections::btree_map::Entry;

use collector_store::{ConnectorChange, Event, VersionRecord, VersionState};

use super::event::{Effect, Now};
use super::state::State;

/// A state on its way to the next one.
pub(super) struct Transition {
    pub(super) state: State,
    pub(super) now: Now,
    effects: Vec<Effect>,
    /// The versions with a new state that is not stored yet.
    marked: Vec<String>,
}

impl Transition {
    pub(super) fn of(state: &State, now: Now) -> Self {
        Self {
            state: state.clone(),
            now,
            effects: Vec::new(),
            marked: Vec::new(),
        }
    }

    pub(super) fn end(self) -> (State, Vec<Effect>) {
        (self.state, self.effects)
    }

    /// Adds an effect after the others.
    pub(super) fn then(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Notes what became of a version, to be stored with the next change. Without a version string, the known one stays.
    pub(super) fn mark(&mut self, digest: &str, version: &str, became: VersionState) -> &mut VersionRecord {
        let version = match version {
            "" => self.state.version_of(digest),
            version => version.to_owned(),
        };
        let record = VersionRecord {
            connector: self.state.record.name.clone(),
            digest: digest.to_owned(),
            version,
            state: became,
            cause: None,
            wants: None,
            checked: None,
            at: self.now.unix,
        };
        self.marked.push(digest.to_owned());
        match self.state.versions.entry(digest.to_owned()) {
            Entry::Vacant(vacant) => vacant.insert(record),
            Entry::Occupied(mut occupied) => {
                occupied.insert(record);
                occupied.into_mut()
            }
        }
    }

    /// Stores what is now known.
    pub(super) fn store(&mut self) {
        self.store_with(None);
    }

    /// Stores what is now known, with an event of a version: one of [`super::EVENTS`].
    pub(super) fn tell(&mut self, kind: &'static str, digest: &str, version: &str, cause: Option<String>) {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.store_with(Some(Event {
            at: self.now.unix,
            kind: kind.to_owned(),
            subject: self.state.record.name.clone(),
            version: filled(version),
            digest: filled(digest),
            cause,
        }));
    }

    fn store_with(&mut self, event: Option<Event>) {
        let versions = std::mem::take(&mut self.marked)
            .iter()
            .filter_map(|digest| self.state.versions.get(digest).cloned())
            .collect();
        let connector = self.state.record.clone();
        self.then(Effect::Store(Box::new(ConnectorChange {
            connector,
            versions,
            event,
        })));
    }
}
