//! Replays changes as a sink received them, like a reader that follows the rules (a repeat has the same id).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// The state after all changes.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Each meeting as last delivered.
    pub meetings: BTreeMap<(String, String), Value>,
    /// Number of different changes.
    pub changes: usize,
    /// Number of lines that repeated an earlier change.
    pub repeats: usize,
    /// Number of complete snapshots of rooms.
    pub snapshots: usize,
    /// The rooms with an unfinished snapshot, with the ids of its meetings so far.
    telling: HashMap<String, BTreeSet<String>>,
    seen: HashMap<String, Value>,
    last: HashMap<(String, String), u64>,
}

impl Ledger {
    /// Replays a file of JSON Lines. `torn` allows a torn last line, which is skipped.
    ///
    /// # Errors
    /// A meeting was added twice, or changed or removed without existing, an id named two changes, or a room's changes were not in order:
    /// a change was lost, doubled or misplaced.
    pub fn read(path: &Path, torn: bool) -> anyhow::Result<Self> {
        Self::of(changes(path, torn)?)
    }

    /// Replays changes in the order in which a sink received them.
    ///
    /// # Errors
    /// See [`Ledger::read`].
    pub fn of(changes: impl IntoIterator<Item = Value>) -> anyhow::Result<Self> {
        let mut ledger = Self::default();
        for (number, change) in changes.into_iter().enumerate() {
            ledger
                .apply(change)
                .with_context(|| format!("change {}", number + 1))?;
        }
        Ok(ledger)
    }

    fn apply(&mut self, change: Value) -> anyhow::Result<()> {
        let text = |key: &str| {
            change
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .with_context(|| format!("no {key}: {change}"))
        };
        let id = text("change_id")?;
        if let Some(before) = self.seen.get(&id) {
            ensure!(
                *before == change || withdrawn(before, &change),
                "{id} names two changes: {before} and {change}"
            );
            self.repeats += 1;
            return Ok(());
        }
        let room = format!("{} {}", text("source")?, text("room")?);
        let (store, number) = id.rsplit_once('-').context("an id without a number")?;
        let number: u64 = number.parse()?;
        // Each identity of the store has numbers of its own.
        if let Some(before) = self.last.insert((room.clone(), store.to_owned()), number) {
            ensure!(before < number, "{room}: change {number} came after {before}");
        }
        let what = text("change")?;
        match what.as_str() {
            // A second begin replaces the first.
            "snapshot-begin" => {
                self.telling.insert(room, BTreeSet::new());
            }
            "snapshot-end" => self.end_snapshot(&room, &change)?,
            what => self.apply_to_meeting(what, room, text("id")?, &change)?,
        }
        self.seen.insert(id, change);
        self.changes += usize::from(!what.starts_with("snapshot-"));
        Ok(())
    }

    fn end_snapshot(&mut self, room: &str, end: &Value) -> anyhow::Result<()> {
        let told = self.telling.remove(room).context("an end without a begin")?;
        let count = end.get("meetings").and_then(Value::as_u64);
        ensure!(
            count == Some(told.len() as u64),
            "{} meetings were delivered: {end}",
            told.len()
        );
        let from = end.get("from").and_then(Value::as_str).context("no from")?;
        // Instants in this form sort like their text.
        self.meetings.retain(|(of, id), meeting| {
            let ends = meeting.get("end").and_then(Value::as_str).unwrap_or_default();
            of != room || told.contains(id) || ends <= from
        });
        self.snapshots += 1;
        Ok(())
    }

    fn apply_to_meeting(
        &mut self,
        what: &str,
        room: String,
        meeting: String,
        change: &Value,
    ) -> anyhow::Result<()> {
        let telling = match self.telling.get_mut(&room) {
            Some(told) => {
                ensure!(told.insert(meeting.clone()), "told twice: {change}");
                true
            }
            None => false,
        };
        let key = (room, meeting);
        let there = self.meetings.contains_key(&key);
        match (what, there) {
            ("added", _) if telling => {
                self.meetings.insert(key, change.clone());
            }
            ("added", false) | ("updated", true) => {
                self.meetings.insert(key, change.clone());
            }
            ("removed", true) => {
                self.meetings.remove(&key);
            }
            (what, _) => bail!(
                "{what}, and it was {}there: {change}",
                if there { "" } else { "not " }
            ),
        }
        Ok(())
    }

    /// The meetings of a source as `room subject`, sorted; `-` for a subject that is withheld or empty.
    pub fn brief(&self, source: &str) -> Vec<String> {
        let mut meetings: Vec<String> = self
            .meetings
            .values()
            .filter(|meeting| meeting.get("source").and_then(Value::as_str) == Some(source))
            .map(|meeting| {
                let text = |key: &str| meeting.get(key).and_then(Value::as_str);
                let room = text("room").unwrap_or_default();
                format!(
                    "{} {}",
                    room.split('@').next().unwrap_or_default(),
                    text("subject").unwrap_or("-")
                )
            })
            .collect();
        meetings.sort_unstable();
        meetings
    }
}

/// The lines of a file of JSON Lines. `torn` allows a torn last line, which is skipped.
///
/// # Errors
/// A line is not JSON.
pub fn changes(path: &Path, torn: bool) -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_inclusive('\n')
        .filter(|line| !torn || line.ends_with('\n'))
        .enumerate()
        .map(|(number, line)| {
            serde_json::from_str(line).with_context(|| format!("line {}: {line:?}", number + 1))
        })
        .collect()
}

/// Whether a repeat differs only in the one permitted way: its subject was withdrawn meanwhile.
fn withdrawn(before: &Value, repeat: &Value) -> bool {
    let mut before = before.clone();
    for key in ["subject", "withheld"] {
        if let (Some(old), Some(new)) = (before.get_mut(key), repeat.get(key)) {
            *old = new.clone();
        }
    }
    repeat.get("subject") == Some(&Value::Null) && before == *repeat
}
