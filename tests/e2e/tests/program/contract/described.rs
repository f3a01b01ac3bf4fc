//! Every request that the connector makes is one that Microsoft's published schema describes (`tests/clients/graph-openapi.json`).

use std::path::Path;
use std::process::Command;

use e2e::{Source, Workplace};
use graph_sim::{Event, Group, GroupKind, Room, RoomList, Simulator, Tenant};
use serde_json::json;

#[test]
#[ignore = "needs clients that are not ours: make conformance"]
fn every_request_is_one_that_the_published_schema_describes() {
    // More than a page of rooms, a calendar of more than a page, and an address that must be looked up.
    let events = (0..600).map(|number| {
        Event::new(
            &format!("{number}"),
            "2026-03-10T10:00:00Z",
            "2026-03-10T11:00:00Z",
        )
    });
    let mut tenant = Tenant::new("contoso.com")
        .room(Room::new("conf-a@contoso.com", "Conf A").events(events))
        .list(RoomList::new(
            "hq@contoso.com",
            "Headquarters",
            ["conf-a@contoso.com"],
        ))
        .group(Group::new(
            GroupKind::DistributionList,
            "o'everyone@contoso.com",
            "Everyone",
        ));
    for number in 0..120 {
        tenant = tenant.room(Room::new(&format!("room-{number}@contoso.com"), "Room"));
    }
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator).switched_on("changes-only");
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    for _ in 0..3 {
        assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    }
    let lists = source.lists("hq@contoso.com, o'everyone@contoso.com, nobody@contoso.com");
    workplace.configure(&lists.to_string()).unwrap();
    for arguments in [&["rooms"][..], &["validate"]] {
        workplace.run(arguments).unwrap();
    }

    let requests: Vec<String> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.inner || request.target.starts_with("/v1.0/"))
        // What stood in a batch is there as requests of its own.
        .filter(|request| !request.target.ends_with("/$batch"))
        .map(|request| json!({"method": request.method, "target": request.target}).to_string())
        .collect();
    for part in [
        "calendarView?",
        "$skip",
        "delta?start",
        "deltatoken",
        "/groups?",
        "/users?",
        "roomlist/rooms",
    ] {
        assert!(
            requests.iter().any(|request| request.contains(part)),
            "{part} was not asked"
        );
    }
    workplace.write("requests.jsonl", requests.join("\n")).unwrap();
    let clients = e2e::clients();
    assert!(
        clients.join("npm.stamp").is_file(),
        "this test needs the packages that tests/clients.sh installs"
    );
    let checked = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/requests.mjs"))
        .arg(workplace.path().join("requests.jsonl"))
        .env("COLLECTOR_CLIENTS", clients)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert_eq!((checked.status.code(), said.as_ref()), (Some(0), ""));
}
