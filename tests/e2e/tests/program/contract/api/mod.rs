//! What programs read from `/api/v1/…`: the same as the command line prints, in pages, with tokens that are made in the portal.

mod answers;
mod description;
mod refusals;

use e2e::{Service, Source, Workplace, exchange};
use graph_sim::{Event, Room, Simulator, Tenant};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const SUBJECT: &str = "Merger with Fabrikam";
/// The period that is asked about. All of it is past.
const PERIOD: &str = "from=2026-03-09&to=2026-03-14";
const OPTIONS: [&str; 4] = ["--from", "2026-03-09", "--to", "2026-03-14"];
/// Nothing is collected while the tests ask, and records of March 2026 are kept whenever they run.
const CONFIGURATION: &str = "[collector]\nkeep-usage = \"36000d\"\n[service]\nlisten = \"off\"\n\
    [portal]\nlisten = \"127.0.0.1:0\"\n\
    [[source]]\nname = \"sensors\"\nreceive = { token = { env = \"O365_CLIENT_SECRET\" } }\n";
const INSIGHTS: &str = "[insights]\ntime-zone = \"Europe/Berlin\"\n\
    [[insights.room]]\naddress = \"conf-b@contoso.com\"\nspaces = [\"sensors:lobby\"]\ncapacity = 4\n";

/// Three rooms with bookings and records, a running service, and an account.
struct Asking {
    workplace: Workplace,
    service: Service,
    authority: String,
    cookie: String,
    _simulator: Simulator,
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut of_name = headers.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        of_name.next().map_or("", |(_, value)| value)
    }

    #[track_caller]
    fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    #[track_caller]
    fn problem(&self, status: u16) -> (String, String) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], status);
        let text = |key: &str| problem[key].as_str().unwrap().to_owned();
        (text("code"), text("detail"))
    }
}

fn records() -> String {
    let record = |space: &str, key: &str, more: Value| {
        let mut record =
            json!({"source": "sensors", "space": space, "key": key, "revision": 1, "withdrawn": false});
        let fields = record.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        format!("{record}\n")
    };
    let usage = |start: &str, end: &str| json!({"type": "usage", "kind": "presence", "form": "interval", "start": start, "end": end, "value": true});
    [
        record(
            "conf-a@contoso.com",
            "c",
            json!({"type": "coverage", "kinds": ["presence"], "start": "2026-03-10T07:00:00Z", "end": "2026-03-10T18:00:00Z", "state": "observed"}),
        ),
        record(
            "conf-a@contoso.com",
            "u",
            usage("2026-03-10T08:05:00Z", "2026-03-10T08:50:00Z"),
        ),
        record("lobby", "p", usage("2026-03-10T09:10:00Z", "2026-03-10T09:40:00Z")),
    ]
    .concat()
}

impl Asking {
    fn new() -> Self {
        let booked = |start: &str, end: &str| {
            let at = |time: &str| format!("2026-03-10T{time}:00Z");
            Event::new(SUBJECT, &at(start), &at(end))
        };
        let room = |name: &str, building: &str| {
            Room::new(&format!("{name}@contoso.com"), name)
                .building(building)
                .capacity(8)
        };
        let tenant = Tenant::new("contoso.com")
            .room(
                room("conf-a", "HQ")
                    .event(booked("08:00", "09:00"))
                    .event(booked("10:00", "10:30")),
            )
            .room(
                room("conf-b", "HQ")
                    .event(booked("09:00", "11:00"))
                    .event(booked("13:00", "13:30")),
            )
            .room(room("conf-c", "Annex").event(booked("12:00", "13:00")));
        let simulator = Simulator::start(tenant).unwrap();
        let source = Source::contoso(&simulator).line("paused = true");
        let workplace = Workplace::new(&format!("{CONFIGURATION}{source}\n{INSIGHTS}"), &["o365"]).unwrap();
        // What is paused is not collected by the service; this pass is asked for.
        let unpaused = Source::contoso(&simulator);
        let paused = std::fs::read_to_string(workplace.path().join("collector.toml")).unwrap();
        workplace
            .configure(&format!("{CONFIGURATION}{unpaused}\n{INSIGHTS}"))
            .unwrap();
        assert_eq!(workplace.collect(&[]).unwrap().code, 0);
        workplace.configure(&paused).unwrap();
        let import = ["usage", "import", "--source", "sensors", "-"];
        assert_eq!(workplace.run_with_input(&import, &records()).unwrap().code, 0);
        let mut service = Service::start(&workplace).unwrap();
        let line = service.wait_for_line("the Admin Portal is at http://").unwrap();
        let (_, authority) = line.trim_end_matches('/').rsplit_once("http://").unwrap();
        let mut asking = Self {
            authority: authority.to_owned(),
            workplace,
            service,
            cookie: String::new(),
            _simulator: simulator,
        };
        asking.create_account();
        asking
    }

    /// Creates the first account, which signs in.
    fn create_account(&mut self) {
        let said = self
            .service
            .wait_for("the token for the first account", |service| {
                let said = service.said();
                let (_, rest) = said.split_once("with this token:")?;
                rest.split_whitespace().next().map(str::to_owned)
            })
            .unwrap();
        let form = format!(
            "token={said}&account=ada&new={password}&again={password}",
            password = PASSWORD.replace(' ', "+")
        );
        let created = self.submit("/setup", &form);
        assert_eq!(created.status, 303, "{}", created.body);
        created
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .clone_into(&mut self.cookie);
    }

    fn send(&self, head: &str, body: &str) -> Reply {
        let answer = exchange(&self.authority, head, body).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Reply {
            status: head[9..12].parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    fn submit(&self, path: &str, form: &str) -> Reply {
        self.send(
            &format!(
                "POST {path} HTTP/1.1\ncontent-type: application/x-www-form-urlencoded\nsec-fetch-site: same-origin\ncookie: {}",
                self.cookie
            ),
            form,
        )
    }

    fn csrf(&self) -> String {
        let page = self.send(&format!("GET /access HTTP/1.1\ncookie: {}", self.cookie), "");
        assert_eq!(page.status, 200, "{}", page.body);
        let (_, rest) = page.body.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Makes a token as an administrator does.
    fn make(&self, name: &str, scopes: &str) -> String {
        let ends = (e2e::now() + chrono::Duration::days(2)).format("%Y-%m-%d");
        let form = format!("csrf={}&name={name}&ends={ends}{scopes}", self.csrf());
        let made = self.submit("/access/add", &form);
        assert_eq!(made.status, 200, "{}", made.body);
        let (_, rest) = made.body.split_once("<code>collector_").unwrap();
        format!("collector_{}", rest.split('<').next().unwrap())
    }

    fn ask_with(&self, path: &str, token: &str, more: &str) -> Reply {
        self.send(
            &format!("GET /api/v1/{path} HTTP/1.1\nauthorization: Bearer {token}{more}"),
            "",
        )
    }

    fn ask(&self, path: &str, token: &str) -> Reply {
        self.ask_with(path, token, "")
    }

    /// What the command line prints.
    fn printed(&self, arguments: &[&str]) -> String {
        let ended = self.workplace.run(arguments).unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout
    }

    /// The items of all pages of a list, with the number of pages.
    fn paged(&self, path: &str, token: &str) -> (Vec<Value>, usize) {
        let (mut items, mut pages) = (Vec::new(), 0);
        let mut next = Value::Null;
        loop {
            let cursor = next
                .as_str()
                .map_or(String::new(), |next| format!("&cursor={next}"));
            let page = self.ask(&format!("{path}{cursor}"), token).json();
            items.extend(page["items"].as_array().unwrap().clone());
            pages += 1;
            next = page["next"].clone();
            if next.is_null() {
                return (items, pages);
            }
        }
    }
}
