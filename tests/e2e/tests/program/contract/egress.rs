//! A company's network: its proxy, its authority, and what is said where they are in the way.

use e2e::{CompanyProxy, Ended, Source, Workplace};
use graph_sim::{Event, Room, Simulator, Tenant};

const GRAPH: &str = "https://graph.contoso.test";
const LOGIN: &str = "https://login.contoso.test";
const USER: &str = "svc-rooms";
const PASSWORD: &str = "pr0xy-passw0rd";

/// Runs the program with everything logged, this password for the proxy, and a proxy in its environment that is not there.
fn run(workplace: &Workplace, arguments: &[&str], password: &str, environment: &[(&str, &str)]) -> Ended {
    let mut command = workplace.command(arguments);
    command
        .env("COLLECTOR_LOG", "trace")
        .env("PROXY_PASSWORD", password)
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9")
        .envs(environment.iter().copied());
    let ended = e2e::ended(&mut command).unwrap();
    // As it is, and as the proxy is told: `svc-rooms` in base64.
    for secret in [password, "c3ZjLXJvb21z"] {
        assert!(!ended.stderr.contains(secret), "what the proxy is told is logged");
    }
    ended
}

#[test]
fn a_tenant_beyond_a_proxy_that_opens_tls_is_collected_and_what_is_in_the_way_is_said() {
    let event = Event::new("Standup", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
    let room = Room::new("conf-a@contoso.com", "Conf A").event(event);
    let simulator = Simulator::start_tls(Tenant::new("contoso.com").room(room)).unwrap();
    let address = simulator
        .url()
        .replace("https://localhost", "127.0.0.1")
        .parse()
        .unwrap();
    let hosts = [("graph.contoso.test", address), ("login.contoso.test", address)];
    let proxy = CompanyProxy::start(&hosts, Some((USER, PASSWORD))).unwrap();

    let source = Source::at(GRAPH, LOGIN);
    let way = |proxy: &str, ca: &str| {
        format!(
            "proxy = \"{proxy}\"\nproxy-user = \"{USER}\"\nproxy-password = {{ env = \"PROXY_PASSWORD\" }}\n{ca}\n"
        )
    };
    let ca = "ca = \"corp.pem\"";
    let company = format!("[egress]\n{}{source}", way(&proxy.url(), ca));
    let workplace = Workplace::new(&company, &["o365"]).unwrap();
    workplace.write("corp.pem", simulator.ca_pem().unwrap()).unwrap();
    let collected = ["conf-a 2026-03-10T10:00 Standup"];

    let ended = run(&workplace, &e2e::PASS, PASSWORD, &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), collected);
    // The token came the same way.
    let mut asked = proxy.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ["graph.contoso.test:443", "login.contoso.test:443"]);

    // What the source says itself counts, and what the platform trusts counts beside it.
    let stranger = Simulator::start_tls(Tenant::new("contoso.com")).unwrap();
    workplace.write("other.pem", stranger.ca_pem().unwrap()).unwrap();
    let own = format!(
        "[egress]\n{}{source}[source.egress]\n{}",
        way("http://127.0.0.1:9", ""),
        way(&proxy.url(), "ca = \"other.pem\"")
    );
    workplace.configure(&own).unwrap();
    let platform = [("SSL_CERT_FILE", "corp.pem")];
    let ended = run(&workplace, &e2e::PASS, PASSWORD, &platform);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), collected);

    workplace.configure(&company).unwrap();
    let ended = run(&workplace, &["validate"], "wr0ng-passw0rd", &[]);
    assert_ne!(ended.code, 0, "{}", ended.stdout);
    assert!(
        ended
            .stdout
            .contains("correct proxy-user and proxy-password in [egress]"),
        "{}",
        ended.stdout
    );

    workplace.configure(&company.replace(ca, "")).unwrap();
    let ended = run(&workplace, &["validate"], PASSWORD, &[]);
    assert_ne!(ended.code, 0, "{}", ended.stdout);
    assert!(
        ended.stdout.contains("name its PEM file as `ca` in [egress]"),
        "{}",
        ended.stdout
    );

    workplace
        .configure(&company.replace(ca, "ca = \"missing.pem\""))
        .unwrap();
    let ended = run(&workplace, &["run-once"], PASSWORD, &[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("collector.toml:5:1: egress: ca: "),
        "{}",
        ended.stderr
    );
}
