//! The steps of a file: it is whole, it is known or checked, and then it serves, is held or refused; or it is gone.

use std::sync::Arc;

use tokio::time::Instant;

use super::check::{Certainty, Place, Refusal, Task};
use super::folder::{Identity, Unread};
use super::keeper::{Keeper, LOG, RETRY};
use super::plugin::{Candidate, Serving};
use super::tell::{Told, mark};
use super::work::{self, Checked};
use super::{Asks, Version};
use crate::sandbox::{Connector, Standing};
use crate::store::VersionState;
use crate::text::plain;

impl Keeper {
    /// A file that changed and is quiet now, or is gone.
    pub(super) fn deal_with(&mut self, name: &str) {
        let places = if self.is_used(name) {
            &self.wanted
        } else {
            &self.unknown
        };
        let places = Arc::clone(places);
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        if !plugin.unhandled() {
            // Quiet for long: it is no half file, it is a bad one.
            if let Some((digest, refusal)) = plugin.doubt.take() {
                self.refuse(name, &digest, &refusal);
            }
            return;
        }
        plugin.handled = Some(plugin.file);
        match plugin.file {
            None => self.remove(name),
            Some(identity) => {
                plugin.busy = true;
                let directory = self.shared.directory.clone();
                self.spawn(
                    Some(name),
                    work::read(places, directory, name.to_owned(), identity),
                );
                self.publish(name);
            }
        }
    }

    /// Without a directory the kept versions serve.
    pub(super) fn load_copies(&mut self) {
        let wanted: Vec<(String, String)> = self
            .plugins
            .iter()
            .filter(|(_, plugin)| plugin.serving.is_none() && plugin.record.current.is_some())
            .filter_map(|(name, plugin)| Some((name.clone(), plugin.record.good.clone()?)))
            .collect();
        for (name, digest) in wanted {
            self.load_copy(&name, &digest);
        }
    }

    fn load_copy(&mut self, name: &str, digest: &str) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        let put_off = plugin.retry.is_some_and(|retry| retry > Instant::now());
        if plugin.busy || plugin.no_copy || put_off {
            return;
        }
        plugin.busy = true;
        let (sandbox, shared, kept) = (
            Arc::clone(&self.sandbox),
            Arc::clone(&self.shared),
            self.kept.clone(),
        );
        let load = work::load_kept(sandbox, shared, kept, name.to_owned(), digest.to_owned());
        self.spawn(Some(name), load);
    }

    pub(super) fn copy_loaded(&mut self, name: &str, digest: &str, loaded: Result<Connector, Refusal>) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        if let Err(refusal) = &loaded
            && refusal.certainty == Certainty::Nothing
        {
            self.put_off(name, refusal);
            return;
        }
        // What the file is was put off until now.
        plugin.handled = None;
        match loaded {
            Ok(connector) if plugin.file.is_some() || self.blind => {
                let version = Version { connector };
                tracing::info!(target: LOG, connector = name, digest, version = %plain(version.version()),
                    "the kept version serves");
                let words = version.version().to_owned();
                plugin.record.current = Some(digest.to_owned());
                plugin.activate(Serving::new(version, None, true));
                let mut records = Vec::new();
                if plugin.state(digest) != Some(VersionState::Good) {
                    records = mark(plugin, digest, &words, VersionState::Good);
                }
                self.save(name, records, None);
            }
            Ok(_) => {}
            Err(refusal) => {
                plugin.no_copy = true;
                let told = Told {
                    kind: "damaged",
                    digest,
                    version: "",
                    cause: Some(&refusal.cause),
                };
                self.save(name, Vec::new(), Some(told));
            }
        }
        self.publish(name);
    }

    pub(super) fn file_read(
        &mut self,
        name: &str,
        identity: Identity,
        read: Result<(Arc<[u8]>, String), Unread>,
        place: Place,
    ) {
        let is_used = self.is_used(name);
        let fingerprint = self.fingerprint(name);
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        let (bytes, digest) = match read {
            Ok(read) if plugin.file == Some(identity) => read,
            Ok(_) | Err(Unread::Changed) => {
                plugin.handled = None;
                return;
            }
            Err(Unread::Failed(cause)) => {
                self.refuse(name, "", &Refusal::of(cause));
                return;
            }
        };
        let again = std::mem::take(&mut plugin.again);
        if plugin.record.file.as_ref() != Some(&digest) {
            let before = plugin.record.file.replace(digest.clone());
            let mut records = Vec::new();
            if let Some(before) = before
                && matches!(
                    plugin.state(&before),
                    Some(VersionState::Held | VersionState::Approved)
                )
            {
                records = mark(plugin, &before, "", VersionState::Replaced);
            }
            self.save(name, records, None);
        }
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        if plugin.serves(&digest) {
            plugin.candidate = None;
            self.publish(name);
            return;
        }
        if matches!(&plugin.candidate, Some(Candidate::Held { version, .. }) if version.digest() == digest) {
            return;
        }
        plugin.candidate = None;
        let goes_on = |serving: &Serving| serving.proved || serving.before.is_none();
        if plugin.serving.as_ref().is_some_and(goes_on) {
            // Its file is gone: without a copy a restart could not come up on it.
            self.keep(name);
        }
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        if plugin.serving.is_none()
            && !plugin.no_copy
            && let Some(good) = plugin.record.good.clone()
            && good != digest
        {
            self.load_copy(name, &good);
            return;
        }
        if let Some(known) = plugin.versions.get(&digest) {
            let cause = known.cause.clone().unwrap_or_default();
            let out = match known.state {
                VersionState::RolledBack => Some(format!("it was rolled back: {cause}")),
                VersionState::Refused if !again && known.checked.as_ref() == Some(&fingerprint) => {
                    Some(cause)
                }
                _ => None,
            };
            if let Some(words) = out {
                tracing::info!(target: LOG, connector = name, digest, "the file was tried before and is not used: {}",
                    plain(&words));
                plugin.candidate = Some(Candidate::Out(words));
                self.publish(name);
                return;
            }
        }
        let standing = match plugin.state(&digest) {
            Some(VersionState::Good) => Standing::Proven,
            _ if is_used => Standing::Wanted,
            _ => Standing::New,
        };
        plugin.busy = true;
        let task = Task {
            name: name.to_owned(),
            digest,
            bytes,
            fingerprint,
            standing,
            place,
            uses: self
                .uses
                .iter()
                .filter(|usage| usage.connector == name)
                .cloned()
                .collect(),
            serving: plugin.serving.as_ref().map(|serving| serving.version.clone()),
        };
        let check = work::check_file(Arc::clone(&self.sandbox), Arc::clone(&self.shared), task);
        self.spawn(Some(name), check);
    }

    pub(super) fn file_checked(&mut self, checked: Checked) {
        let name = checked.name.as_str();
        let now = self.fingerprint(name);
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        if plugin.file.is_none() {
            return;
        }
        if checked.fingerprint != now {
            // The configuration changed meanwhile.
            plugin.handled = None;
            return;
        }
        match checked.result {
            // What is half written is tried again when it is whole.
            Err(_) if plugin.unhandled() => {}
            Err(refusal) if refusal.certainty == Certainty::Nothing => self.put_off(name, &refusal),
            Err(refusal) if refusal.certainty == Certainty::Doubtful && !plugin.serves(&checked.digest) => {
                plugin.doubt = Some((checked.digest, refusal));
                self.publish(name);
            }
            Err(refusal) => self.refuse(name, &checked.digest, &refusal),
            Ok(connector) => self.accept(name, Version { connector }, checked.bytes),
        }
    }

    /// The machine had no room to try a version: that says nothing about it, so that it is tried again by itself.
    fn put_off(&mut self, name: &str, refusal: &Refusal) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        tracing::warn!(target: LOG, connector = name, "{}", plain(&refusal.cause));
        plugin.candidate = Some(Candidate::Out(refusal.cause.clone()));
        plugin.retry = Some(Instant::now() + RETRY);
        self.publish(name);
    }

    pub(super) fn check_broke(&mut self, name: &str) {
        let cause = "the check ended in a defect of the collector; report it with the log";
        self.refuse(name, "", &Refusal::of(cause.into()));
    }

    pub(super) fn refuse(&mut self, name: &str, digest: &str, refusal: &Refusal) {
        let fingerprint = self.fingerprint(name);
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        plugin.candidate = Some(Candidate::Out(refusal.cause.clone()));
        let mut records = Vec::new();
        if !digest.is_empty() {
            records = mark(plugin, digest, &refusal.version, VersionState::Refused);
            for record in &mut records {
                record.cause = Some(refusal.cause.clone());
                record.checked = (refusal.certainty != Certainty::ForNow).then(|| fingerprint.clone());
                plugin.versions.insert(digest.to_owned(), record.clone());
            }
        }
        let told = Told {
            kind: "refused",
            digest,
            version: &refusal.version,
            cause: Some(&refusal.cause),
        };
        self.save(name, records, Some(told));
        self.publish(name);
    }

    /// A file that passed its check: it serves, or is held.
    fn accept(&mut self, name: &str, version: Version, bytes: Arc<[u8]>) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        let asks = Asks::of(version.connector.manifest());
        let approved = plugin.approved.get_or_insert_with(|| {
            // Its operator put the first one there, knowing what it asks for.
            plugin.record.approved = Some(asks.json());
            asks.clone()
        });
        let more = asks.beyond(approved);
        if more.is_empty() {
            self.activate(name, version, bytes);
            return;
        }
        let (digest, words) = (version.digest().to_owned(), version.version().to_owned());
        let known = plugin.versions.get(&digest);
        let held = known.is_some_and(|known| {
            known.state == VersionState::Held && known.wants.as_deref() == Some(&more.json())
        });
        let cause = format!(
            "it wants more than was approved: {}; approve it with `collector approve {name}`",
            more.words().join(", ")
        );
        let json = more.json();
        plugin.candidate = Some(Candidate::Held { version, bytes, more });
        if !held {
            let mut records = mark(plugin, &digest, &words, VersionState::Held);
            for record in &mut records {
                record.wants = Some(json.clone());
                record.cause = Some(cause.clone());
                plugin.versions.insert(digest.clone(), record.clone());
            }
            let told = Told {
                kind: "held",
                digest: &digest,
                version: &words,
                cause: Some(&cause),
            };
            self.save(name, records, Some(told));
        }
        self.publish(name);
    }

    /// What is approved of a connector, as the store has it now.
    pub(super) fn approved(&mut self, name: &str, json: Option<&str>) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        let (Some(json), Some(Candidate::Held { more, .. })) = (json, &plugin.candidate) else {
            return;
        };
        let approved = Asks::read(json);
        if !more.beyond(&approved).is_empty() {
            return;
        }
        plugin.approved = Some(approved);
        plugin.record.approved = Some(json.to_owned());
        if let Some(Candidate::Held { version, bytes, .. }) = plugin.candidate.take() {
            self.shared.count(name, "approved");
            tracing::info!(target: LOG, connector = name, digest = version.digest(), version = %plain(version.version()), "approved");
            self.activate(name, version, bytes);
        }
    }

    fn activate(&mut self, name: &str, version: Version, bytes: Arc<[u8]>) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        let (digest, words) = (version.digest().to_owned(), version.version().to_owned());
        let proved = plugin.record.good.as_ref() == Some(&digest);
        let state = if proved {
            VersionState::Good
        } else {
            VersionState::Trial
        };
        // After a restart the same version serves as before: nothing happened.
        let same = plugin.serving.is_none() && plugin.record.current.as_ref() == Some(&digest);
        let kind = if plugin.serving.is_some() {
            "activated"
        } else {
            "installed"
        };
        let mut records = Vec::new();
        if let Some(before) = plugin.serving.as_ref().map(|s| s.version.digest().to_owned()) {
            records = mark(plugin, &before, "", VersionState::Replaced);
        }
        plugin.candidate = None;
        plugin.no_copy = false;
        plugin.record.current = Some(digest.clone());
        plugin.activate(Serving::new(version, Some(bytes), proved));
        if plugin.state(&digest) != Some(state) {
            records.extend(mark(plugin, &digest, &words, state));
        }
        let told = Told {
            kind,
            digest: &digest,
            version: &words,
            cause: None,
        };
        self.save(name, records, (!same).then_some(told));
        self.publish(name);
        if proved {
            self.keep(name);
        }
    }

    fn remove(&mut self, name: &str) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        plugin.candidate = None;
        plugin.doubt = None;
        plugin.no_copy = false;
        plugin.serving = None;
        let file = plugin.record.file.take();
        let current = plugin.record.current.take();
        let Some(digest) = current.clone().or(file.clone()) else {
            self.publish(name);
            return;
        };
        let mut records = Vec::new();
        for gone in [current, file].into_iter().flatten() {
            // What was refused or rolled back stays known as that.
            let used = matches!(
                plugin.state(&gone),
                Some(VersionState::Trial | VersionState::Good | VersionState::Held | VersionState::Approved)
            );
            if used {
                records.extend(mark(plugin, &gone, "", VersionState::Removed));
            }
        }
        let words = plugin
            .versions
            .get(&digest)
            .map(|known| known.version.clone())
            .unwrap_or_default();
        let told = Told {
            kind: "removed",
            digest: &digest,
            version: &words,
            cause: None,
        };
        self.save(name, records, Some(told));
        self.publish(name);
    }
}
