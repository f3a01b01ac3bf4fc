//! A version on trial: what the first passes say of it, going back, and keeping what proved itself.

use super::End;
use super::keeper::{Keeper, LOG};
use super::plugin::{Candidate, Verdict, sources};
use super::tell::{Told, mark, words};
use super::work;
use crate::store::VersionState;

impl Keeper {
    pub(super) fn pass_ended(&mut self, name: &str, source: &str, digest: &str, end: &End) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        match plugin.ended(source, digest, end) {
            Verdict::Nothing => {
                let unkept = plugin
                    .serving
                    .as_ref()
                    .is_some_and(|s| s.proved && s.bytes.is_some() && s.version.digest() == digest);
                if unkept && *end == End::Worked {
                    // The copy could not be written: the disk was full, perhaps.
                    self.keep(name);
                }
            }
            Verdict::Proved => {
                let records = mark(plugin, digest, "", VersionState::Good);
                let words = words(&records);
                let told = Told {
                    kind: "proved",
                    digest,
                    version: &words,
                    cause: None,
                };
                self.save(name, records, Some(told));
                self.keep(name);
            }
            Verdict::Failing(cause) => {
                let words = plugin
                    .versions
                    .get(digest)
                    .map(|known| known.version.clone())
                    .unwrap_or_default();
                let cause = format!("{cause}; there is no version to go back to");
                let told = Told {
                    kind: "failing",
                    digest,
                    version: &words,
                    cause: Some(&cause),
                };
                self.save(name, Vec::new(), Some(told));
            }
            Verdict::BackOut(cause) => self.back_out(name, digest, &cause),
        }
        let uses = &self.uses;
        if let Some(plugin) = self.plugins.get_mut(name) {
            plugin.settle(sources(uses, name));
        }
    }

    fn back_out(&mut self, name: &str, digest: &str, cause: &str) {
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        plugin.back_out();
        let mut records = mark(plugin, digest, "", VersionState::RolledBack);
        for record in &mut records {
            record.cause = Some(cause.to_owned());
            plugin.versions.insert(digest.to_owned(), record.clone());
        }
        let words = words(&records);
        let mut unkept = false;
        if let Some(serving) = &plugin.serving {
            let back = serving.version.digest().to_owned();
            let version = serving.version.version().to_owned();
            let state = if serving.proved {
                VersionState::Good
            } else {
                VersionState::Trial
            };
            // A restart must come up on what serves now.
            unkept = serving.bytes.is_some();
            if plugin.record.good.as_deref() == Some(digest) {
                plugin.record.good = (!unkept).then(|| back.clone());
                plugin.record.before = None;
            }
            plugin.record.current = Some(back.clone());
            records.extend(mark(plugin, &back, &version, state));
        }
        if plugin.record.file.as_deref() == Some(digest) {
            plugin.candidate = Some(Candidate::Out(format!("it was rolled back: {cause}")));
        }
        let told = Told {
            kind: "rolled-back",
            digest,
            version: &words,
            cause: Some(cause),
        };
        self.save(name, records, Some(told));
        self.publish(name);
        if unkept {
            self.keep(name);
        }
    }

    pub(super) fn copy_kept(&mut self, name: &str, digest: &str, kept: Result<(), String>) {
        if let Err(error) = kept {
            tracing::warn!(target: LOG, connector = name, digest, "the version cannot be kept in the data directory, a restart comes \
                up on the one before: {error}");
            return;
        }
        let Some(plugin) = self.plugins.get_mut(name) else {
            return;
        };
        let Some(serving) = plugin.with_digest(digest) else {
            return;
        };
        serving.bytes = None;
        let serves = plugin.serves(digest);
        if !serves && plugin.record.good.is_some() {
            // The version after it was kept meanwhile.
            return;
        }
        if plugin.record.good.as_deref() != Some(digest) {
            plugin.record.before = plugin.record.good.replace(digest.to_owned());
            self.save(name, Vec::new(), None);
        }
    }

    /// Starts to copy what serves to the data directory.
    pub(super) fn keep(&mut self, name: &str) {
        let Some(plugin) = self.plugins.get(name) else {
            return;
        };
        let Some(serving) = &plugin.serving else { return };
        let Some(bytes) = serving.bytes.clone() else {
            return;
        };
        let digest = serving.version.digest().to_owned();
        // Two are kept: it comes to the last good one, and the one before that goes.
        let record = &plugin.record;
        let oldest = record.before.clone().filter(|oldest| {
            *oldest != digest && record.good.is_some() && record.good.as_ref() != Some(&digest)
        });
        self.keeping += 1;
        let kept = self.kept.clone();
        let name = name.to_owned();
        self.spawn(None, work::keep(kept, name, digest, bytes, oldest));
    }
}
