//! Tests of admin consent as in Entra: the pages, the way back to the application, and the delay before it takes effect.

use std::time::Duration;

use crate::common::{Graph, code, login, with_secret};
use graph_sim::{Account, App, CLIENT_ID, CLIENT_SECRET, ConsentTamper, Event, Room, Simulator, Tenant};
use reqwest::{Client, Response, Url};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);
const BACK: &str = "http://localhost:4711/authorized";
/// The accepted permissions as the answer writes them.
const SCOPE: &str = "https://graph.microsoft.com/Calendars.Read https://graph.microsoft.com/Directory.Read.All \
                     https://graph.microsoft.com/User.Read.All https://graph.microsoft.com/Place.Read.All \
                     https://graph.microsoft.com/User.Read";

/// `contoso.com` with a room, three accounts and an app without consent.
fn contoso() -> Tenant {
    Tenant::new("contoso.com")
        .app(
            App::default()
                .registered_only()
                .redirect("http://localhost/authorized"),
        )
        .account(Account::new("admin@contoso.com", "Ada").global_administrator())
        .account(Account::new("bob@contoso.com", "Bob"))
        .account(Account::new("eve@fabrikam.com", "Eve").global_administrator())
        .room(Room::new("conf-a@contoso.com", "Conf A").event(Event::new(
            "Budget",
            "2026-03-01T10:00:00Z",
            "2026-03-01T11:00:00Z",
        )))
}

/// The parameters of a valid request.
fn asked() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", CLIENT_ID),
        ("scope", "https://graph.microsoft.com/.default"),
        ("redirect_uri", BACK),
        ("state", "a/b+c&d=e"),
    ]
}

/// A request to the consent page: the address with its query, and the form if there is one.
async fn send(
    sim: &Simulator,
    tenant: &str,
    query: &[(&str, &str)],
    form: Option<&[(&str, &str)]>,
) -> Response {
    let http = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let mut url = Url::parse(&format!("{}/{tenant}/v2.0/adminconsent", sim.url())).unwrap();
    url.query_pairs_mut().extend_pairs(query);
    match form {
        None => http.get(url).send().await.unwrap(),
        Some(form) => http.post(url).form(form).send().await.unwrap(),
    }
}

/// Presses a button as this account.
async fn press(sim: &Simulator, account: &str, decision: &str) -> Response {
    let form = [("account", account), ("decision", decision)];
    send(sim, "contoso.com", &asked(), Some(&form)).await
}

/// Status and text of a page that does not redirect.
async fn page(answer: Response) -> (u16, String) {
    assert_eq!(answer.headers().get("location"), None);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The redirect of an answer: the address without its query, and the parameters.
fn back(answer: &Response) -> (String, Vec<(String, String)>) {
    assert_eq!(answer.status(), 302);
    let mut url = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let parameters = url.query_pairs().into_owned().collect();
    url.set_query(None);
    (url.to_string(), parameters)
}

/// A parameter of the way back.
fn parameter(answer: &Response, name: &str) -> Option<String> {
    let (_, parameters) = back(answer);
    parameters
        .into_iter()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value)
}

/// Status and error code of a request for a token.
async fn token(sim: &Simulator) -> (u16, i64) {
    let (status, answer) = login(sim, "contoso.com", &with_secret(CLIENT_SECRET)).await;
    (status, answer["error_codes"][0].as_i64().unwrap_or(0))
}

fn roles(token: &str) -> Value {
    use base64::Engine as _;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["roles"].clone()
}

#[tokio::test]
async fn an_administrator_picks_the_account_accepts_and_is_sent_back() {
    let sim = Simulator::start(contoso()).unwrap();
    assert_eq!(token(&sim).await, (400, 700_016));

    let (status, accounts) = page(send(&sim, "contoso.com", &asked(), None).await).await;
    assert_eq!(status, 200);
    for account in ["admin@contoso.com", "bob@contoso.com", "eve@fabrikam.com"] {
        let button = format!("<button name=\"account\" value=\"{account}\">Sign in as {account}</button>");
        assert!(accounts.contains(&button), "{accounts}");
    }

    let form = [("account", "admin@contoso.com")];
    let (status, permissions) = page(send(&sim, "contoso.com", &asked(), Some(&form)).await).await;
    assert_eq!(status, 200);
    for part in [
        "<h1>Permissions requested</h1>",
        "<li>Read calendars in all mailboxes (Calendars.Read)</li>",
        "<li>Read directory data (Directory.Read.All)</li>",
        "<li>Read all users&#39; full profiles (User.Read.All)</li>",
        "<li>Read all company places (Place.Read.All)</li>",
        "<li>Sign in and read user profile (User.Read)</li>",
        "<input type=\"hidden\" name=\"account\" value=\"admin@contoso.com\">",
        "<button name=\"decision\" value=\"accept\">Accept</button>",
        "<button name=\"decision\" value=\"cancel\">Cancel</button>",
    ] {
        assert!(permissions.contains(part), "{part} is not in {permissions}");
    }
    assert!(!sim.is_consented(CLIENT_ID));

    let answer = press(&sim, "admin@contoso.com", "accept").await;
    let expected = [
        ("admin_consent", "True"),
        ("tenant", Tenant::new("contoso.com").id()),
        ("scope", SCOPE),
        ("state", "a/b+c&d=e"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(back(&answer), (BACK.to_owned(), expected.to_vec()));
    assert!(sim.is_consented(CLIENT_ID));
    assert_eq!(
        roles(&Graph::sign_in(&sim).await.token),
        json!([
            "Calendars.Read",
            "Directory.Read.All",
            "User.Read.All",
            "Place.Read.All"
        ])
    );
    let seen: Vec<(String, u16)> = sim
        .requests_to("adminconsent")
        .into_iter()
        .map(|request| (request.method, request.status))
        .collect();
    assert_eq!(
        seen,
        [("GET", 200), ("POST", 200), ("POST", 302)].map(|(method, status)| (method.to_owned(), status))
    );
}

#[tokio::test]
async fn an_administrator_who_cancels_is_sent_back_with_an_error_beside_admin_consent() {
    let sim = Simulator::start(contoso()).unwrap();
    let answer = press(&sim, "admin@contoso.com", "cancel").await;
    let (address, parameters) = back(&answer);
    let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(address, BACK);
    assert_eq!(names, ["admin_consent", "error", "error_description", "state"]);
    assert_eq!(parameters[0].1, "True");
    assert_eq!(parameters[1].1, "consent_required");
    assert!(
        parameters[2].1.starts_with(
            "AADSTS65004: The resource owner or authorization server denied the request.\r\nTrace ID: "
        ),
        "{parameters:?}"
    );
    assert_eq!(parameters[3].1, "a/b+c&d=e");
    assert_eq!(token(&sim).await, (400, 700_016));
}

#[tokio::test]
async fn who_is_no_administrator_needs_one_and_can_only_go_back() {
    let sim = Simulator::start(contoso()).unwrap();
    let form = [("account", "bob@contoso.com")];
    let signed_in = send(&sim, "contoso.com", &asked(), Some(&form)).await;
    let pressed = press(&sim, "bob@contoso.com", "accept").await;
    for answer in [signed_in, pressed] {
        let (status, text) = page(answer).await;
        assert_eq!(status, 200);
        assert!(text.contains("<h1>Need admin approval</h1>"), "{text}");
        assert!(text.contains("AADSTS90094"), "{text}");
        assert!(!text.contains("value=\"accept\""), "{text}");
    }
    let answer = press(&sim, "bob@contoso.com", "cancel").await;
    assert_eq!(back(&answer).0, BACK);
    assert_eq!(parameter(&answer, "admin_consent").unwrap(), "True");
    assert_eq!(parameter(&answer, "error").unwrap(), "access_denied");
    assert!(
        parameter(&answer, "error_description")
            .unwrap()
            .starts_with("AADSTS90094: ")
    );
    assert_eq!(parameter(&answer, "state").unwrap(), "a/b+c&d=e");
    assert_eq!(parameter(&answer, "tenant"), None);
    assert!(!sim.is_consented(CLIENT_ID));
}

#[tokio::test]
async fn an_account_of_another_tenant_ends_on_a_page_or_consents_for_its_own_tenant_only() {
    let sim = Simulator::start(contoso()).unwrap();
    for (account, expected) in [
        ("eve@fabrikam.com", "AADSTS50020: "),
        ("nobody@contoso.com", "AADSTS50034: "),
    ] {
        let (status, text) = page(press(&sim, account, "accept").await).await;
        assert_eq!(status, 400);
        assert!(text.contains(expected), "{text}");
    }
    let form = [("account", "eve@fabrikam.com"), ("decision", "accept")];
    let answer = send(&sim, "organizations", &asked(), Some(&form)).await;
    assert_eq!(
        parameter(&answer, "tenant").unwrap(),
        Tenant::new("fabrikam.com").id()
    );
    assert!(!sim.is_consented(CLIENT_ID));
}

#[tokio::test]
async fn the_tenant_may_be_its_id_its_domain_or_organizations() {
    let id = Tenant::new("contoso.com").id().to_owned();
    for name in [id.as_str(), "contoso.com", "organizations"] {
        let sim = Simulator::start(contoso()).unwrap();
        let form = [("account", "admin@contoso.com"), ("decision", "accept")];
        let answer = send(&sim, name, &asked(), Some(&form)).await;
        assert_eq!(parameter(&answer, "tenant").unwrap(), id, "{name}");
        assert!(sim.is_consented(CLIENT_ID));
    }
}

#[tokio::test]
async fn each_mistake_in_the_address_gets_its_page_and_leads_nowhere() {
    let but = |name: &str, value: &'static str| -> Vec<(&str, &str)> {
        asked()
            .into_iter()
            .map(|(n, v)| if n == name { (n, value) } else { (n, v) })
            .collect()
    };
    let without =
        |name: &str| -> Vec<(&str, &str)> { asked().into_iter().filter(|(n, _)| *n != name).collect() };
    for (tenant, query, expected) in [
        ("common", asked(), "AADSTS50194: "),
        ("consumers", asked(), "AADSTS50194: "),
        ("fabrikam.com", asked(), "AADSTS90002: "),
        ("x", asked(), "AADSTS900023: "),
        (
            "contoso.com",
            but("client_id", "00000000-2222-3333-4444-555555555555"),
            "AADSTS700016: ",
        ),
        (
            "contoso.com",
            without("client_id"),
            "AADSTS900144: The request body must contain the following parameter: &#39;client_id&#39;.",
        ),
        (
            "contoso.com",
            but("redirect_uri", "https://evil.example/authorized"),
            "AADSTS50011: The redirect URI &#39;https://evil.example/authorized&#39;",
        ),
        (
            "contoso.com",
            but("redirect_uri", "http://localhost:4711/authorised"),
            "AADSTS50011: ",
        ),
        (
            "contoso.com",
            without("redirect_uri"),
            "AADSTS900144: The request body must contain the following parameter: &#39;redirect_uri&#39;.",
        ),
        (
            "contoso.com",
            without("scope"),
            "AADSTS900144: The request body must contain the following parameter: &#39;scope&#39;.",
        ),
        (
            "contoso.com",
            but("scope", "https://graph.microsoft.com/Calendars.Read"),
            "AADSTS70011: ",
        ),
        (
            "contoso.com",
            but("scope", "https://graph.microsoft.us/.default"),
            "AADSTS70011: ",
        ),
    ] {
        let sim = Simulator::start(contoso()).unwrap();
        let accept = [("account", "admin@contoso.com"), ("decision", "accept")];
        for form in [None, Some(accept.as_slice())] {
            let (status, text) = page(send(&sim, tenant, &query, form).await).await;
            assert_eq!(status, 400, "{query:?}");
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
        assert!(!sim.is_consented(CLIENT_ID), "{query:?}");
    }
}

#[tokio::test]
async fn what_the_pages_show_is_escaped() {
    let account = "x\"><script>alert(1)</script>@contoso.com";
    let sim = Simulator::start(
        contoso()
            .account(Account::new(account, "<b>Mallory</b>").global_administrator())
            .app(
                App::default()
                    .registered_only()
                    .redirect("http://localhost/authorized")
                    .roles(["<i>Mail.Read</i>"]),
            ),
    )
    .unwrap();
    let accounts = send(&sim, "contoso.com", &asked(), None).await;
    let form = [("account", account)];
    let permissions = send(&sim, "contoso.com", &asked(), Some(&form)).await;
    let stranger = [("account", "<script>2</script>")];
    let stranger = send(&sim, "contoso.com", &asked(), Some(&stranger)).await;
    let trouble = [("client_id", "<script>3</script>")];
    let trouble = send(&sim, "contoso.com", &trouble, None).await;
    let mut all = String::new();
    for answer in [accounts, permissions, stranger, trouble] {
        assert!(
            answer.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none';")
        );
        all += &page(answer).await.1;
    }
    for raw in ["<script", "<b>", "<i>", "x\"&gt;"] {
        assert!(!all.contains(raw), "{raw} is in {all}");
    }
    for shown in [
        "value=\"x&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;@contoso.com\"",
        "&lt;b&gt;Mallory&lt;/b&gt;",
        "&lt;i&gt;Mail.Read&lt;/i&gt;",
        "&lt;script&gt;2&lt;/script&gt;",
        "&lt;script&gt;3&lt;/script&gt;",
    ] {
        assert!(all.contains(shown), "{shown} is not in {all}");
    }
}

#[tokio::test]
async fn a_tampered_answer_is_wrong_once() {
    let sim = Simulator::start(contoso()).unwrap();
    let (state, tenant) = (
        Some("a/b+c&d=e".to_owned()),
        Some(Tenant::new("contoso.com").id().to_owned()),
    );
    for (tamper, expected) in [
        (ConsentTamper::DropState, (None, tenant.clone())),
        (ConsentTamper::DropTenant, (state.clone(), None)),
        (
            ConsentTamper::ForgedTenant("fabrikam.com".to_owned()),
            (state.clone(), Some("fabrikam.com".to_owned())),
        ),
    ] {
        sim.tamper_consent(tamper.clone());
        for expected in [expected, (state.clone(), tenant.clone())] {
            let answer = press(&sim, "admin@contoso.com", "accept").await;
            let found = (parameter(&answer, "state"), parameter(&answer, "tenant"));
            assert_eq!(found, expected, "{tamper:?}");
        }
    }
    sim.tamper_consent(ConsentTamper::WrongState);
    // Pages in between are not answers to the application.
    send(&sim, "contoso.com", &asked(), None).await;
    let answer = press(&sim, "admin@contoso.com", "cancel").await;
    let wrong = parameter(&answer, "state");
    assert!(wrong.is_some() && wrong != state, "{wrong:?}");
    let answer = press(&sim, "admin@contoso.com", "accept").await;
    assert_eq!(parameter(&answer, "state"), state);
}

const VIEW: &str = "/users/conf-a@contoso.com/calendarView?startDateTime=2026-03-01&endDateTime=2026-03-02";

/// Status and code of a request for each permission: places, users, groups, a calendar.
async fn graph_says(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for target in [
        "/places/microsoft.graph.room",
        "/users/conf-a@contoso.com",
        "/groups",
        VIEW,
    ] {
        let (status, answer) = graph.json(target).await;
        found.push(if status == 200 {
            "200".to_owned()
        } else {
            format!("{status} {}", code(&answer))
        });
    }
    found
}

const REFUSED: [&str; 4] = [
    "403 ErrorAccessDenied",
    "403 Authorization_RequestDenied",
    "403 Authorization_RequestDenied",
    "403 ErrorAccessDenied",
];

#[tokio::test]
async fn a_consent_takes_its_time_on_the_clock_of_the_simulator() {
    let sim = Simulator::start(contoso().replication(2 * HOUR).token_seconds(86_400)).unwrap();
    press(&sim, "admin@contoso.com", "accept").await;
    let early = Graph::sign_in(&sim).await;
    assert_eq!(roles(&early.token), Value::Null);
    assert_eq!(graph_says(&early).await, REFUSED);

    sim.advance(2 * HOUR - Duration::from_secs(60));
    assert_eq!(graph_says(&Graph::sign_in(&sim).await).await, REFUSED);
    // Accepting again does not restart the delay.
    press(&sim, "admin@contoso.com", "accept").await;

    sim.advance(Duration::from_secs(60));
    let late = Graph::sign_in(&sim).await;
    assert_eq!(roles(&late.token)[0], "Calendars.Read");
    assert_eq!(graph_says(&late).await, ["200"; 4]);
    // An issued token never changes.
    assert_eq!(graph_says(&early).await, REFUSED);
}

#[tokio::test]
async fn mailboxes_may_hear_of_a_consent_later_than_the_directory() {
    let sim = Simulator::start(contoso().mailbox_replication(2 * HOUR).token_seconds(86_400)).unwrap();
    press(&sim, "admin@contoso.com", "accept").await;
    let graph = Graph::sign_in(&sim).await;
    assert_eq!(roles(&graph.token)[0], "Calendars.Read");
    assert_eq!(
        graph_says(&graph).await,
        ["200", "200", "200", "403 ErrorAccessDenied"]
    );
    let (_, answer) = graph.json(VIEW).await;
    assert_eq!(
        answer["error"]["message"],
        "Access is denied. Check credentials and try again."
    );
    sim.advance(2 * HOUR);
    assert_eq!(graph_says(&graph).await, ["200"; 4]);
}

#[tokio::test]
async fn tokens_age_on_the_same_clock() {
    let sim = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let graph = Graph::sign_in(&sim).await;
    sim.advance(HOUR);
    let (status, answer) = graph.json("/groups").await;
    assert_eq!((status, code(&answer)), (401, "InvalidAuthenticationToken"));
    assert_eq!(Graph::sign_in(&sim).await.json("/groups").await.0, 200);
}
