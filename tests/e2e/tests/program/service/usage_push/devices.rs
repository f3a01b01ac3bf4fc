//! What RoomOS devices post.

use serde_json::{Value, json};

use super::{Receiving, SENSORS, TOKEN};

#[test]
fn a_device_posts_what_it_sees_and_nothing_is_empty_when_it_cannot_tell() {
    let receiving = Receiving::start(SENSORS);
    let count = |count: &str| {
        format!(r#"{{"Status":{{"RoomAnalytics":{{"PeopleCount":{{"Current":{{"Value":"{count}"}}}}}}}}}}"#)
    };
    let xml = "<Status><Identification><SerialNumber>FOC1</SerialNumber></Identification><RoomAnalytics>\
               <PeoplePresence>Yes</PeoplePresence><RoomInUse>True</RoomInUse></RoomAnalytics>\
               <SystemUnit><State><NumberOfActiveCalls>1</NumberOfActiveCalls></State></SystemUnit></Status>";
    assert_eq!(receiving.device(xml), 200);
    let seen: Vec<(Value, Value, Value, Value)> = receiving
        .records()
        .into_iter()
        .map(|record| {
            (
                record["device"].clone(),
                record["kind"].clone(),
                record["form"].clone(),
                record["value"].clone(),
            )
        })
        .collect();
    for kind in ["presence", "in-use", "call"] {
        let record = (json!("FOC1"), json!(kind), json!("change"), json!(true));
        assert!(seen.contains(&record), "{kind}: {seen:?}");
    }
    // JSON does not name the device, and the address may.
    let query = "?source=sensors&format=roomos&space=a@contoso.com&device=FOC2";
    let token = format!("\nauthorization: Bearer {TOKEN}");
    assert_eq!(receiving.send(query, &token, &count("4")).0, 200);
    let people = |receiving: &Receiving| -> Vec<Value> {
        let mut all = receiving.records();
        all.retain(|record| record["device"] == "FOC2");
        all
    };
    let first = people(&receiving);
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(
        (&first[0]["value"], &first[0]["space"]),
        (&json!(4), &json!("a@contoso.com"))
    );
    // It goes to sleep: what it saw last counts no longer, and nobody is said to have left.
    assert_eq!(receiving.send(query, &token, &count("-1")).0, 200);
    let asleep = people(&receiving);
    assert_eq!(asleep.len(), 2, "{asleep:?}");
    assert_eq!(asleep[0], first[0]);
    assert_eq!(
        (&asleep[1]["state"], &asleep[1]["kinds"]),
        (&json!("blind"), &json!(["people-count"]))
    );
    assert_eq!(receiving.send(query, &token, &count("-1")).0, 200);
    assert_eq!(people(&receiving), asleep, "it does not fall asleep twice");
    // It wakes up: the blindness ends, whether within the same second or later.
    assert_eq!(receiving.send(query, &token, &count("2")).0, 200);
    let awake = people(&receiving);
    let blind = awake.iter().find(|record| record["type"] == "coverage").unwrap();
    let counted: Vec<&Value> = awake.iter().filter(|record| record["value"] == 2).collect();
    assert_eq!(counted.len(), 1, "{awake:?}");
    assert!(
        blind["withdrawn"] == true || blind["end"] == counted[0]["start"],
        "{awake:?}"
    );
    assert!(awake.iter().all(|record| record["value"] != 0));
}

#[test]
fn an_ended_call_is_an_interval() {
    let receiving = Receiving::start(SENSORS);
    let event = "<Event><Identification><SerialNumber>FOC1</SerialNumber></Identification><CallDisconnect item=\"1\">\
                 <Duration item=\"1\">600</Duration><CallId item=\"1\">7</CallId></CallDisconnect></Event>";
    assert_eq!(receiving.device(event), 200);
    let records = receiving.records();
    assert_eq!(records.len(), 1);
    let at = |key: &str| chrono::DateTime::parse_from_rfc3339(records[0][key].as_str().unwrap()).unwrap();
    assert_eq!((at("end") - at("start")).num_seconds(), 600);
    assert_eq!(
        (&records[0]["kind"], &records[0]["form"]),
        (&json!("call"), &json!("interval"))
    );
}

#[test]
fn a_device_is_not_refused_for_what_says_nothing_and_is_for_what_cannot_be_read() {
    let receiving = Receiving::start(SENSORS);
    for body in [
        "<Event><UserInterface item=\"1\"><Extensions item=\"1\"><Widget item=\"1\"><Action item=\"1\">\
         <Value item=\"1\">111</Value></Action></Widget></Extensions></UserInterface></Event>",
        "<Status><Standby><State>Off</State></Standby></Status>",
        r#"{"Status":{"Audio":{"Volume":{"Value":"50"}}}}"#,
        r#"{"Status":{"RoomAnalytics":{"PeoplePresence":{"Value":"Perhaps"}}}}"#,
        "{}",
    ] {
        assert_eq!(receiving.device(body), 200, "{body}");
    }
    assert_eq!(receiving.exported(), "");
    for body in [
        "<Status>",
        "hello",
        "<!DOCTYPE s [<!ENTITY a \"b\">]><Status>&a;</Status>",
        "[1]",
        &"<a>".repeat(1_000),
    ] {
        assert_eq!(receiving.device(body), 400, "{body}");
    }
    let token = format!("\nauthorization: Bearer {TOKEN}");
    for query in [
        "?source=sensors&format=roomos",
        "?source=sensors&format=roomos&space=",
    ] {
        assert_eq!(receiving.send(query, &token, "{}").0, 400, "{query}");
    }
}

#[test]
fn a_device_that_promised_a_heartbeat_covers_the_time_between_its_posts() {
    let receiving = Receiving::start(&SENSORS.replace("\"token\" } }", "\"token\" }, heartbeat = \"10m\" }"));
    let presence = |is: &str| {
        format!("<Status><RoomAnalytics><PeoplePresence>{is}</PeoplePresence></RoomAnalytics></Status>")
    };
    let coverage = |receiving: &Receiving| -> Vec<Value> {
        let mut all = receiving.records();
        all.retain(|record| record["type"] == "coverage");
        all
    };
    assert_eq!(receiving.device(&presence("No")), 200);
    assert_eq!(
        coverage(&receiving),
        Vec::<Value>::new(),
        "one post covers no time"
    );
    // Posts until a second has passed.
    let observed = loop {
        assert_eq!(receiving.device("<Status/>"), 200);
        if let Some(observed) = coverage(&receiving).pop() {
            break observed;
        }
    };
    assert_eq!(
        (&observed["state"], &observed["kinds"]),
        (&json!("observed"), &json!(["presence"]))
    );
    // It cannot tell any more: what it observes then does not grow.
    assert_eq!(receiving.device(&presence("Unknown")), 200);
    let until = coverage(&receiving)
        .into_iter()
        .find(|record| record["state"] == "observed")
        .unwrap();
    let blind_at = until["end"].as_str().unwrap().to_owned();
    let begun = std::time::Instant::now();
    while begun.elapsed().as_millis() < 1_200 {
        assert_eq!(receiving.device("<Status/>"), 200);
    }
    for record in coverage(&receiving) {
        if record["state"] == "observed" {
            assert!(record["end"].as_str().unwrap() <= blind_at.as_str(), "{record}");
        }
    }
}
