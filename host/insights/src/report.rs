//! The report and the line of a verdict, as JSON with the keys of the contract in its order (section 6). Null means that there is nothing to
//! tell, never 0.

use collector_model::instant::rfc3339;
use serde::Serialize;

use crate::basis::Basis;
use crate::peers::{Peak, Peaks};
use crate::rank::Rate;
use crate::room::{Peers, Room};
use crate::sums::Cells;
use crate::verdict::{Judged, Verdict};

/// The version of the definitions of verdicts and figures.
pub const DEFINITIONS: u32 = 1;

/// Parameters of the definitions that can be set: none yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Parameters {}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(
    missing_docs,
    reason = "the figures of the contract's section 5, by its names"
)]
pub struct Report {
    pub from: String,
    pub to: String,
    pub by: &'static str,
    pub definitions: u32,
    pub parameters: Parameters,
    pub groups: Vec<GroupReport>,
}

/// The figures of a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[allow(
    missing_docs,
    reason = "the figures of the contract's section 5, by its names"
)]
pub struct GroupReport {
    pub key: String,
    pub rooms: Option<i64>,
    pub rooms_observed: Option<i64>,
    pub open_seconds: Option<i64>,
    pub unread_seconds: Option<i64>,
    pub cells: Option<Cells>,
    pub occupied_unwitnessed_seconds: Option<i64>,
    pub outside: Option<Outside>,
    pub conflict_seconds: Option<i64>,
    pub coverage: Option<Rate>,
    pub booked_rate: Option<Rate>,
    pub used_rate: Option<Bounds>,
    pub held_empty_rate: Option<Rate>,
    pub bookings: Verdicts,
    pub no_show_rate: Bounds,
    pub no_show_seconds: i64,
    pub given_back_seconds: i64,
    pub reused_seconds: i64,
    pub unbooked_sessions: Option<Times>,
    pub late_start: Times,
    pub early_end: Times,
    pub party: Option<Party>,
    pub seat_fill: Option<Rate>,
    pub fit: Option<Fit>,
    pub in_use: Option<Vec<InUseReport>>,
    pub full_seconds: Option<i64>,
    pub false_full_seconds: Option<i64>,
    pub release_curve: Vec<Release>,
    pub zombies: Option<Vec<ZombieReport>>,
    pub lead_time: Option<i64>,
    /// Sums behind the figures: no part of the report.
    #[serde(skip)]
    pub basis: Basis,
}

/// A rate with what it could at least and at most be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct Bounds {
    pub value: Option<Rate>,
    pub lower: Option<Rate>,
    pub upper: Option<Rate>,
}

/// Read seconds outside of open time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct Outside {
    pub booked: i64,
    pub occupied: i64,
}

/// How often, and how many seconds in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct Times {
    pub count: i64,
    pub seconds: i64,
}

/// Bookings by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "named by the contract")]
pub struct Verdicts {
    pub attended: i64,
    pub no_show: i64,
    pub brief: i64,
    pub unknown: i64,
    pub block: i64,
    pub no_activity: i64,
    pub released_empty: i64,
    pub cancelled_late: i64,
    pub cancelled_after_start: i64,
    pub cancelled_early: i64,
    pub not_counted: i64,
}

impl Verdicts {
    /// Those that ended, or were removed too late for others: all that claimed the room.
    pub fn claimed(&self) -> i64 {
        self.attended
            + self.no_show
            + self.brief
            + self.unknown
            + self.block
            + self.no_activity
            + self.released_empty
            + self.cancelled_late
            + self.cancelled_after_start
    }

    /// Those to which somebody should have come: all of which the no-show rate could be.
    pub fn eligible(&self) -> i64 {
        self.attended + self.brief + self.no_show + self.released_empty + self.unknown
    }

    /// The number of one verdict.
    pub fn of(&mut self, verdict: Verdict) -> &mut i64 {
        match verdict {
            Verdict::Attended => &mut self.attended,
            Verdict::NoShow => &mut self.no_show,
            Verdict::Brief => &mut self.brief,
            Verdict::Unknown => &mut self.unknown,
            Verdict::Block => &mut self.block,
            Verdict::NoActivity => &mut self.no_activity,
            Verdict::ReleasedEmpty => &mut self.released_empty,
            Verdict::CancelledLate => &mut self.cancelled_late,
            Verdict::CancelledAfterStart => &mut self.cancelled_after_start,
            Verdict::CancelledEarly => &mut self.cancelled_early,
            Verdict::NotCounted => &mut self.not_counted,
        }
    }

    /// All of its numbers, in the order of the report.
    pub(crate) fn numbers_mut(&mut self) -> [&mut i64; Verdict::ALL.len()] {
        [
            &mut self.attended,
            &mut self.no_show,
            &mut self.brief,
            &mut self.unknown,
            &mut self.block,
            &mut self.no_activity,
            &mut self.released_empty,
            &mut self.cancelled_late,
            &mut self.cancelled_after_start,
            &mut self.cancelled_early,
            &mut self.not_counted,
        ]
    }
}

/// How many people came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct Party {
    pub bookings: i64,
    pub median: Option<u32>,
    pub p90: Option<u32>,
}

/// Rooms by how their parties fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "named by the contract")]
pub struct Fit {
    pub too_big: i64,
    pub roomy: i64,
    pub fits: i64,
    pub too_small: i64,
}

impl Fit {
    pub(crate) fn add(&mut self, other: Self) {
        self.too_big += other.too_big;
        self.roomy += other.roomy;
        self.fits += other.fits;
        self.too_small += other.too_small;
    }
}

/// What releasing empty rooms after some minutes would free, and whom it would throw out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct Release {
    pub minutes: i64,
    pub freed_seconds: i64,
    pub thrown_out: i64,
}

/// How many rooms of a building and a band are in use at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct InUseReport {
    pub building: String,
    pub seats: &'static str,
    pub rooms: i64,
    pub slots: i64,
    pub booked: PeakReport,
    pub occupied: PeakReport,
    pub possible: PeakReport,
}

/// The most rooms at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct PeakReport {
    pub p95: Option<i64>,
    pub highest: Option<i64>,
    pub at: Option<String>,
    pub spare: Option<i64>,
}

/// A series that nobody attends any more. They are sorted by room and series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct ZombieReport {
    pub room: String,
    pub series: String,
    pub streak: i64,
    pub last_attended: Option<String>,
    pub seconds_ahead: i64,
    /// The start of the last one that was missed, UTC seconds. This and what follows is for pages and tickets, and no part of the report.
    #[serde(skip)]
    pub last_missed: i64,
    /// The starts of those ahead, UTC seconds.
    #[serde(skip)]
    pub ahead: Vec<i64>,
}

/// A line of `collector verdicts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct VerdictLine {
    pub source: String,
    pub room: String,
    pub id: String,
    pub series: Option<String>,
    pub start: String,
    pub end: String,
    pub verdict: &'static str,
    pub length_seconds: i64,
    pub occupied_seconds: i64,
    pub known_seconds: i64,
    pub party: Option<u32>,
    pub provisional: bool,
    pub reason: Option<&'static str>,
    pub evidence: Vec<EvidenceLine>,
}

/// What a source said about a part of a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by the contract")]
pub struct EvidenceLine {
    pub source: String,
    pub kind: &'static str,
    pub state: &'static str,
    pub start: String,
    pub end: String,
}

impl InUseReport {
    /// Of so many rooms of a building and a band.
    pub(crate) fn of(peers: &Peers, rooms: i64, peaks: &Peaks) -> Self {
        Self {
            building: peers.building.clone(),
            seats: peers.band.as_str(),
            rooms,
            slots: peaks.slots(),
            booked: PeakReport::of(rooms, peaks.booked()),
            occupied: PeakReport::of(rooms, peaks.occupied()),
            possible: PeakReport::of(rooms, peaks.possible()),
        }
    }
}

impl PeakReport {
    fn of(rooms: i64, peak: Peak) -> Self {
        Self {
            p95: peak.p95,
            highest: peak.highest,
            at: peak.at.map(rfc3339),
            spare: peak.p95.map(|p95| rooms - p95),
        }
    }
}

impl VerdictLine {
    /// The line of a booking of a room.
    pub fn of(room: &Room, judged: &Judged) -> Self {
        let booking = &judged.booking;
        let evidence = judged.evidence.iter().map(|witnessed| EvidenceLine {
            source: witnessed.source.clone(),
            kind: witnessed.kind.as_str(),
            state: witnessed.told.as_str(),
            start: rfc3339(witnessed.span.start()),
            end: rfc3339(witnessed.span.end()),
        });
        Self {
            source: room.source.clone(),
            room: room.address.clone(),
            id: booking.id.clone(),
            series: booking.series.clone(),
            start: rfc3339(booking.start),
            end: rfc3339(booking.end),
            verdict: judged.counts.verdict.as_str(),
            length_seconds: judged.counts.length,
            occupied_seconds: judged.counts.occupied,
            known_seconds: judged.counts.known,
            party: judged.counts.party,
            provisional: judged.provisional,
            reason: judged.reason.map(crate::verdict::Reason::as_str),
            evidence: evidence.collect(),
        }
    }
}
