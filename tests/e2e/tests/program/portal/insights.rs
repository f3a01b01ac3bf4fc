//! The pages about figures, as people find them in a browser: with many rooms and hostile names, in both themes, on a phone, and with nothing at all.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use e2e::{Browser, Source};
use graph_sim::{Event, Pattern, Room, Simulator, Tenant};

use crate::portal::situation::{HOSTILE, Situation, look};

/// The pages about figures, by the words of their entry in the navigation, with the name of their picture.
const PAGES: [(&str, &str, &str); 8] = [
    ("/", "Overview", "insights-overview"),
    ("/insights/spaces", "Spaces", "insights-spaces"),
    ("/insights/no-shows", "No-shows and release", "insights-no-shows"),
    ("/insights/zombies", "Zombie series", "insights-zombies"),
    ("/insights/demand", "Demand and fit", "insights-demand"),
    ("/insights/trust", "Devices and trust", "insights-trust"),
    ("/insights/reports", "Reports", "insights-reports"),
    ("/insights/week", "Week of", "insights-week"),
];
const ROOMS: usize = 400;
const SENSORS: &str = "\n[[source]]\nname = \"sensors\"\nreceive = { token = { env = \"O365_CLIENT_SECRET\" } }\n[insights]\ntime-zone = \"Europe/Berlin\"\n";

/// The address of a room.
fn address(number: usize) -> String {
    format!("room-{number}@contoso.com")
}

/// Rooms of ten buildings, one of them with a hostile name. Each is booked on one day from 9:00 to 10:00 and from 11:00 to 12:00 UTC.
fn tenant() -> Tenant {
    (0..ROOMS).fold(Tenant::new("contoso.com"), |tenant, number| {
        let name = if number == 7 {
            HOSTILE.to_owned()
        } else {
            format!("Room {number}")
        };
        let booked = |hours: (&str, &str)| Event::new("Review", &at(hours.0), &at(hours.1));
        tenant.room(
            Room::new(&address(number), &name)
                .building(&format!("Building {}", number / 40 + 1))
                .capacity(if number % 3 == 0 { 4 } else { 8 })
                .event(booked(("09:00", "10:00")))
                .event(booked(("11:00", "12:00"))),
        )
    })
}

/// The last Tuesday that is over: the day on which everything happened.
fn tuesday() -> NaiveDate {
    let yesterday = e2e::now().date_naive() - Days::new(1);
    let since = (yesterday.weekday().num_days_from_monday() + 6) % 7;
    yesterday - Days::new(since.into())
}

fn at(time: &str) -> String {
    format!("{}T{time}:00Z", tuesday())
}

/// The week of that day, as the query of an address.
fn week() -> String {
    let monday = tuesday() - Days::new(1);
    format!("from={monday}&last={}", monday + Days::new(6))
}

/// In three of four rooms people are counted: some come to the first meeting of each, and nobody to the second.
fn records() -> String {
    let mut lines = String::new();
    for number in (0..ROOMS).filter(|number| number % 4 != 3) {
        for (key, start, end, count) in [
            ("before", "07:00", "09:00", 0),
            ("met", "09:00", "10:00", number % 7 + 1),
            ("after", "10:00", "17:00", 0),
        ] {
            let space = address(number);
            let (start, end) = (at(start), at(end));
            let _ = writeln!(
                lines,
                r#"{{"type":"usage","source":"sensors","space":"{space}","device":null,"key":"{key} {number}","revision":1,"withdrawn":false,"kind":"people-count","form":"interval","start":"{start}","end":"{end}","value":{count},"resolution":null}}"#
            );
        }
    }
    lines
}

/// Everything that happened is collected and imported, and somebody is signed in.
fn observed(browser: &Browser) -> Situation {
    let simulator = Simulator::start(tenant()).unwrap();
    let source = Source::contoso(&simulator).line("window = { back = \"10d\", ahead = \"1d\" }");
    let mut situation = Situation::of(simulator, e2e::now(), &format!("{source}{SENSORS}"), &["o365"]);
    situation.service.wait_for_passes("contoso", 1).unwrap();
    let imported = situation
        .workplace
        .run_with_input(&["usage", "import", "--source", "sensors", "-"], &records())
        .unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    situation.set_up(browser);
    situation
}

#[test]
fn a_manager_finds_out_how_four_hundred_rooms_are_used() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let situation = observed(&browser);
    let mut barriers = Vec::new();
    for (path, title, name) in PAGES {
        browser
            .open(&situation.at(&format!("{path}?{}", week())))
            .unwrap();
        browser.wait_for_part("h1", title).unwrap();
        barriers.extend(look(&browser, name));
    }
    // Three of four rooms were observed for one of five days.
    browser.open(&situation.at(&format!("/?{}", week()))).unwrap();
    browser.wait_for_part(".tiles", "300 of 400 rooms").unwrap();
    // On a phone, fifty rooms with all their figures are a dense list, which is sorted without the heads of a table.
    browser.size(390, 900).unwrap();
    browser
        .open(&situation.at(&format!("/insights/spaces?{}", week())))
        .unwrap();
    let height = browser.evaluate("document.documentElement.scrollHeight").unwrap();
    assert!(height.as_u64().unwrap() < 8_500, "{height}");
    let lines = "new Set([...document.querySelectorAll('.period .paging a')].map(link => link.getBoundingClientRect().top)).size";
    assert_eq!(browser.evaluate(lines).unwrap(), 1, "periods are in one line");
    let figures = browser.texts("tbody tr:first-child td").unwrap();
    assert_eq!(figures.len(), 8, "{figures:?}");
    browser.choose("[name=sort]", "name").unwrap();
    browser.click_text("Find").unwrap();
    browser.wait_for_part("tbody tr:nth-child(2)", "Room 0").unwrap();
    // So are the spaces of their devices, in parts.
    browser.open(&situation.at("/spaces")).unwrap();
    browser.wait_for_part("main", "1 to 25 of 300 spaces").unwrap();
    let height = browser.evaluate("document.documentElement.scrollHeight").unwrap();
    assert!(height.as_u64().unwrap() < 8_500, "{height}");
    barriers.extend(look(&browser, "spaces-many"));
    // From a building to a room, and from a drawn booking to its evidence.
    browser
        .open(&situation.at(&format!(
            "/insights/spaces?{}&building=Building+1&sort=name",
            week()
        )))
        .unwrap();
    browser.wait_for_part(".period", "40 rooms of 400").unwrap();
    browser.click_text("Room 1").unwrap();
    browser.wait_for_text("h1", "Room 1").unwrap();
    barriers.extend(look(&browser, "insights-room"));
    assert_eq!(barriers, Vec::<String>::new());
    browser.click("svg.strip a:has(rect.no-show)").unwrap();
    browser.wait_for_part("tr:target", "no-show").unwrap();
    browser
        .wait_for_part("tr:target details[open]", "vacant by people-count of sensors")
        .unwrap();
    // The filter is still there on the way back.
    browser.click_text("Spaces").unwrap();
}

#[test]
fn a_chart_is_drawn_from_its_table_and_can_be_read_without_it() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let situation = observed(&browser);
    browser
        .open(&situation.at(&format!("/insights/no-shows?{}", week())))
        .unwrap();
    browser
        .wait_for("charts", |browser| {
            let drawn = browser
                .exists("figure[data-chart] .canvas:not([hidden]) canvas")
                .ok()?;
            let folded = browser.exists("figure[data-chart] details:not([open])").ok()?;
            (drawn && folded).then_some(())
        })
        .unwrap();
    // What a bar could be is drawn over it, not beside it.
    let drawn = "[...document.querySelectorAll('figure[data-chart=bar] canvas')].map(canvas => {
        const chart = Chart.getChart(canvas);
        const [bars, , bounds] = [0, 1, 2].map(number => chart.getDatasetMeta(number).data);
        const last = chart.data.datasets[2].data.findLastIndex(Boolean);
        const scale = chart.scales.y;
        const [lower, upper] = chart.data.datasets[2].data[last];
        return chart.data.datasets[2].label === 'No-shows, at least and at most'
            && Math.abs(bars[last].x - bounds[last].x) < 1
            && Math.abs(bounds[last].y - scale.getPixelForValue(upper)) < 1
            && Math.abs(bounds[last].base - scale.getPixelForValue(lower)) < 1;
    })";
    let drawn = browser.evaluate(drawn).unwrap();
    let drawn = drawn.as_array().unwrap();
    assert!(
        drawn.len() == 5 && drawn.iter().all(|one| one == true),
        "{drawn:?}"
    );
    browser.click("figure[data-chart] summary").unwrap();
    // 300 meetings to which nobody came, of an hour each.
    browser
        .wait_for_part("figure[data-chart] details[open]", "5 min")
        .unwrap();
    // All were booked before anybody read the rooms. A quarter of the rooms is not observed.
    let folded = "[...document.querySelectorAll('figure[data-chart] tbody')].map(body => body.textContent).join('\\n')";
    let tables = browser.evaluate(folded).unwrap();
    let tables = tables.as_str().unwrap();
    for row in ["not known", "up to 1 h"] {
        let row = format!("{row}50 % of 600 judged (38 % to 63 % of all 800)300 h");
        assert!(tables.contains(&row), "{row}: {tables}");
    }
    // Of days that nobody read, nothing is known and nothing is drawn.
    for path in ["/", "/insights/no-shows", "/insights/demand"] {
        browser
            .open(&situation.at(&format!("{path}?from=2020-01-06&last=2020-01-12")))
            .unwrap();
        browser.wait_for_part("main", "o calendar was read").unwrap();
        assert!(!browser.exists("figure[data-chart]").unwrap(), "{path}");
    }
}

#[test]
fn a_report_is_saved_as_the_command_line_prints_it() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let situation = observed(&browser);
    let monday = tuesday() - Days::new(1);
    let (monday, next) = (monday.to_string(), (monday + Days::new(7)).to_string());
    for format in ["csv", "json"] {
        let printed = situation
            .workplace
            .run(&[
                "report", "--from", &monday, "--to", &next, "--by", "building", "--format", format,
            ])
            .unwrap();
        let saved = browser
            .fetched(&situation.at(&format!("/insights/report.{format}?{}&by=building", week())))
            .unwrap();
        assert_eq!(saved, printed.stdout, "{format}");
    }
    // A file of Parquet begins and ends with these four bytes.
    let saved = browser
        .fetched(&situation.at(&format!("/insights/report.parquet?{}&by=building", week())))
        .unwrap();
    assert!(saved.starts_with("PAR1") && saved.ends_with("PAR1"));
}

#[test]
fn a_series_that_nobody_attends_is_a_ticket_that_says_where_and_when() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let today = e2e::now().date_naive();
    let day = |days: i64| today + chrono::Duration::days(days);
    // Each day at 18:00 in Tokyo, where the clocks never change.
    let daily = Event::new(
        "Stand-up",
        &format!("{}T09:00:00Z", day(-6)),
        &format!("{}T10:00:00Z", day(-6)),
    );
    let building = "=HQ\u{202e} <b>";
    let room = Room::new("conf-a@contoso.com", HOSTILE)
        .building(building)
        .event(daily.repeats(Pattern::Daily(1)).times(20));
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let source = Source::contoso(&simulator).line("window = { back = \"10d\", ahead = \"5d\" }");
    let sensors = SENSORS.replace("Europe/Berlin", "Asia/Tokyo");
    let mut situation = Situation::of(simulator, e2e::now(), &format!("{source}{sensors}"), &["o365"]);
    situation.service.wait_for_passes("contoso", 1).unwrap();
    let empty = format!(
        r#"{{"type":"usage","source":"sensors","space":"conf-a@contoso.com","device":null,"key":"empty","revision":1,"withdrawn":false,"kind":"people-count","form":"interval","start":"{}T00:00:00Z","end":"{}T00:00:00Z","value":0,"resolution":null}}"#,
        day(-8),
        day(0)
    );
    let imported = situation
        .workplace
        .run_with_input(&["usage", "import", "--source", "sensors", "-"], &empty)
        .unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    situation.set_up(&browser);
    browser.open(&situation.at("/insights/zombies")).unwrap();
    browser.wait_for_part("h2", "1 series hold").unwrap();
    let when = browser.text("td[data-label=When]").unwrap();
    assert!(when.contains("18:00"), "{when}");
    assert_eq!(browser.text("td[data-label=Next]").unwrap(), day(0).to_string());
    assert_eq!(look(&browser, "insights-tickets"), Vec::<String>::new());
    let tickets = browser.fetched(&situation.at("/insights/zombies.csv")).unwrap();
    let (next, missed) = (day(0), day(-1));
    for part in [
        format!("Asia/Tokyo,{next}T18:00:00+09:00,"),
        format!(",6,{missed}T18:00:00+09:00,,"),
        ",18:00,".to_owned(),
    ] {
        assert!(tickets.contains(&part), "{part}: {tickets}");
    }
    // Foreign text is the same in each file for spreadsheets.
    let report = browser
        .fetched(&situation.at("/insights/report.csv?by=building"))
        .unwrap();
    let escaped = r"'=HQ\u{202e} <b>,";
    assert!(tickets.contains(escaped) && report.contains(escaped), "{tickets}");
}

#[test]
fn without_any_data_each_page_says_what_to_do() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let mut situation = Situation::new(Duration::ZERO);
    situation.set_up(&browser);
    let mut barriers = Vec::new();
    for (path, title, name) in PAGES {
        browser.open(&situation.at(path)).unwrap();
        browser.wait_for_part("h1", title).unwrap();
        barriers.extend(look(&browser, &format!("{name}-empty")));
    }
    assert_eq!(barriers, Vec::<String>::new());
}

#[test]
fn a_month_that_is_closed_stays_as_it_was_and_lists_what_came_later() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    // The tenth day of the month before last: in the week, and over for long enough.
    let month = e2e::now()
        .date_naive()
        .checked_sub_months(Months::new(2))
        .unwrap();
    let day = month.with_day(10).unwrap();
    let day = day
        + Days::new(if day.weekday().num_days_from_monday() > 4 {
            2
        } else {
            0
        });
    let booked = Event::new("Review", &format!("{day}T09:00:00Z"), &format!("{day}T10:00:00Z"));
    let room = Room::new("conf-a@contoso.com", "Conf A")
        .building("HQ")
        .event(booked);
    let simulator = Simulator::start(Tenant::new("contoso.com").room(room)).unwrap();
    let source = Source::contoso(&simulator).line("window = { back = \"95d\", ahead = \"1d\" }");
    let mut situation = Situation::of(simulator, e2e::now(), &format!("{source}{SENSORS}"), &["o365"]);
    situation.service.wait_for_passes("contoso", 1).unwrap();
    situation.set_up(&browser);
    // The first look for months that are due came before the first pass; the next one comes after a minute, or a start.
    situation.restart();
    situation.sign_in(&browser);
    let page = situation.at(&format!("/insights/months/{}", day.format("%Y-%m")));
    browser
        .wait_for("the closed month", |browser| {
            browser.open(&page).ok()?;
            let heading = browser.text("h1").ok()?;
            (heading == day.format("%B %Y").to_string()).then_some(())
        })
        .unwrap();
    browser
        .wait_for_part("main", "computed anew today, all figures are the same")
        .unwrap();
    let later = format!(
        r#"{{"type":"usage","source":"sensors","space":"conf-a@contoso.com","device":null,"key":"late","revision":1,"withdrawn":false,"kind":"people-count","form":"interval","start":"{day}T08:00:00Z","end":"{day}T12:00:00Z","value":0,"resolution":null}}"#
    );
    let imported = situation
        .workplace
        .run_with_input(&["usage", "import", "--source", "sensors", "-"], &later)
        .unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    browser.open(&page).unwrap();
    browser.wait_for_part("#later ~ .table", "No-shows").unwrap();
    // All of it is in the files, as programs name it.
    let changed = browser.fetched(&format!("{page}/changes.csv")).unwrap();
    let month = day.format("%Y-%m");
    assert!(
        changed.contains(&format!("{month},building,HQ,no_show_rate.value,,1")),
        "{changed}"
    );
    let kept = browser.fetched(&format!("{page}/month.json")).unwrap();
    assert!(
        kept.contains(r#""total":{"#) && kept.contains(r#""building":null"#),
        "{kept}"
    );
    browser.open(&situation.at("/insights/reports")).unwrap();
    let closed = format!("{}", day.format("%B %Y"));
    browser.wait_for_part("main", &closed).unwrap();
    browser.open(&page).unwrap();
    // What was reported is still there: nobody knew anything then.
    let then = browser.text("td[data-label=Used]").unwrap();
    assert!(then.contains("not known"), "{then}");
    assert_eq!(look(&browser, "insights-month"), Vec::<String>::new());
}
