//! Tests that generated tenants can be read to the last page.

use std::collections::HashSet;

use crate::common::{Graph, each, times};
use chrono::{DateTime, Utc};
use company::{Booking, Company, Plan, Status};
use graph_sim::{App, ROLES, Simulator, generate, generate_dense, tenant_of};

#[tokio::test]
async fn every_room_of_a_generated_tenant_can_be_read_whole() {
    let now = "2026-03-25T12:00:00Z".parse().unwrap();
    let sim = Simulator::start(generate(3, 30, 3, now)).unwrap();
    let graph = Graph::sign_in(&sim).await;
    let mut rooms = HashSet::new();
    for list in 1..=3 {
        let (_, page) = graph
            .json(&format!(
                "/places/list-{list}@contoso.com/microsoft.graph.roomlist/rooms"
            ))
            .await;
        rooms.extend(each(&page, "emailAddress").into_iter().map(str::to_owned));
    }
    assert_eq!(rooms.len(), 30);
    assert!(rooms.contains("o'neill-006@contoso.com"));
    let mut seen: [HashSet<String>; 3] = Default::default();
    for room in &rooms {
        let view = "calendarView?startDateTime=2026-03-20&endDateTime=2026-04-20&$top=1000";
        let (status, page) = graph.json(&format!("/users/{room}/{view}")).await;
        assert_eq!(status, 200, "{page}");
        for (seen, field) in seen.iter_mut().zip(["type", "sensitivity", "showAs"]) {
            seen.extend(each(&page, field).into_iter().map(str::to_owned));
        }
        let ids = each(&page, "id");
        assert_eq!(
            ids.iter().collect::<HashSet<_>>().len(),
            ids.len(),
            "an id stands for one item"
        );
    }
    let all = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<HashSet<_>>()
    };
    assert_eq!(seen[0], all(&["singleInstance", "occurrence", "exception"]));
    assert_eq!(seen[1], all(&["normal", "private", "confidential", "personal"]));
    assert_eq!(seen[2], all(&["busy", "free", "tentative", "oof"]));
}

#[tokio::test]
async fn a_dense_tenant_gives_two_full_pages_of_five_hundred() {
    let (from, to) = ("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z");
    let sim = Simulator::start(generate_dense(
        1,
        1,
        1,
        1000,
        from.parse().unwrap(),
        to.parse().unwrap(),
    ))
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    let view =
        format!("/users/room-001@contoso.com/calendarView?startDateTime={from}&endDateTime={to}&$top=500");
    let (_, first) = graph.json(&view).await;
    let (_, second) = graph.json(first["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!((each(&first, "id").len(), each(&second, "id").len()), (500, 500));
    assert!(second.get("@odata.nextLink").is_none());
}

/// The generated company, whose call records are shown as of this time.
fn filled(company: &Company, now: i64) -> Simulator {
    let app = App::default().roles(ROLES.into_iter().chain(["CallRecords.Read.All"]));
    let now = DateTime::from_timestamp(now, 0).unwrap();
    let tenant = tenant_of(company).app(app).calls_as_of(now);
    Simulator::start(tenant.without_call_limits()).unwrap()
}

fn local(seconds: i64) -> String {
    let at: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap();
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[tokio::test]
async fn a_calendar_filled_from_a_company_shows_each_booking_at_its_time() {
    let company = Plan::default().company();
    let sim = filled(&company, 0);
    let graph = Graph::sign_in(&sim).await;
    for room in &company.rooms {
        let (from, to) = (local(room.period.start), local(room.period.end));
        let view = format!("calendarView?startDateTime={from}&endDateTime={to}&$top=1000");
        let (status, page) = graph.json(&format!("/users/{}/{view}", room.address)).await;
        assert_eq!(status, 200, "{page}");
        let starts = times(&page, "start").into_iter().map(str::to_owned);
        let ends = times(&page, "end").into_iter().map(str::to_owned);
        let items = page["value"].as_array().unwrap().iter();
        let cancelled = items.map(|item| item["isCancelled"] == true);
        let mut shown: Vec<(String, String, bool)> = starts
            .zip(ends)
            .zip(cancelled)
            .map(|((start, end), cancelled)| (start, end, cancelled))
            .collect();
        // All-day events are shown by their days, whatever the zone.
        let timed = |booking: &&Booking| !booking.all_day;
        let items = page["value"].as_array().unwrap().iter();
        let mut days = items.map(|item| item["isAllDay"] == true);
        shown.retain(|_| !days.next().unwrap());
        let mut expected: Vec<(String, String, bool)> = room
            .bookings
            .iter()
            .filter(timed)
            .map(|booking| {
                let cancelled = booking.status == Status::Cancelled;
                (local(booking.span.start), local(booking.span.end), cancelled)
            })
            .collect();
        shown.sort();
        expected.sort();
        assert_eq!(shown, expected, "{}", room.address);
    }
}

#[tokio::test]
async fn the_records_of_a_company_say_when_each_room_was_in_a_call() {
    let company = Plan {
        rooms: 3,
        ..Plan::default()
    }
    .company();
    for room in &company.rooms {
        let sim = filled(&company, room.period.end);
        let graph = Graph::sign_in(&sim).await;
        let (_, user) = graph.json(&format!("/users/{}?$select=id", room.address)).await;
        let id = user["id"].as_str().unwrap();
        let mut target = format!("/communications/callRecords?$filter=participants_v2/any(p:p/id eq '{id}')");
        let mut found = Vec::new();
        loop {
            let (_, page) = graph.json(&target).await;
            for call in each(&page, "id") {
                let (_, sessions) = graph
                    .json(&format!("/communications/callRecords/{call}/sessions"))
                    .await;
                let sessions = sessions["value"].as_array().unwrap().iter();
                let own = sessions.filter(|session| session["caller"]["associatedIdentity"]["id"] == id);
                found.extend(own.map(|session| {
                    let text = |name: &str| session[name].as_str().unwrap().trim_end_matches('Z').to_owned();
                    (text("startDateTime"), text("endDateTime"))
                }));
            }
            match page["@odata.nextLink"].as_str() {
                Some(next) => target = next.to_owned(),
                None => break,
            }
        }
        let calls = room.calls.iter().flat_map(|call| &call.in_room);
        let expected: Vec<_> = calls.map(|span| (local(span.start), local(span.end))).collect();
        assert!(
            expected.len() > 10 && found == expected,
            "{found:?}\n{expected:?}"
        );
    }
}
