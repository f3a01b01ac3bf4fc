//! Fixtures for tests: a Webex in a script, the workspace `atrium` with its device `board`, and passes one after the other.

use crate::cursor::Cursor;
use crate::sight::{Link, Poll};
pub(crate) use connector_sdk::script::{Script, at, now, written};
use connector_sdk::{CollectError, Kind, SpaceOutcome, SpaceRequest, State, Value as Reported, Window};
use serde_json::{Value, json};

/// An instant as an HTTP `Date`.
pub(crate) fn date(text: &str) -> String {
    let date = chrono::DateTime::from_timestamp(at(text), 0).unwrap();
    date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A workspace with a connected device `board`, in which everything is configured, with these properties changed.
pub(crate) fn workspace(id: &str, changed: Value) -> Value {
    let configured = json!({"supported": true, "configured": true});
    let mut workspace = json!({
        "id": id, "displayName": format!("Room {id}"), "type": "meetingRoom", "hotdeskingStatus": "off",
        "calendar": {"type": "microsoft", "emailAddress": format!("{id}@Contoso.com")}, "capacity": 8, "locationId": "l-oslo",
        "capabilities": {"occupancyDetection": configured, "presenceDetection": configured},
        "devices": [device("board", json!({}))],
    });
    change(&mut workspace, changed);
    workspace
}

/// A connected device that can sense, with these properties changed.
pub(crate) fn device(id: &str, changed: Value) -> Value {
    let mut device = json!({"id": id, "displayName": "Ada's board", "workspaceId": "atrium", "type": "roomdesk",
        "capabilities": ["xapi"], "connectionStatus": "connected"});
    change(&mut device, changed);
    device
}

/// Null takes a property away.
fn change(value: &mut Value, changed: Value) {
    for (name, new) in changed.as_object().unwrap() {
        if new.is_null() {
            value.as_object_mut().unwrap().remove(name);
        } else {
            value[name] = new.clone();
        }
    }
}

pub(crate) fn items(items: Vec<Value>) -> String {
    json!({"items": items}).to_string()
}

/// What a poll of `atrium` found, with everything configured.
pub(crate) fn poll(time: &str, devices: &[(&str, Link)]) -> Poll {
    let device = |(id, link): &(&str, Link)| ((*id).to_owned(), *link);
    Poll {
        at: at(time),
        presence: true,
        people: true,
        maintained: false,
        planned: None,
        devices: Some(devices.iter().map(device).collect()),
    }
}

/// Minutes of use, by the starts of hours.
pub(crate) fn minutes(hours: &[(&str, f64)]) -> String {
    let item = |(start, minutes): &(&str, f64)| json!({"start": start, "end": written(at(start) + 3600), "duration": minutes});
    let items: Vec<Value> = hours.iter().map(item).collect();
    json!({"workspaceId": "another encoding", "aggregation": "hourly", "measurement": "timeUsed", "unit": "minutes",
        "items": items})
    .to_string()
}

/// Counts of devices.
pub(crate) fn counts(samples: &[(&str, &str, f64)]) -> String {
    let item = |(device, at, value): &(&str, &str, f64)| json!({"deviceId": device, "timestamp": at, "value": value});
    let items: Vec<Value> = samples.iter().map(item).collect();
    json!({"metricName": "peopleCount", "aggregation": "none", "items": items}).to_string()
}

/// A Webex in which `atrium` was used and counted like that.
pub(crate) fn measured(used: &[(&str, f64)], people: &[(&str, &str, f64)]) -> Script {
    Script::default()
        .on("/v1/workspaceDurationMetrics?", 200, &[], minutes(used))
        .on("/v1/workspaceMetrics?", 200, &[], counts(people))
}

/// The days around the tenth of March.
pub(crate) fn march() -> Window {
    Window {
        start: at("2026-03-09T00:00:00Z"),
        end: at("2026-03-13T00:00:00Z"),
    }
}

/// The collection of `atrium`, pass by pass.
#[derive(Default)]
pub(crate) struct Passes {
    pub(crate) cursor: Option<String>,
}

impl Passes {
    /// The passes so far came at this distance, in seconds.
    pub(crate) fn came_every(&mut self, seconds: i64) {
        let mut cursor = Cursor::read(self.cursor.as_deref().unwrap()).unwrap();
        cursor.gap = Some(seconds);
        self.cursor = cursor.text();
    }

    /// The outcome of a pass.
    pub(crate) fn outcome(
        &mut self,
        webex: &Script,
        settings: &str,
        poll: &Poll,
    ) -> Result<SpaceOutcome, CollectError> {
        let request = SpaceRequest {
            key: "atrium".to_owned(),
            notes: poll.clone().text(),
            cursor: self.cursor.clone(),
        };
        let mut results = now(crate::collect::collect_usage(
            webex,
            settings,
            &[request],
            march(),
        ))?;
        let result = results.remove(0);
        assert_eq!(result.key, "atrium");
        if let SpaceOutcome::Collected(cursor) = &result.outcome {
            self.cursor.clone_from(cursor);
        }
        Ok(result.outcome)
    }

    /// A pass that works, and the lines of its records.
    pub(crate) fn pass(&mut self, webex: &Script, poll: &Poll) -> Vec<String> {
        let outcome = self.outcome(webex, "{}", poll).unwrap();
        assert!(matches!(outcome, SpaceOutcome::Collected(Some(_))), "{outcome:?}");
        lines(webex)
    }
}

/// The emitted records, coverage first: `observed InUse 10T09:00:00Z 10T10:00:00Z`, `780 InUse 10T09:00:00Z`, `4 PeopleCount board 10T09:02:11Z`.
pub(crate) fn lines(webex: &Script) -> Vec<String> {
    let short = |at: i64| written(at).replace("2026-03-", "");
    let on = |device: &Option<std::borrow::Cow<'_, str>>| {
        device
            .as_ref()
            .map(|device| format!("{device} "))
            .unwrap_or_default()
    };
    let coverage = webex
        .coverage
        .borrow()
        .iter()
        .map(|record| {
            let state = match (record.state, &record.reason) {
                (State::Observed, _) => "observed".to_owned(),
                (State::Blind, reason) => format!("blind ({})", reason.as_deref().unwrap_or_default()),
            };
            let (kind, device) = (record.kinds[0], on(&record.device));
            assert_eq!(record.kinds.len(), 1);
            format!(
                "{state} {kind:?} {device}{} {}",
                short(record.start),
                short(record.end)
            )
        })
        .collect::<Vec<String>>();
    let usage = webex
        .usage
        .borrow()
        .iter()
        .map(|record| {
            assert!(!record.withdrawn && record.kind != Kind::Call && record.kind != Kind::Presentation);
            let Reported::Number(number) = record.value else {
                panic!("{record:?}")
            };
            format!(
                "{number} {:?} {}{}",
                record.kind,
                on(&record.device),
                short(record.start)
            )
        })
        .collect::<Vec<String>>();
    [coverage, usage].concat()
}
