//! One pass of the real program with the real connector over a simulated tenant.

use e2e::{Workplace, meetings};
use graph_sim::{Event, Room, RoomList, Simulator, Tenant};

fn configuration(simulator: &Simulator) -> String {
    let url = simulator.url();
    format!(
        r#"
        [[source]]
        name = "contoso"
        connector = "o365"
        [source.settings]
        tenant = "contoso.com"
        user-agent = "rooms@contoso.com"
        room-lists = "hq@contoso.com"
        graph-url = "{url}/v1.0"
        login-url = "{url}"
        [source.credentials]
        client-id = "{}"
        client-secret = {{ env = "O365_CLIENT_SECRET" }}
        [source.grants]
        http = ["{url}"]
        "#,
        graph_sim::CLIENT_ID
    )
}

#[test]
fn a_meeting_comes_out_as_the_contract_says() {
    let simulator = Simulator::start(
        Tenant::new("contoso.com")
            .room(Room::new("Conf-A@contoso.com", "Conf A").event(Event::new(
                "Weekly sync",
                "2026-03-10T10:00:00Z",
                "2026-03-10T11:00:00Z",
            )))
            .list(RoomList::new(
                "hq@contoso.com",
                "Headquarters",
                ["conf-a@contoso.com"],
            )),
    )
    .unwrap();
    let program = env!("CARGO_BIN_EXE_collector");
    let workplace = Workplace::new(program, &configuration(&simulator), &["o365"]).unwrap();
    let arguments = [
        "run-once",
        "--from",
        "2026-03-10T00:00:00Z",
        "--to",
        "2026-03-11T00:00:00Z",
        "--format",
        "jsonl",
    ];
    let ended = workplace.run(&arguments).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let meetings = meetings(&ended.stdout).unwrap();
    assert_eq!(meetings.len(), 1);
    assert_eq!(meetings[0]["room"], "conf-a@contoso.com");
    assert_eq!(meetings[0]["subject"], "Weekly sync");
}
