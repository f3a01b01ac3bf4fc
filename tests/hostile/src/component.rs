//! The misdeeds of the hostile connector.

wit_bindgen::generate!({ world: "room-connector", path: "../../wit", generate_all });

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use exports::vyopta::collector::connector::*;
use vyopta::collector::meetings::{Meeting, Status, Subject, emit_meeting};
use vyopta::collector::types::{Reason, Window};
use vyopta::collector::{http, log, secrets};

use crate::orders::{order, orders};

const SCHEMA: &str = r#"{
    "type": "object",
    "properties": {
        "rooms": { "type": "string", "title": "Rooms", "description": "Comma-delimited addresses.", "examples": ["good@x"] },
        "fails": { "type": "string", "title": "Fails", "description": "What list-rooms does.", "examples": ["loop"] },
        "fetch": { "type": "string", "title": "Fetch", "description": "An address that some deeds fetch, and list-rooms when there are no rooms.", "examples": ["http://127.0.0.1/"] }
    },
    "additionalProperties": false
}"#;

struct Hostile;
export!(Hostile);

impl Guest for Hostile {
    fn describe() -> Manifest {
        obey("describe");
        let mut schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let required = orders("requires");
        for key in &required {
            schema["properties"][key] = serde_json::json!({ "type": "string", "title": key });
        }
        schema["required"] = required.into();
        // The credential for rooms that reveal it exists unless the orders name others.
        let mut secrets: Vec<_> = orders("secrets").iter().map(|name| need(name, false)).collect();
        secrets.extend(match order("reveal") {
            None => vec![need("feed", true)],
            Some(_) => orders("reveal").iter().map(|name| need(name, true)).collect(),
        });
        Manifest {
            name: order("name").unwrap_or("hostile".into()),
            version: order("version").unwrap_or("0.1.0".into()),
            title: if overlong("title") {
                long()
            } else {
                "Hostile".into()
            },
            description: "Misbehaves on purpose.".into(),
            settings_schema: match order("schema").as_deref() {
                _ if overlong("schema") => long(),
                Some("chain") => chain(),
                Some("doubled") => doubled(),
                _ => schema.to_string(),
            },
            hosts: orders("hosts"),
            secrets,
            slice_size: order("slice").and_then(|size| size.parse().ok()).unwrap_or(1),
        }
    }

    fn authorization(settings: String) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
        obey("authorization");
        if settings.contains("\"fails\":\"authorization\"") {
            panic!("authorization has a defect");
        }
        if order("authorization").as_deref() == Some("refuse") {
            return Err(vec![SettingsProblem {
                key: "rooms".into(),
                problem: "they are not liked".into(),
                remedy: "name others".into(),
            }]);
        }
        if overlong("problem") {
            return Err(vec![SettingsProblem {
                key: "rooms".into(),
                problem: long(),
                remedy: long(),
            }]);
        }
        Ok(overlong("scope").then(|| Oauth {
            secret: "token".into(),
            token_endpoint: "https://login.example/token".into(),
            scope: long(),
            audience: vec![],
            consent_page: None,
            permissions: vec![],
        }))
    }

    async fn validate(_: String) -> Vec<Check> {
        let check = || Check {
            name: long(),
            status: CheckStatus::Passed,
            reason: reason(long()),
        };
        overlong("check").then(check).into_iter().collect()
    }

    async fn list_rooms(settings: String) -> Result<Expansion, CollectError> {
        obey("list");
        if order("list").as_deref() == Some("fail") {
            return Err(CollectError::Failed(reason("nothing is listed, by order")));
        }
        if order("list").as_deref() == Some("log") {
            log::log(log::Level::Error, "written by order");
        }
        let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
        let text = |key: &str| settings[key].as_str().unwrap_or_default().to_owned();
        match text("fails").as_str() {
            "loop" => spin(),
            "panic" => panic!("list-rooms has a defect"),
            "words" => {
                let forged = "it broke\nerror: forged\u{1b}[31m: line";
                return Err(CollectError::Failed(reason(forged)));
            }
            _ => {}
        }
        if text("rooms").is_empty() {
            let answer = http::http_fetch(request(&text("fetch"), None), None).await;
            return Err(CollectError::Failed(reason(format!("{answer:?}"))));
        }
        if order("list").as_deref() == Some("crowd") {
            let rooms = (0..=50_000).map(|number| room(&number.to_string())).collect();
            return Ok(Expansion {
                rooms,
                problems: vec![],
            });
        }
        let mut rooms: Vec<Room> = text("rooms")
            .split(',')
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .map(room)
            .collect();
        rooms.first_mut().into_iter().for_each(lengthen);
        Ok(Expansion {
            rooms,
            problems: vec![],
        })
    }

    async fn collect(
        settings: String,
        rooms: Vec<RoomRequest>,
        window: Window,
    ) -> Result<Vec<RoomOutcome>, CollectError> {
        obey("collect");
        let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
        let fetch = settings["fetch"].as_str().unwrap_or_default();
        let mut outcomes = Vec::new();
        for room in rooms {
            let deed = room.address.split('@').next().unwrap_or_default().to_owned();
            if deed == "nothing" {
                continue;
            }
            let outcome = act(&deed, &room.address, &window, fetch).await;
            outcomes.push(RoomOutcome {
                address: room.address,
                outcome,
            });
        }
        Ok(outcomes)
    }
}

async fn act(deed: &str, room: &str, window: &Window, fetch: &str) -> Outcome {
    emit(room, "first", window.start);
    match deed {
        "loop" => spin(),
        "memory" => {
            let mut kept = Vec::new();
            loop {
                kept.push(vec![1u8; 1 << 20]);
                std::hint::black_box(&kept);
            }
        }
        "stack" => {
            std::hint::black_box(deeper(1));
        }
        "flood" => {
            for number in 0.. {
                emit(room, &number.to_string(), window.start);
            }
        }
        "dense" => {
            // One a minute for six weeks.
            for number in 0..60_000 {
                let mut one = meeting(room, &number.to_string(), window.start, Subject::None);
                one.start += number / 60;
                if let Err(error) = emit_meeting(&one) {
                    return Outcome::Failed(reason(format!("{error:?}")));
                }
            }
        }
        "huge" => {
            let _ = emit_meeting(&meeting(
                room,
                "huge",
                window.start,
                Subject::Text("x".repeat(32 << 20)),
            ));
        }
        "long" => {
            let _ = emit_meeting(&meeting(
                room,
                "long",
                window.start,
                Subject::Text("x".repeat(1 << 20)),
            ));
        }
        "series" => {
            let mut meeting = meeting(room, "series", window.start, Subject::None);
            meeting.series = Some("x".repeat(1_500_000));
            let _ = emit_meeting(&meeting);
        }
        "cursor" => return Outcome::Complete(Some(long())),
        "reason" => {
            return Outcome::Failed(Reason {
                message: long(),
                advice: Some(long()),
                code: Some("c".repeat(1 << 20)),
            });
        }
        "handles" => {
            let mut kept = Vec::new();
            loop {
                kept.push(secrets::secret_get("feed".into()).await.unwrap());
            }
        }
        "copy" => {
            log::log(log::Level::Info, &"x".repeat(64 << 20));
        }
        "panic" => panic!("the connector has a defect"),
        "trap" => std::process::abort(),
        "stderr" => {
            for line in 0..100_000 {
                eprintln!("line {line}");
            }
            panic!("after a flood");
        }
        "log" => {
            for line in 0..100_000 {
                log::log(log::Level::Error, &format!("\u{1b}[2Jline {line}\nforged: line"));
            }
        }
        "outside" => {
            emit(room, "outside", window.end + 1);
        }
        "stranger" => {
            emit("somebody-else@contoso.com", "stranger", window.start);
        }
        "twice" => {
            let mut second = meeting(room, "first", window.start, Subject::Text("the second".into()));
            second.end += 60;
            let _ = emit_meeting(&second);
        }
        "body" => {
            let large = vec![b'x'; (1 << 20) + 1];
            let answer = http::http_fetch(request(fetch, Some(large)), None).await;
            return Outcome::Failed(reason(format!("{answer:?}")));
        }
        "headers" => {
            let mut answers = Vec::new();
            for (number, length) in [(24_580, 1), (100, 1_000)] {
                let mut request = request(fetch, None);
                request.headers = (0..number)
                    .map(|at| (format!("x{at}"), "y".repeat(length)))
                    .collect();
                answers.push(format!("{:?}", http::http_fetch(request, None).await));
            }
            return Outcome::Failed(reason(answers.join(" ")));
        }
        "bodies" => {
            let bodies = (0..20).map(|_| Some(vec![b'x'; 1 << 20]));
            let answer = first(bodies.map(|body| send(fetch, body)).collect()).await;
            return Outcome::Failed(reason(answer));
        }
        "crowd" => {
            return Outcome::Failed(reason(
                all((0..200).map(|_| send(fetch, None)).collect()).await.concat(),
            ));
        }
        "cancel" => {
            for _ in 0..3 {
                let mut given_up: Vec<Sent> =
                    (0..200).map(|_| send(fetch, Some(vec![b'x'; 1 << 14]))).collect();
                poll_fn(|context| {
                    for sent in &mut given_up {
                        let _ = sent.as_mut().poll(context);
                    }
                    Poll::Ready(())
                })
                .await;
            }
            return Outcome::Failed(reason(send(fetch, None).await));
        }
        "denied" => return Outcome::Denied(reason("a policy keeps it")),
        "missing" => return Outcome::Missing(reason("it has no mailbox")),
        "failed" => return Outcome::Failed(reason("it \u{1b}[31mbroke\u{202e}")),
        "throttled" => return Outcome::RetryAfter(3_600),
        "echo" | "echoes" => {
            // Shows whether the sent credential comes back.
            let secret = secrets::secret_get("feed".into()).await.unwrap();
            let answer = http::http_fetch(request(fetch, None), Some(&secret))
                .await
                .unwrap();
            let text = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body));
            log::log(log::Level::Error, &text);
            emit(room, &text, window.start);
            if deed == "echoes" {
                panic!("{text}");
            }
            return Outcome::Failed(reason(text));
        }
        "reveal" => {
            let secret = secrets::secret_get("feed".into()).await.unwrap();
            return Outcome::Failed(reason(format!("{:?}", secret.reveal())));
        }
        _ => {}
    }
    Outcome::Complete(None)
}

/// A request in flight: the status of its answer, or the error.
type Sent = Pin<Box<dyn Future<Output = String>>>;

fn send(url: &str, body: Option<Vec<u8>>) -> Sent {
    let request = request(url, body);
    Box::pin(async move {
        match http::http_fetch(request, None).await {
            Ok(answer) => format!("{}.", answer.status),
            Err(error) => format!("{error:?}."),
        }
    })
}

fn request(url: &str, body: Option<Vec<u8>>) -> http::Request {
    http::Request {
        method: if body.is_some() {
            http::Method::Post
        } else {
            http::Method::Get
        },
        url: url.into(),
        headers: vec![],
        body,
        repeatable: true,
    }
}

/// The result that comes first; the others are dropped.
async fn first(mut all: Vec<Sent>) -> String {
    poll_fn(|context| {
        for sent in &mut all {
            if let Poll::Ready(answer) = sent.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
        }
        Poll::Pending
    })
    .await
}

async fn all(mut all: Vec<Sent>) -> Vec<String> {
    let mut answers = Vec::new();
    poll_fn(|context| {
        all.retain_mut(|sent| match sent.as_mut().poll(context) {
            Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            Poll::Pending => true,
        });
        if all.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    answers
}

/// Traps or loops if the orders say so.
fn obey(function: &str) {
    match order(function).as_deref() {
        Some("trap") => panic!("{function} has a defect"),
        Some("loop") => spin(),
        _ => {}
    }
}

/// As many rules as fit into a schema, each of which only refers to the next.
fn chain() -> String {
    let mut links = String::new();
    for number in 0..8_600 {
        links.push_str(&format!(
            r##""{number:x}":{{"$ref":"#/$defs/{:x}"}},"##,
            number + 1
        ));
    }
    format!(
        r##"{{"$ref":"#/$defs/0","$defs":{{{links}"{:x}":{{}}}}}}"##,
        8_600
    )
}

/// Forty rules, each of which refers to the next one twice.
fn doubled() -> String {
    let links: Vec<String> = (0..40)
        .map(|number| {
            let next = format!(r##"{{"$ref":"#/$defs/{}"}}"##, number + 1);
            format!(r#""{number}":{{"allOf":[{next},{next}]}}"#)
        })
        .collect();
    format!(
        r##"{{"$ref":"#/$defs/0","$defs":{{{},"40":{{}}}}}}"##,
        links.join(",")
    )
}

fn need(name: &str, reveal: bool) -> SecretNeed {
    SecretNeed {
        name: name.into(),
        purpose: "To be told.".into(),
        reveal,
    }
}

/// Whether the orders make this overlong.
fn overlong(what: &str) -> bool {
    order("overlong").as_deref() == Some(what)
}

fn long() -> String {
    "x".repeat(3 << 20)
}

fn room(address: &str) -> Room {
    Room {
        address: address.into(),
        key: address.into(),
        name: format!("Room \u{1b}[31m{address}"),
        building: None,
        capacity: None,
        lists: vec![],
    }
}

/// Makes the parts of a room that the orders name overlong.
fn lengthen(room: &mut Room) {
    match order("overlong").as_deref() {
        Some("address") => room.address.push_str(&long()),
        Some("key") => room.key = long(),
        Some("name") => room.name = long(),
        Some("building") => room.building = Some(long()),
        Some("list") => room.lists.push(long()),
        Some("lists") => room.lists = vec![String::new(); 1_001],
        _ => {}
    }
}

fn spin() -> ! {
    let mut number = 0u64;
    loop {
        number = std::hint::black_box(number.wrapping_add(1));
    }
}

#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    deeper(depth + 1) + frame[0]
}

fn emit(room: &str, id: &str, start: i64) {
    let _ = emit_meeting(&meeting(room, id, start, Subject::Text(format!("Meeting {id}"))));
}

fn meeting(room: &str, id: &str, start: i64, subject: Subject) -> Meeting {
    Meeting {
        id: id.into(),
        room: room.into(),
        series: None,
        subject,
        start,
        end: start + 3_600,
        all_day: false,
        status: Status::Confirmed,
    }
}

fn reason(message: impl Into<String>) -> Reason {
    Reason {
        message: message.into(),
        advice: None,
        code: None,
    }
}
