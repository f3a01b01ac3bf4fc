//! Tests of devices: their connection, status and configuration.

use chrono::{Duration, Utc};
use serde_json::json;
use webex_sim::{Connection, Device, Simulator};

use crate::common::{Webex, aurora, each};

#[tokio::test]
async fn the_clock_decides_whether_a_device_is_connected() {
    let (now, hour) = (Utc::now(), Duration::hours(1));
    let device = Device::new("Bar")
        .offline(now + hour, now + hour * 2)
        .connection(now + hour * 3, Connection::OfflineDeepSleep);
    let sim = Simulator::start(aurora(device)).unwrap();
    let webex = Webex::of(&sim);
    let mut found = Vec::new();
    for _ in 0..4 {
        found.extend(each(&webex.found("/devices").await, "connectionStatus"));
        sim.advance(hour.to_std().unwrap());
    }
    assert_eq!(
        found,
        ["connected", "disconnected", "connected", "offline_deep_sleep"]
    );
}

#[tokio::test]
async fn devices_are_chosen_by_workspace_and_type() {
    let mut organization = aurora(Device::new("Bar")).personal_device(Device::new("Ada's desk"));
    let room = organization.workspace_mut("Aurora").unwrap();
    room.devices_mut().push(
        Device::new("Navigator")
            .kind("accessory")
            .product("Cisco Room Navigator"),
    );
    let workspace = room.id().to_owned();
    let sim = Simulator::start(organization).unwrap();
    let webex = Webex::of(&sim);
    for (query, expected) in [
        (String::new(), vec!["Bar", "Navigator", "Ada's desk"]),
        (format!("?workspaceId={workspace}"), vec!["Bar", "Navigator"]),
        (format!("?workspaceId={workspace}&type=roomdesk"), vec!["Bar"]),
    ] {
        assert_eq!(
            each(&webex.found(&format!("/devices{query}")).await, "displayName"),
            expected
        );
    }
    assert_eq!(webex.pages("/devices?max=2").await.len(), 2);
    let personal = &webex.found("/devices?start=2").await["items"][0];
    assert!(
        personal.get("workspaceId").is_none() && personal.get("personId").is_some(),
        "{personal}"
    );
}

#[tokio::test]
async fn a_status_is_nested_and_an_unknown_path_gives_nothing() {
    let now = Utc::now();
    let device = Device::new("Bar")
        .people(now - Duration::minutes(1), 4)
        .used(now - Duration::minutes(5), now + Duration::minutes(5))
        .status("SystemUnit.State.NumberOfActiveCalls", 1);
    let target = format!("/xapi/status?deviceId={}", device.id());
    let sim = Simulator::start(aurora(device)).unwrap();
    let webex = Webex::of(&sim);
    let found = webex
        .found(&format!(
            "{target}&name=RoomAnalytics.*&name=SystemUnit.State.NumberOfActiveCalls"
        ))
        .await;
    let expected = json!({
        "RoomAnalytics": {"PeopleCount": {"Current": 4}, "PeoplePresence": "Yes", "RoomInUse": "True"},
        "SystemUnit": {"State": {"NumberOfActiveCalls": 1}},
    });
    assert_eq!(found["result"], expected);
    assert_eq!(
        webex.found(&format!("{target}&name=Audio.Volume")).await["result"],
        json!({})
    );
    let eleven = "&name=Standby.State".repeat(11);
    assert_eq!(webex.json(&format!("{target}{eleven}")).await.0, 400);
    sim.update(|organization| {
        organization.change_device("Bar", |device| device.connection(now, Connection::Disconnected))
    })
    .unwrap();
    assert_eq!(webex.json(&format!("{target}&name=Standby.State")).await.0, 502);
}

#[tokio::test]
async fn a_configuration_tells_the_default_from_what_was_configured() {
    let device = Device::new("Bar").configuration("RoomAnalytics.PeopleCountOutOfCall", "On");
    let target = format!("/deviceConfigurations?deviceId={}", device.id());
    let sim = Simulator::start(aurora(device)).unwrap();
    let webex = Webex::of(&sim);
    let all = webex.found(&format!("{target}&key=RoomAnalytics.*")).await;
    let keys = ["PeopleCountOutOfCall", "PeoplePresenceDetector"].map(|key| format!("RoomAnalytics.{key}"));
    let values = keys
        .each_ref()
        .map(|key| (&all["items"][key]["value"], &all["items"][key]["source"]));
    assert_eq!(
        values,
        [
            (&json!("On"), &json!("configured")),
            (&json!("On"), &json!("default"))
        ]
    );
    assert_eq!(all["items"][&keys[0]]["sources"]["default"]["value"], "Off");
    assert_eq!(
        all["items"][&keys[1]]["sources"]["configured"]["value"],
        json!(null)
    );
    let one = webex.found(&format!("{target}&key={}", keys[1])).await;
    assert_eq!(one["items"].as_object().unwrap().len(), 1);
    assert_eq!(webex.json("/deviceConfigurations?deviceId=unknown").await.0, 404);
}
