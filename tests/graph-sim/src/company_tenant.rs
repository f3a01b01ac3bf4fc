//! Fills a tenant from a generated company: its rooms with their bookings, its people, and the records of its calls.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc, Weekday};
use company::{Booking, Building, Call, Company, Series, Span, Status};

use crate::account::Account;
use crate::call_record::CallRecord;
use crate::call_session::CallSession;
use crate::event::{Event, Pattern};
use crate::ids;
use crate::room::{Room, RoomList, User};
use crate::tenant::Tenant;
use crate::zone::{instant, zone};

/// A tenant with the bookings and calls of this company. Room lists are `list-1@…` and so on, one for each building.
/// `admin@…` is a Global Administrator. The keys of events, and the names from which the ids of records are made, are the
/// ids that the company gives bookings, series and calls.
///
/// Until an app has `CallRecords.Read.All`, nobody can read the calls.
#[must_use]
pub fn tenant_of(company: &Company) -> Tenant {
    let domain = company.domain;
    let admin = Account::new(&format!("admin@{domain}"), "Ada Lovelace").global_administrator();
    let mut tenant = Tenant::new(domain).account(admin);
    for person in &company.people {
        tenant = tenant.user(User::new(&person.address, person.name));
    }
    for (number, building) in company.buildings.iter().enumerate() {
        let rooms = company.rooms.iter().filter(|room| room.building == number);
        let members: Vec<&str> = rooms.clone().map(|room| room.address.as_str()).collect();
        let address = format!("list-{}@{domain}", number + 1);
        tenant = tenant.list(RoomList::new(&address, building.name, members));
        for room in rooms {
            let seats = i32::try_from(room.capacity).unwrap_or(i32::MAX);
            tenant = tenant.room(
                Room::new(&room.address, &room.name)
                    .building(building.name)
                    .capacity(seats)
                    .events(events(room, building)),
            );
            for call in &room.calls {
                tenant = tenant.call(record(company, &room.address, call));
            }
        }
    }
    tenant
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn text(seconds: i64) -> String {
    at(seconds).to_rfc3339()
}

fn events(room: &company::Room, building: &Building) -> Vec<Event> {
    let singles = room.bookings.iter().filter(|booking| booking.series.is_none());
    let mut events: Vec<Event> = singles.map(|booking| single(booking, building.zone)).collect();
    for (number, series) in room.series.iter().enumerate() {
        let occurrences = room
            .bookings
            .iter()
            .filter(|booking| booking.series == Some(number));
        events.push(repeated(series, occurrences, building.zone));
    }
    events
}

fn single(booking: &Booking, name: &str) -> Event {
    let Span { start, end } = booking.span;
    let event = if booking.all_day {
        let zone = zone(name).unwrap_or(chrono_tz::UTC);
        let day = |seconds| at(seconds).with_timezone(&zone).date_naive();
        let days = u32::try_from((day(end) - day(start)).num_days()).unwrap_or(1);
        Event::all_day(booking.subject, &day(start).to_string(), days, name)
    } else {
        Event::between(booking.subject, at(start), at(end)).zone(name)
    };
    let event = event.key(&booking.id);
    let event = if booking.private { event.private() } else { event };
    match booking.status {
        Status::Confirmed => event,
        Status::Tentative => event.tentative(),
        Status::Cancelled => event.cancelled(),
    }
}

fn repeated<'a>(series: &Series, occurrences: impl Iterator<Item = &'a Booking>, name: &str) -> Event {
    let days = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];
    let days = (1u8..)
        .zip(days)
        .filter(|(number, _)| series.weekdays.contains(number));
    let (first, begins) = (&series.first, &series.begins);
    let event = Event::new(
        series.subject,
        &format!("{first}T{begins}"),
        &format!("{first}T{}", series.ends),
    );
    let event = event.zone(name).key(&series.id);
    let event = if series.private { event.private() } else { event };
    let event = event
        .repeats(Pattern::Weekly(1, days.map(|(_, day)| day).collect()))
        .until(&series.last);
    let event = series.deleted.iter().fold(event, |event, day| event.without(day));
    occurrences.fold(event, |event, booking| {
        let slot = booking.slot.as_deref().unwrap_or_default();
        let local = NaiveDateTime::parse_from_str(&format!("{slot}T{begins}"), "%Y-%m-%dT%H:%M");
        let regular = local
            .ok()
            .zip(zone(name))
            .map(|(local, zone)| instant(zone, local));
        if booking.status == Status::Cancelled {
            event.change_on(slot, Event::cancelled)
        } else if regular == Some(at(booking.span.start)) {
            event
        } else {
            let (start, end) = (text(booking.span.start), text(booking.span.end));
            event.change_on(slot, |slot| slot.moved_to(&start, &end))
        }
    })
}

fn record(company: &Company, room: &str, call: &Call) -> CallRecord {
    let address = |person: usize| {
        let person = company.people.get(person);
        person.map_or("", |person| person.address.as_str())
    };
    let mut record = CallRecord::between(at(call.span.start), at(call.span.end)).id(&ids::guid(&call.id));
    for (n, remote) in call.remote.iter().enumerate() {
        let there = session(address(remote.person), remote.span);
        let there = remote.presented.into_iter().fold(there, presents);
        record = record.session(there);
        if n == 0 {
            record = record.organizer(address(remote.person));
        }
    }
    let of_room = |span: &Span| {
        let own = call
            .presented
            .iter()
            .filter_map(|presented| presented.overlap(*span));
        let others = call
            .remote
            .iter()
            .filter_map(|remote| remote.presented?.overlap(*span));
        let joined = own.fold(session(room, *span), presents);
        others.fold(joined, |joined, shown| {
            joined.watches(&text(shown.start), &text(shown.end))
        })
    };
    let mut sessions: Vec<CallSession> = call.in_room.iter().map(of_room).collect();
    let late = call.completed.and_then(|after| Some((after, sessions.pop()?)));
    record = sessions.into_iter().fold(record, CallRecord::session);
    let after = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    record = record.published(after(call.published));
    match late {
        Some((completed, session)) => record.revised(after(completed), |record| record.session(session)),
        None => record,
    }
}

fn session(party: &str, span: Span) -> CallSession {
    CallSession::between(party, at(span.start), at(span.end))
}

fn presents(session: CallSession, span: Span) -> CallSession {
    session.presents(&text(span.start), &text(span.end))
}
