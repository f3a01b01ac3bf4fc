//! The timeline of four hundred rooms, as someone with a mouse, with a keyboard and with a phone finds a room on it.

use e2e::{Browser, Source};
use graph_sim::{Event, Room, Simulator, Tenant};

use crate::portal::situation::{Situation, picture};

const ROOMS: usize = 400;
const BUILDINGS: [&str; 4] = ["Annex", "Headquarters", "Laboratory", "Tower"];
/// The keys, as the browser's driver names them.
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";

/// Four hundred rooms, of which each third one has meetings on the day: a short one, two that overlap, and each ninth one a whole day.
fn tenant(day: chrono::NaiveDate) -> Tenant {
    let at = |time: &str| format!("{day}T{time}:00Z");
    (1..=ROOMS).fold(Tenant::new("contoso.com"), |tenant, number| {
        let address = format!("room-{number}@contoso.com");
        let mut room = Room::new(&address, &format!("Room {number}"))
            .building(BUILDINGS[number % BUILDINGS.len()])
            .capacity(8);
        if number % 3 == 0 {
            room = room
                .event(Event::new(
                    "Stand-up of the whole platform team",
                    &at("09:00"),
                    &at("09:10"),
                ))
                .event(Event::new("Planning", &at("10:00"), &at("12:00")))
                .event(Event::new("Interview", &at("11:00"), &at("11:30")))
                .event(Event::new(
                    "Handover to the night shift",
                    &at("18:30"),
                    &at("18:45"),
                ));
        }
        if number % 9 == 0 {
            let day = day.to_string();
            room = room.event(Event::all_day("Moving into the new office", &day, 1, "UTC"));
        }
        tenant.room(room)
    })
}

fn number(browser: &Browser, expression: &str) -> f64 {
    browser.evaluate(expression).unwrap().as_f64().unwrap()
}

#[test]
fn of_four_hundred_rooms_one_is_found_and_its_day_is_read() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let start = e2e::now() + chrono::Duration::days(1);
    let simulator = Simulator::start(tenant(start.date_naive())).unwrap();
    let source = Source::contoso(&simulator).to_string();
    let mut situation = Situation::of(simulator, start, &source, &["o365"]);
    situation.service.wait_for_passes("contoso", 1).unwrap();
    situation.set_up(&browser);
    let day = format!("/timeline?zone=UTC&date={}", situation.day);

    // Fifty rooms a page, by building and in the order of their numbers.
    browser.open(&situation.at(&day)).unwrap();
    let timeline = browser.text("main").unwrap();
    assert!(timeline.contains("Rooms 1 to 50 of 400."), "{timeline}");
    assert_eq!(browser.texts("tr.group").unwrap(), ["Annex"]);
    let rooms = browser.texts("tbody th[scope=row] > bdi").unwrap();
    assert_eq!(rooms[..3], ["Room 4", "Room 8", "Room 12"]);
    assert_eq!(rooms.len(), 50);
    picture(&browser, "timeline-many");
    browser.dark(true).unwrap();
    picture(&browser, "timeline-many-night");
    browser.dark(false).unwrap();

    // A whole day is as wide as the hours.
    let width = |css: &str| {
        number(
            &browser,
            &format!("document.querySelector('{css}').getBoundingClientRect().width"),
        )
    };
    let (lane, hours) = (width(".all-day .meeting"), width(".track"));
    assert!((lane - hours).abs() < 4.0, "{lane} of {hours}");

    // The hours stay above what is scrolled.
    let top = "document.querySelector('thead th').getBoundingClientRect().top";
    number(&browser, &format!("(scrollTo(0, 1500), {top})"));
    let (top, scrolled) = (number(&browser, top), number(&browser, "scrollY"));
    assert!(
        scrolled > 1_000.0 && (-1.0..200.0).contains(&top),
        "{top} at {scrolled}"
    );

    // One stop of the Tab key for each room, and arrow keys between its meetings; what is short unfolds.
    let stops = browser.evaluate("[...document.querySelectorAll('.day tr')].map(row => row.querySelectorAll('[tabindex=\"0\"]').length)");
    let stops: Vec<u64> = serde_json::from_value(stops.unwrap()).unwrap();
    assert!(
        stops.iter().all(|stops| *stops <= 1) && stops.contains(&1),
        "{stops:?}"
    );
    browser
        .evaluate("document.querySelector('.track .meeting').focus()")
        .unwrap();
    let focused = || {
        browser
            .evaluate("document.activeElement.innerText")
            .unwrap()
            .to_string()
    };
    assert!(focused().contains("Stand-up of the whole platform team"));
    let unfolded = "document.activeElement.querySelector('.words').getBoundingClientRect().width";
    assert!(number(&browser, unfolded) > 100.0);
    picture(&browser, "timeline-focused");
    browser.press(RIGHT).unwrap();
    assert!(focused().contains("Planning"));
    browser.press(DOWN).unwrap();
    assert!(
        focused().contains("Stand-up") || focused().contains("Moving"),
        "{}",
        focused()
    );

    // The last page, then one room by its name, then its week.
    browser.open(&situation.at(&format!("{day}&skip=350"))).unwrap();
    assert_eq!(browser.texts("tr.group").unwrap(), ["Tower"]);
    let page = browser.text(".paging [aria-current]").unwrap();
    assert_eq!(
        page.split_whitespace().collect::<Vec<_>>(),
        ["Page", "8", "of", "8"]
    );
    browser.fill("#text", "room 10").unwrap();
    browser.click_text("Show").unwrap();
    browser.wait_for_part("main", "11 rooms.").unwrap();
    // A week of many rooms is a page of twenty, on a phone with the times only; a room's name leads to its week in words.
    browser.size(390, 900).unwrap();
    browser
        .open(&situation.at(&format!("{day}&view=week&text=room-9")))
        .unwrap();
    browser.wait_for_part("main", "11 rooms.").unwrap();
    let subjects = "[...document.querySelectorAll('.week .subject')].filter(one => one.offsetParent).length";
    assert_eq!(number(&browser, subjects) as u64, 0);
    browser.open(&situation.at(&format!("{day}&view=week"))).unwrap();
    browser.wait_for_part("main", "Rooms 1 to 20 of 400.").unwrap();
    let height = number(&browser, "document.documentElement.scrollHeight");
    assert!(height < 8_500.0, "{height}");
    let width = number(&browser, "document.documentElement.scrollWidth");
    assert!(width <= 390.0, "{width}");
    picture(&browser, "timeline-week-phone");
    assert_eq!(
        browser.barriers().unwrap().unwrap_or_default(),
        Vec::<String>::new()
    );
    browser.click_text("Room 12").unwrap();
    browser.wait_for_part("main", "Stand-up").unwrap();
    assert!(number(&browser, subjects) > 0.0);
    browser.size(1280, 900).unwrap();
    let week = format!(
        "/timeline?zone=UTC&date={}&view=week&text=room-99%40",
        situation.day
    );
    browser.open(&situation.at(&week)).unwrap();
    let words = browser.text(".week tbody").unwrap();
    // The window begins a day ago, so that some days of the week are known and others may not be.
    assert!(
        words.contains("Moving into the new office") && words.contains("Stand-up"),
        "{words}"
    );
    browser
        .open(&situation.at("/timeline?view=week&date=2020-01-06&text=room-99%40"))
        .unwrap();
    let days = browser.texts(".week td").unwrap();
    assert!(
        days.iter().all(|day| day.ends_with("not collected")) && days.len() == 7,
        "{days:?}"
    );

    // On a phone.
    browser.size(390, 844).unwrap();
    browser.open(&situation.at(&day)).unwrap();
    picture(&browser, "timeline-many-phone");
    browser.open(&situation.at("/rooms?text=room+3")).unwrap();
    picture(&browser, "rooms-phone");
    let each = number(
        &browser,
        "document.querySelector('tbody').getBoundingClientRect().height",
    ) / number(&browser, "document.querySelectorAll('tbody tr').length");
    assert!(each < 70.0, "{each} pixels a room");
    browser.size(1280, 900).unwrap();
    browser.open(&situation.at("/rooms?text=room+3")).unwrap();
    picture(&browser, "rooms-many");
    browser.click("tbody th a").unwrap();
    browser.wait_for_text("h1", "Timeline").unwrap();
    assert_eq!(browser.texts(".week tbody th[scope=row] > bdi").unwrap().len(), 1);
}
