//! Tests of workspaces, locations and floors, and of paging.

use chrono::{Duration, Utc};
use serde_json::json;
use webex_sim::{Calendar, Capability, Device, Location, Simulator, Workspace};

use crate::common::{Webex, aurora, contoso, each, header, rooms};

#[tokio::test]
async fn a_field_that_is_not_set_is_absent() {
    let berlin = Location::new("Berlin", "Europe/Berlin").floor(2, "Second floor");
    let address = || "aurora@contoso.com".to_owned();
    let full = Workspace::new("Full")
        .capacity(6)
        .kind("huddle")
        .floor(&berlin, 2)
        .calendar(Calendar::Google(address()));
    let location = berlin.id().to_owned();
    let sim = Simulator::start(
        contoso()
            .workspace(Workspace::new("Bare"))
            .workspace(full)
            .location(berlin),
    )
    .unwrap();
    let found = Webex::of(&sim).found("/workspaces").await;
    let (bare, full) = (&found["items"][0], &found["items"][1]);
    for field in [
        "capacity",
        "type",
        "locationId",
        "floorId",
        "devices",
        "capabilities",
    ] {
        assert_eq!(bare.get(field), None, "{field}");
    }
    assert_eq!(bare["calendar"], json!({"type": "none"}));
    assert_eq!(
        full["calendar"],
        json!({"type": "google", "emailAddress": address()})
    );
    assert_eq!((&full["capacity"], &full["type"]), (&json!(6), &json!("huddle")));
    assert_eq!(full["locationId"], location);
    assert!(!found.to_string().contains("null"), "{found}");
}

#[tokio::test]
async fn devices_and_capabilities_come_when_they_are_included() {
    let room = Workspace::new("Aurora")
        .capability(Capability::OccupancyDetection, true, false)
        .device(Device::new("Bar"));
    let id = room.id().to_owned();
    let sim = Simulator::start(contoso().workspace(room)).unwrap();
    let webex = Webex::of(&sim);
    let found = webex
        .found("/workspaces?includeDevices=true&includeCapabilities=true")
        .await;
    assert_eq!(found["items"][0]["devices"][0]["displayName"], "Bar");
    let capabilities = &found["items"][0]["capabilities"];
    assert_eq!(
        capabilities["occupancyDetection"],
        json!({"supported": true, "configured": false})
    );
    assert_eq!(
        capabilities["airQuality"],
        json!({"supported": false, "configured": false})
    );
    let alone = webex.found(&format!("/workspaces/{id}/capabilities")).await;
    assert_eq!(&alone["capabilities"], capabilities);
    assert_eq!(
        webex.found(&format!("/workspaces/{id}")).await["displayName"],
        "Aurora"
    );
    assert_eq!(webex.json("/workspaces/unknown").await.0, 404);
}

#[tokio::test]
async fn filters_choose_unknown_parameters_do_not_and_those_not_simulated_are_refused() {
    let berlin = Location::new("Berlin", "Europe/Berlin");
    let sim = Simulator::start(
        rooms(3)
            .workspace(Workspace::new("4").location(&berlin))
            .location(berlin.clone()),
    )
    .unwrap();
    let webex = Webex::of(&sim);
    let in_berlin = format!("/workspaces?locationId={}", berlin.id());
    for (target, expected) in [
        (in_berlin.as_str(), vec!["4"]),
        ("/workspaces?displayName=2", vec!["2"]),
        ("/workspaces?calendar=google", vec![]),
        ("/workspaces?capacity=-1&colour=red", vec!["1", "2", "3", "4"]),
    ] {
        assert_eq!(
            each(&webex.found(target).await, "displayName"),
            expected,
            "{target}"
        );
    }
    assert_eq!(webex.json("/workspaces?healthLevel=ok").await.0, 501);
}

#[tokio::test]
async fn pages_follow_by_a_link_that_nobody_could_build() {
    let sim = Simulator::start(rooms(5).page(3)).unwrap();
    let webex = Webex::of(&sim);
    assert_eq!(
        webex.pages("/workspaces?max=2").await,
        [vec!["1", "2"], vec!["3", "4"], vec!["5"]]
    );
    assert_eq!(
        webex.pages("/workspaces?max=99").await,
        [vec!["1", "2", "3"], vec!["4", "5"]]
    );
    assert_eq!(webex.pages("/workspaces?start=4").await, [vec!["5"]]);
    let link = header(&webex.send("/workspaces?max=2").await, "link").unwrap();
    assert!(
        link.starts_with(&format!("<{}/workspaces?cursor=", webex.base)) && !link.contains("max"),
        "{link}"
    );
    assert_eq!(webex.json("/workspaces?cursor=mine").await.0, 400);
    assert_eq!(webex.json("/workspaces?max=many").await.0, 400);
}

#[tokio::test]
async fn the_parameters_of_the_first_call_hold_for_all_pages() {
    let berlin = Location::new("Berlin", "Europe/Berlin");
    let inside = |name: &str| Workspace::new(name).location(&berlin);
    let organization = rooms(2)
        .workspace(inside("3"))
        .workspace(inside("4"))
        .location(berlin.clone());
    let sim = Simulator::start(organization).unwrap();
    let pages = Webex::of(&sim)
        .pages(&format!("/workspaces?max=1&locationId={}", berlin.id()))
        .await;
    assert_eq!(pages, [["3"], ["4"]]);
}

#[tokio::test]
async fn locations_have_a_zone_and_floors() {
    let berlin = Location::new("Berlin", "Europe/Berlin").floor(-1, "Basement");
    let sim = Simulator::start(contoso().location(berlin.clone())).unwrap();
    let webex = Webex::of(&sim);
    let found = webex.found("/locations").await;
    assert_eq!(found["items"][0]["timeZone"], "Europe/Berlin");
    let floors = webex.found(&format!("/locations/{}/floors", berlin.id())).await;
    let expected = json!({"items": [{
        "id": berlin.floor_id(-1), "locationId": berlin.id(), "floorNumber": -1, "displayName": "Basement"
    }]});
    assert_eq!(floors, expected);
}

#[tokio::test]
async fn maintenance_begins_and_ends_by_the_clock() {
    let (from, hour) = (
        Utc::now() + Duration::hours(1),
        Duration::hours(1).to_std().unwrap(),
    );
    let room = Workspace::new("Aurora").maintenance(from, from + Duration::hours(1));
    let sim = Simulator::start(contoso().workspace(room)).unwrap();
    let webex = Webex::of(&sim);
    for mode in ["upcoming", "on", "off"] {
        let found = webex
            .found(&format!("/workspaces?plannedMaintenance={mode}"))
            .await;
        assert_eq!(found["items"][0]["plannedMaintenance"]["mode"], mode);
        sim.advance(hour);
    }
}

#[tokio::test]
async fn a_description_with_a_mistake_is_refused() {
    let twice = Simulator::start(rooms(1).workspace(Workspace::new("1"))).unwrap_err();
    assert_eq!(twice.to_string(), "the simulated organization has 1 twice");
    let sim = Simulator::start(aurora(Device::new("Bar"))).unwrap();
    let nowhere = Workspace::new("Lost").location(&Location::new("Atlantis", "UTC"));
    let lost = sim.update(|organization| {
        organization.workspaces_mut().push(nowhere);
        Ok(())
    });
    assert!(lost.is_err());
    assert_eq!(
        each(&Webex::of(&sim).found("/workspaces").await, "displayName"),
        ["Aurora"]
    );
}
