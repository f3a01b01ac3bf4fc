//! Reads the calls of the rooms of a slice: lists the records of each, opens those that are new or have a new version, and emits what they say
//! about the rooms.
//!
//! A session lies anywhere in its call, also before the window: the record did not exist yet when its time was in one. So all sessions of a
//! call that overlaps the window are emitted.

use crate::known::{Known, Remembered};
use crate::listing::{self, Listing};
use crate::record::Call;
use crate::refusal::{self, is_of_the_source};
use crate::requests;
use crate::sessions::Rooms;
use crate::settings;
use connector_sdk::{
    CollectError, Form, Host, Kind, Level, Reason, SpaceOutcome, SpaceRequest, SpaceResult, UsageRecord,
    Value, Window,
};
use graph::{Graph, Trouble, advice, batch};
use std::collections::{HashMap, HashSet};

/// How many rounds of batches one call opens records with before it leaves the rest of the rooms for another call: 800 records. A call has two
/// minutes, and Graph answers 1,500 requests in 20 seconds for all calls together.
const ROUNDS: u32 = 40;

/// The seconds after which the rest of the rooms may be read.
const SOON: u32 = 1;

/// The mark of a presentation in the key of its record.
const SHARE: &str = ":share";

/// Reads what was reported about these rooms, emits it, and returns the outcome of each room.
///
/// # Errors
/// Nothing at all could be done, for one reason: unusable settings, no token, no permission, Graph out of reach.
pub(crate) async fn collect_usage<H: Host>(
    host: &H,
    settings: &str,
    spaces: &[SpaceRequest],
    window: Window,
) -> Result<Vec<SpaceResult>, CollectError> {
    let settings = settings::parse(settings)?;
    let mut slice = Slice {
        graph: Graph::new(host, &settings),
        accounts: Rooms::new(spaces.iter().map(|space| space.key.as_str())),
        rooms: rooms(spaces, window)?,
        calls: HashMap::new(),
    };
    slice.list().await;
    slice.open().await;
    slice.finish()
}

/// The rooms of one call.
struct Slice<'a, H: Host> {
    graph: Graph<'a, H>,
    accounts: Rooms,
    rooms: Vec<Room<'a>>,
    /// The records that were opened, by id, or why they could not be. Those that are missing were left for another call.
    calls: HashMap<String, Result<Call, Trouble>>,
}

/// One room.
struct Room<'a> {
    space: &'a SpaceRequest,
    window: Window,
    known: Known,
    listing: Listing,
    /// Why its records could not be listed.
    trouble: Option<Trouble>,
}

/// Why a room has no records.
enum Stop {
    Trouble(Trouble),
    Outcome(SpaceOutcome),
}

impl From<SpaceOutcome> for Stop {
    fn from(outcome: SpaceOutcome) -> Self {
        Self::Outcome(outcome)
    }
}

fn rooms(spaces: &[SpaceRequest], window: Window) -> Result<Vec<Room<'_>>, CollectError> {
    let rooms = spaces.iter().map(|space| {
        Some(Room {
            space,
            window,
            known: Known::read(space.cursor.as_deref(), listing::earliest(window)),
            listing: Listing::new(&space.key, window)?,
            trouble: None,
        })
    });
    rooms.collect::<Option<_>>().ok_or_else(|| {
        CollectError::Failed(Reason::from(
            "the window lies outside the years that can be written as dates",
        ))
    })
}

impl<H: Host> Slice<'_, H> {
    /// Lists the records of each room, a page of every room at a time.
    async fn list(&mut self) {
        loop {
            let is_due = |room: &&mut Room<'_>| room.trouble.is_none() && room.listing.next().is_some();
            let mut due: Vec<&mut Room<'_>> = self.rooms.iter_mut().filter(is_due).collect();
            let urls: Vec<String> = due
                .iter()
                .filter_map(|room| room.listing.next().map(str::to_owned))
                .collect();
            if urls.is_empty() {
                return;
            }
            let graph = &self.graph;
            // The rooms have the trouble, if there is any.
            let _ = requests::send(graph, &urls, |at, answer| {
                if let Some(room) = due.get_mut(at) {
                    let taken = answer
                        .map_err(Trouble::clone)
                        .and_then(|body| room.listing.take(body, graph));
                    room.trouble = taken.err();
                }
            })
            .await;
        }
    }

    /// Opens the due records of all rooms, each once, those of one room after those of another: if not all can be opened, some rooms are
    /// complete, and the next call begins with the others.
    async fn open(&mut self) {
        let mut seen = HashSet::new();
        let mut due: Vec<(usize, String)> = Vec::new();
        for (at, room) in self.rooms.iter().enumerate() {
            let new = room.due().filter(|id| seen.insert((*id).to_owned()));
            due.extend(new.map(|id| (at, id.to_owned())));
        }
        let first = due.first().map(|(room, _)| *room);
        let mut rounds = 0;
        let mut rest = due.as_slice();
        while let [(room, _), ..] = rest {
            if rounds >= ROUNDS && Some(*room) != first {
                return;
            }
            let (now, later) = rest.split_at(rest.len().min(batch::SIZE));
            rest = later;
            if let Err(trouble) = self.open_some(now, &mut rounds).await {
                let unopened = rest.iter().map(|(_, id)| (id.clone(), Err(trouble.clone())));
                self.calls.extend(unopened);
                return;
            }
        }
    }

    /// Opens these records, a page of each at a time.
    async fn open_some(&mut self, due: &[(usize, String)], rounds: &mut u32) -> Result<(), Trouble> {
        let mut opening: Vec<Result<Call, Trouble>> = due.iter().map(|(_, id)| Ok(Call::new(id))).collect();
        let mut sent = Ok(());
        while sent.is_ok() {
            let (mut open, mut urls) = (Vec::new(), Vec::new());
            for call in &mut opening {
                if let Some(url) = call.as_ref().ok().and_then(Call::next) {
                    urls.push(url.to_owned());
                    open.push(call);
                }
            }
            if urls.is_empty() {
                break;
            }
            *rounds += 1;
            let (graph, accounts) = (&self.graph, &self.accounts);
            sent = requests::send(graph, &urls, |at, answer| {
                if let Some(call) = open.get_mut(at) {
                    let taken = match (answer, call.as_mut()) {
                        (Ok(body), Ok(call)) => call.take(body, accounts, graph),
                        (Err(trouble), _) => Err(trouble.clone()),
                        (Ok(_), Err(_)) => Ok(()),
                    };
                    if let Err(trouble) = taken {
                        **call = Err(trouble);
                    }
                }
            })
            .await;
        }
        for call in opening.iter().flatten() {
            if let Some(message) = call.left_out() {
                self.graph.host.log(Level::Warn, &message);
            }
        }
        let ids = due.iter().map(|(_, id)| id.clone());
        self.calls.extend(ids.zip(opening));
        sent
    }

    /// The outcome of each room. A fault of the source that left no room with another outcome is the result of the call.
    fn finish(&self) -> Result<Vec<SpaceResult>, CollectError> {
        let access = self.graph.access;
        let mut of_source = None;
        let mut alike = 0;
        let mut results = Vec::with_capacity(self.rooms.len());
        for (at, room) in self.rooms.iter().enumerate() {
            let read = self.emit(at, room).map_err(|stop| match stop {
                Stop::Outcome(outcome) => outcome,
                Stop::Trouble(trouble) => {
                    let outcome = refusal::outcome(&room.name(), &trouble, access);
                    if is_of_the_source(&trouble) {
                        alike += 1;
                        of_source.get_or_insert(trouble);
                    }
                    outcome
                }
            });
            results.push(room.space.became(read));
        }
        match of_source {
            Some(trouble) if alike == results.len() => {
                const WHAT: &str = "call records";
                Err(match advice::collect_error(WHAT, &trouble, access) {
                    CollectError::Denied(_) => CollectError::Denied(refusal::reason(WHAT, &trouble, access)),
                    other => other,
                })
            }
            _ => Ok(results),
        }
    }

    /// Emits what the calls of a room say about it, once all of them are there.
    fn emit(&self, at: usize, room: &Room<'_>) -> Result<SpaceOutcome, Stop> {
        if let Some(trouble) = &room.trouble {
            return Err(Stop::Trouble(trouble.clone()));
        }
        let mut opened = Vec::new();
        for id in room.due() {
            match self.calls.get(id) {
                Some(Ok(call)) => opened.push(call),
                // Graph keeps records for 30 days: this one went between list and opening. What was emitted stays.
                Some(Err(Trouble::Refused(refusal))) if refusal.status == 404 => {}
                Some(Err(trouble)) => return Err(Stop::Trouble(trouble.clone())),
                None => return Err(SpaceOutcome::RetryAfter(SOON).into()),
            }
        }
        let mut known = room.known.clone();
        for call in opened {
            let before = room.known.call(&call.id);
            // A server that is behind the one that answered last time.
            if before.is_some_and(|before| before.version() > call.version) {
                continue;
            }
            let before = before.map(Remembered::keys).unwrap_or_default();
            let keys = self.emit_call(at, room, call, before)?;
            known.remember(call, room.window, keys);
        }
        Ok(SpaceOutcome::Collected(known.write()))
    }

    /// Emits what a call says about a room, and takes back what an earlier version said and this one does not. Returns the keys of what now
    /// holds.
    fn emit_call(
        &self,
        at: usize,
        room: &Room<'_>,
        call: &Call,
        before: &[String],
    ) -> Result<Vec<String>, SpaceOutcome> {
        let mut keys: Vec<String> = Vec::new();
        for stay in call.stays_of(at) {
            self.emit_record(room, call, &stay.key, (stay.start, stay.end), false)?;
            keys.push(stay.key.clone());
            for (start, end) in &stay.shares {
                let key = format!("{}{SHARE}:{start}", stay.key);
                self.emit_record(room, call, &key, (*start, *end), false)?;
                keys.push(key);
            }
        }
        for key in before {
            if keys.contains(key) {
                continue;
            }
            if call.is_whole {
                let span = call.span.unwrap_or((room.window.start, room.window.start));
                self.emit_record(room, call, key, span, true)?;
            } else {
                // It may be on a page that was not read.
                keys.push(key.clone());
            }
        }
        Ok(keys)
    }

    fn emit_record(
        &self,
        room: &Room<'_>,
        call: &Call,
        key: &str,
        (start, end): (i64, i64),
        withdrawn: bool,
    ) -> Result<(), SpaceOutcome> {
        let kind = if key.contains(SHARE) {
            Kind::Presentation
        } else {
            Kind::Call
        };
        let record = UsageRecord {
            space: room.space.key.as_str().into(),
            device: None,
            key: format!("{}:{key}", call.id).into(),
            revision: call.version,
            withdrawn,
            kind,
            form: Form::Interval,
            start,
            end: Some(end),
            value: Value::Flag(true),
            resolution: None,
        };
        Ok(self.graph.host.emit_usage(&record)?)
    }
}

impl Room<'_> {
    /// Its name in reasons.
    fn name(&self) -> String {
        let SpaceRequest { key, notes, .. } = self.space;
        format!("call records of {}", if notes.is_empty() { key } else { notes })
    }

    /// The records to open: those that are new and overlap the window, and those of which a version was read and this is another.
    fn due(&self) -> impl Iterator<Item = &str> {
        let is_due = |listed: &&listing::Listed| match self.known.call(&listed.id) {
            Some(known) => known.version() != listed.version,
            None => listed.overlaps(self.window),
        };
        let listed = self.listing.listed.iter().filter(is_due);
        listed
            .map(|listed| listed.id.as_str())
            .filter(|_| self.trouble.is_none())
    }
}

#[cfg(test)]
mod tests;
