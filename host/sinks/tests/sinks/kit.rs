//! Shared parts of the sinks' tests: changes, and a certificate authority.

use collector_model::change::{Change, ChangeKind};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// A change of a room with this number.
pub(crate) fn change(number: i64, room: &str) -> Change {
    Change {
        store: "5f0c".into(),
        number,
        kind: ChangeKind::Updated,
        at: 1_773_136_800,
        source: "contoso".into(),
        room: room.into(),
        room_name: "Conf A".into(),
        id: format!("AAMk{number}"),
        series: None,
        subject: Some("Weekly \"sync\" ✓".into()),
        withheld: false,
        start: 1_773_136_800,
        end: 1_773_140_400,
        all_day: false,
        status: "confirmed".into(),
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
