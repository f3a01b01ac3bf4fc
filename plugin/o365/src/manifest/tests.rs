use super::*;

#[test]
fn the_manifest_asks_for_the_hosts_of_the_four_clouds_and_for_one_token() {
    let manifest = describe();
    assert_eq!(manifest.name, "o365");
    assert_eq!(manifest.slice_size, 20);
    assert_eq!(
        manifest.hosts,
        [
            "https://graph.microsoft.com",
            "https://login.microsoftonline.com",
            "https://graph.microsoft.us",
            "https://login.microsoftonline.us",
            "https://dod-graph.microsoft.us",
            "https://microsoftgraph.chinacloudapi.cn",
            "https://login.partner.microsoftonline.cn",
            "https://login.chinacloudapi.cn",
        ]
    );
    assert_eq!(manifest.secrets.len(), 1);
    assert!(!manifest.secrets[0].reveal);
}

#[test]
fn the_authorization_follows_from_tenant_and_cloud() {
    let settings = r#"{"tenant":"contoso.onmicrosoft.us","user-agent":"a@b.com","cloud":"us-gov"}"#;
    let oauth = authorization(settings).unwrap().unwrap();
    assert_eq!(oauth.secret, "graph");
    assert_eq!(
        oauth.token_endpoint,
        "https://login.microsoftonline.us/contoso.onmicrosoft.us/oauth2/v2.0/token"
    );
    assert_eq!(oauth.scope, "https://graph.microsoft.us/.default");
    assert_eq!(oauth.audience, ["https://graph.microsoft.us"]);
    assert_eq!(
        oauth.consent_page.as_deref(),
        Some("https://login.microsoftonline.us/contoso.onmicrosoft.us/v2.0/adminconsent")
    );
    let names: Vec<&str> = oauth
        .permissions
        .iter()
        .map(|permission| permission.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "Calendars.Read",
            "Directory.Read.All",
            "User.Read",
            "User.Read.All",
            "Place.Read.All"
        ]
    );
}

/// "National cloud deployments" of the Microsoft Graph documentation: sign-in and Graph of each cloud, and no host of another.
#[test]
fn each_cloud_signs_in_and_reads_at_its_own_hosts() {
    for (cloud, login, graph) in [
        (
            "global",
            "https://login.microsoftonline.com",
            "https://graph.microsoft.com",
        ),
        (
            "us-gov",
            "https://login.microsoftonline.us",
            "https://graph.microsoft.us",
        ),
        (
            "us-gov-dod",
            "https://login.microsoftonline.us",
            "https://dod-graph.microsoft.us",
        ),
        (
            "china",
            "https://login.partner.microsoftonline.cn",
            "https://microsoftgraph.chinacloudapi.cn",
        ),
    ] {
        let settings = format!(r#"{{"tenant":"contoso.example","user-agent":"a@b.com","cloud":"{cloud}"}}"#);
        let oauth = authorization(&settings).unwrap().unwrap();
        assert_eq!(
            oauth.token_endpoint,
            format!("{login}/contoso.example/oauth2/v2.0/token")
        );
        assert_eq!(oauth.scope, format!("{graph}/.default"));
        assert_eq!(oauth.audience, [graph]);
        assert_eq!(
            oauth.consent_page,
            Some(format!("{login}/contoso.example/v2.0/adminconsent"))
        );
        let settings = settings::parse(&settings).unwrap();
        assert_eq!(settings.graph_url, format!("{graph}/v1.0"));
        let hosts = describe().hosts;
        assert!(hosts.contains(&login.to_owned()) && hosts.contains(&graph.to_owned()));
    }
}

#[test]
fn behind_a_simulator_the_token_goes_there_and_the_scope_stays_the_clouds() {
    let settings = r#"{"tenant":"contoso.com","user-agent":"a@b.com","graph-url":"http://127.0.0.1:4100/v1.0","login-url":"http://127.0.0.1:4100"}"#;
    let oauth = authorization(settings).unwrap().unwrap();
    assert_eq!(
        oauth.token_endpoint,
        "http://127.0.0.1:4100/contoso.com/oauth2/v2.0/token"
    );
    assert_eq!(oauth.scope, "https://graph.microsoft.com/.default");
    assert_eq!(oauth.audience, ["http://127.0.0.1:4100"]);
}

#[test]
fn unusable_settings_have_no_authorization() {
    assert!(!authorization("{}").unwrap_err().is_empty());
}
