//! Tests of what devices measured: counts of people, and minutes of use.

use chrono::{DateTime, Duration, DurationRound as _, SecondsFormat, Utc};
use serde_json::{Value, json};
use webex_sim::{Capability, Device, Organization, Simulator};

use crate::common::{Webex, at, aurora, each};

/// A question about Aurora: the rest of the query.
#[cfg(test)]
async fn asked(organization: Organization, path: &str, query: &str) -> (u16, Value) {
    let id = organization.workspaces()[0].id().to_owned();
    let sim = Simulator::start(organization).unwrap();
    Webex::of(&sim)
        .json(&format!("/{path}?workspaceId={id}&{query}"))
        .await
}

#[cfg(test)]
async fn people(organization: Organization, query: &str) -> Value {
    let (status, answer) = asked(
        organization,
        "workspaceMetrics",
        &format!("metricName=peopleCount&{query}"),
    )
    .await;
    assert_eq!(status, 200, "{answer}");
    answer["items"].clone()
}

#[cfg(test)]
async fn minutes(organization: Organization, query: &str) -> Value {
    let (status, answer) = asked(organization, "workspaceDurationMetrics", query).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

const MORNING: &str = "from=2026-03-10T08:00:00Z&to=2026-03-10T12:00:00Z";

/// A device that counted in two hours, and was in standby before.
fn counting() -> Device {
    [
        ("08:10", -1),
        ("09:10", 0),
        ("09:20", 2),
        ("09:40", 4),
        ("09:50", -1),
        ("10:00", 0),
        ("11:30", 5),
    ]
    .into_iter()
    .fold(Device::new("Bar"), |device, (time, count)| {
        device.people(at(time), count)
    })
}

fn hour(start: &str, end: &str, mean: f64, max: i64, min: i64) -> Value {
    json!({"start": format!("2026-03-10T{start}:00.000Z"), "end": format!("2026-03-10T{end}:00.000Z"),
        "mean": mean, "max": max, "min": min})
}

#[tokio::test]
async fn aggregates_leave_out_zeros_and_standby_and_an_hour_without_people_has_no_item() {
    let found = people(aurora(counting()), MORNING).await;
    assert_eq!(
        found,
        json!([
            hour("11:00", "12:00", 5.0, 5, 5),
            hour("09:00", "10:00", 3.0, 4, 2)
        ])
    );
    let oldest_first = people(aurora(counting()), &format!("{MORNING}&sortBy=oldestFirst")).await;
    assert_eq!(oldest_first[0], found[1]);
    let daily = people(aurora(counting()), &format!("{MORNING}&aggregation=daily")).await;
    let day = json!([{"start": "2026-03-10T00:00:00.000Z", "end": "2026-03-11T00:00:00.000Z",
        "mean": 11.0 / 3.0, "max": 5, "min": 2}]);
    assert_eq!(daily, day);
}

#[tokio::test]
async fn raw_counts_have_everything_with_the_device_and_the_newest_first() {
    let device = counting().id().to_owned();
    let found = people(aurora(counting()), &format!("{MORNING}&aggregation=none")).await;
    let counts: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["value"])
        .collect();
    assert_eq!(counts, [5, 0, -1, 4, 2, 0, -1]);
    assert_eq!(
        found[0],
        json!({"deviceId": device, "timestamp": "2026-03-10T11:30:00.000Z", "value": 5})
    );
    let without = people(
        aurora(counting()).raw_times_without_zone(),
        &format!("{MORNING}&aggregation=none"),
    )
    .await;
    assert_eq!(without[0]["timestamp"], "2026-03-10T11:30:00.000");
}

#[tokio::test]
async fn a_bucket_begins_on_the_full_hour_but_holds_only_the_data_of_the_window() {
    let found = people(
        aurora(counting()),
        "from=2026-03-10T09:34:56&to=2026-03-10T09:45:00Z",
    )
    .await;
    assert_eq!(found, json!([hour("09:00", "10:00", 4.0, 4, 4)]));
    let used = aurora(Device::new("Bar").used(at("09:00"), at("10:00")));
    let found = minutes(used, "from=2026-03-10T09:34:00Z&to=2026-03-10T09:45:00Z").await;
    assert_eq!(
        found["items"],
        json!([{"start": "2026-03-10T09:00:00.000Z", "end": "2026-03-10T10:00:00.000Z", "duration": 11}])
    );
}

#[tokio::test]
async fn a_span_of_48_hours_or_30_days_is_refused_and_one_of_less_is_not() {
    let hours = "Request time span is maximum 48 hours";
    let days = "Request time span is maximum 30 days";
    let metrics = "workspaceMetrics?metricName=peopleCount";
    for (path, aggregation, to, refusal) in [
        (metrics, "hourly", "03-03T00:00:00Z", Some(hours)),
        (metrics, "hourly", "03-02T23:59:59Z", None),
        (metrics, "none", "03-03T00:00:00Z", Some(hours)),
        (metrics, "daily", "03-31T00:00:00Z", Some(days)),
        (metrics, "daily", "03-30T23:59:59Z", None),
        (
            "workspaceDurationMetrics?",
            "hourly",
            "03-03T00:00:00Z",
            Some(hours),
        ),
        (
            "workspaceDurationMetrics?",
            "daily",
            "03-31T00:00:00Z",
            Some(days),
        ),
        ("workspaceDurationMetrics?", "daily", "03-30T23:59:59Z", None),
    ] {
        let organization = aurora(counting());
        let id = organization.workspaces()[0].id().to_owned();
        let sim = Simulator::start(organization).unwrap();
        let target = format!(
            "/{path}&workspaceId={id}&aggregation={aggregation}&from=2026-03-01T00:00:00Z&to=2026-{to}"
        );
        let (status, answer) = Webex::of(&sim).json(&target).await;
        match refusal {
            None => assert_eq!((status, answer.get("items").is_some()), (200, true), "{target}"),
            Some(text) => {
                assert_eq!((status, &answer["message"]), (400, &json!(text)), "{target}");
                assert_eq!(
                    (answer["errors"][0]["description"].as_str(), answer.get("items")),
                    (Some(text), None)
                );
            }
        }
    }
}

#[tokio::test]
async fn what_a_client_asks_wrongly_is_refused() {
    for query in [
        "metricName=peopleCount&aggregation=weekly",
        "metricName=heads",
        "metricName=peopleCount&from=yesterday",
        "metricName=peopleCount&from=2026-03-10T08:00:00Z&to=2026-03-10T07:00:00Z",
        "aggregation=none",
    ] {
        assert_eq!(
            asked(aurora(counting()), "workspaceMetrics", query).await.0,
            400,
            "{query}"
        );
    }
    assert_eq!(
        asked(aurora(counting()), "workspaceDurationMetrics", "aggregation=none")
            .await
            .0,
        400
    );
    let (status, answer) = asked(
        aurora(counting()),
        "workspaceMetrics",
        &format!("metricName=temperature&{MORNING}"),
    )
    .await;
    assert_eq!(
        (status, &answer["unit"], &answer["items"]),
        (200, &json!("celsius"), &json!([]))
    );
}

#[tokio::test]
async fn the_running_hour_comes_first_and_what_a_device_sees_later_comes_later() {
    let (now, hour) = (Utc::now(), Duration::hours(1));
    let organization = aurora(Device::new("Bar").people(now, 2).people(now + hour, 4));
    let id = organization.workspaces()[0].id().to_owned();
    let sim = Simulator::start(organization).unwrap();
    let webex = Webex::of(&sim);
    let from = (now - hour).to_rfc3339_opts(SecondsFormat::Secs, true);
    let target = format!("/workspaceMetrics?workspaceId={id}&metricName=peopleCount&from={from}");
    let start = |at: DateTime<Utc>| {
        let start = at.duration_trunc(hour).unwrap();
        start.to_rfc3339_opts(SecondsFormat::Millis, true)
    };
    assert_eq!(each(&webex.found(&target).await, "start"), [start(now)]);
    sim.advance(hour.to_std().unwrap());
    let later = webex.found(&target).await;
    assert_eq!(each(&later, "start"), [start(now + hour), start(now)]);
    assert_eq!(later["items"][0]["mean"], 4.0);
}

#[tokio::test]
async fn nothing_comes_while_a_device_is_offline_or_measures_nothing_or_before_it_has_arrived() {
    let offline = counting()
        .used(at("09:00"), at("10:00"))
        .offline(at("09:30"), at("09:45"));
    assert_eq!(
        people(aurora(offline.clone()), MORNING).await[1],
        hour("09:00", "10:00", 2.0, 2, 2)
    );
    assert_eq!(
        minutes(aurora(offline), MORNING).await["items"][0]["duration"],
        45
    );

    let mut organization = aurora(counting().used(at("09:00"), at("10:00")));
    let room = organization.workspaces_mut().remove(0);
    let blind = room
        .capability(Capability::OccupancyDetection, true, false)
        .capability(Capability::PresenceDetection, false, false);
    let organization = organization.workspace(blind);
    assert_eq!(people(organization.clone(), MORNING).await, json!([]));
    assert_eq!(minutes(organization, MORNING).await["items"], json!([]));

    let late = Duration::days(10_000).to_std().unwrap();
    assert_eq!(people(aurora(counting()).lag(late), MORNING).await, json!([]));
}

#[tokio::test]
async fn minutes_are_those_in_which_any_device_saw_somebody() {
    let mut organization = aurora(Device::new("Bar").used(at("08:50"), at("09:20")));
    let room = organization.workspaces_mut().remove(0);
    let room = room
        .device(Device::new("Board").used(at("09:10"), at("09:30")))
        .booked(at("11:00"), at("11:30"));
    let organization = organization.workspace(room);
    let used = minutes(organization.clone(), MORNING).await;
    assert_eq!(
        (&used["measurement"], &used["unit"]),
        (&json!("timeUsed"), &json!("minutes"))
    );
    assert_eq!(
        each(&used, "start"),
        ["2026-03-10T09:00:00.000Z", "2026-03-10T08:00:00.000Z"]
    );
    assert_eq!(
        (&used["items"][0]["duration"], &used["items"][1]["duration"]),
        (&json!(30), &json!(10))
    );
    let booked = minutes(organization.clone(), &format!("{MORNING}&measurement=timeBooked")).await;
    assert_eq!(
        (&booked["measurement"], each(&booked, "start").len()),
        (&json!("timeBooked"), 1)
    );
    let named_wrongly = minutes(organization, &format!("{MORNING}&metricName=timebooked")).await;
    assert_eq!(named_wrongly, used);
}
