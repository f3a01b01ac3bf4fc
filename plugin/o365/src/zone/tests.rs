use super::*;
use crate::instant;
use crate::script::{at, written};
use connector_sdk::windows_zone::WINDOWS_ZONES;

/// The standard offset from UTC of every Windows zone, in minutes, as Windows itself displays it
/// ("(UTC+01:00) Amsterdam, Berlin, …"), in groups; for Greenland, Jordan, Paraguay, Syria and Volgograd the offset
/// since the last change of their laws; for the three of Canada, which left their standard time in 2026, that of January 2026.
const OFFSETS: &[(i32, &[&str])] = &[
    (-720, &["Dateline Standard Time"]),
    (-660, &["UTC-11"]),
    (-600, &["Aleutian Standard Time", "Hawaiian Standard Time"]),
    (-570, &["Marquesas Standard Time"]),
    (-540, &["Alaskan Standard Time", "UTC-09"]),
    (
        -480,
        &[
            "British Columbia Standard Time",
            "Pacific Standard Time",
            "Pacific Standard Time (Mexico)",
            "UTC-08",
        ],
    ),
    (
        -420,
        &[
            "Alberta Standard Time",
            "Mountain Standard Time",
            "Mountain Standard Time (Mexico)",
            "US Mountain Standard Time",
            "Yukon Standard Time",
        ],
    ),
    (
        -360,
        &[
            "Canada Central Standard Time",
            "Central America Standard Time",
            "Central Standard Time",
            "Central Standard Time (Mexico)",
            "Easter Island Standard Time",
            "Manitoba Standard Time",
        ],
    ),
    (
        -300,
        &[
            "Cuba Standard Time",
            "Eastern Standard Time",
            "Eastern Standard Time (Mexico)",
            "Haiti Standard Time",
            "SA Pacific Standard Time",
            "Turks And Caicos Standard Time",
            "US Eastern Standard Time",
        ],
    ),
    (
        -240,
        &[
            "Atlantic Standard Time",
            "Central Brazilian Standard Time",
            "Pacific SA Standard Time",
            "SA Western Standard Time",
            "Venezuela Standard Time",
        ],
    ),
    (-210, &["Newfoundland Standard Time"]),
    (
        -180,
        &[
            "Paraguay Standard Time",
            "Argentina Standard Time",
            "Bahia Standard Time",
            "E. South America Standard Time",
            "Magallanes Standard Time",
            "Montevideo Standard Time",
            "SA Eastern Standard Time",
            "Saint Pierre Standard Time",
            "Tocantins Standard Time",
        ],
    ),
    (-120, &["Greenland Standard Time", "UTC-02"]),
    (-60, &["Azores Standard Time", "Cape Verde Standard Time"]),
    (
        0,
        &[
            "GMT Standard Time",
            "Greenwich Standard Time",
            "Sao Tome Standard Time",
            "UTC",
        ],
    ),
    (
        60,
        &[
            "Central Europe Standard Time",
            "Central European Standard Time",
            "Morocco Standard Time",
            "Romance Standard Time",
            "W. Central Africa Standard Time",
            "W. Europe Standard Time",
        ],
    ),
    (
        120,
        &[
            "E. Europe Standard Time",
            "Egypt Standard Time",
            "FLE Standard Time",
            "GTB Standard Time",
            "Israel Standard Time",
            "Kaliningrad Standard Time",
            "Libya Standard Time",
            "Middle East Standard Time",
            "Namibia Standard Time",
            "South Africa Standard Time",
            "South Sudan Standard Time",
            "Sudan Standard Time",
            "West Bank Standard Time",
        ],
    ),
    (
        180,
        &[
            "Volgograd Standard Time",
            "Syria Standard Time",
            "Jordan Standard Time",
            "Arab Standard Time",
            "Arabic Standard Time",
            "Belarus Standard Time",
            "E. Africa Standard Time",
            "Russian Standard Time",
            "Turkey Standard Time",
        ],
    ),
    (210, &["Iran Standard Time"]),
    (
        240,
        &[
            "Arabian Standard Time",
            "Astrakhan Standard Time",
            "Azerbaijan Standard Time",
            "Caucasus Standard Time",
            "Georgian Standard Time",
            "Mauritius Standard Time",
            "Russia Time Zone 3",
            "Saratov Standard Time",
        ],
    ),
    (270, &["Afghanistan Standard Time"]),
    (
        300,
        &[
            "Ekaterinburg Standard Time",
            "Pakistan Standard Time",
            "Qyzylorda Standard Time",
            "West Asia Standard Time",
        ],
    ),
    (330, &["India Standard Time", "Sri Lanka Standard Time"]),
    (345, &["Nepal Standard Time"]),
    (
        360,
        &[
            "Bangladesh Standard Time",
            "Central Asia Standard Time",
            "Omsk Standard Time",
        ],
    ),
    (390, &["Myanmar Standard Time"]),
    (
        420,
        &[
            "Altai Standard Time",
            "N. Central Asia Standard Time",
            "North Asia Standard Time",
            "SE Asia Standard Time",
            "Tomsk Standard Time",
            "W. Mongolia Standard Time",
        ],
    ),
    (
        480,
        &[
            "China Standard Time",
            "North Asia East Standard Time",
            "Singapore Standard Time",
            "Taipei Standard Time",
            "Ulaanbaatar Standard Time",
            "W. Australia Standard Time",
        ],
    ),
    (525, &["Aus Central W. Standard Time"]),
    (
        540,
        &[
            "Korea Standard Time",
            "North Korea Standard Time",
            "Tokyo Standard Time",
            "Transbaikal Standard Time",
            "Yakutsk Standard Time",
        ],
    ),
    (
        570,
        &["AUS Central Standard Time", "Cen. Australia Standard Time"],
    ),
    (
        600,
        &[
            "AUS Eastern Standard Time",
            "E. Australia Standard Time",
            "Tasmania Standard Time",
            "Vladivostok Standard Time",
            "West Pacific Standard Time",
        ],
    ),
    (630, &["Lord Howe Standard Time"]),
    (
        660,
        &[
            "Bougainville Standard Time",
            "Central Pacific Standard Time",
            "Magadan Standard Time",
            "Norfolk Standard Time",
            "Russia Time Zone 10",
            "Sakhalin Standard Time",
        ],
    ),
    (
        720,
        &[
            "Fiji Standard Time",
            "New Zealand Standard Time",
            "Russia Time Zone 11",
            "UTC+12",
        ],
    ),
    (765, &["Chatham Islands Standard Time"]),
    (780, &["Samoa Standard Time", "Tonga Standard Time", "UTC+13"]),
    (840, &["Line Islands Standard Time"]),
];

/// The offsets from UTC that a zone has in the middle of January and of July 2026, in minutes.
fn offsets(zone: &TimeZone) -> [i32; 2] {
    ["2026-01-15T12:00:00", "2026-07-15T12:00:00"].map(|text| {
        let local = instant::parse(text).unwrap();
        i32::try_from((local.seconds - instant(local, zone).unwrap()) / 60).unwrap()
    })
}

#[test]
fn all_142_windows_names_resolve_to_a_zone_of_the_right_offset() {
    let mut names = 0;
    let mut wrong = Vec::new();
    for (expected, group) in OFFSETS {
        for name in *group {
            let zone = find(name).unwrap_or_else(|| panic!("{name} does not resolve"));
            let [january, july] = offsets(&zone);
            // Standard time is the smaller of the two, in either hemisphere.
            if january.min(july) != *expected {
                wrong.push(format!(
                    "{name} is {zone:?}, {january} and {july} minutes from UTC"
                ));
            }
            names += 1;
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert_eq!((names, WINDOWS_ZONES.len()), (142, 142));
}

/// The offsets of each zone from 2024 to 2028, by another implementation (`offsets.py`).
const CLOCKS: &str = include_str!("offsets.txt");

/// The offset in minutes from UTC of a line's zone at an instant.
fn minutes_at(line: &str, moment: i64) -> i64 {
    let mut offsets = line.split_once('\t').unwrap().1.split(' ');
    let first = offsets.next().unwrap();
    let changes = offsets.map(|change| change.split_once('=').unwrap());
    let holds = changes
        .take_while(|(from, _)| at(&format!("{from}:00Z")) <= moment)
        .last();
    holds.map_or(first, |(_, minutes)| minutes).parse().unwrap()
}

#[test]
fn all_142_windows_zones_show_in_every_month_of_five_years_what_another_implementation_says() {
    let mut wrong = Vec::new();
    let mut names = 0;
    for line in CLOCKS.lines() {
        let name = line.split_once('\t').unwrap().0;
        let zone = find(name).unwrap_or_else(|| panic!("{name} does not resolve"));
        names += 1;
        for (year, month) in (2024..=2028).flat_map(|year| (1..=12).map(move |month| (year, month))) {
            // The middle of the month: days of clock changes are tested below.
            let noon = at(&format!("{year}-{month:02}-15T12:00:00Z"));
            let minutes = minutes_at(line, noon);
            if instant(instant_local(noon + minutes * 60), &zone) != Some(noon) {
                wrong.push(format!(
                    "{name} {year}-{month:02}: not {minutes} minutes from UTC"
                ));
            }
        }
        for change in line.split_once('\t').unwrap().1.split(' ').skip(1) {
            let change = at(&format!("{}:00Z", change.split_once('=').unwrap().0));
            for moment in [change - 4 * 3600, change + 4 * 3600] {
                let minutes = minutes_at(line, moment);
                if instant(instant_local(moment + minutes * 60), &zone) != Some(moment) {
                    wrong.push(format!(
                        "{name} around {}: not {minutes} minutes from UTC",
                        written(change)
                    ));
                }
            }
        }
    }
    assert_eq!(names, 142);
    assert_eq!(wrong, [""; 0]);
}

/// A date and time of no zone, by its seconds.
fn instant_local(seconds: i64) -> Local {
    instant::parse(&written(seconds).replace('Z', ":00")).unwrap()
}

#[test]
fn the_table_is_sorted_so_that_it_can_be_searched() {
    let lower: Vec<String> = WINDOWS_ZONES
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    assert!(lower.is_sorted());
}

#[test]
fn names_are_found_in_any_case() {
    for name in [
        "w. europe standard time",
        "W. EUROPE STANDARD TIME",
        "europe/berlin",
        " Europe/Berlin ",
    ] {
        let zone = find(name).unwrap_or_else(|| panic!("{name} does not resolve"));
        assert_eq!(zone.iana_name(), Some("Europe/Berlin"), "{name}");
    }
}

#[test]
fn greenwich_standard_time_is_not_gmt_standard_time() {
    assert_eq!(offsets(&find("Greenwich Standard Time").unwrap()), [0, 0]);
    assert_eq!(offsets(&find("GMT Standard Time").unwrap()), [0, 60]);
}

#[test]
fn zones_without_rules_do_not_resolve() {
    for name in [
        "tzone://Microsoft/Custom",
        "Customized Time Zone",
        "",
        "Nowhere/Land",
        "UTC+25",
        "Etc/Unknown",
    ] {
        assert_eq!(find(name), None, "{name}");
    }
    assert_eq!(find("tzone://Microsoft/Utc"), Some(TimeZone::UTC));
}

#[test]
fn what_the_clocks_show_twice_is_the_earlier_and_what_they_skip_is_the_end_of_the_gap() {
    let read = |text: &str, zone: &str| {
        let local = instant::parse(text).unwrap();
        instant(local, &find(zone).unwrap()).map(written).unwrap()
    };
    // In 2026 Berlin goes forward on 29 March and back on 25 October.
    assert_eq!(read("2026-10-25T02:30:00", "Europe/Berlin"), "2026-10-25T00:30Z");
    assert_eq!(read("2026-03-29T02:30:00", "Europe/Berlin"), "2026-03-29T01:00Z");
    assert_eq!(read("2026-03-29T01:59:00", "Europe/Berlin"), "2026-03-29T00:59Z");
    assert_eq!(read("2026-03-29T03:00:00", "Europe/Berlin"), "2026-03-29T01:00Z");
    // Beirut goes forward at midnight: that day begins at one o'clock.
    assert_eq!(read("2026-03-29T00:00:00", "Asia/Beirut"), "2026-03-28T22:00Z");
    // Samoa skipped the whole of 30 December 2011.
    assert_eq!(read("2011-12-30T12:00:00", "Pacific/Apia"), "2011-12-30T10:00Z");
    assert_eq!(at("2011-12-30T10:00:00Z"), 1_325_239_200);
}
