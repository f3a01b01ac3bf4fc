//! What a document says about a room.

use std::collections::BTreeMap;

use collector_model::usage::{Kind, Value};

use super::document::{self, DocumentError, Leaf};

/// The serial number in the identification of XML documents.
const SERIAL: [&str; 2] = [
    "Status/Identification/SerialNumber",
    "Event/Identification/SerialNumber",
];
/// How long an ended call may have been, in seconds: a week. A longer one is not believed.
const LONGEST_CALL: u32 = 7 * 24 * 60 * 60;

/// What a device posted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Post {
    /// Its serial number, where the document has it.
    pub(super) serial: Option<String>,
    /// The states that the document has, by the status that tells them and its number; none where the device does not know any more.
    pub(super) states: BTreeMap<(Status, u32), Option<Value>>,
    /// The calls that ended, by number.
    pub(super) calls: BTreeMap<u32, Call>,
}

/// A call that ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Call {
    /// The device's own number of it.
    pub(super) id: Option<String>,
    /// Seconds.
    pub(super) duration: u32,
}

/// A status of RoomOS that says something about a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    PeopleCount,
    PeoplePresence,
    RoomInUse,
    Calls,
    Presentation,
}

impl Status {
    /// Its name, short enough for a key.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PeopleCount => "RoomAnalytics.PeopleCount.Current",
            Self::PeoplePresence => "RoomAnalytics.PeoplePresence",
            Self::RoomInUse => "RoomAnalytics.RoomInUse",
            Self::Calls => "SystemUnit.State.NumberOfActiveCalls",
            Self::Presentation => "Conference.Presentation.LocalInstance.SendingMode",
        }
    }

    /// What it is evidence of.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::PeopleCount => Kind::PeopleCount,
            Self::PeoplePresence => Kind::Presence,
            Self::RoomInUse => Kind::InUse,
            Self::Calls => Kind::Call,
            Self::Presentation => Kind::Presentation,
        }
    }
}

impl Post {
    /// Reads what a device posted. What says nothing about the room is left out.
    ///
    /// # Errors
    /// See [`DocumentError`].
    pub(crate) fn read(body: &[u8]) -> Result<Self, DocumentError> {
        let mut post = Self::default();
        for leaf in document::leaves(body)? {
            post.take(&leaf);
        }
        post.calls
            .retain(|_, call| (1..=LONGEST_CALL).contains(&call.duration));
        Ok(post)
    }

    fn take(&mut self, leaf: &Leaf) {
        let path = leaf.path.as_str();
        let Some(text) = &leaf.text else {
            // The presentation ended, and its branch with it.
            if path.starts_with("Status/Conference/Presentation/LocalInstance") {
                self.states
                    .insert((Status::Presentation, leaf.item), Some(Value::Is(false)));
            }
            return;
        };
        if SERIAL.contains(&path) && !text.is_empty() {
            self.serial = Some(text.clone());
            return;
        }
        let state = match path {
            "Status/RoomAnalytics/PeopleCount/Current" => (Status::PeopleCount, people(text)),
            "Status/RoomAnalytics/PeoplePresence" => (Status::PeoplePresence, presence(text)),
            "Status/RoomAnalytics/RoomInUse" => (Status::RoomInUse, truth(text)),
            "Status/SystemUnit/State/NumberOfActiveCalls" => (Status::Calls, calls(text)),
            "Status/Conference/Presentation/LocalInstance/SendingMode" => {
                (Status::Presentation, sending(text))
            }
            // A device in standby counts nobody, whoever is there.
            "Status/Standby/State" if text == "Standby" => {
                self.states.entry((Status::PeopleCount, 1)).or_insert(None);
                return;
            }
            "Event/CallDisconnect/Duration" => {
                self.calls.entry(leaf.item).or_default().duration = text.parse().unwrap_or_default();
                return;
            }
            "Event/CallDisconnect/CallId" => {
                self.calls.entry(leaf.item).or_default().id = Some(text.clone());
                return;
            }
            _ => return,
        };
        if let (status, Some(value)) = state {
            let item = if status == Status::Presentation {
                leaf.item
            } else {
                1
            };
            self.states.insert((status, item), value);
        }
    }
}

/// A value that was read: unknown to the device, or known. None if it is no value of its status.
type Read = Option<Option<Value>>;

fn people(text: &str) -> Read {
    match text.parse::<i64>().ok()? {
        // In standby, and where the feature is off.
        count if count < 0 => Some(None),
        count => Some(Some(Value::Number(u32::try_from(count).ok()?))),
    }
}

fn presence(text: &str) -> Read {
    match text {
        "Yes" => Some(Some(Value::Is(true))),
        "No" => Some(Some(Value::Is(false))),
        "Unknown" => Some(None),
        _ => None,
    }
}

fn truth(text: &str) -> Read {
    match text {
        "True" => Some(Some(Value::Is(true))),
        "False" => Some(Some(Value::Is(false))),
        _ => None,
    }
}

fn calls(text: &str) -> Read {
    let calls: u32 = text.parse().ok()?;
    Some(Some(Value::Is(calls > 0)))
}

fn sending(text: &str) -> Read {
    match text {
        "LocalOnly" | "LocalRemote" => Some(Some(Value::Is(true))),
        "Off" => Some(Some(Value::Is(false))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn states(body: &str) -> Vec<(&'static str, u32, Option<Value>)> {
        let post = Post::read(body.as_bytes()).unwrap();
        post.states
            .into_iter()
            .map(|((status, item), value)| (status.kind().as_str(), item, value))
            .collect()
    }

    #[test]
    fn xml_and_json_say_the_same() {
        let xml = "<?xml version=\"1.0\"?>\n<Status product=\"Room\"><Identification><SerialNumber>FOC1</SerialNumber></Identification>\
                   <RoomAnalytics item=\"1\"><PeopleCount item=\"1\"><Current item=\"1\"> 4 </Current></PeopleCount>\
                   <PeoplePresence>Yes</PeoplePresence></RoomAnalytics></Status>";
        let json = r#"{"Status":{"Identification":{"SerialNumber":{"Value":"FOC1"}},
            "RoomAnalytics":{"PeopleCount":{"Current":{"Value":"4"}},"PeoplePresence":{"Value":"Yes"}}}}"#;
        let post = Post::read(xml.as_bytes()).unwrap();
        assert_eq!(post, Post::read(json.as_bytes()).unwrap());
        assert_eq!(post.serial.as_deref(), Some("FOC1"));
        assert_eq!(
            states(json),
            [
                ("people-count", 1, Some(Value::Number(4))),
                ("presence", 1, Some(Value::Is(true))),
            ]
        );
    }

    #[test]
    fn what_a_device_does_not_know_is_no_value() {
        for leaf in [
            "<PeopleCount><Current>-1</Current></PeopleCount>",
            "<PeoplePresence>Unknown</PeoplePresence>",
        ] {
            let body = format!("<Status><RoomAnalytics>{leaf}</RoomAnalytics></Status>");
            assert_eq!(states(&body).first().map(|state| state.2), Some(None), "{body}");
        }
        assert_eq!(
            states("<Status><Standby><State>Standby</State></Standby></Status>"),
            [("people-count", 1, None)]
        );
        assert!(states("<Status><Standby><State>Off</State></Standby></Status>").is_empty());
    }

    #[test]
    fn presentations_are_told_apart_and_end_with_their_branch() {
        let body = "<Status><Conference><Presentation>\
                    <LocalInstance item=\"1\"><SendingMode>LocalOnly</SendingMode></LocalInstance>\
                    <LocalInstance item=\"2\" ghost=\"True\"/></Presentation></Conference></Status>";
        assert_eq!(
            states(body),
            [
                ("presentation", 1, Some(Value::Is(true))),
                ("presentation", 2, Some(Value::Is(false))),
            ]
        );
        let json = r#"{"Status":{"Conference":{"Presentation":{"LocalInstance":
            [{"id":"1","SendingMode":{"Value":"LocalOnly"}},{"id":"2","ghost":"True"}]}}}}"#;
        assert_eq!(states(json), states(body));
    }

    #[test]
    fn an_ended_call_is_read_and_one_that_never_was_is_not() {
        let event = |duration: &str| {
            let body = format!(
                "<Event><CallDisconnect item=\"1\"><CallId item=\"1\">7</CallId><Duration item=\"1\">{duration}</Duration></CallDisconnect></Event>"
            );
            Post::read(body.as_bytes()).unwrap().calls.into_values().next()
        };
        let call = Call {
            id: Some("7".into()),
            duration: 90,
        };
        assert_eq!(event("90"), Some(call));
        for not_believed in ["0", "-5", "soon", "99999999"] {
            assert_eq!(event(not_believed), None, "{not_believed}");
        }
    }

    #[test]
    fn documents_that_could_grow_or_never_end_are_refused() {
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        let nested = "{\"a\":".repeat(100) + "1" + &"}".repeat(100);
        let wide = format!("<Status>{}</Status>", "<a/>".repeat(30_000));
        for (body, error) in [
            (
                "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><Status>&a;</Status>",
                DocumentError::DocumentType,
            ),
            ("<Status>&lol;</Status>", DocumentError::Malformed),
            ("<Status>", DocumentError::Malformed),
            ("<Status></Event>", DocumentError::Malformed),
            ("{\"Status\":", DocumentError::Malformed),
            ("", DocumentError::Malformed),
            ("hello", DocumentError::Malformed),
            (&deep, DocumentError::TooLarge),
            (&nested, DocumentError::TooLarge),
            (&wide, DocumentError::TooLarge),
        ] {
            assert_eq!(
                Post::read(body.as_bytes()),
                Err(error),
                "{}",
                &body[..body.len().min(60)]
            );
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Post::read(&body);
        }

        #[test]
        fn no_tags_make_it_panic(body in "(<[a-z]{1,3}( item=\"[0-9]{1,3}\")?/?>|</[a-z]{1,3}>|&[a-z#0-9]{1,4};|[a-z -]{0,4}){0,30}") {
            let _ = Post::read(body.as_bytes());
        }
    }
}
