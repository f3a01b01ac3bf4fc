//! The report of a pass: each room's result, its changes, and the resources used.

use std::time::Duration;

use collector_egress::http::Traffic;
use collector_model::outcome::Reason;
use collector_model::room::Room;
use collector_sandbox::{self, Expansion, ListProblem};
use collector_store::{RoomChanges, RoomCounts};
use collector_tasks::watched::Broken;

/// What became of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomResult {
    /// It was read and stored.
    Collected(RoomChanges),
    /// Its calendar may not be read; what was stored for it stays.
    Denied(Reason),
    /// It has no calendar; what was stored for it stays.
    Missing(Reason),
    /// It was still throttled when the pass ended; what was stored for it stays.
    Throttled {
        /// The last wait that the service asked for, in seconds.
        seconds: u32,
    },
    /// Anything else; what was stored for it stays.
    Failed(Reason),
}

impl RoomResult {
    /// The store's word for the result: `collected`, `denied`, `missing`, `throttled` or `failed`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Collected(_) => "collected",
            Self::Denied(_) => "denied",
            Self::Missing(_) => "missing",
            Self::Throttled { .. } => "throttled",
            Self::Failed(_) => "failed",
        }
    }

    /// Why the room was not collected; none if it was.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Collected(_) => None,
            Self::Denied(why) | Self::Missing(why) | Self::Failed(why) => Some(why.clone()),
            Self::Throttled { seconds } => Some(Reason::new(format!(
                "the service is throttling; it asks for another try in {seconds} s"
            ))),
        }
    }

    /// The reason as one text.
    pub fn cause(&self) -> Option<String> {
        self.reason().map(|reason| reason.to_string())
    }
}

/// The outcome of a pass as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every room was collected.
    Everything,
    /// Some were, some were not.
    Part,
    /// No room was collected, though there were rooms to collect.
    Nothing,
}

impl Verdict {
    /// `everything`, `part` or `nothing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Part => "part",
            Self::Nothing => "nothing",
        }
    }

    /// Whether something was collected, or there was nothing to collect.
    pub fn is_success(self) -> bool {
        self != Self::Nothing
    }
}

/// The report of a pass.
#[derive(Debug, Clone)]
pub struct PassReport {
    /// The source.
    pub source: String,
    /// The lists that could not be expanded.
    pub list_problems: Vec<ListProblem>,
    /// How often throttled rooms were put back.
    pub postponed: u64,
    /// The traffic on the network.
    pub traffic: Traffic,
    /// The resources that the calls into the connector took.
    pub sandbox: collector_sandbox::Usage,
    /// How long it took.
    pub time: Duration,
    /// Why the connector was stopped the first time: a trap, a limit, a deadline.
    pub stopped: Option<Reason>,
    /// The defect of the collector that broke off one of its slices.
    pub broken: Option<Broken>,
    /// Why the first room that was read could not be stored.
    pub unstored: Option<String>,
    /// The pass was told to stop before its end.
    pub interrupted: bool,
    rooms: Vec<Room>,
    /// The results, in the order of the rooms.
    results: Vec<Option<RoomResult>>,
}

impl PassReport {
    pub(super) fn new(source: &str, expansion: Expansion) -> Self {
        let mut rooms = expansion.rooms;
        let mut results = vec![None; rooms.len()];
        // These rooms are known, so their stored meetings stay, but they cannot be read.
        for refused in expansion.refused {
            rooms.push(refused.room);
            results.push(Some(RoomResult::Failed(refused.reason)));
        }
        Self {
            source: source.to_owned(),
            list_problems: expansion.problems,
            postponed: 0,
            traffic: Traffic::default(),
            sandbox: collector_sandbox::Usage::default(),
            time: Duration::ZERO,
            stopped: None,
            broken: None,
            unstored: None,
            interrupted: false,
            rooms,
            results,
        }
    }

    /// A report with the given rooms.
    pub fn of(source: &str, results: impl IntoIterator<Item = (&'static str, RoomResult)>) -> Self {
        let (addresses, results): (Vec<_>, Vec<_>) = results.into_iter().unzip();
        let rooms = addresses
            .into_iter()
            .map(|address| Room {
                address: collector_model::room::RoomAddress::new(address),
                key: String::new(),
                name: String::new(),
                building: None,
                capacity: None,
                lists: Vec::new(),
            })
            .collect();
        let expansion = Expansion {
            rooms,
            refused: Vec::new(),
            problems: Vec::new(),
        };
        let mut report = Self::new(source, expansion);
        for (room, result) in results.into_iter().enumerate() {
            report.set(room, result);
        }
        report
    }

    /// The rooms that were found; those that cannot be collected come last.
    pub(super) fn found(&self) -> &[Room] {
        &self.rooms
    }

    /// Whether a room (by its number among those found) has its result.
    pub(super) fn is_settled(&self, number: usize) -> bool {
        self.results.get(number).is_some_and(Option::is_some)
    }

    /// The rooms with their results, in the order of the expansion.
    pub fn rooms(&self) -> impl Iterator<Item = (&Room, &RoomResult)> {
        let results = self.rooms.iter().zip(&self.results);
        results.filter_map(|(room, result)| Some((room, result.as_ref()?)))
    }

    /// A room by its number among those found.
    pub(super) fn room(&self, number: usize) -> Option<&Room> {
        self.rooms.get(number)
    }

    /// How many rooms are settled.
    pub fn settled(&self) -> usize {
        self.results().count()
    }

    fn results(&self) -> impl Iterator<Item = &RoomResult> {
        self.results.iter().flatten()
    }

    /// The number of rooms collected, denied, missing, throttled and failed.
    pub fn counts(&self) -> RoomCounts {
        let mut counts = RoomCounts::default();
        for result in self.results() {
            *match result {
                RoomResult::Collected(_) => &mut counts.collected,
                RoomResult::Denied(_) => &mut counts.denied,
                RoomResult::Missing(_) => &mut counts.missing,
                RoomResult::Throttled { .. } => &mut counts.throttled,
                RoomResult::Failed(_) => &mut counts.failed,
            } += 1;
        }
        counts
    }

    /// The changes of all rooms together.
    pub fn changes(&self) -> RoomChanges {
        let mut sum = RoomChanges::default();
        for result in self.results() {
            if let RoomResult::Collected(changes) = result {
                sum.new += changes.new;
                sum.changed += changes.changed;
                sum.gone += changes.gone;
                sum.same += changes.same;
            }
        }
        sum
    }

    /// The outcome of the pass as a whole.
    pub fn verdict(&self) -> Verdict {
        let collected = self
            .results()
            .filter(|result| matches!(result, RoomResult::Collected(_)))
            .count();
        let complete = !self.interrupted && collected == self.rooms.len() && self.list_problems.is_empty();
        match (complete, collected) {
            (true, _) => Verdict::Everything,
            (false, 0) => Verdict::Nothing,
            (false, _) => Verdict::Part,
        }
    }

    pub(super) fn set(&mut self, room: usize, result: RoomResult) {
        if let Some(kept) = self.results.get_mut(room) {
            *kept = Some(result);
        }
    }

    pub(super) fn fail_unsettled(&mut self, why: &Reason) {
        for result in &mut self.results {
            result.get_or_insert_with(|| RoomResult::Failed(why.clone()));
        }
    }
}
