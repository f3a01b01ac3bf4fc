//! Tests of who may read what, and of refresh tokens.

use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use webex_sim::{App, Rotation, SCOPES, Simulator, Token};

use crate::common::{Webex, contoso, read, rooms};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The statuses of `/workspaces` for a token.
#[cfg(test)]
async fn status(sim: &Simulator, token: &str) -> u16 {
    Webex::with(&sim.api_url(), token).json("/workspaces").await.0
}

/// The answer to a refresh token.
#[cfg(test)]
async fn renew(sim: &Simulator, refresh_token: &str) -> (u16, Value) {
    let url = format!("{}/access_token", sim.api_url());
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", "client"),
        ("client_secret", "secret"),
        ("refresh_token", refresh_token),
    ];
    read(Client::new().post(url).form(&fields).send().await.unwrap()).await
}

fn with(app: App) -> Simulator {
    Simulator::start(contoso().app(app)).unwrap()
}

fn app() -> App {
    App::new("client", "secret", "first")
}

fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap()
}

#[tokio::test]
async fn administrators_read_and_others_are_refused() {
    let organization = rooms(1)
        .token(Token::read_only_admin("reader"))
        .token(Token::without_admin_role("user"))
        .token(Token::bot("bot"))
        .token(Token::full_admin("narrow").scopes(["spark-admin:devices_read"]));
    let sim = Simulator::start(organization).unwrap();
    for (token, expected) in [
        ("admin", 200),
        ("reader", 200),
        ("user", 403),
        ("bot", 403),
        ("narrow", 403),
        ("", 401),
        ("other", 401),
    ] {
        assert_eq!(status(&sim, token).await, expected, "{token}");
    }
    let webex = Webex::with(&sim.api_url(), "user");
    for path in [
        "devices",
        "locations",
        "workspaceMetrics",
        "workspaceDurationMetrics",
        "deviceConfigurations",
    ] {
        let (status, answer) = webex.json(&format!("/{path}")).await;
        assert_eq!(status, 403, "{path}");
        assert!(
            text(&answer, "trackingId").starts_with("ROUTER_")
                && answer["errors"][0]["description"].is_string()
        );
    }
    assert_eq!(
        webex.json("/xapi/status?deviceId=unknown&name=*").await.0,
        404,
        "needs no role"
    );
}

#[tokio::test]
async fn a_personal_token_ends_after_twelve_hours_and_a_dead_one_stays_dead() {
    let sim = Simulator::start(rooms(1).token(Token::personal("mine"))).unwrap();
    sim.advance(HOUR * 11);
    assert_eq!(status(&sim, "mine").await, 200);
    sim.advance(HOUR);
    sim.update(|_| Ok(())).unwrap();
    assert_eq!(
        (status(&sim, "mine").await, status(&sim, "admin").await),
        (401, 200)
    );
    sim.expire_tokens();
    sim.update(|_| Ok(())).unwrap();
    assert_eq!(status(&sim, "admin").await, 401);
}

#[tokio::test]
async fn a_refresh_token_gives_an_access_token_for_fourteen_days() {
    let sim = with(app());
    let (status_of_answer, answer) = renew(&sim, "first").await;
    assert_eq!(status_of_answer, 200, "{answer}");
    let expected = json!({
        "access_token": answer["access_token"], "expires_in": 1_209_600, "refresh_token": "first",
        "refresh_token_expires_in": 7_776_000, "token_type": "Bearer", "scope": SCOPES.join(" "),
    });
    assert_eq!(answer, expected);
    sim.advance(DAY * 14 - HOUR);
    assert_eq!(status(&sim, text(&answer, "access_token")).await, 200);
    sim.advance(HOUR);
    assert_eq!(status(&sim, text(&answer, "access_token")).await, 401);
    assert_eq!(sim.token_requests(), 1);
}

#[tokio::test]
async fn each_use_of_a_refresh_token_sets_its_days_anew() {
    for (app, days) in [(app(), 90), (app().government(), 60)] {
        let sim = with(app);
        for expected in [200, 200] {
            sim.advance(DAY * (days - 1));
            assert_eq!(renew(&sim, "first").await.0, expected);
        }
        sim.advance(DAY * days);
        assert_eq!(renew(&sim, "first").await.0, 400);
    }
}

#[tokio::test]
async fn a_revoked_refresh_token_is_refused_with_a_description() {
    let sim = with(app());
    sim.revoke_refresh_tokens();
    let (status, answer) = renew(&sim, "first").await;
    assert_eq!(status, 400);
    assert_eq!(answer["errors"][0]["description"], answer["message"]);
    assert!(
        text(&answer, "message").contains("refresh token")
            && text(&answer, "trackingId").starts_with("ROUTER_")
    );
}

#[tokio::test]
async fn a_rotated_refresh_token_works_until_the_new_one_was_used_or_not_at_all() {
    let sim = with(app().rotates(Rotation::OldUntilNewUsed));
    let (_, answer) = renew(&sim, "first").await;
    let second = text(&answer, "refresh_token");
    assert_ne!(second, "first");
    assert_eq!(renew(&sim, "first").await.0, 200);
    assert_eq!(renew(&sim, second).await.0, 200);
    assert_eq!(renew(&sim, "first").await.0, 400);

    let sim = with(app().rotates(Rotation::AtOnce));
    let (_, answer) = renew(&sim, "first").await;
    assert_eq!(renew(&sim, "first").await.0, 400);
    assert_eq!(renew(&sim, text(&answer, "refresh_token")).await.0, 200);
}

#[tokio::test]
async fn the_token_endpoint_takes_json_and_refuses_wrong_clients_and_other_grants() {
    let sim = with(app().service_app());
    let right = json!({"grant_type": "refresh_token", "client_id": "client", "client_secret": "secret", "refresh_token": "first"});
    let url = format!("{}/access_token", sim.api_url());
    let (status, answer) = read(Client::new().post(&url).json(&right).send().await.unwrap()).await;
    assert_eq!((status, &answer["expires_in"]), (200, &json!(3600)));
    for (field, value, expected) in [
        ("grant_type", "client_credentials", 400),
        ("client_id", "other", 400),
        ("client_secret", "other", 401),
        ("refresh_token", "other", 400),
    ] {
        let mut wrong = right.clone();
        wrong[field] = json!(value);
        let answer = Client::new().post(&url).json(&wrong).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{field}");
    }
}
