//! A change of `collector.toml` is applied live, source by source; a bad one changes nothing.

use e2e::{CompanyProxy, Service, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

use crate::situation::{FILE_SINK, SERVICE, Situation};

fn rooms(situation: &Situation, service: &mut Service, expected: &[&str]) {
    let path = situation.changes();
    service
        .wait_for("the rooms", |_| {
            let ledger = e2e::Ledger::read(&path, true).unwrap();
            let mut rooms: Vec<String> = ledger
                .meetings
                .keys()
                .filter_map(|(room, _)| Some(room.split_once(' ')?.1.to_owned()))
                .collect();
            rooms.sort_unstable();
            rooms.dedup();
            (rooms == expected).then_some(())
        })
        .unwrap();
}

fn tenant(room: &str) -> Simulator {
    let at = |hours: i64| {
        (e2e::now() + chrono::Duration::hours(hours))
            .format("%Y-%m-%dT%H:00:00Z")
            .to_string()
    };
    let room = Room::new(room, "Room").event(Event::new("Meeting", &at(2), &at(3)));
    Simulator::start(Tenant::new("contoso.com").room(room)).unwrap()
}

#[test]
fn sources_come_and_go_without_a_restart_and_the_others_go_on() {
    let situation = Situation::new(1);
    situation.book(0, 1);
    let first = Situation::source(&situation.simulator).to_string();
    let fabrikam = tenant("lab@contoso.com");
    let second = Situation::source(&fabrikam).named("fabrikam").to_string();
    let mut service = Service::start(&situation.workplace).unwrap();
    rooms(&situation, &mut service, &["room-00@contoso.com"]);
    let rest = format!("{SERVICE}{FILE_SINK}");
    situation
        .workplace
        .configure(&format!("{first}{second}{rest}"))
        .unwrap();
    rooms(
        &situation,
        &mut service,
        &["lab@contoso.com", "room-00@contoso.com"],
    );
    situation.workplace.configure(&format!("{second}{rest}")).unwrap();
    service.wait_for_line("the source was removed").unwrap();
    situation.simulator.forget_requests();
    service.wait_for_passes("fabrikam", 3).unwrap();
    assert_eq!(situation.simulator.batches(), 0, "contoso is collected no more");
    assert_eq!(
        service.count("the source was changed"),
        0,
        "nothing else was disturbed"
    );
}

#[test]
fn another_way_out_of_the_network_is_taken_without_a_restart() {
    let tenant = Tenant::new("contoso.com").room(Room::new("lab@contoso.com", "Lab"));
    let simulator = Simulator::start_tls(tenant).unwrap();
    let address = simulator
        .url()
        .replace("https://localhost", "127.0.0.1")
        .parse()
        .unwrap();
    let hosts = ["graph.contoso.test", "login.contoso.test"].map(|name| (name, address));
    let source =
        Source::at("https://graph.contoso.test", "https://login.contoso.test").line("every = \"1s\"");
    let through = |proxy: &CompanyProxy| {
        format!(
            "[egress]\nproxy = {:?}\nca = \"corp.pem\"\n{source}{SERVICE}",
            proxy.url()
        )
    };
    // Only the collector's own table changes, and no source's.
    let strict = CompanyProxy::start(&hosts, Some(("svc-rooms", "a password"))).unwrap();
    let open = CompanyProxy::start(&hosts, None).unwrap();
    let workplace = Workplace::new(&through(&strict), &["o365"]).unwrap();
    workplace.write("corp.pem", simulator.ca_pem().unwrap()).unwrap();
    let mut service = Service::start(&workplace).unwrap();
    service
        .wait_for_line("requires a user name and a password (407); set proxy-user")
        .unwrap();
    workplace.configure(&through(&open)).unwrap();
    let graph = "graph.contoso.test:443".to_owned();
    service
        .wait_for("a request through the other proxy", |_| {
            open.asked().contains(&graph).then_some(())
        })
        .unwrap();
}

#[test]
fn a_bad_file_changes_nothing_and_says_why() {
    let situation = Situation::new(1);
    situation.book(0, 1);
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    let good = std::fs::read_to_string(situation.workplace.path().join("collector.toml")).unwrap();
    for (bad, said) in [
        ("this is no TOML".to_owned(), "not TOML"),
        (good.replace("every = ", "evrey = "), "did you mean `every`?"),
        (
            good.replace("tenant = \"contoso.com\"", "tennant = \"contoso.com\""),
            "settings",
        ),
        (
            good.replace("O365_CLIENT_SECRET", "NOT_SET"),
            "the environment variable NOT_SET is not set",
        ),
    ] {
        let before = service.count("nothing was changed");
        situation.workplace.configure(&bad).unwrap();
        service
            .wait_for("the refusal", |service| {
                (service.count("nothing was changed") > before).then_some(())
            })
            .unwrap();
        let text = service.said();
        let line = text
            .lines()
            .rfind(|line| line.contains("nothing was changed"))
            .unwrap();
        assert!(line.contains(said), "{line}");
        service.wait_for_passes("contoso", 2).unwrap();
    }
    let status = situation
        .workplace
        .configure(&good)
        .map(|()| situation.workplace.run(&["status"]));
    assert_eq!(status.unwrap().unwrap().code, 0);
}

#[test]
fn a_signal_makes_it_read_credentials_again() {
    let situation = Situation::new(1);
    situation.book(0, 1);
    situation
        .workplace
        .write_private("secret.txt", e2e::SECRET)
        .unwrap();
    let source =
        Situation::source(&situation.simulator).credential("client-secret", "{ file = \"secret.txt\" }");
    situation
        .workplace
        .configure(&format!("{source}{SERVICE}"))
        .unwrap();
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_passes("contoso", 2).unwrap();
    assert_eq!(
        situation.simulator.token_requests(),
        1,
        "a token is used for many passes"
    );
    service.signal("HUP").unwrap();
    service.wait_for_line("asked to read everything again").unwrap();
    service.wait_for_passes("contoso", 2).unwrap();
    assert_eq!(situation.simulator.token_requests(), 2);
}
