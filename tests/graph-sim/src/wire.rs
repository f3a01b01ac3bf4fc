//! The JSON of calendar items. Items of a view are written once into a buffer per room and form of request, and served
//! from there page after page. Items of a delta are written one by one.

use bytes::Bytes;
use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::ids;
use crate::recurrence::recurrence;
use crate::room::Room;
use crate::series::{Instance, Kind};

/// The properties of an event, in the order in which Graph sends them without `$select`.
/// Source: schema of `microsoft.graph.event`, v1.0; `uid` and `occurrenceId` are sent without being in it.
pub(crate) const PROPERTIES: [&str; 42] = [
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "transactionId",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "iCalUId",
    "uid",
    "reminderMinutesBeforeStart",
    "isReminderOn",
    "hasAttachments",
    "subject",
    "bodyPreview",
    "importance",
    "sensitivity",
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "responseRequested",
    "seriesMasterId",
    "showAs",
    "type",
    "webLink",
    "onlineMeetingUrl",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "allowNewTimeProposals",
    "occurrenceId",
    "isDraft",
    "hideAttendees",
    "originalStart",
    "responseStatus",
    "body",
    "start",
    "end",
    "location",
    "locations",
    "recurrence",
    "attendees",
    "organizer",
    "onlineMeeting",
];

/// The properties of an occurrence in a delta, besides its id and tags.
const OCCURRENCE: [&str; 4] = ["seriesMasterId", "type", "start", "end"];

/// The form of events that a client requests.
pub(crate) struct Form<'a> {
    /// The selected properties as [`PROPERTIES`] writes them, and perhaps `id`; `None` for everything.
    pub(crate) select: Option<Vec<&'static str>>,
    pub(crate) zone: Tz,
    pub(crate) zone_label: &'a str,
    pub(crate) immutable_ids: bool,
}

/// One written item: its instants (Unix seconds) and its place in the buffer.
pub(crate) struct Item {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// All items of a room that touch a span of time, sorted by start, each written once.
pub(crate) struct Written {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) items: Vec<Item>,
    pub(crate) buffer: Bytes,
}

/// Writes all items of `room` that touch `[from, to)`.
pub(crate) fn write(room: &Room, form: &Form<'_>, from: DateTime<Utc>, to: DateTime<Utc>) -> Written {
    let mut found: Vec<(usize, Instance<'_>)> = Vec::new();
    for (index, event) in room.events.iter().enumerate() {
        found.extend(
            event
                .instances(from, to)
                .into_iter()
                .map(|instance| (index, instance)),
        );
    }
    found.sort_by_key(|(index, instance)| (instance.start, *index));
    let mut buffer = Vec::with_capacity(found.len() * 400);
    let mut items = Vec::with_capacity(found.len());
    for (_, instance) in &found {
        let begin = buffer.len();
        Writer::new(room, form, instance, &mut buffer).item();
        items.push(Item {
            start: instance.start.timestamp(),
            end: instance.end.timestamp(),
            from: begin,
            to: buffer.len(),
        });
    }
    Written {
        from,
        to,
        items,
        buffer: buffer.into(),
    }
}

/// Writes an item as deltas show it: whole, but an occurrence only with its type and times.
pub(crate) fn write_tracked(room: &Room, form: &Form<'_>, instance: &Instance<'_>, out: &mut Vec<u8>) {
    let mut writer = Writer::new(room, form, instance, out);
    writer.tracked = true;
    writer.item();
}

struct Writer<'a> {
    room: &'a Room,
    form: &'a Form<'a>,
    instance: &'a Instance<'a>,
    /// The event's fingerprint.
    version: u64,
    tracked: bool,
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(room: &'a Room, form: &'a Form<'a>, instance: &'a Instance<'a>, out: &'a mut Vec<u8>) -> Self {
        Self {
            room,
            form,
            instance,
            version: instance.event.fingerprint(),
            tracked: false,
            out,
        }
    }

    fn item(&mut self) {
        let event = self.instance.event;
        if let Some(raw) = &event.raw {
            self.value(raw);
            return;
        }
        let tag = self.change_key();
        self.text("{");
        if self.tracked {
            self.text("\"@odata.type\":\"#microsoft.graph.event\",");
        }
        self.text("\"@odata.etag\":\"W/\\\"");
        self.text(&tag);
        self.text("\\\"\"");
        self.property("id");
        if self.tracked && self.instance.kind == Kind::Occurrence {
            OCCURRENCE.iter().for_each(|name| self.property(name));
        } else if let Some(names) = &self.form.select {
            names
                .iter()
                .filter(|name| **name != "id")
                .for_each(|name| self.property(name));
        } else {
            PROPERTIES.iter().for_each(|name| self.property(name));
            // Properties outside the schema are shown only without `$select`.
            for (name, value) in &event.overrides {
                if let (Some(value), false) = (value, name == "id" || PROPERTIES.contains(&name.as_str())) {
                    self.name_of(name);
                    self.value(value);
                }
            }
        }
        self.text("}");
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Value) {
        self.text(&value.to_string());
    }

    fn quoted(&mut self, text: &str) {
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut *self.out, text);
    }

    fn name_of(&mut self, name: &str) {
        self.text(",");
        self.quoted(name);
        self.text(":");
    }

    /// The name from which the item's ids are made.
    fn name(&self) -> String {
        ids::name(self.master(), self.instance.slot.map(|(day, _)| day))
    }

    fn change_key(&self) -> String {
        ids::change_key(&self.room.place_id, &self.name(), self.version)
    }

    fn master(&self) -> &str {
        self.instance.event.key.as_deref().unwrap_or_default()
    }

    fn property(&mut self, name: &'static str) {
        let overrides = &self.instance.event.overrides;
        if let Some((_, forced)) = overrides.iter().rev().find(|(n, _)| n == name) {
            if let Some(value) = forced {
                self.name_of(name);
                self.value(value);
            }
            return;
        }
        self.text(",\"");
        self.text(name);
        self.text("\":");
        self.regular(name);
    }

    fn regular(&mut self, name: &str) {
        let (event, instance) = (self.instance.event, self.instance);
        match name {
            "id" => {
                let id = ids::item(&self.room.place_id, &self.name(), self.form.immutable_ids);
                self.quoted(&id);
            }
            "subject" => match &event.subject {
                Some(subject) => self.quoted(subject),
                None => self.text("null"),
            },
            "start" => self.time(instance.start, instance.local_start),
            "end" => self.time(instance.end, instance.local_end),
            "sensitivity" => self.quoted(&event.sensitivity),
            "showAs" => self.quoted(&event.show_as),
            "isAllDay" => self.truth(event.all_day),
            "isCancelled" => self.truth(event.cancelled),
            "type" => self.text(match instance.kind {
                Kind::Single => "\"singleInstance\"",
                Kind::Occurrence => "\"occurrence\"",
                Kind::Exception => "\"exception\"",
                Kind::Master => "\"seriesMaster\"",
            }),
            "seriesMasterId" => {
                if instance.slot.is_some() {
                    let id = ids::item(&self.room.place_id, self.master(), self.form.immutable_ids);
                    self.quoted(&id);
                } else {
                    self.text("null");
                }
            }
            "originalStartTimeZone" | "originalEndTimeZone" => self.quoted(&event.zone_label),
            other => {
                let value = self.rare(other);
                self.value(&value);
            }
        }
    }

    fn truth(&mut self, value: bool) {
        self.text(if value { "true" } else { "false" });
    }

    /// Writes `{"dateTime","timeZone"}`. All-day events run from midnight to midnight under any requested zone.
    fn time(&mut self, at: DateTime<Utc>, local: NaiveDateTime) {
        let shown = if self.instance.event.all_day {
            local
        } else {
            at.with_timezone(&self.form.zone).naive_local()
        };
        self.text("{\"dateTime\":\"");
        for (value, width, after) in [
            (shown.year().unsigned_abs(), 4, b'-'),
            (shown.month(), 2, b'-'),
            (shown.day(), 2, b'T'),
            (shown.hour(), 2, b':'),
            (shown.minute(), 2, b':'),
            (shown.second(), 2, b'.'),
        ] {
            digits(self.out, value, width);
            self.out.push(after);
        }
        self.text("0000000\",\"timeZone\":");
        self.quoted(self.form.zone_label);
        self.text("}");
    }

    /// The properties that a collector seldom requests.
    fn rare(&self, name: &str) -> Value {
        let (event, instance, room) = (self.instance.event, self.instance, self.room);
        match name {
            "createdDateTime" => json!("2026-01-05T08:00:00.0000000Z"),
            "lastModifiedDateTime" => json!("2026-01-05T08:00:01.0000000Z"),
            "changeKey" => json!(self.change_key()),
            "categories" => json!([]),
            "recurrence" if instance.kind == Kind::Master => recurrence(event),
            "iCalUId" | "uid" => json!(ids::ical_uid(&room.place_id, self.master())),
            "reminderMinutesBeforeStart" => json!(15),
            "bodyPreview" => json!(event.body.chars().take(255).collect::<String>()),
            "importance" => json!("normal"),
            "responseRequested" | "allowNewTimeProposals" => json!(true),
            "isReminderOn" | "hasAttachments" | "isOrganizer" | "isOnlineMeeting" | "isDraft"
            | "hideAttendees" => {
                json!(false)
            }
            "webLink" => {
                let id = ids::item(&room.place_id, &self.name(), self.form.immutable_ids);
                json!(format!(
                    "https://outlook.office365.com/owa/?itemid={id}&exvsurl=1&path=/calendar/item"
                ))
            }
            "onlineMeetingProvider" => json!("unknown"),
            "occurrenceId" => instance.slot.map_or(Value::Null, |(day, _)| {
                json!(format!(
                    "OID.{}.{day}",
                    ids::item(&room.place_id, self.master(), self.form.immutable_ids)
                ))
            }),
            "originalStart" => instance.slot.map_or(Value::Null, |(_, at)| {
                json!(at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
            }),
            "responseStatus" => json!({"response": "accepted", "time": "0001-01-01T00:00:00Z"}),
            "body" => json!({"contentType": "html", "content": event.body}),
            "location" | "locations" => {
                let place = json!({"displayName": room.name, "locationUri": room.address, "locationType": "conferenceRoom",
                    "uniqueId": room.address, "uniqueIdType": "directory", "address": {}, "coordinates": {}});
                if name == "location" { place } else { json!([place]) }
            }
            "attendees" => json!([
                {"type": "resource", "status": {"response": "accepted", "time": "0001-01-01T00:00:00Z"},
                 "emailAddress": {"name": room.name, "address": room.address}}
            ]),
            "organizer" => {
                let (name, address) = event.organizer.clone().unwrap_or_else(|| {
                    let domain = room.address.split('@').nth(1).unwrap_or("example.com");
                    ("Adele Vance".to_owned(), format!("adelev@{domain}"))
                });
                json!({"emailAddress": {"name": name, "address": address}})
            }
            _ => Value::Null,
        }
    }
}

fn digits(out: &mut Vec<u8>, value: u32, width: u32) {
    for place in (0..width).rev() {
        let digit = value / 10u32.pow(place) % 10;
        out.push(b'0' + u8::try_from(digit).unwrap_or(0));
    }
}
