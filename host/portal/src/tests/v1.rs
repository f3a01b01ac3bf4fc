//! Tests of what programs read: tokens, refusals and tags. What is answered, the program decides.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use secrecy::SecretString;
use serde_json::Value;

use super::fake::Gate;
use super::{Browser, Reply};
use crate::api::{AnswerError, ApiToken, Resource, Role};
use crate::api_token::digest;
use crate::now;
use crate::v1::OPENAPI;

/// A program with a token that may read these.
fn program(scopes: &str) -> Browser {
    let browser = Browser::new();
    put(&browser, "token", scopes, 60);
    browser
}

fn put(browser: &Browser, token: &str, scopes: &str, seconds_left: i64) {
    let mut world = browser.fake.world();
    let made = ApiToken {
        number: world.tokens.len() as i64 + 1,
        name: format!("<{token}>"),
        scopes: scopes.into(),
        made_by: "ada".into(),
        made_at: now(),
        ends_at: now() + seconds_left,
        used_at: None,
        owner: Some("ada".into()),
        role: Role::Administrator,
        owner_role: None,
    };
    world.tokens.push((made, digest(&SecretString::from(token))));
}

fn request(path: &str, token: &str) -> axum::http::request::Builder {
    Request::get(path).header("authorization", format!("Bearer {token}"))
}

async fn ask(browser: &mut Browser, path: &str, token: &str) -> Reply {
    browser
        .send(request(path, token).body(Body::empty()).unwrap())
        .await
}

/// The refusal that a reply is.
#[track_caller]
fn problem(reply: &Reply, status: u16) -> Value {
    reply.is(status);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.header("cache-control"), "no-store");
    let problem: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["status"], status);
    problem
}

#[tokio::test]
async fn a_question_needs_a_token_and_a_session_is_none() {
    let mut administrator = Browser::signed_in().await;
    put(&administrator, "token", "figures records", 60);
    for resource in Resource::ALL {
        let reply = administrator.get(resource.path()).await;
        assert_eq!(problem(&reply, 401)["code"], "no-token");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        let reply = ask(&mut administrator, resource.path(), "tokem").await;
        assert_eq!(problem(&reply, 401)["code"], "wrong-token");
        assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
        ask(&mut administrator, resource.path(), "token").await.is(200);
        // In an address it would be logged.
        let path = format!("{}?access_token=token", resource.path());
        problem(&administrator.get(&path).await, 401);
    }
}

#[tokio::test]
async fn a_token_opens_no_page_and_posts_nothing() {
    let mut browser = program("figures records");
    let reply = ask(&mut browser, "/rooms", "token").await;
    reply.leads_to("/login?next=%2Frooms");
    let post = Request::post("/api/v1/usage?source=sensors").header("authorization", "Bearer token");
    browser.send(post.body(Body::from("{}")).unwrap()).await.is(401);
    // Nor does the token of a source read.
    let reply = ask(&mut browser, "/api/v1/usage", super::fake::TOKEN).await;
    assert_eq!(problem(&reply, 401)["code"], "wrong-token");
}

#[tokio::test]
async fn a_token_that_ended_is_told_so() {
    let mut browser = program("figures");
    put(&browser, "old", "figures", 0);
    let reply = ask(&mut browser, "/api/v1/report", "old").await;
    let problem = problem(&reply, 401);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("the token \"<old>\" ended on "), "{detail}");
    assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn a_token_reads_what_it_may_and_nothing_else() {
    let mut browser = program("figures");
    put(&browser, "other", "records", 60);
    for (path, token, may) in [
        ("/api/v1/report", "token", true),
        ("/api/v1/verdicts", "token", true),
        ("/api/v1/usage", "token", false),
        ("/api/v1/rooms", "token", true),
        ("/api/v1/report", "other", false),
        ("/api/v1/verdicts", "other", false),
        ("/api/v1/usage", "other", true),
        ("/api/v1/rooms", "other", true),
    ] {
        let reply = ask(&mut browser, path, token).await;
        if may {
            reply.is(200);
        } else {
            assert_eq!(problem(&reply, 403)["code"], "not-allowed", "{path}");
            assert!(
                reply
                    .header("www-authenticate")
                    .starts_with("Bearer error=\"insufficient_scope\", scope=")
            );
        }
    }
}

#[tokio::test]
async fn guesses_are_slowed_and_written_down_and_the_right_token_is_neither() {
    let mut browser = program("figures");
    browser.fake.deeds();
    for _ in 0..30 {
        ask(&mut browser, "/api/v1/rooms", "guess").await.is(401);
    }
    let reply = ask(&mut browser, "/api/v1/rooms", "guess").await;
    assert_eq!(problem(&reply, 429)["code"], "too-many-wrong-tokens");
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
    ask(&mut browser, "/api/v1/rooms", "token").await.is(200);
    assert_eq!(
        browser.fake.deeds(),
        ["nobody sign-in-refused  (from 192.0.2.7: wrong token to read with)"]
    );
}

#[tokio::test]
async fn what_the_question_lacks_or_has_too_much_is_a_problem() {
    let mut browser = program("figures");
    for (path, code) in [
        ("/api/v1/rooms?page=2", "unknown-parameter"),
        ("/api/v1/rooms?limit=1&limit=2", "repeated-parameter"),
    ] {
        assert_eq!(
            problem(&ask(&mut browser, path, "token").await, 400)["code"],
            code
        );
    }
    for (error, status, code) in [
        (
            AnswerError::Wrong {
                code: "bad-date",
                detail: "a <b>".into(),
            },
            400,
            "bad-date",
        ),
        (AnswerError::Slow("a day is quicker".into()), 422, "too-slow"),
        (AnswerError::Busy, 503, "busy"),
        (AnswerError::Failed, 500, "failed"),
    ] {
        browser.fake.world().unanswered = Some(error);
        let reply = ask(&mut browser, "/api/v1/rooms", "token").await;
        assert_eq!(problem(&reply, status)["code"], code);
        assert_eq!(reply.header("retry-after").is_empty(), status != 503);
    }
}

#[tokio::test]
async fn other_addresses_and_methods_are_problems_too() {
    let mut browser = program("figures");
    for path in [
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/reports",
        "/api/v2/report",
    ] {
        problem(&ask(&mut browser, path, "token").await, 404);
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let request = request("/api/v1/report", "token").method(method);
        let reply = browser.send(request.body(Body::empty()).unwrap()).await;
        problem(&reply, 405);
        assert_eq!(reply.header("allow"), "GET, HEAD");
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn an_answer_that_the_program_has_is_not_sent_again() {
    let mut browser = program("figures");
    let reply = ask(&mut browser, "/api/v1/rooms", "token").await;
    reply.is(200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("etag"), "\"5eed\"");
    assert_eq!(reply.header("cache-control"), "private, no-cache");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    for has in ["\"5eed\"", "\"1\", W/\"5eed\""] {
        let request = request("/api/v1/rooms", "token").header("if-none-match", has);
        let reply = browser.send(request.body(Body::empty()).unwrap()).await;
        reply.is(304);
        assert_eq!((reply.header("etag"), reply.body.as_str()), ("\"5eed\"", ""));
    }
    let request = request("/api/v1/rooms", "token").header("if-none-match", "\"5\"");
    browser.send(request.body(Body::empty()).unwrap()).await.is(200);
}

#[tokio::test]
async fn one_token_asks_four_questions_at_once_and_no_more_even_if_it_hangs_up() {
    let mut browser = program("figures");
    put(&browser, "other", "figures", 60);
    let gate = Arc::new(Gate::default());
    browser.fake.world().computing = Some(Arc::clone(&gate));
    let mut asking = Vec::new();
    for _ in 0..4 {
        let mut one = browser.other();
        asking.push(tokio::spawn(async move {
            ask(&mut one, "/api/v1/rooms", "token").await.status
        }));
        gate.reached.notified().await;
    }
    // It hangs up; what it asked for is computed all the same.
    asking.pop().unwrap().abort();
    let reply = ask(&mut browser, "/api/v1/rooms", "token").await;
    assert_eq!(problem(&reply, 429)["code"], "too-many-at-once");
    assert_eq!(reply.header("retry-after"), "1");
    // Others are not kept waiting.
    browser.fake.world().computing = None;
    ask(&mut browser, "/api/v1/rooms", "other").await.is(200);
    for one in asking {
        gate.open.notify_one();
        assert_eq!(one.await.unwrap(), 200);
    }
    ask(&mut browser, "/api/v1/rooms", "token").await.is(200);
}

#[tokio::test]
async fn a_program_is_not_led_to_another_name_of_this_machine() {
    let mut browser = program("figures");
    browser.host = "127.0.0.1:9463".into();
    ask(&mut browser, "/api/v1/rooms", "token").await.is(200);
    browser.host = "evil.example".into();
    ask(&mut browser, "/api/v1/rooms", "token").await.is(421);
}

#[tokio::test]
async fn the_description_has_every_resource_with_its_parameters_and_nothing_else() {
    let mut browser = Browser::new();
    let reply = browser.get("/api/v1/openapi.json").await;
    reply.is(200);
    assert_eq!(
        (reply.header("content-type"), &*reply.body),
        ("application/json", OPENAPI)
    );
    let described: Value = serde_json::from_str(OPENAPI).unwrap();
    let paths = described["paths"].as_object().unwrap();
    assert_eq!(paths.len(), Resource::ALL.len() + 1);
    assert!(paths.contains_key("/api/v1/openapi.json"));
    for resource in Resource::ALL {
        let get = &paths[resource.path()]["get"];
        let names: Vec<(&str, bool)> = get["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| {
                let parameter = match parameter["$ref"].as_str() {
                    Some(reference) => described.pointer(&reference[1..]).unwrap(),
                    None => parameter,
                };
                assert_eq!(parameter["in"], "query");
                let is_list = parameter["schema"]["type"] == "array";
                (parameter["name"].as_str().unwrap(), is_list)
            })
            .collect();
        let right: Vec<(&str, bool)> = resource
            .parameters()
            .iter()
            .map(|parameter| (parameter.name, parameter.repeats))
            .collect();
        assert_eq!(names, right, "{resource:?}");
        for status in ["200", "304", "400", "401", "403", "422", "429", "503"] {
            // Only a report is computed as a whole, for however long.
            let never = resource != Resource::Report && status == "422";
            assert_eq!(
                !get["responses"][status].is_null(),
                !never,
                "{resource:?} {status}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_is_answered_as_long_as_its_owner_may_have_one() {
    let mut browser = program("figures");
    let mut is = async |role: Role, status: u16, code: &str| {
        browser.fake.world().accounts[0].role = role;
        let reply = ask(&mut browser, "/api/v1/rooms", "token").await;
        reply.is(status);
        assert!(reply.body.contains(code), "{}", reply.body);
    };
    is(Role::Analyst, 200, "items").await;
    is(Role::Viewer, 403, "owner-not-allowed").await;
    is(Role::Administrator, 200, "items").await;
    browser.fake.world().accounts.clear();
    let reply = ask(&mut browser, "/api/v1/rooms", "token").await;
    assert_eq!(problem(&reply, 403)["code"], "owner-not-allowed");
    // One from before tokens belonged to accounts, whose account is gone, is nobody's and stays until it ends.
    browser.fake.world().tokens[0].0.owner = None;
    ask(&mut browser, "/api/v1/rooms", "token").await.is(200);
}
