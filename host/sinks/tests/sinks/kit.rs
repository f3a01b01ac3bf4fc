//! Shared parts of the sinks' tests: changes, and a certificate authority.

use collector_model::change::{Change, ChangeKind, What};
use collector_model::fixture;
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
