//! What is not taken: bodies with faults, and senders without the token.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use e2e::{exchange, status_and_body};
use serde_json::json;

use super::{COUNT, COVERAGE, Receiving, SENSORS, TOKEN};

#[test]
fn a_wrong_body_is_refused_whole_and_nothing_of_it_is_repeated() {
    const SECRET: &str = "ada-lovelace";
    let receiving = Receiving::start(SENSORS);
    let with = |from: &str, to: &str| COUNT.replace(from, to);
    let with_type = |kind: &str| format!("\nauthorization: Bearer {TOKEN}\ncontent-type: {kind}");
    for (wrong, line, column, fault) in [
        (with("\"value\":4", "\"value\":-1"), 3, None, "value: is negative"),
        (
            with("\"end\":null", "\"end\":\"2026-03-10T09:00:00Z\""),
            3,
            None,
            "end: ",
        ),
        (
            with("sample", "bucket")
                .replace("people-count", "in-use")
                .replace("\"end\":null", "\"end\":\"2026-03-10T10:00:01Z\""),
            3,
            None,
            "value: of a bucket must be seconds",
        ),
        (with("people-count", SECRET), 3, None, "kind: is none of "),
        (
            with("\"space\"", &format!("\"{SECRET}\"")),
            3,
            Some(51),
            "not a usage",
        ),
        (
            with("\"revision\":1", &format!("\"revision\":\"{SECRET}\"")),
            3,
            Some(95),
            "not a usage",
        ),
        (with("sensors", SECRET), 3, None, "source: is not \"sensors\""),
        (
            format!("{{\"{SECRET}"),
            3,
            Some(14),
            "not a usage or coverage record: the JSON",
        ),
        ("x".repeat(70_000), 3, None, "has more than 65536 bytes"),
    ] {
        let (status, answer) = receiving.post(&format!("{COVERAGE}\n\n{wrong}\n"));
        assert_eq!((status, &answer["line"]), (400, &json!(line)), "{answer}");
        assert!(answer["fault"].as_str().unwrap().starts_with(fault), "{answer}");
        assert_eq!(answer["column"].is_null(), column.is_none(), "{answer}");
        assert!(!answer.to_string().contains(SECRET), "{answer}");
        assert_eq!(receiving.exported(), "");
    }
    let (status, answer) = receiving.post(&format!("type,{SECRET}\nusage,4\n"));
    assert_eq!(
        (status, &answer["line"], &answer["column"]),
        (400, &json!(1), &json!(2))
    );
    let large = format!("{}\n", "x".repeat(10 << 20));
    assert_eq!(receiving.post(&large).0, 413);
    let million = format!("{COUNT}\n").repeat(50_000);
    assert_eq!(receiving.post(&million).0, 413);
    let query = "?source=sensors";
    assert_eq!(receiving.send(query, &with_type("text/html"), COUNT).0, 415);
    let (status, answer) = receiving.send(query, &with_type("text/xml"), COUNT);
    assert_eq!(status, 415);
    assert!(
        answer["fault"]
            .as_str()
            .unwrap()
            .ends_with("XML is read with format=roomos only")
    );
    let (status, answer) = receiving.send("?source=sensors&source=others", &with_type("text/csv"), COUNT);
    assert_eq!(
        (status, &answer["fault"]),
        (400, &json!("source= is there twice"))
    );
    let gzip = format!("{}\ncontent-encoding: gzip", with_type("text/csv"));
    assert_eq!(receiving.send(query, &gzip, COUNT).0, 415);
    assert_eq!(
        receiving
            .send("?source=sensors&format=teapot", &with_type("text/csv"), COUNT)
            .0,
        400
    );
    let got = exchange(&receiving.address, "PUT /api/v1/usage HTTP/1.1", "").unwrap();
    assert!(got.starts_with("HTTP/1.1 405"), "{got}");
    assert_eq!(receiving.exported(), "");
    let (_, log) = receiving.service.stop().unwrap();
    assert!(!log.contains(SECRET), "{log}");
}

#[test]
fn a_body_without_a_length_is_read_as_far_as_it_may_go() {
    let receiving = Receiving::start(SENSORS);
    let chunked = |chunks: usize, chunk: &str| {
        let mut stream = TcpStream::connect(&receiving.address).unwrap();
        let head = format!(
            "POST /api/v1/usage?source=sensors HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nauthorization: Bearer {TOKEN}\r\n\
             transfer-encoding: chunked\r\n\r\n",
            receiving.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        for _ in 0..chunks {
            // A server that has seen enough may close.
            if write!(stream, "{:x}\r\n{chunk}\r\n", chunk.len()).is_err() {
                break;
            }
        }
        let _ = stream.write_all(b"0\r\n\r\n");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        status_and_body(&answer).unwrap().0
    };
    assert_eq!(chunked(1, COUNT), 200);
    // More than a small body.
    assert_eq!(chunked(1_000, &format!("{COUNT}\n")), 200);
    assert_eq!(chunked(9, &"x".repeat(1 << 20)), 413);
}

#[test]
fn a_token_that_cannot_be_read_does_not_shut_out_the_other() {
    let mut receiving = Receiving::start(
        "[[source]]\nname = \"sensors\"\nreceive = { token = [{ file = \"gone\" }, { file = \"token\" }] }\n",
    );
    assert_eq!(receiving.post(COUNT).0, 200);
    receiving.service.wait_for_line("receive.token").unwrap();
    assert_eq!(receiving.service.count("receive.token"), 1);
}

#[test]
fn only_the_token_of_a_source_opens_it_and_strangers_learn_nothing() {
    let sources = format!(
        "{SENSORS}[[source]]\nname = \"cameras\"\nreceive = {{ token = [{{ file = \"new\" }}, {{ env = \"O365_CLIENT_SECRET\" }}] }}\n\
         [[source]]\nname = \"contoso\"\nconnector = \"o365\"\npaused = true\n"
    );
    let receiving = Receiving::start(&sources);
    let bearer = |token: &str| format!("\nauthorization: Bearer {token}");
    // Both tokens of a source that is changing its token.
    for token in ["the-new-one-of-two", e2e::SECRET] {
        assert_eq!(receiving.send("?source=cameras", &bearer(token), "").0, 200);
    }
    // Who may post somewhere is told what the matter is, but nothing of other sources that receive.
    let (status, answer) = receiving.send("?source=contoso", &bearer(TOKEN), COUNT);
    assert_eq!(status, 403);
    assert!(
        answer["fault"].as_str().unwrap().contains("is collected"),
        "{answer}"
    );
    assert_eq!(receiving.send("", &bearer(TOKEN), COUNT).0, 400);
    let refused = receiving.send("?source=cameras", &bearer(TOKEN), COUNT);
    assert_eq!(refused.0, 401);
    assert_eq!(receiving.send("?source=nobody", &bearer(TOKEN), COUNT), refused);
    // A stranger gets one answer, whatever exists.
    for source in ["sensors", "contoso", "nobody"] {
        let query = format!("?source={source}");
        assert_eq!(receiving.send(&query, &bearer("guess"), COUNT), refused);
        assert_eq!(receiving.send(&query, "", COUNT).0, 401);
        assert_eq!(
            receiving.send(&query, "\nauthorization: Basic YTpi", COUNT).0,
            401
        );
    }
    assert_eq!(receiving.exported(), "");
}

#[test]
fn who_guesses_tokens_is_slowed_and_who_knows_one_is_not() {
    let receiving = Receiving::start(SENSORS);
    assert_eq!(receiving.post(COUNT).0, 200);
    let guess = || {
        let headers = "\nauthorization: Bearer guess";
        receiving.send("?source=sensors", headers, COUNT).0
    };
    let guesses: Vec<u16> = (0..40).map(|_| guess()).collect();
    assert_eq!(guesses.first(), Some(&401));
    assert_eq!(guesses.last(), Some(&429));
    assert_eq!(receiving.post(COUNT).0, 200);
    // From this network no other source was posted to: its right token would not be looked at either.
    let elsewhere = receiving.send(
        "?source=nobody",
        &format!("\nauthorization: Bearer {TOKEN}"),
        COUNT,
    );
    assert_eq!(elsewhere.0, 429);
    let audit = receiving.workplace.run(&["audit"]).unwrap();
    assert_eq!(
        audit.stdout.matches("wrong token to post with").count(),
        1,
        "{}",
        audit.stdout
    );
}
