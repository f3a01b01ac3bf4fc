//! All that is known of a room, second by second: its clock, its hours, what was read, what is booked, and who was there.

use crate::bucket::{Bucket, Partial, prove};
use crate::clock::{Wall, first_second, walls};
use crate::evidence::{State, exact};
use crate::four::{Four, by_name, mark};
use crate::hours::Hours;
use crate::question::Question;
use crate::world::{Room, Says, Span, World};

/// One second of a room.
#[derive(Clone)]
pub struct Second {
    /// What the room's clock shows.
    pub wall: Wall,
    /// Whether it is over.
    pub passed: bool,
    /// Whether it is business hours.
    pub open: bool,
    /// Whether it lies in the window of a complete reading, and is over.
    pub read: bool,
    /// Whether any counted booking books it.
    pub booked: bool,
    /// What is known of this single second; it is unknown in a partial bucket.
    pub state: State,
    /// The partial bucket that knows something of it.
    pub partial: Option<u32>,
    /// Whether people counting, presence or in-use said something, and what is known is not from a bucket of a call or presentation.
    pub witnessed: bool,
    /// The people there, where they are known.
    pub people: Option<u32>,
    /// Whether a call goes on where nobody is counted.
    pub conflict: bool,
}

/// A room, second by second.
pub struct Timeline {
    /// The first second and the one after the last.
    pub span: Span,
    /// One entry for each second.
    pub seconds: Vec<Second>,
    /// The partial buckets that seconds refer to.
    pub partials: Vec<Partial>,
}

impl Timeline {
    /// Everything that is known of a room during `span`.
    pub fn new(world: &World, room: &Room, span: Span) -> Timeline {
        let length = (span.1 - span.0) as usize;
        let hours = Hours::of(&world.insights, &room.building);
        let walls = walls(&hours.zone, span.0, span.1);
        let open = hours.open(&walls);
        let mut read = vec![false; length];
        for &window in &room.readings {
            mark(&mut read, span, window);
        }
        let mut booked = vec![false; length];
        for part in world
            .bookings_of(room)
            .iter()
            .filter_map(|booking| booking.booked())
        {
            mark(&mut booked, span, part);
        }

        let joined = world.records_of(room);
        let by_name = by_name(&joined);
        let new = |(name, records): (_, &Vec<_>)| (name, Four::new(kind_of(&name), records, span, world.now));
        let fours: Vec<_> = by_name
            .iter()
            .map(|(name, records)| new((*name, records)))
            .collect();
        let exact = exact(&fours.iter().map(|(_, four)| four).collect::<Vec<_>>(), length);
        let buckets = |(name, four)| {
            by_name[name]
                .iter()
                .filter_map(move |one| Bucket::new(one, *name, four))
        };
        let pairs = fours.iter().map(|(name, four)| (name, four));
        let proof = prove(pairs.flat_map(buckets).collect(), &exact, span);

        let mut seconds = Vec::new();
        for t in 0..length {
            let passed = span.0 + (t as i64) < world.now;
            let exact = exact[t];
            seconds.push(Second {
                wall: walls[t],
                passed,
                open: open[t],
                read: read[t] && passed,
                booked: booked[t],
                state: if exact.state == State::Unknown {
                    proof.state[t]
                } else {
                    exact.state
                },
                partial: proof.partial[t],
                witnessed: (exact.witnessed || proof.witnessed[t]) && !proof.by_call[t],
                people: exact.people,
                conflict: exact.conflict,
            });
        }
        Timeline {
            span,
            seconds,
            partials: proof.partials,
        }
    }

    /// The seconds of `part` that are over; those of them outside of the span are not looked for.
    pub fn passed(&self, part: Span) -> impl DoubleEndedIterator<Item = &Second> {
        self.seconds[crate::four::seconds(part, self.span)]
            .iter()
            .filter(|second| second.passed)
    }
}

fn kind_of<'a>(name: &crate::four::Name<'a>) -> &'a str {
    name.3
}

/// A span that holds every second that any figure of these questions needs: their periods, as far as they have passed, all bookings as far as they have,
/// all buckets, and a quarter of an hour before.
pub fn span(world: &World, questions: &[Question]) -> Span {
    let mut parts = Vec::new();
    for room in &world.rooms {
        let zone = Hours::of(&world.insights, &room.building).zone;
        for question in questions.iter().filter(|one| one.first_day < one.end_day) {
            let end = first_second(&zone, question.end_day);
            // A slot or an hour that has begun is there to its end.
            parts.push((
                first_second(&zone, question.first_day),
                end.min(world.now + 86_400),
            ));
        }
    }
    parts.extend(
        world
            .bookings
            .iter()
            .map(|booking| (booking.start, booking.end.min(world.now))),
    );
    for record in &world.records {
        if let Says::Usage { form, .. } = &record.says
            && form == "bucket"
        {
            parts.push((record.start, record.end.expect("an end")));
        }
    }
    parts.retain(|(start, end)| start < end);
    let start = parts.iter().map(|part| part.0).min().unwrap_or(world.now);
    let end = parts.iter().map(|part| part.1).max().unwrap_or(world.now);
    (start - 900, end)
}
