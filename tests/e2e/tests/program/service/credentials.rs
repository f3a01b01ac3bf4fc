//! Credentials that are replaced while the service runs.

use std::io::Write as _;
use std::process::Command;

use chrono::Datelike as _;
use e2e::{PASS, Service, Source, TokenEndpoint, Workplace};
use graph_sim::{App, CLIENT_ID, KeyPair, Room, Simulator, Tenant};

use crate::service::served::get;
use crate::situation::{SERVICE, Situation};

fn simulator(app: App) -> Simulator {
    let room = Room::new("conf-a@contoso.com", "Conf A");
    Simulator::start(Tenant::new("contoso.com").room(room).app(app)).unwrap()
}

/// A service that signs in with the old one of two secrets: the new one is not registered yet.
fn with_a_secret_to_come(simulator: &Simulator) -> (Workplace, Service) {
    let source = Situation::source(simulator).credential(
        "client-secret",
        "[{ file = \"new.txt\" }, { env = \"O365_CLIENT_SECRET\" }]",
    );
    let workplace = Workplace::new(&format!("{source}{SERVICE}"), &["o365"]).unwrap();
    workplace.write_private("new.txt", "not registered yet").unwrap();
    let mut service = Service::start(&workplace).unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    assert_eq!(simulator.token_requests(), 2);
    (workplace, service)
}

#[test]
fn the_secret_that_worked_is_used_first_from_then_on_and_the_other_warned_of_once() {
    let simulator = simulator(App::default());
    let (_workplace, mut service) = with_a_secret_to_come(&simulator);
    simulator.expire_tokens();
    service.wait_for_passes("contoso", 3).unwrap();
    assert_eq!(
        simulator.token_requests(),
        3,
        "the one that was refused is not sent again"
    );
    assert_eq!(service.count("was refused"), 1, "{}", service.said());
}

#[test]
fn when_the_secret_that_worked_is_taken_back_the_other_is_tried_again_and_no_pass_fails() {
    let simulator = simulator(App::default());
    let (_workplace, mut service) = with_a_secret_to_come(&simulator);
    simulator
        .update(|tenant| {
            *tenant.app_mut().unwrap() = App::new(CLIENT_ID).secret("not registered yet");
            Ok(())
        })
        .unwrap();
    simulator.expire_tokens();
    service
        .wait_for_line("O365_CLIENT_SECRET\" } was refused")
        .unwrap();
    service.wait_for_passes("contoso", 2).unwrap();
    assert_eq!(service.count("the pass failed"), 0, "{}", service.said());
}

#[test]
fn another_issuers_token_is_read_anew_when_it_was_renewed() {
    let (first, second) = ("first.federated.token", "second.federated.token");
    let simulator = simulator(App::new(CLIENT_ID).federated(first));
    let source = Situation::source(&simulator)
        .without_credential("client-secret")
        .credential("federated-token", "{ file = \"identity-token\" }");
    let workplace = Workplace::new(&format!("{source}{SERVICE}"), &["o365"]).unwrap();
    workplace.write_private("identity-token", first).unwrap();
    let mut service = Service::start(&workplace).unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    workplace.write_private("identity-token", second).unwrap();
    simulator
        .update(|tenant| {
            *tenant.app_mut().unwrap() = App::new(CLIENT_ID).federated(second);
            Ok(())
        })
        .unwrap();
    simulator.expire_tokens();
    service.wait_for_passes("contoso", 3).unwrap();
    assert_eq!(simulator.token_requests(), 2);
    let said = service.said();
    assert!(!said.contains("ERROR") && !said.contains(second), "{said}");
}

/// A file that is on a network, say, and does not answer.
#[test]
fn a_secret_that_is_slow_to_be_read_holds_up_nothing_else() {
    let simulator = simulator(App::default());
    let source = Situation::source(&simulator).credential("client-secret", "{ file = \"secret\" }");
    let workplace = Workplace::new(&format!("{source}{SERVICE}"), &["o365"]).unwrap();
    let secret = workplace.path().join("secret");
    let made = Command::new("mkfifo").args(["-m", "600"]).arg(&secret).status();
    assert!(made.unwrap().success());
    let mut command = workplace.command(&["run"]);
    let mut service = Service::begin(command.env("TOKIO_WORKER_THREADS", "1")).unwrap();
    let address = service.address().unwrap();
    // Opened as soon as the service opens it to read.
    let mut pipe = std::fs::OpenOptions::new().write(true).open(&secret).unwrap();
    let asked = std::thread::spawn(move || get(&address, "/healthz"));
    let (status, _) = service
        .wait_for("an answer", |_| asked.is_finished().then_some(()))
        .map(|()| asked.join().unwrap())
        .unwrap();
    assert_eq!(status, 200);
    pipe.write_all(e2e::SECRET.as_bytes()).unwrap();
    drop(pipe);
    service.wait_for_passes("contoso", 1).unwrap();
    assert_eq!(service.count("ERROR"), 0, "{}", service.said());
}

#[test]
fn a_certificate_that_ends_soon_is_warned_of_once_a_day_and_in_a_metric() {
    let ends = e2e::now() + chrono::Duration::days(20);
    let part = |number: u32| u8::try_from(number).unwrap();
    let pair = KeyPair::generate_until(ends.year(), part(ends.month()), part(ends.day())).unwrap();
    let simulator = simulator(App::new(CLIENT_ID).certificate(&pair.certificate));
    let source = Situation::source(&simulator)
        .without_credential("client-secret")
        .credential("certificate", "{ file = \"app.pem\" }");
    let workplace = Workplace::new(&format!("{source}{SERVICE}"), &["o365"]).unwrap();
    workplace
        .write_private("app.pem", format!("{}{}", pair.certificate, pair.key))
        .unwrap();
    let mut service = Service::start(&workplace).unwrap();
    service.wait_for_passes("contoso", 3).unwrap();
    let day = ends.format("%Y-%m-%d");
    let line = service
        .wait_for_line("certificate { file = \"app.pem\" } expires in ")
        .unwrap();
    assert!(
        line.contains(&format!("on {day}; register a new certificate")),
        "{line}"
    );
    assert_eq!(service.count("app.pem\" } expires in"), 1, "{}", service.said());

    let address = service.address().unwrap();
    let (_, metrics) = get(&address, "/metrics");
    let midnight = ends
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc()
        .timestamp();
    assert!(
        metrics.contains(&format!(
            "collector_certificate_expires_timestamp_seconds{{source=\"contoso\"}} {midnight}\n"
        )),
        "{metrics}"
    );
}

#[test]
fn a_pass_beside_the_service_costs_neither_of_them_the_refresh_token() {
    const FIRST: &str = "refresh-me-not-a-real-token";
    let simulator = simulator(App::default());
    let login = TokenEndpoint::start(&simulator, FIRST).unwrap();
    let source = Source::at(simulator.url(), login.url())
        .line("every = \"100ms\"")
        .credential("refresh-token", "{ file = \"token.txt\" }");
    let workplace = Workplace::new(&format!("{source}{SERVICE}"), &["o365"]).unwrap();
    workplace.write_private("token.txt", FIRST).unwrap();
    let mut service = Service::start(&workplace).unwrap();
    service.wait_for_passes("contoso", 1).unwrap();
    assert_eq!(workplace.run(&PASS).unwrap().code, 0);
    // The service is refused, and asks for another access token.
    login.expire_tokens(&simulator).unwrap();
    service
        .wait_for("another token", |_| (login.sent().len() == 3).then_some(()))
        .unwrap();
    let passes = service.passes("contoso");
    service.wait_for_passes("contoso", passes + 2).unwrap();
    assert_eq!(
        login.sent(),
        [FIRST.to_owned(), format!("{FIRST}-1"), format!("{FIRST}-2")]
    );
    let said = service.said();
    assert!(!said.contains("ERROR") && !said.contains(FIRST), "{said}");

    let address = service.address().unwrap();
    let (_, metrics) = get(&address, "/metrics");
    assert!(
        metrics.contains("collector_refresh_token_expires_timestamp_seconds{source=\"contoso\"} "),
        "{metrics}"
    );
}
