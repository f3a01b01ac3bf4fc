//! The report of a pass: the result of each room and space, its changes, and the resources used.

use std::time::Duration;

use collector_commit::RoomChanges;
use collector_commit::usage::RecordChanges;
use collector_egress::http::Traffic;
use collector_model::outcome::Reason;
use collector_model::pass::RoomCounts;
use collector_model::room::Room;
use collector_model::space::Space;
use collector_sandbox::{self, Expansion, ListProblem, Listing};
use collector_tasks::watched::Broken;

/// What became of a room.
pub type RoomResult = PlaceResult<RoomChanges>;
/// What became of a space.
pub type SpaceResult = PlaceResult<RecordChanges>;

/// What became of a room or a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceResult<C> {
    /// It was read and stored, with these changes.
    Collected(C),
    /// It may not be read; what was stored for it stays.
    Denied(Reason),
    /// It has no calendar, or no longer exists; what was stored for it stays.
    Missing(Reason),
    /// It was still throttled when the pass ended; what was stored for it stays.
    Throttled {
        /// The last wait that the service asked for, in seconds.
        seconds: u32,
    },
    /// Anything else; what was stored for it stays.
    Failed(Reason),
}

impl<C> PlaceResult<C> {
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

    /// Why it was not collected; none if it was.
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
    /// Every room and space was collected.
    Everything,
    /// Some were, some were not.
    Part,
    /// Nothing was collected, though there was something to collect.
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
    /// Why some spaces, or some facts about them, could not be listed.
    pub space_problems: Vec<Reason>,
    /// Whether the connector reads what devices report.
    pub reads_spaces: bool,
    pub(super) rooms: Roll<Room, RoomChanges>,
    pub(super) spaces: Roll<Space, RecordChanges>,
}

/// The rooms or the spaces of a pass with their results.
#[derive(Debug, Clone)]
pub(super) struct Roll<P, C> {
    /// As they were found; those that cannot be collected come last.
    places: Vec<P>,
    /// In the order of the places.
    results: Vec<Option<PlaceResult<C>>>,
}

impl<P, C> Roll<P, C> {
    /// Places to be read, and others that are known, so that what is stored for them stays, but cannot be read.
    fn new(places: Vec<P>, refused: impl IntoIterator<Item = (P, Reason)>) -> Self {
        let mut roll = Self {
            results: places.iter().map(|_| None).collect(),
            places,
        };
        for (place, why) in refused {
            roll.places.push(place);
            roll.results.push(Some(PlaceResult::Failed(why)));
        }
        roll
    }

    pub(super) fn places(&self) -> &[P] {
        &self.places
    }

    /// A place by its number among those found.
    pub(super) fn place(&self, number: usize) -> Option<&P> {
        self.places.get(number)
    }

    /// Whether a place (by its number among those found) has its result.
    pub(super) fn is_settled(&self, number: usize) -> bool {
        self.results.get(number).is_some_and(Option::is_some)
    }

    pub(super) fn set(&mut self, place: usize, result: PlaceResult<C>) {
        if let Some(kept) = self.results.get_mut(place) {
            *kept = Some(result);
        }
    }

    pub(super) fn fail_unsettled(&mut self, why: &Reason) {
        for result in &mut self.results {
            result.get_or_insert_with(|| PlaceResult::Failed(why.clone()));
        }
    }

    pub(super) fn each(&self) -> impl Iterator<Item = (&P, &PlaceResult<C>)> + Clone {
        let results = self.places.iter().zip(&self.results);
        results.filter_map(|(place, result)| Some((place, result.as_ref()?)))
    }

    fn counts(&self) -> RoomCounts {
        let mut counts = RoomCounts::default();
        for result in self.results.iter().flatten() {
            *match result {
                PlaceResult::Collected(_) => &mut counts.collected,
                PlaceResult::Denied(_) => &mut counts.denied,
                PlaceResult::Missing(_) => &mut counts.missing,
                PlaceResult::Throttled { .. } => &mut counts.throttled,
                PlaceResult::Failed(_) => &mut counts.failed,
            } += 1;
        }
        counts
    }

    /// The changes of all places that were collected.
    fn changes(&self) -> impl Iterator<Item = &C> {
        self.results.iter().flatten().filter_map(|result| match result {
            PlaceResult::Collected(changes) => Some(changes),
            _ => None,
        })
    }
}

impl PassReport {
    pub(super) fn new(source: &str, expansion: Expansion, listing: Listing) -> Self {
        let refused = expansion.refused.into_iter();
        let refused_spaces = listing.refused.into_iter();
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
            space_problems: listing.problems,
            reads_spaces: false,
            rooms: Roll::new(
                expansion.rooms,
                refused.map(|refused| (refused.room, refused.reason)),
            ),
            spaces: Roll::new(
                listing.spaces,
                refused_spaces.map(|refused| (refused.space, refused.reason)),
            ),
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
        let mut report = Self::new(source, expansion, Listing::default());
        for (room, result) in results.into_iter().enumerate() {
            report.rooms.set(room, result);
        }
        report
    }

    /// The rooms with their results, in the order of the expansion.
    pub fn rooms(&self) -> impl Iterator<Item = (&Room, &RoomResult)> + Clone {
        self.rooms.each()
    }

    /// The spaces with their results, in the order of the listing.
    pub fn spaces(&self) -> impl Iterator<Item = (&Space, &SpaceResult)> + Clone {
        self.spaces.each()
    }

    /// How many rooms and spaces are settled.
    pub fn settled(&self) -> usize {
        self.rooms.each().count() + self.spaces.each().count()
    }

    /// The number of rooms and spaces collected, denied, missing, throttled and failed.
    pub fn counts(&self) -> RoomCounts {
        self.rooms.counts() + self.spaces.counts()
    }

    /// The same of rooms.
    pub fn room_counts(&self) -> RoomCounts {
        self.rooms.counts()
    }

    /// The same of spaces.
    pub fn space_counts(&self) -> RoomCounts {
        self.spaces.counts()
    }

    /// The changes of all rooms together.
    pub fn changes(&self) -> RoomChanges {
        let mut sum = RoomChanges::default();
        for changes in self.rooms.changes() {
            sum.new += changes.new;
            sum.changed += changes.changed;
            sum.gone += changes.gone;
            sum.same += changes.same;
        }
        sum
    }

    /// The changes of all spaces together.
    pub fn record_changes(&self) -> RecordChanges {
        let mut sum = RecordChanges::default();
        for changes in self.spaces.changes() {
            sum += *changes;
        }
        sum
    }

    /// The outcome of the pass as a whole.
    pub fn verdict(&self) -> Verdict {
        let collected = self.rooms.changes().count() + self.spaces.changes().count();
        let found = self.rooms.places.len() + self.spaces.places.len();
        let is_listed = self.list_problems.is_empty() && self.space_problems.is_empty();
        match (!self.interrupted && collected == found && is_listed, collected) {
            (true, _) => Verdict::Everything,
            (false, 0) => Verdict::Nothing,
            (false, _) => Verdict::Part,
        }
    }
}
