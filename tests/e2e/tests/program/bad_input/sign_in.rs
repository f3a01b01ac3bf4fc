//! What the login service refuses: exit status 1, the code, what it means, what to do.

use e2e::{Ended, Source, Workplace};
use graph_sim::{App, CLIENT_ID, Fault, KeyPair, Room, Simulator, Tenant, when};

fn tenant() -> Tenant {
    Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A"))
}

fn collect(tenant: Tenant, source: impl FnOnce(Source) -> Source) -> Ended {
    let simulator = Simulator::start(tenant).unwrap();
    let source = source(Source::contoso(&simulator));
    Workplace::new(&source.to_string(), &["o365"])
        .unwrap()
        .collect(&[])
        .unwrap()
}

/// What is said, beside the figures, when a source fails as a whole.
fn refused(tenant: Tenant, source: impl FnOnce(Source) -> Source) -> String {
    let ended = collect(tenant, source);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn a_wrong_secret_is_said_with_what_to_do() {
    assert_eq!(
        refused(tenant().app(App::new(CLIENT_ID).secret("another")), |source| {
            source
        }),
        "error: source \"contoso\": the token was refused: the client secret is wrong (AADSTS7000215). Copy the secret's value, not \
         its id, from Certificates & secrets; if it is no longer shown, make a new one.\n"
    );
}

#[test]
fn an_expired_secret_is_said_with_what_to_do() {
    assert_eq!(
        refused(
            tenant().app(App::new(CLIENT_ID).expired_secret(e2e::SECRET)),
            |source| source
        ),
        "error: source \"contoso\": the token was refused: the client secret has expired (AADSTS7000222). Make a new one under \
         Certificates & secrets, or use a certificate.\n"
    );
}

#[test]
fn a_wrong_tenant_is_said_with_what_to_do() {
    assert_eq!(
        refused(tenant(), |source| source.setting("tenant", "contosso.com")),
        "error: source \"contoso\": the token was refused: there is no such tenant (AADSTS90002). Check the setting tenant for a \
         typing error. If it is right, the tenant may live in another cloud: set cloud = \"us-gov\", \"us-gov-dod\" or \"china\".\n"
    );
}

#[test]
fn a_tenant_of_another_cloud_is_told_which_setting_names_it() {
    let refused = |code: u32, text: &str| {
        let simulator = Simulator::start(tenant()).unwrap();
        let fault = Fault::SignIn(400, "invalid_request", code, text.to_owned());
        simulator.inject(when("/oauth2/v2.0/token").then(fault));
        let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
        let ended = workplace.collect(&[]).unwrap();
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
        let checked = workplace.run(&["validate"]).unwrap();
        assert_eq!(checked.code, 1, "{}", checked.stdout);
        (ended.stderr, checked.stdout)
    };
    for (code, text) in [
        (
            900_432,
            "Confidential Client is not supported in Cross Cloud request.",
        ),
        (
            90_038,
            "Tenant 'contoso.com' request is being redirected to the National Cloud 'MicrosoftOnline.us'.",
        ),
    ] {
        let (said, checked) = refused(code, text);
        assert_eq!(
            said,
            format!(
                "error: source \"contoso\": the token was refused: the tenant lives in another cloud (AADSTS{code}). Name it in the source's \
                 settings: cloud = \"us-gov\" (US Government, GCC High), cloud = \"us-gov-dod\" (DoD) or cloud = \"china\"; the default is the global cloud, where GCC tenants live, too.\n"
            )
        );
        assert!(checked.contains("cloud = \"us-gov\""), "{checked}");
    }
    let (said, _) = refused(
        500_011,
        "The resource principal named https://graph.microsoft.com was not found.",
    );
    assert!(
        said.contains("Compare the setting cloud with where the tenant lives (\"global\", \"us-gov\", "),
        "{said}"
    );
}

#[test]
fn an_application_without_consent_in_the_tenant_is_said_with_what_to_do() {
    assert_eq!(
        refused(
            tenant().app(App::new("99999999-2222-3333-4444-555555555555").secret(e2e::SECRET)),
            |source| source
        ),
        "error: source \"contoso\": the token was refused: the application is not known in this tenant (AADSTS700016). Check tenant \
         and client-id; then let an administrator of the tenant consent.\n"
    );
}

#[test]
fn an_application_that_was_disabled_is_said() {
    let said = refused(tenant().app(App::default().disabled()), |source| source);
    assert!(
        said.contains("the application is disabled in this tenant (AADSTS7000112)"),
        "{said}"
    );
}

#[test]
fn permissions_without_consent_are_named() {
    let said = refused(tenant().app(App::default().roles([])), |source| source);
    assert!(said.contains("Place.Read.All"), "{said}");
    assert!(said.contains("admin consent"), "{said}");
}

#[test]
fn calendars_without_consent_are_refused_room_by_room_with_the_permission() {
    let said = refused(tenant().app(App::default().roles(["Place.Read.All"])), |source| {
        source
    });
    assert!(
        said.contains("source \"contoso\": conf-a@contoso.com: refused: "),
        "{said}"
    );
    assert!(
        said.contains("Grant the application permission Calendars.Read with admin consent"),
        "{said}"
    );
    assert!(
        said.contains("contoso: rooms: 0 collected, 1 refused, 0 missing, 0 failed\n"),
        "{said}"
    );
}

fn with_certificate(app: App, used: &KeyPair) -> Ended {
    let tenant = tenant().app(app);
    let simulator = Simulator::start(tenant).unwrap();
    let source = Source::contoso(&simulator)
        .without_credential("client-secret")
        .credential("certificate", r#"{ file = "app.pem" }"#);
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    workplace
        .write_private("app.pem", format!("{}{}", used.certificate, used.key))
        .unwrap();
    workplace.collect(&[]).unwrap()
}

#[test]
fn a_certificate_that_is_registered_signs_in() {
    let pair = KeyPair::generate().unwrap();
    let ended = with_certificate(App::new(CLIENT_ID).certificate(&pair.certificate), &pair);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a_certificate_whose_time_is_over_is_said_with_what_to_do() {
    let pair = KeyPair::generate().unwrap();
    let ended = with_certificate(App::new(CLIENT_ID).expired_certificate(&pair.certificate), &pair);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("(AADSTS700027)"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("that it has not expired"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_certificate_that_is_not_registered_any_more_is_said_with_what_to_do() {
    let (registered, used) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let ended = with_certificate(App::new(CLIENT_ID).certificate(&registered.certificate), &used);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    assert_eq!(
        ended.stderr,
        "error: source \"contoso\": the token was refused: the certificate's signature was not accepted (AADSTS700027). Check that \
         this certificate is uploaded under Certificates & secrets, that it has not expired, and that this machine's clock is \
         right.\n"
    );
}

#[test]
fn a_file_without_a_certificate_is_wrong_configuration() {
    let simulator = Simulator::start(tenant()).unwrap();
    let source = Source::contoso(&simulator)
        .without_credential("client-secret")
        .credential("certificate", r#"{ file = "app.pem" }"#);
    let workplace = Workplace::new(&source.to_string(), &["o365"]).unwrap();
    workplace.write("app.pem", "nothing of the kind").unwrap();
    let ended = workplace.collect(&[]).unwrap();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("credentials.certificate: "),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("provide one PEM file that contains the certificate and its private key"),
        "{}",
        ended.stderr
    );
}
