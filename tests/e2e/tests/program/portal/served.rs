//! Where the portal is served, and to whom.

use std::path::Path;

use e2e::{Service, Workplace};

/// A certificate for this machine with its key in one file; the certificate alone.
fn certificate(path: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = made.cert.pem();
    std::fs::write(path, format!("{pem}{}", made.signing_key.serialize_pem())).unwrap();
    pem
}

/// Asks for the sign-in with one certificate that is trusted; the answer's cookie and transport policy.
fn ask(address: &str, trusted: &str) -> Result<(u16, Option<String>), reqwest::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(trusted.as_bytes())?])
            .build()?;
        let answer = client.get(format!("{address}/login")).send().await?;
        let policy = answer
            .headers()
            .get("strict-transport-security")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Ok((answer.status().as_u16(), policy))
    })
}

#[test]
fn with_a_certificate_it_is_served_over_tls_and_takes_a_renewed_one_without_a_restart() {
    let workplace = Workplace::new("[service]\nlisten = \"127.0.0.1:0\"\n[portal]\nlisten = \"127.0.0.1:0\"\ncertificate = \"portal.pem\"\n",
        &[],
    )
    .unwrap();
    let file = workplace.path().join("portal.pem");
    let first = certificate(&file);
    let mut service = Service::start(&workplace).unwrap();
    let line = service.wait_for_line("the Admin Portal is at ").unwrap();
    let address = line
        .split_once("is at ")
        .unwrap()
        .1
        .trim()
        .trim_end_matches('/')
        .to_owned();
    assert!(address.starts_with("https://localhost:"), "{address}");
    let (status, policy) = ask(&address, &first).unwrap();
    assert_eq!(status, 200);
    assert!(policy.unwrap().starts_with("max-age="));

    let second = certificate(&file);
    service
        .wait_for("the renewed certificate", |_| ask(&address, &second).ok())
        .unwrap();
    assert!(ask(&address, &first).is_err());

    // Half a file: the one before stays.
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n").unwrap();
    service
        .wait_for("the word about it", |service| {
            let _ = ask(&address, &second);
            service
                .said()
                .contains("the portal keeps its old certificate")
                .then_some(())
        })
        .unwrap();
    assert!(ask(&address, &second).is_ok());
}

#[test]
fn without_a_certificate_it_is_not_served_to_other_machines() {
    let workplace = Workplace::new("[portal]\nlisten = \"0.0.0.0:0\"\n", &[]).unwrap();
    let ended = workplace.run(&["run"]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("collector.toml:2:1: portal: listen: other machines can reach 0.0.0.0:0"),
        "{}",
        ended.stderr
    );
}
