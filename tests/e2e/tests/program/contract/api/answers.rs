//! Answers are what the command line prints, and are sent again only when they changed.

use serde_json::{Value, json};

use super::description::Description;
use super::{Asking, OPTIONS, PERIOD, SUBJECT, records};

#[test]
fn a_program_reads_what_the_command_line_prints() {
    let asking = Asking::new();
    let description = Description::of(&asking);
    let token = asking.make("all", "&figures=true&records=true");
    for by in [
        "all", "building", "room", "series", "date", "weekday", "hour", "week", "month", "seats",
    ] {
        let path = format!("report?{PERIOD}&by={by}");
        let reply = asking.ask(&path, &token);
        let command = [&["report", "--format", "json", "--by", by][..], &OPTIONS].concat();
        assert_eq!(reply.body, asking.printed(&command), "{by}");
        description.check(&path, &reply);
    }
    let narrow = format!(
        "report?{PERIOD}&building=HQ&building=Annex&room=conf-a%40contoso.com&room=CONF-C@contoso.com"
    );
    let command = [
        &[
            "report",
            "--format",
            "json",
            "--building",
            "HQ",
            "--building",
            "Annex",
        ][..],
        &["--room", "conf-a@contoso.com", "--room", "conf-c@contoso.com"],
        &OPTIONS,
    ];
    assert_eq!(
        asking.ask(&narrow, &token).body,
        asking.printed(&command.concat())
    );

    let lines = |text: String| -> Vec<Value> {
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    };
    let verdicts = lines(asking.printed(&[&["verdicts", "--format", "jsonl"][..], &OPTIONS].concat()));
    assert_eq!(verdicts.len(), 5);
    let path = format!("verdicts?{PERIOD}");
    assert_eq!(asking.paged(&path, &token), (verdicts.clone(), 1));
    assert_eq!(
        asking.paged(&format!("{path}&limit=1"), &token),
        (verdicts.clone(), 5)
    );
    assert_eq!(asking.paged(&format!("{path}&limit=2"), &token), (verdicts, 3));
    description.check(&path, &asking.ask(&path, &token));

    let records = lines(asking.printed(&["usage", "export"]));
    assert_eq!(records.len(), 3);
    assert_eq!(asking.paged("usage?limit=1", &token), (records.clone(), 3));
    assert_eq!(asking.paged("usage?source=sensors", &token), (records, 1));
    let (some, _) = asking.paged("usage?from=2026-03-10T09:00:00Z&to=2026-03-10T09:05:00Z", &token);
    let keys: Vec<&str> = some
        .iter()
        .map(|record| record["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["c"]);
    description.check("usage", &asking.ask("usage", &token));

    let room = |name: &str, building: &str, capacity: u32, spaces: Value| {
        json!({
            "address": format!("{name}@contoso.com"), "source": "contoso", "name": name, "building": building, "capacity": capacity,
            "spaces": spaces, "zone": "Europe/Berlin"
        })
    };
    let rooms = vec![
        room(
            "conf-a",
            "HQ",
            8,
            json!([{"source": "sensors", "key": "conf-a@contoso.com"}]),
        ),
        room("conf-b", "HQ", 4, json!([{"source": "sensors", "key": "lobby"}])),
        room("conf-c", "Annex", 8, json!([])),
    ];
    assert_eq!(asking.paged("rooms?limit=2", &token), (rooms, 2));
    description.check("rooms", &asking.ask("rooms", &token));
    for path in [narrow.as_str(), &path, "usage", "rooms"] {
        assert!(!asking.ask(path, &token).body.contains(SUBJECT), "{path}");
    }
}

#[test]
fn an_answer_is_sent_again_only_if_it_changed() {
    let asking = Asking::new();
    let token = asking.make("all", "&figures=true&records=true");
    let paths = [
        format!("report?{PERIOD}"),
        format!("verdicts?{PERIOD}"),
        "usage".to_owned(),
        "rooms".to_owned(),
    ];
    let tags = || -> Vec<String> {
        let tags = paths.iter().map(|path| {
            let reply = asking.ask(path, &token);
            assert_eq!(reply.header("cache-control"), "private, no-cache");
            reply.header("etag").to_owned()
        });
        tags.collect()
    };
    let before = tags();
    for (path, tag) in paths.iter().zip(&before) {
        let reply = asking.ask_with(path, &token, &format!("\nif-none-match: {tag}"));
        assert_eq!((reply.status, reply.body.as_str()), (304, ""), "{path}");
        assert_eq!(reply.header("etag"), tag);
    }
    assert_eq!(tags(), before);

    // A record is corrected by another process.
    let more = records().replace("\"revision\":1", "\"revision\":2");
    let import = ["usage", "import", "--source", "sensors", "-"];
    assert_eq!(asking.workplace.run_with_input(&import, &more).unwrap().code, 0);
    let after = tags();
    for ((path, before), after) in paths.iter().zip(&before).zip(&after) {
        assert_ne!(before, after, "{path}");
        let reply = asking.ask_with(path, &token, &format!("\nif-none-match: {before}"));
        assert_eq!(reply.status, 200, "{path}");
    }
}
