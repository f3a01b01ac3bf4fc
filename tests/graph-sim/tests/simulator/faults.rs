//! Tests that every fault happens when a rule says so.

use std::time::Duration;

use crate::common::{Graph, each, one_room, read};
use graph_sim::{Event, Fault, Mailbox, RetryAfter, Room, Simulator, Tenant, when};
use serde_json::{Value, json};

const VIEW: &str = "/users/conf-a@contoso.com/calendarView?startDateTime=2026-03-01&endDateTime=2026-04-01&$select=subject&$top=4";

fn ten() -> Vec<Event> {
    let day = |day: u32| format!("2026-03-{day:02}T10:00:00Z");
    (1..=10)
        .map(|d| Event::new(&d.to_string(), &day(d), &day(d + 1)))
        .collect()
}

/// The subjects page by page, for at most eight pages.
#[cfg(test)]
async fn pages(graph: &Graph) -> Vec<Vec<String>> {
    let (mut found, mut target) = (Vec::new(), VIEW.to_owned());
    while found.len() < 8 {
        let (_, page) = graph.json(&target).await;
        found.push(each(&page, "subject").into_iter().map(str::to_owned).collect());
        match page["@odata.nextLink"].as_str() {
            Some(next) => target = next.to_owned(),
            None => break,
        }
    }
    found
}

#[tokio::test]
async fn throttling_comes_with_each_form_of_retry_after() {
    let sim = one_room(ten());
    let forms = [
        RetryAfter::Seconds(3),
        RetryAfter::Text("2.128".to_owned()),
        RetryAfter::Absent,
        RetryAfter::Seconds(0),
        RetryAfter::Seconds(u64::MAX),
        RetryAfter::Date(60),
    ];
    for (n, form) in (1..).zip(forms) {
        sim.inject(when("calendarview").nth(n).then(Fault::Throttled(form)));
    }
    let graph = Graph::sign_in(&sim).await;
    let mut found = Vec::new();
    for _ in 0..6 {
        let answer = graph.get(VIEW).send().await.unwrap();
        assert_eq!(answer.status(), 429);
        found.push(
            answer
                .headers()
                .get("retry-after")
                .map(|value| value.to_str().unwrap().to_owned()),
        );
    }
    let date = found.pop().unwrap().unwrap();
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        found,
        [
            some("3"),
            some("2.128"),
            None,
            some("0"),
            some("18446744073709551615")
        ]
    );
    assert_eq!(graph.json(VIEW).await.0, 200);
}

#[tokio::test]
async fn gateways_answer_with_an_empty_body() {
    let sim = one_room(ten());
    sim.inject(
        when("calendarview")
            .nth(1)
            .then(Fault::Unavailable(RetryAfter::Absent)),
    );
    sim.inject(when("calendarview").nth(2).then(Fault::BadGateway));
    sim.inject(when("calendarview").nth(3).then(Fault::GatewayTimeout));
    sim.inject(
        when("/token")
            .nth(2)
            .then(Fault::Unavailable(RetryAfter::Seconds(1))),
    );
    let graph = Graph::sign_in(&sim).await;
    for expected in [503, 502, 504] {
        assert_eq!(graph.json(VIEW).await, (expected, json!("")));
    }
    let again = graph
        .http
        .post(format!("{}/contoso.com/oauth2/v2.0/token", sim.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 503);
}

#[tokio::test]
async fn broken_bodies_are_broken() {
    let sim = one_room(ten());
    sim.inject(when("calendarview").nth(1).then(Fault::Truncated));
    sim.inject(when("calendarview").nth(2).then(Fault::Html));
    sim.inject(when("calendarview").nth(3).then(Fault::WrongTypes));
    sim.inject(when("calendarview").nth(4).then(Fault::Huge(5_000_000)));
    sim.inject(when("calendarview").nth(5).then(Fault::Gzip));
    sim.inject(when("calendarview").nth(6).then(Fault::GzipBomb(20_000_000)));
    let graph = Graph::sign_in(&sim).await;
    let (status, truncated) = graph.json(VIEW).await;
    assert!(status == 200 && truncated.as_str().unwrap().starts_with("{\"@odata.context\""));
    let html = graph.get(VIEW).send().await.unwrap();
    assert_eq!(html.headers()["content-type"], "text/html; charset=utf-8");
    assert!(html.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    assert!(graph.json(VIEW).await.1["value"].is_object());
    assert!(graph.get(VIEW).send().await.unwrap().bytes().await.unwrap().len() > 5_000_000);
    assert_eq!(each(&graph.json(VIEW).await.1, "subject"), ["1", "2", "3", "4"]);
    let bomb = graph.get(VIEW).send().await.unwrap();
    assert!(bomb.bytes().await.unwrap().len() > 20_000_000);
}

#[tokio::test]
async fn connections_are_cut_before_and_inside_the_answer() {
    let sim = one_room(ten());
    sim.inject(when("calendarview").nth(1).then(Fault::CutBefore));
    sim.inject(when("calendarview").nth(2).then(Fault::CutInside));
    let graph = Graph::sign_in(&sim).await;
    assert!(graph.get(VIEW).send().await.is_err());
    let inside = graph.get(VIEW).send().await.unwrap();
    assert_eq!(inside.status(), 200);
    assert!(inside.bytes().await.is_err());
    assert_eq!(graph.json(VIEW).await.0, 200);
    let seen: Vec<u16> = sim
        .requests_to("calendarview")
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(seen, [0, 200, 200]);
}

#[tokio::test]
async fn the_bytes_of_answers_are_those_that_came() {
    let sim = one_room([Event::new(
        "Budget",
        "2026-03-10T10:00:00Z",
        "2026-03-10T11:00:00Z",
    )]);
    let graph = Graph::sign_in(&sim).await;
    sim.forget_requests();
    let whole = graph.get(VIEW).send().await.unwrap().bytes().await.unwrap().len() as u64;
    sim.inject(when("calendarview").nth(1).then(Fault::Truncated));
    sim.inject(when("calendarview").nth(2).then(Fault::Huge(1000)));
    sim.inject(when("calendarview").nth(3).then(Fault::CutBefore));
    sim.inject(when("calendarview").nth(4).then(Fault::Gzip));
    for _ in 0..4 {
        let _ = graph.get(VIEW).send().await;
    }
    let bytes: Vec<u64> = sim.requests().iter().map(|request| request.bytes).collect();
    assert_eq!(bytes[..4], [whole, whole / 2, whole + 1000, 0]);
    assert!((100..whole).contains(&bytes[4]), "compressed: {bytes:?}");
    assert_eq!(sim.bytes_sent(), bytes.iter().sum::<u64>());

    sim.forget_requests();
    let asked = graph
        .http
        .post(format!("{}/$batch", graph.base))
        .bearer_auth(&graph.token);
    let parts = json!({"requests": [{"id": "1", "method": "GET", "url": VIEW}]});
    let batch = asked
        .json(&parts)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap()
        .len() as u64;
    let seen: Vec<_> = sim.requests().iter().map(|r| (r.inner, r.bytes)).collect();
    assert_eq!(seen, [(true, whole), (false, batch)]);
    assert_eq!(sim.bytes_sent(), batch);
}

#[tokio::test]
async fn slow_answers_take_their_time() {
    let quick = Duration::from_millis(150);
    let sim = Simulator::start(
        Tenant::new("contoso.com").room(
            Room::new("conf-a@contoso.com", "Conf A")
                .events(ten())
                .mailbox(Mailbox::Slow(Duration::from_millis(200))),
        ),
    )
    .unwrap();
    let graph = Graph::sign_in(&sim).await;
    assert!(graph.get(VIEW).timeout(quick).send().await.is_err());
    sim.update(|tenant| {
        tenant
            .room_mut("conf-a@contoso.com")?
            .set_mailbox(Mailbox::Normal);
        Ok(())
    })
    .unwrap();
    sim.inject(
        when("calendarview")
            .nth(1)
            .then(Fault::SlowStart(Duration::from_secs(5))),
    );
    sim.inject(
        when("calendarview")
            .nth(2)
            .then(Fault::SlowBody(Duration::from_millis(20))),
    );
    assert!(graph.get(VIEW).timeout(quick).send().await.is_err());
    // The headers come before the body, which takes a second.
    let answer = graph.get(VIEW).send().await.unwrap();
    assert!(tokio::time::timeout(quick, answer.bytes()).await.is_err());
}

#[tokio::test]
async fn a_token_that_is_refused_once_stays_refused() {
    let sim = one_room(ten());
    sim.inject(when("calendarview").nth(2).then(Fault::ExpiredToken));
    let graph = Graph::sign_in(&sim).await;
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(graph.json(VIEW).await.0);
    }
    found.push(Graph::sign_in(&sim).await.json(VIEW).await.0);
    assert_eq!(found, [200, 401, 401, 200]);
}

#[tokio::test]
async fn paging_goes_wrong_in_each_way() {
    let normal: [&[&str]; 3] = [&["1", "2", "3", "4"], &["5", "6", "7", "8"], &["9", "10"]];
    for (fault, nth, expected) in [
        (
            Fault::EmptyPage,
            1,
            vec![&[][..], normal[0], normal[1], normal[2]],
        ),
        (Fault::EmptyPage, 2, vec![normal[0], &[], normal[1], normal[2]]),
        (
            Fault::TrailingEmptyPage,
            3,
            vec![normal[0], normal[1], normal[2], &[]],
        ),
        (
            Fault::RepeatedEvent,
            2,
            vec![normal[0], &["4", "5", "6", "7", "8"], normal[2]],
        ),
        (
            Fault::RepeatedNextLink,
            2,
            vec![normal[0], normal[1], normal[1], normal[2]],
        ),
    ] {
        let sim = one_room(ten());
        sim.inject(when("calendarview").nth(nth).then(fault.clone()));
        let graph = Graph::sign_in(&sim).await;
        assert_eq!(pages(&graph).await, expected, "{fault:?}");
    }
    let sim = one_room(ten());
    sim.inject(when("calendarview").then(Fault::RepeatedNextLink));
    assert_eq!(
        pages(&Graph::sign_in(&sim).await).await.len(),
        8,
        "it goes round until the client gives up"
    );
}

#[tokio::test]
async fn chances_follow_from_the_seed() {
    let run = async |seed: u64| {
        let sim = one_room(ten());
        sim.seed(seed);
        sim.inject(when("calendarview").chance(0.5).then(Fault::BadGateway));
        let graph = Graph::sign_in(&sim).await;
        let mut found = Vec::new();
        for _ in 0..30 {
            found.push(graph.json(VIEW).await.0);
        }
        found
    };
    let (first, again) = (run(5).await, run(5).await);
    assert_eq!(first, again);
    let failed = first.iter().filter(|status| **status == 502).count();
    assert!((5..=25).contains(&failed), "{failed}");
}

#[tokio::test]
async fn every_fault_has_a_name_that_the_program_takes() {
    for name in Fault::NAMES {
        Fault::named(name).unwrap();
    }
    let message = Fault::named("flood").unwrap_err().to_string();
    assert!(
        message.contains("flood") && message.contains("throttled-date"),
        "{message}"
    );
}

#[tokio::test]
async fn with_tls_the_client_needs_the_authority_and_may_speak_http_2() {
    let room = Room::new("conf-a@contoso.com", "Conf A").events(ten());
    let sim = Simulator::start_tls(Tenant::new("contoso.com").room(room)).unwrap();
    let authority = reqwest::Certificate::from_pem(sim.ca_pem().unwrap().as_bytes()).unwrap();
    let trusting = || reqwest::Client::builder().tls_certs_only([authority.clone()]);
    let url = format!("{}/v1.0/organization", sim.url());
    assert!(url.starts_with("https://localhost:"));
    let h2 = trusting().build().unwrap().get(&url).send().await.unwrap();
    assert_eq!(
        (h2.version(), h2.status()),
        (reqwest::Version::HTTP_2, reqwest::StatusCode::UNAUTHORIZED)
    );
    let h1 = trusting()
        .http1_only()
        .build()
        .unwrap()
        .get(&url)
        .send()
        .await
        .unwrap();
    assert_eq!(h1.version(), reqwest::Version::HTTP_11);
    assert!(reqwest::Client::new().get(&url).send().await.is_err());
    let (_, envelope): (u16, Value) = read(h1).await;
    assert_eq!(envelope["error"]["code"], "InvalidAuthenticationToken");
}

#[test]
fn a_test_without_a_runtime_can_use_it_and_the_port_is_free_afterwards() {
    let sim = Simulator::start(Tenant::new("contoso.com")).unwrap();
    let address = sim.url().trim_start_matches("http://").to_owned();
    std::net::TcpStream::connect(&address).unwrap();
    drop(sim);
    assert!(std::net::TcpStream::connect(&address).is_err());
}
