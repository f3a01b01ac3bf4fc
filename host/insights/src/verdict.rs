//! What became of one booking (contract, section 4), and every figure of section 5 that depends on one booking.

use collector_model::meeting::Status;
use collector_model::usage::Kind;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::base::Base;
use crate::booking::Booking;
use crate::clock::{Local, local, open_seconds};
use crate::evidence::{Evidence, Told};
use crate::rank::nearest_rank_of;
use crate::spans::{Span, Spans};

/// Seconds before its start from which on a cancellation is late.
pub(crate) const LATE: i64 = 3_600;
/// Bookings of this length or more are blocks.
pub(crate) const BLOCK: i64 = 8 * 3_600;
/// Seconds of presence that a no-show may have: somebody fetched a chair.
pub(crate) const BLIP: i64 = 120;
/// Seconds of presence that make the longest meetings attended.
pub(crate) const ENOUGH: i64 = 300;
/// Shorter ones are attended by this part of their length: a fifth.
pub(crate) const PART: i64 = 5;
/// Per cent of a booking that must be known to say that nobody came.
pub(crate) const OBSERVED: i64 = 90;
/// Seconds after its end for which a verdict is provisional: devices report late.
pub const SETTLES: i64 = 2 * 3_600;

/// What became of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Enough of it was occupied.
    Attended,
    /// Nobody came, and a witness saw that.
    NoShow,
    /// Somebody came, but for less than it takes.
    Brief,
    /// Too little is known.
    Unknown,
    /// A whole day, or eight hours or more: not judged.
    Block,
    /// Only calls and presentations are known here, and there was none.
    NoActivity,
    /// Removed while it went on, and vacant until then.
    ReleasedEmpty,
    /// Removed in the hour before its start.
    CancelledLate,
    /// Removed while it went on.
    CancelledAfterStart,
    /// Removed before.
    CancelledEarly,
    /// Tentative, cancelled without being removed, or without length.
    NotCounted,
}

impl Verdict {
    /// All, in the order of the report.
    pub const ALL: [Self; 11] = [
        Self::Attended,
        Self::NoShow,
        Self::Brief,
        Self::Unknown,
        Self::Block,
        Self::NoActivity,
        Self::ReleasedEmpty,
        Self::CancelledLate,
        Self::CancelledAfterStart,
        Self::CancelledEarly,
        Self::NotCounted,
    ];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attended => "attended",
            Self::NoShow => "no-show",
            Self::Brief => "brief",
            Self::Unknown => "unknown",
            Self::Block => "block",
            Self::NoActivity => "no-activity",
            Self::ReleasedEmpty => "released-empty",
            Self::CancelledLate => "cancelled-late",
            Self::CancelledAfterStart => "cancelled-after-start",
            Self::CancelledEarly => "cancelled-early",
            Self::NotCounted => "not-counted",
        }
    }

    /// The verdict of a word of the contract.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// Why a verdict is `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No record is joined to the room.
    NoSource,
    /// A source was offline during the booking.
    Offline,
    /// A source was blind during the booking for another reason.
    Blind,
    /// Nobody said enough.
    PartlyObserved,
}

impl Reason {
    /// The words of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSource => "no source",
            Self::Offline => "offline",
            Self::Blind => "blind",
            Self::PartlyObserved => "partly observed",
        }
    }
}

/// What a source said about a part of a booking, by records of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The source.
    pub source: String,
    /// The kind of its records.
    pub kind: Kind,
    /// What it said.
    pub told: Told,
    /// When.
    pub span: Span,
}

/// What figures count of a judged booking: all that has to be kept of it. Seconds, but for `party`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// What became of it.
    pub verdict: Verdict,
    /// len.
    pub length: i64,
    /// occ: occupied for certain.
    pub occupied: i64,
    /// known: occupied or vacant for certain.
    pub known: i64,
    /// The 90th percentile of the people counted, of an attended booking.
    pub party: Option<u32>,
    /// Whether it has seconds in a bucket of which single seconds are unknown: it is left out where single seconds matter.
    pub is_partial: bool,
    /// Seconds from its start to the first one that is occupied.
    pub first_occupied: Option<i64>,
    /// The vacant run that ends at its end.
    pub vacant_tail: i64,
    /// Open seconds in it, of a no-show.
    pub no_show_seconds: i64,
    /// What its removal gave back, as far as that time has passed.
    pub given_back: i64,
    /// How much of that other bookings book, or is occupied.
    pub reused: i64,
    /// From first seen to its start, if it was seen before that and an earlier reading did not have it.
    pub lead: Option<i64>,
}

/// A booking with its verdict and everything that the verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The booking.
    pub booking: Booking,
    /// Date and hour of its start on the room's clock: the group that it is in with all its figures.
    pub local: Local,
    /// The verdict, and what figures count.
    pub counts: Counts,
    /// Why it is unknown; none for every other verdict.
    pub reason: Option<Reason>,
    /// Whether later reports may still change the verdict.
    pub provisional: bool,
    /// What the sources said.
    pub evidence: Vec<Witnessed>,
}

impl Judged {
    /// The local date of its start.
    pub fn date(&self) -> Date {
        self.local.date
    }
}

impl Counts {
    /// Whether at least 90 % of it is known.
    pub fn is_observed(&self) -> bool {
        is_observed(self.known, self.length)
    }
}

/// The verdict of a booking of the room; none if it has neither ended nor was removed, or lies outside of all calendars.
///
/// It needs what is known about the booking's own time, and the other bookings in it.
pub fn judge(booking: &Booking, base: &Base<'_>) -> Option<Judged> {
    if !booking.is_judged(base.now) {
        return None;
    }
    let seconds = Spans::one(booking.start, booking.end);
    let passed = base.passed(&seconds);
    let seen = base.evidence.seen(&passed);
    let length = seconds.seconds();
    let (occupied, known) = (seen.occupied, seen.occupied + seen.vacant);
    let verdict = verdict(booking, base, occupied, known);
    let given_back = given_back(booking, base, verdict);
    let first = base.evidence.occupied().and(&passed).first();
    let no_show_seconds = match (verdict, booking.span()) {
        (Verdict::NoShow, Some(span)) => open_seconds(base.hours, span).seconds(),
        _ => 0,
    };
    Some(Judged {
        local: local(base.hours.zone(), booking.start)?,
        counts: Counts {
            verdict,
            length,
            occupied,
            known,
            party: (verdict == Verdict::Attended)
                .then(|| nearest_rank_of(&base.evidence.counts(&passed), 90))
                .flatten(),
            is_partial: base.evidence.is_partial(&passed),
            first_occupied: first.map(|first| first - booking.start),
            vacant_tail: vacant_tail(booking, base),
            no_show_seconds,
            given_back: given_back.seconds(),
            reused: reused(base, &given_back),
            lead: lead(booking, verdict),
        },
        reason: (verdict == Verdict::Unknown).then(|| reason(booking, base)),
        provisional: base.now < booking.end.saturating_add(SETTLES),
        evidence: evidence(&passed, base),
        booking: booking.clone(),
    })
}

fn is_observed(known: i64, length: i64) -> bool {
    known * 100 >= length * OBSERVED
}

/// The first that fits.
fn verdict(booking: &Booking, base: &Base<'_>, occupied: i64, known: i64) -> Verdict {
    let is_there = booking.removed_at.is_some() || booking.status == Status::Confirmed;
    let length = booking.end - booking.start;
    if !is_there || length <= 0 {
        return Verdict::NotCounted;
    }
    if let Some(gone) = booking.gone_at() {
        return removed(booking, base, gone);
    }
    let need = ENOUGH.min(length / PART).max(1);
    // Only class A or B proves a second vacant, so a booking that is known and was not attended is known by one of them.
    let is_known = is_observed(known, length);
    if booking.all_day || length >= BLOCK {
        Verdict::Block
    } else if occupied >= need {
        Verdict::Attended
    } else if is_known && occupied <= BLIP {
        Verdict::NoShow
    } else if is_known {
        Verdict::Brief
    } else if base.evidence.witnesses().is_activity_only() && occupied == 0 {
        Verdict::NoActivity
    } else {
        Verdict::Unknown
    }
}

/// The verdict of a booking that was removed before its end.
fn removed(booking: &Booking, base: &Base<'_>, gone: i64) -> Verdict {
    if gone <= booking.start - LATE {
        return Verdict::CancelledEarly;
    }
    if gone < booking.start {
        return Verdict::CancelledLate;
    }
    let until = Spans::one(booking.start, gone);
    // Any second of a bucket that is occupied in part may be the occupied one, so those that lie in one are not vacant for certain.
    if gone > booking.start && base.evidence.vacant().covers(&until) {
        return Verdict::ReleasedEmpty;
    }
    Verdict::CancelledAfterStart
}

fn reason(booking: &Booking, base: &Base<'_>) -> Reason {
    let during = |is: fn(&Evidence, Span) -> bool| booking.span().is_some_and(|span| is(base.evidence, span));
    if base.evidence.witnesses().kinds.is_empty() {
        Reason::NoSource
    } else if during(Evidence::is_offline) {
        Reason::Offline
    } else if during(Evidence::is_blind) {
        Reason::Blind
    } else {
        Reason::PartlyObserved
    }
}

/// The vacant run of the booking that ends at its end.
fn vacant_tail(booking: &Booking, base: &Base<'_>) -> i64 {
    let vacant = base
        .evidence
        .vacant()
        .and(&Spans::one(booking.start, booking.end));
    let last = vacant.iter().last().filter(|last| last.end() == booking.end);
    last.map_or(0, Span::seconds)
}

/// The seconds that the removal gave back, as far as they have passed.
fn given_back(booking: &Booking, base: &Base<'_>, verdict: Verdict) -> Spans {
    let from = match verdict {
        Verdict::CancelledLate => booking.start,
        Verdict::CancelledAfterStart | Verdict::ReleasedEmpty => booking.removed_at.unwrap_or(booking.end),
        _ => booking.end,
    };
    base.passed(&Spans::one(from, booking.end))
}

/// How much of what was given back is occupied for certain, or other bookings book: the booking itself counts only up to its removal.
fn reused(base: &Base<'_>, given_back: &Spans) -> i64 {
    let Some(hull) = given_back.hull() else {
        return 0;
    };
    let booked = base.booked(hull);
    let left = given_back.minus(&booked);
    given_back.shared(&booked) + base.evidence.seen(&left).occupied
}

fn lead(booking: &Booking, verdict: Verdict) -> Option<i64> {
    let seen = booking.first_seen.filter(|seen| *seen < booking.start)?;
    (booking.was_missing && verdict != Verdict::NotCounted).then_some(booking.start - seen)
}

fn evidence(seconds: &Spans, base: &Base<'_>) -> Vec<Witnessed> {
    let told = seconds.iter().flat_map(|span| base.evidence.told(span));
    told.map(|(source, kind, told, span)| Witnessed {
        source: source.to_owned(),
        kind,
        told,
        span,
    })
    .collect()
}
