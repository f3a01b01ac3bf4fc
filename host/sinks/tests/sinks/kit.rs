//! Shared parts of the sinks' tests: changes, and a certificate authority.

use collector_model::change::{Change, ChangeKind, What};
use collector_model::fixture;
use collector_model::insight::{About, After, Insight};
use collector_model::meeting::Subject;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// A change of a room with this number.
pub(crate) fn change(number: i64, room: &str) -> Change {
    let change = fixture::with(fixture::change(number), |meeting| {
        meeting.subject = Subject::Text("Weekly \"sync\" ✓".into());
    });
    Change {
        room: room.into(),
        ..of_kind(change, ChangeKind::Updated)
    }
}

/// The change with another kind.
pub(crate) fn of_kind(change: Change, kind: ChangeKind) -> Change {
    let What::Meeting(_, meeting) = change.what else {
        panic!("a change of a meeting was expected");
    };
    let what = What::Meeting(kind, meeting);
    Change { what, ..change }
}

/// What a booking of a room became, as told at a moment after 10:00 on 10 March 2026.
pub(crate) fn verdict(room: &str, booking: &str, verdict: &str, second: i64) -> Insight {
    let content = serde_json::json!({
        "source": "contoso", "room": room, "id": booking, "series": null, "start": "2026-03-10T10:00:00Z", "end": "2026-03-10T11:00:00Z",
        "verdict": verdict, "length_seconds": 3_600, "occupied_seconds": 0, "known_seconds": 3_600, "party": null, "provisional": false,
        "reason": null, "evidence": []
    });
    insight(
        About::Verdict,
        room,
        &format!("{booking}-{verdict}"),
        second,
        &content,
    )
}

/// An insight whose id says what it is about.
pub(crate) fn insight(
    about: About,
    room: &str,
    what: &str,
    second: i64,
    content: &serde_json::Value,
) -> Insight {
    Insight {
        id: format!("{}-1-{what}", about.as_str()),
        about,
        at: 1_773_136_800 + second,
        source: "contoso".into(),
        room: room.into(),
        content: content.to_string(),
    }
}

/// After a change of the store of all tests.
pub(crate) fn after(number: i64) -> After {
    After {
        store: "5f0c".into(),
        number,
    }
}

/// An authority that is not trusted yet, with the certificate and key of a server on this machine.
pub(crate) struct Authority {
    pub(crate) ca: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let ca = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap()
            .pem();
        Self {
            ca,
            certificate,
            key: key.serialize_pem(),
        }
    }
}
