//! Calendars in which meetings are booked, moved and cancelled, and a service that delivers them to every kind of sink.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::Command;

use chrono::{DateTime, Duration, Utc};
use e2e::{Database, Ledger, NatsServer, PostgresServer, Receiver, Service};
use graph_sim::Event;
use serde_json::Value;

use crate::situation::{FILE_SINK, SERVICE, Situation};

const ROOMS: usize = 4;

pub(crate) struct Everywhere {
    pub(crate) situation: Situation,
    pub(crate) database: Database,
    pub(crate) hook: Receiver,
    nats: NatsServer,
    runtime: tokio::runtime::Runtime,
    /// The meetings of each room: by key, when they begin.
    rooms: Vec<BTreeMap<usize, DateTime<Utc>>>,
    first: DateTime<Utc>,
    booked: usize,
}

impl Everywhere {
    /// A few rooms with a few meetings each.
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let day = (e2e::now() + Duration::hours(30)).date_naive();
        let mut everywhere = Self {
            situation: Situation::new(ROOMS),
            database: Database::new().unwrap(),
            hook: Receiver::start().unwrap(),
            nats: NatsServer::with_jetstream().unwrap(),
            runtime,
            rooms: vec![BTreeMap::new(); ROOMS],
            first: day.and_time(chrono::NaiveTime::MIN).and_utc(),
            booked: 0,
        };
        let workplace = &everywhere.situation.workplace;
        workplace
            .write_private("password", PostgresServer::PASSWORD)
            .unwrap();
        let secret = format!("whsec_{}=", "A".repeat(43));
        workplace.write_private("secret", secret).unwrap();
        everywhere.deliver(true);
        everywhere.change(0, 0, 8);
        everywhere
    }

    /// Has the service deliver to every kind of sink, or to none.
    pub(crate) fn deliver(&self, everywhere: bool) {
        let sinks = format!(
            r#"{FILE_SINK}
[[sink]]
name = "hook"
type = "webhook"
url = "{}/changes"
secret = {{ file = "secret" }}

[[sink]]
name = "warehouse"
type = "postgresql"
url = "{}?sslmode=disable"
password = {{ file = "password" }}

[[sink]]
name = "bus"
type = "nats"
url = "{}"
"#,
            self.hook.url(),
            self.database.url(),
            self.nats.url(),
        );
        let source = Situation::source(&self.situation.simulator);
        let sinks = if everywhere { sinks.as_str() } else { "" };
        self.situation
            .workplace
            .configure(&format!("{source}{SERVICE}{sinks}"))
            .unwrap();
    }

    pub(crate) fn start(&self) -> Service {
        Service::start(&self.situation.workplace).unwrap()
    }

    /// In each room so many of the oldest meetings are cancelled, as many as `moved` of the next put off, and others booked.
    pub(crate) fn change(&mut self, cancelled: usize, moved: usize, booked: usize) {
        for meetings in &mut self.rooms {
            for _ in 0..cancelled {
                meetings.pop_first().unwrap();
            }
            for start in meetings.values_mut().take(moved) {
                *start += Duration::minutes(10);
            }
            for _ in 0..booked {
                let minutes = i64::try_from(self.booked).unwrap() * 2;
                meetings.insert(self.booked, self.first + Duration::minutes(minutes));
                self.booked += 1;
            }
        }
        let rooms = &self.rooms;
        self.situation
            .simulator
            .update(|tenant| {
                for (room, meetings) in tenant.rooms_mut().iter_mut().zip(rooms) {
                    *room.events_mut() = meetings
                        .iter()
                        .map(|(key, start)| {
                            Event::between(&format!("meeting {key}"), *start, *start + Duration::hours(1))
                                .key(&key.to_string())
                        })
                        .collect();
                }
                Ok(())
            })
            .unwrap();
    }

    /// What is booked, sorted.
    fn calendar(&self) -> Vec<String> {
        let mut calendar: Vec<String> = self
            .rooms
            .iter()
            .enumerate()
            .flat_map(|(room, meetings)| {
                meetings.iter().map(move |(key, start)| {
                    format!(
                        "room-{room:02}@contoso.com meeting {key} {}",
                        start.format("%Y-%m-%dT%H:%M:%SZ")
                    )
                })
            })
            .collect();
        calendar.sort_unstable();
        calendar
    }

    /// What each sink received from the beginning, but for PostgreSQL, which keeps only what it comes to.
    fn received(&self) -> Vec<(&'static str, Vec<Value>)> {
        let messages = self.runtime.block_on(self.nats.messages()).unwrap();
        let messages = messages
            .iter()
            .map(|message| serde_json::from_str(&message.payload).unwrap());
        vec![
            ("file", e2e::changes(&self.situation.changes(), true).unwrap()),
            ("hook", self.hook.changes().unwrap()),
            ("bus", messages.collect()),
        ]
    }

    /// What each sink comes to, by the rules for its reader.
    fn in_sinks(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut sinks: BTreeMap<_, _> = self
            .received()
            .into_iter()
            .map(|(sink, changes)| {
                let ledger = Ledger::of(changes).unwrap_or_else(|error| panic!("{sink}: {error:#}"));
                let mut meetings: Vec<String> = ledger
                    .meetings
                    .values()
                    .map(|meeting| {
                        let text = |key: &str| meeting[key].as_str().unwrap_or("-");
                        format!("{} {} {}", text("room"), text("subject"), text("start"))
                    })
                    .collect();
                meetings.sort_unstable();
                (sink, meetings)
            })
            .collect();
        let mut table = self
            .database
            .strings(
                "SELECT room || ' ' || coalesce(subject, '-') || ' ' || to_char(start_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
                 FROM collector.meeting",
            )
            .unwrap();
        table.sort_unstable();
        sinks.insert("warehouse", table);
        sinks
    }

    /// Waits until every sink is equal to the calendar.
    pub(crate) fn delivered(&self, service: &mut Service) {
        service
            .wait_for("a delivery to each sink", |_| {
                let sinks = &self.status()["sinks"];
                let all = sinks.as_array().unwrap();
                let delivered = |sink: &&Value| !sink["last_delivery"].is_null();
                (!all.is_empty() && all.iter().filter(delivered).count() == all.len()).then_some(())
            })
            .unwrap();
        let calendar = self.calendar();
        service
            .wait_for("sinks that are equal to the calendar", |_| {
                let sinks = self.in_sinks();
                sinks.values().all(|sink| *sink == calendar).then_some(())
            })
            .unwrap_or_else(|error| panic!("{error:#}\n{:#?}\n{calendar:#?}", self.in_sinks()));
    }

    /// Ends the service, after which nothing comes any more: every sink is as it was, and no id names two changes.
    pub(crate) fn stop(&self, service: Service) -> String {
        let (status, said) = service.stop().unwrap();
        assert_eq!(status.code(), Some(0), "{said}");
        self.assert_equal();
        said
    }

    pub(crate) fn assert_equal(&self) {
        let calendar = self.calendar();
        for (sink, meetings) in self.in_sinks() {
            assert_eq!(meetings, calendar, "{sink}");
        }
        let mut named: HashMap<String, Value> = HashMap::new();
        for (sink, changes) in self.received() {
            for mut change in changes {
                // It may have been withdrawn before it came to one of them.
                for key in ["subject", "withheld"] {
                    change.as_object_mut().unwrap().remove(key);
                }
                let id = change["change_id"].as_str().unwrap().to_owned();
                let before = named.entry(id).or_insert_with(|| change.clone());
                assert_eq!(*before, change, "{sink}");
            }
        }
        let written = self
            .database
            .strings("SELECT DISTINCT id || ' ' || room || ' ' || start FROM public.written")
            .unwrap();
        let mut in_table: HashMap<&str, &str> = HashMap::new();
        for line in &written {
            let (id, meeting) = line.split_once(' ').unwrap();
            assert_eq!(in_table.insert(id, meeting), None, "{id} names two changes");
            if let Some(change) = named.get(id) {
                let text = |key: &str| change[key].as_str().unwrap();
                assert_eq!(format!("{} {}", text("room"), text("start")), meeting, "{id}");
            }
        }
    }

    /// From now on what PostgreSQL is told about meetings is written down, which would be overwritten otherwise.
    pub(crate) fn watch(&self) {
        self.database
            .execute(
                r#"CREATE TABLE public.written AS
                   SELECT store || '-' || change_number AS id, room, to_char(start_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start
                   FROM collector.meeting;
                   CREATE FUNCTION public.write_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                       INSERT INTO public.written VALUES
                           (NEW.store || '-' || NEW.change_number, NEW.room, to_char(NEW.start_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
                       RETURN NULL;
                   END $$;
                   CREATE TRIGGER watch AFTER INSERT OR UPDATE ON collector.meeting FOR EACH ROW EXECUTE FUNCTION public.write_down();"#,
            )
            .unwrap();
    }

    pub(crate) fn status(&self) -> Value {
        let ended = self
            .situation
            .workplace
            .run(&["status", "--format", "json"])
            .unwrap();
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stderr))
    }

    /// A file of the data directory, or the directory itself.
    pub(crate) fn data(&self, file: &str) -> PathBuf {
        self.situation.workplace.path().join("data").join(file)
    }

    /// Copies the data directory as an administrator would.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        let copied = Command::new("cp")
            .args(["-a", from, to])
            .current_dir(self.situation.workplace.path())
            .status();
        assert!(copied.unwrap().success());
    }
}
