//! What a source signs in with, as companies keep it: PKCS#12 files, two credentials while one is replaced, tokens of another issuer, the
//! identity of the machine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::{Ended, Source, Workplace};
use graph_sim::{App, CLIENT_ID, IDENTITY_HEADER, KeyPair, Room, Simulator, Tenant};
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::contract::sources::{add_without_credential, run_with};

const NEW: &str = "new8Q~a-secret-that-nobody-registered-yet";
const PASSWORD: &str = "pässword of the file";

/// A tenant with one room and this app.
fn simulator(app: App) -> Simulator {
    let room = Room::new("conf-a@contoso.com", "Conf A");
    Simulator::start(Tenant::new("contoso.com").room(room).app(app)).unwrap()
}

fn workplace(source: &Source) -> Workplace {
    Workplace::new(&source.to_string(), &["o365"]).unwrap()
}

/// Collects once with these variables in the environment and everything logged; no value of them is said.
fn collect(workplace: &Workplace, environment: &[(&str, &str)]) -> Ended {
    let mut command = workplace.command(&["run-once", "--format", "jsonl"]);
    command
        .env("COLLECTOR_LOG", "trace")
        .envs(environment.iter().copied());
    let ended = e2e::ended(&mut command).unwrap();
    for (name, value) in environment
        .iter()
        .filter(|(name, _)| *name != "IDENTITY_ENDPOINT" && !name.ends_with("_HOST"))
    {
        assert!(!ended.stderr.contains(value), "the value of {name} is said");
    }
    ended
}

fn warnings(ended: &Ended) -> Vec<&str> {
    ended.said("WARN")
}

fn pfx(pair: &KeyPair, password: &str) -> Vec<u8> {
    let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap();
    let key = PrivatePkcs8KeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let chain = PrivateKeyChain::new(
        "id",
        PrivateKey::from_der(key.secret_pkcs8_der()).unwrap(),
        [Certificate::from_der(&certificate).unwrap()],
    );
    let mut keystore = KeyStore::new();
    keystore.add_entry("app", KeyStoreEntry::PrivateKeyChain(chain));
    keystore.writer(password).write().unwrap()
}

#[test]
fn a_pkcs12_file_signs_in_as_a_file_and_as_base64_in_a_variable() {
    let pair = KeyPair::generate().unwrap();
    let simulator = simulator(App::new(CLIENT_ID).certificate(&pair.certificate));
    let source = |place: &str| {
        Source::contoso(&simulator)
            .without_credential("client-secret")
            .credential("certificate", place)
            .credential("certificate-password", "{ env = \"PFX_PASSWORD\" }")
    };
    let workplace = workplace(&source("{ file = \"app.pfx\" }"));
    let file = pfx(&pair, PASSWORD);
    workplace.write_private("app.pfx", &file).unwrap();
    let ended = collect(&workplace, &[("PFX_PASSWORD", PASSWORD)]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);

    workplace
        .configure(&source("{ env = \"PFX\" }").to_string())
        .unwrap();
    let base64 = STANDARD.encode(&file);
    let ended = collect(&workplace, &[("PFX_PASSWORD", PASSWORD), ("PFX", &base64)]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);

    let ended = collect(&workplace, &[("PFX_PASSWORD", "another's"), ("PFX", &base64)]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains(
            "source \"contoso\": credentials.certificate: { env = \"PFX\" } cannot be used: the password does not open the PKCS#12 file; add its password: certificate-password = "
        ),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_secret_that_is_refused_is_named_and_the_next_is_used() {
    let simulator = simulator(App::default());
    let source = Source::contoso(&simulator).credential(
        "client-secret",
        "[{ env = \"NEW\" }, { env = \"O365_CLIENT_SECRET\" }]",
    );
    let ended = collect(&workplace(&source), &[("NEW", NEW)]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(simulator.token_requests(), 2);
    let said = warnings(&ended);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains(
            "client-secret { env = \"NEW\" } was refused (invalid_client, AADSTS7000215); client-secret { env = \"O365_CLIENT_SECRET\" } works and is used from now on. Replace the refused one (a running service reads it again on SIGHUP), or remove it from the configuration"
        ) && said[0].contains("contoso"),
        "{said:?}"
    );
    assert!(!ended.stderr.contains(e2e::SECRET));
}

#[test]
fn a_certificate_is_tried_before_a_secret_and_the_secret_serves_while_it_is_not_registered() {
    let (registered, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let simulator = simulator(App::default().certificate(&registered.certificate));
    let source = Source::contoso(&simulator).credential("certificate", "{ file = \"app.pem\" }");
    let workplace = workplace(&source);
    for (pair, requests, refusals) in [(&registered, 1, 0), (&other, 2, 1)] {
        workplace
            .write_private("app.pem", format!("{}{}", pair.certificate, pair.key))
            .unwrap();
        simulator.forget_requests();
        let ended = collect(&workplace, &[]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(simulator.token_requests(), requests);
        let said =
            ended.said("app.pem\" } was refused (invalid_client, AADSTS700027); client-secret { env = ");
        assert_eq!(said.len(), refusals, "{}", ended.stderr);
    }
}

#[test]
fn when_every_credential_is_refused_each_is_named_and_the_first_is_explained() {
    let simulator = simulator(App::new(CLIENT_ID).expired_secret(e2e::SECRET));
    let source = Source::contoso(&simulator).credential(
        "client-secret",
        "[{ env = \"NEW\" }, { env = \"O365_CLIENT_SECRET\" }]",
    );
    let ended = collect(&workplace(&source), &[("NEW", NEW)]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(
        ended.said("and so was every other credential").len(),
        2,
        "{}",
        ended.stderr
    );
    assert_eq!(ended.said("(AADSTS7000215)").len(), 1, "{}", ended.stderr);
}

#[test]
fn a_tenant_that_is_wrong_costs_one_request_however_many_secrets_there_are() {
    let simulator = simulator(App::default());
    let source = Source::contoso(&simulator)
        .setting("tenant", "contosso.com")
        .credential(
            "client-secret",
            "[{ env = \"O365_CLIENT_SECRET\" }, { env = \"NEW\" }]",
        );
    let ended = collect(&workplace(&source), &[("NEW", NEW)]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(simulator.token_requests(), 1);
}

/// A source that signs in as the machine.
fn identity(simulator: &Simulator, value: &str) -> Source {
    Source::contoso(simulator)
        .without_credential("client-id")
        .without_credential("client-secret")
        .credential("managed-identity", value)
}

/// The simulator under another origin than that which the connector may reach.
fn localhost(simulator: &Simulator) -> String {
    simulator.url().replace("127.0.0.1", "localhost")
}

#[test]
fn a_managed_identity_that_is_not_granted_is_told_the_line_that_grants_it() {
    let simulator = simulator(App::new(CLIENT_ID).managed_identity());
    let endpoint = localhost(&simulator);
    let workplace = workplace(&identity(&simulator, "true"));
    let ended = collect(&workplace, &[]);
    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.said("http://169.254.169.254, is not granted; add identity = [\"http://169.254.169.254\"] to [source.grants]").len(),
        1,
        "{}",
        ended.stderr
    );
    let ended = collect(&workplace, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &endpoint)]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains(&format!("add identity = [\"{endpoint}\"]")),
        "{}",
        ended.stderr
    );
    assert!(simulator.requests().is_empty());
}

#[test]
fn a_managed_identity_that_is_granted_signs_in_without_a_secret() {
    let simulator = simulator(App::new(CLIENT_ID).managed_identity());
    let endpoint = localhost(&simulator);
    for value in ["true", &format!("{{ client-id = \"{CLIENT_ID}\" }}")] {
        simulator.forget_requests();
        let workplace = workplace(&identity(&simulator, value).grant_identity(&endpoint));
        let ended = collect(&workplace, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &endpoint)]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(simulator.requests_to("/metadata/identity/oauth2/token").len(), 1);
        assert_eq!(simulator.token_requests(), 0);
    }
}

#[test]
fn app_service_gives_its_identity_for_its_secret_and_an_identity_that_is_not_assigned_is_said() {
    let simulator = simulator(App::new(CLIENT_ID).managed_identity());
    let endpoint = format!("{}/msi/token", localhost(&simulator));
    let environment = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", IDENTITY_HEADER),
    ];
    let source = identity(&simulator, "true").grant_identity(&localhost(&simulator));
    let ended = collect(&workplace(&source), &environment);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(simulator.requests_to("/msi/token").len(), 1);

    let another = identity(
        &simulator,
        "{ client-id = \"99999999-2222-3333-4444-555555555555\" }",
    );
    let workplace = workplace(&another.grant_identity(&localhost(&simulator)));
    let host = localhost(&simulator);
    let ended = collect(&workplace, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &host)]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(
        ended
            .said("Identity not found; check that the identity is assigned to this machine")
            .len(),
        1,
        "{}",
        ended.stderr
    );
    let ended = workplace.run(&["authorize", "contoso"]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}

#[test]
fn a_certificate_that_ends_soon_is_warned_of_before_it_does() {
    let soon = e2e::now() + chrono::Duration::days(10);
    let until = |at: chrono::DateTime<chrono::Utc>| {
        use chrono::Datelike as _;
        let part = |number: u32| u8::try_from(number).unwrap();
        KeyPair::generate_until(at.year(), part(at.month()), part(at.day())).unwrap()
    };
    let (old, new) = (until(soon), KeyPair::generate().unwrap());
    let simulator = simulator(
        App::new(CLIENT_ID)
            .certificate(&old.certificate)
            .certificate(&new.certificate),
    );
    let source = Source::contoso(&simulator)
        .without_credential("client-secret")
        .credential("certificate", "[{ file = \"new.pem\" }, { file = \"old.pem\" }]");
    let workplace = workplace(&source);
    for (name, pair) in [("old.pem", &old), ("new.pem", &new)] {
        workplace
            .write_private(name, format!("{}{}", pair.certificate, pair.key))
            .unwrap();
    }
    let day = soon.format("%Y-%m-%d");
    let ended = collect(&workplace, &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let said = warnings(&ended);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains(&format!(
            "certificate {{ file = \"old.pem\" }} expires in 9 days, on {day}; register a new certificate"
        )),
        "{said:?}"
    );
    let checked = workplace.run(&["validate"]).unwrap();
    assert_eq!(checked.code, 0, "{}", checked.stdout);
    for line in [
        "passed   certificate: certificate { file = \"new.pem\" } is valid until 4096-01-01".to_owned(),
        format!("warning  certificate: certificate {{ file = \"old.pem\" }} expires in 9 days, on {day}"),
    ] {
        assert!(checked.stdout.contains(&line), "{line}\n{}", checked.stdout);
    }
}

#[test]
fn a_source_is_added_with_a_pkcs12_file_and_its_password_and_a_second_certificate_says_who_uses_it() {
    let pair = KeyPair::generate().unwrap();
    let simulator = simulator(App::new(CLIENT_ID).certificate(&pair.certificate));
    let workplace = Workplace::new("", &["o365"]).unwrap();
    workplace.write_private("app.pfx", pfx(&pair, PASSWORD)).unwrap();
    let credentials = [
        "--certificate",
        "app.pfx",
        "--secret-stdin",
        "certificate-password",
    ];
    let arguments = add_without_credential(&simulator, &credentials);
    let ended = run_with(&workplace, &arguments, PASSWORD);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);

    let file = workplace.path().join("collector.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let one = "certificate = { file = \"app.pfx\" }";
    assert!(text.contains(one), "{text}");
    let two = "certificate = [{ stored = \"new-certificate\" }, { file = \"app.pfx\" }]";
    workplace.configure(&text.replace(one, two)).unwrap();
    let listed = workplace.run(&["secrets", "list"]).unwrap().stdout;
    let line = listed
        .lines()
        .find(|line| line.contains("new-certificate"))
        .unwrap();
    assert!(line.contains("source \"contoso\""), "{listed}");
    // Other changes leave both where they are.
    for command in ["pause", "resume"] {
        assert_eq!(workplace.run(&[command, "contoso"]).unwrap().code, 0);
    }
    assert!(std::fs::read_to_string(&file).unwrap().contains(two));
}
