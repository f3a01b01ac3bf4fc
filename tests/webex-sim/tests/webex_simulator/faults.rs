//! Tests that every fault happens when a rule says so.

use std::time::Duration;

use serde_json::json;
use webex_sim::{Device, Fault, Location, RetryAfter, Simulator, Wire, Workspace, when};

use crate::common::{Webex, at, aurora, contoso, each, header, next, read, rooms};

fn five(rule: webex_sim::Rule) -> Simulator {
    let sim = Simulator::start(rooms(5)).unwrap();
    sim.inject(rule);
    sim
}

#[tokio::test]
async fn throttled_and_locked_say_when_to_come_again_or_do_not() {
    let sim = Simulator::start(rooms(1)).unwrap();
    for (n, fault) in (1..).zip([
        Fault::Throttled(RetryAfter::Seconds(3)),
        Fault::Throttled(RetryAfter::Absent),
        Fault::Locked(RetryAfter::Seconds(5)),
    ]) {
        sim.inject(when("/workspaces").nth(n).then(fault));
    }
    let webex = Webex::of(&sim);
    for (status, retry) in [(429, Some("3")), (429, None), (423, Some("5")), (200, None)] {
        let answer = webex.send("/workspaces").await;
        assert_eq!(header(&answer, "retry-after").as_deref(), retry);
        let (found, answer) = read(answer).await;
        assert_eq!(
            (found, answer.get("trackingId").is_some()),
            (status, status != 200)
        );
    }
}

#[tokio::test]
async fn requests_at_the_same_time_are_throttled_beyond_a_number() {
    let sim = Simulator::start(rooms(1)).unwrap();
    sim.inject(when("").first(1).then(Fault::SlowStart(Duration::from_secs(60))));
    sim.inject(when("").beyond(1).then(Fault::Throttled(RetryAfter::Seconds(1))));
    let webex = Webex::of(&sim);
    let slow = webex.get("/workspaces");
    let slow = tokio::spawn(async move { slow.send().await });
    while sim.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(webex.json("/workspaces").await.0, 429);
    slow.abort();
}

#[tokio::test]
async fn failures_by_chance_follow_from_the_seed() {
    let run = async |seed: u64| {
        let sim = Simulator::start(rooms(1)).unwrap();
        sim.seed(seed);
        sim.inject(
            when("")
                .chance(0.5)
                .then(Fault::Error(502, "Bad gateway.".to_owned())),
        );
        let (webex, mut found) = (Webex::of(&sim), Vec::new());
        for _ in 0..30 {
            found.push(webex.json("/workspaces").await.0);
        }
        found
    };
    let (first, again) = (run(5).await, run(5).await);
    assert_eq!(first, again);
    assert!(first.contains(&502) && first.contains(&200), "{first:?}");
}

#[tokio::test]
async fn a_page_that_is_too_large_is_refused_until_the_client_asks_for_less() {
    let sim = five(when("/workspaces").then(Fault::MaxOver(3)));
    let webex = Webex::of(&sim);
    for target in ["/workspaces", "/workspaces?max=4"] {
        let (status, answer) = webex.json(target).await;
        assert_eq!(status, 504);
        assert!(
            answer["message"].as_str().unwrap().contains("smaller max"),
            "{answer}"
        );
    }
    assert_eq!(webex.pages("/workspaces?max=3").await.len(), 2);
}

#[tokio::test]
async fn a_token_that_dies_stays_dead() {
    let sim = five(when("/workspaces").nth(2).then(Fault::DeadToken));
    let webex = Webex::of(&sim);
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(webex.json("/workspaces").await.0);
    }
    assert_eq!(found, [200, 401, 401]);
}

#[tokio::test]
async fn paging_goes_wrong_in_each_way() {
    let normal: [&[&str]; 3] = [&["1", "2"], &["3", "4"], &["5"]];
    for (fault, nth, expected) in [
        (Fault::EmptyPage, 2, vec![normal[0], &[], normal[1], normal[2]]),
        (
            Fault::TrailingEmptyPage,
            3,
            vec![normal[0], normal[1], normal[2], &[]],
        ),
        (
            Fault::RepeatedNextLink,
            2,
            vec![normal[0], normal[1], normal[1], normal[2]],
        ),
        (Fault::ForgetfulNextLink, 1, vec![normal[0], &["3", "4", "5"]]),
    ] {
        let sim = five(when("/workspaces").nth(nth).then(fault.clone()));
        assert_eq!(
            Webex::of(&sim).pages("/workspaces?max=2").await,
            expected,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_link_that_forgets_the_filter_leads_to_what_was_not_asked_for() {
    let berlin = Location::new("Berlin", "Europe/Berlin");
    let inside = |name: &str| Workspace::new(name).location(&berlin);
    let organization = contoso()
        .workspace(inside("1"))
        .workspace(Workspace::new("elsewhere"))
        .workspace(inside("2"));
    let sim = Simulator::start(organization.location(berlin.clone())).unwrap();
    sim.inject(when("/workspaces").then(Fault::ForgetfulNextLink));
    let pages = Webex::of(&sim)
        .pages(&format!("/workspaces?max=1&locationId={}", berlin.id()))
        .await;
    assert_eq!(pages, [vec!["1"], vec!["elsewhere", "2"]]);
}

#[tokio::test]
async fn a_repeated_link_is_the_same_and_an_endless_chain_is_always_another() {
    let sim = five(when("/workspaces").then(Fault::RepeatedNextLink));
    let repeating = Webex::of(&sim);
    let first = format!("{}/workspaces?max=4", repeating.base);
    assert_eq!(next(&repeating.send(&first).await), Some(first));

    let sim = five(when("/workspaces").then(Fault::EndlessChain));
    let webex = Webex::of(&sim);
    let (mut target, mut urls) = ("/workspaces?max=4".to_owned(), Vec::new());
    for expected in [4, 1, 4, 1, 4] {
        let answer = webex.send(&target).await;
        target = next(&answer).unwrap();
        urls.push(target.clone());
        assert_eq!(each(&read(answer).await.1, "displayName").len(), expected);
    }
    urls.sort_unstable();
    urls.dedup();
    assert_eq!(urls.len(), 5);
}

#[tokio::test]
async fn answers_with_200_are_not_what_they_should_be() {
    let sim = Simulator::start(aurora(Device::new("Bar").used(at("09:00"), at("10:00")))).unwrap();
    sim.inject(when("/workspaces").nth(1).then(Fault::NoItems));
    sim.inject(when("/workspaces").nth(2).then(Fault::WrongTypes));
    sim.inject(when("/workspaces").nth(3).then(Fault::Html));
    sim.inject(when("/workspaces").nth(4).then(Fault::Wire(Wire::Truncated)));
    sim.inject(when("").then(Fault::WrongMeasurement));
    let webex = Webex::of(&sim);
    assert_eq!(webex.found("/workspaces").await, json!({}));
    assert!(webex.found("/workspaces").await["items"].is_object());
    let html = webex.send("/workspaces").await;
    assert_eq!(
        (html.status().as_u16(), header(&html, "content-type").as_deref()),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(webex.found("/workspaces").await.is_string());
    let id = webex.found("/workspaces").await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (asked, given) in [("timeUsed", "timeBooked"), ("timeBooked", "timeUsed")] {
        let target = format!("/workspaceDurationMetrics?workspaceId={id}&measurement={asked}");
        assert_eq!(webex.found(&target).await["measurement"], given);
    }
}

#[tokio::test]
async fn errors_slow_answers_and_cut_connections_happen() {
    let sim = Simulator::start(rooms(1)).unwrap();
    sim.inject(
        when("/workspaces")
            .nth(1)
            .then(Fault::Error(410, "Gone.".to_owned())),
    );
    sim.inject(
        when("/workspaces")
            .nth(2)
            .then(Fault::SlowStart(Duration::from_secs(60))),
    );
    sim.inject(when("/workspaces").nth(3).then(Fault::Wire(Wire::CutBefore)));
    let webex = Webex::of(&sim);
    let (status, answer) = webex.json("/workspaces").await;
    assert_eq!((status, &answer["message"]), (410, &json!("Gone.")));
    let impatient = webex.get("/workspaces").timeout(Duration::from_millis(150));
    assert!(impatient.send().await.unwrap_err().is_timeout());
    assert!(webex.get("/workspaces").send().await.is_err());
    let seen: Vec<u16> = sim.requests().iter().map(|request| request.status).collect();
    assert_eq!(seen, [410, 200, 0]);
}
