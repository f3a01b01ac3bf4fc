//! The JSON of call records. Without their quality: all measurements are null.
//! Source: schema of `microsoft.graph.callRecords`, v1.0. The deprecated `organizer` and `participants`, which were to
//! end in June 2026, are left out.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::call_party::{CallParty, Resolved};
use crate::call_record::{CallKind, Shown};
use crate::call_session::CallSession;
use crate::ids;

/// The measurements of a media stream.
const MEASURED: [&str; 26] = [
    "audioCodec",
    "averageAudioDegradation",
    "averageAudioNetworkJitter",
    "averageBandwidthEstimate",
    "averageFreezeDuration",
    "averageJitter",
    "averagePacketLossRate",
    "averageRatioOfConcealedSamples",
    "averageReceivedFrameRate",
    "averageRoundTripTime",
    "averageVideoFrameLossPercentage",
    "averageVideoFrameRate",
    "averageVideoPacketLossRate",
    "isAudioForwardErrorCorrectionUsed",
    "lowFrameRateRatio",
    "lowVideoProcessingCapabilityRatio",
    "maxAudioNetworkJitter",
    "maxJitter",
    "maxPacketLossRate",
    "maxRatioOfConcealedSamples",
    "maxRoundTripTime",
    "packetUtilization",
    "postForwardErrorCorrectionPacketLossRate",
    "rmsFreezeDuration",
    "videoCodec",
    "wasMediaBypassed",
];
/// The identities of an identity set. All but one are null.
const IDENTITIES: [&str; 12] = [
    "acsUser",
    "spoolUser",
    "phone",
    "guest",
    "encrypted",
    "onPremises",
    "acsApplicationInstance",
    "spoolApplicationInstance",
    "applicationInstance",
    "application",
    "device",
    "user",
];

/// Writes the records of one tenant.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) tenant: &'a str,
    /// The root of the version, for contexts.
    pub(crate) base: &'a str,
}

impl Writer<'_> {
    /// A record as it is listed.
    pub(crate) fn record(&self, shown: &Shown<'_>) -> Value {
        let Shown {
            id,
            version,
            modified,
            record,
        } = *shown;
        let context = format!(
            "{}/$metadata#communications/callRecords('{id}')/organizer_v2/$entity",
            self.base
        );
        let kind = match record.kind {
            CallKind::GroupCall => "groupCall",
            CallKind::PeerToPeer => "peerToPeer",
            CallKind::Unknown => "unknown",
        };
        let join = (record.kind == CallKind::GroupCall)
            .then(|| format!("https://teams.microsoft.com/l/meetup-join/19%3ameeting_{id}%40thread.v2/0"));
        let organizer = record.organizer.as_ref().and_then(CallParty::resolved);
        let whole = json!({
            "id": id,
            "version": version,
            "type": kind,
            "modalities": record.modalities(),
            "lastModifiedDateTime": time(modified),
            "startDateTime": time(record.start),
            "endDateTime": time(record.end),
            "joinWebUrl": join,
            "organizer_v2@odata.context": context,
            "organizer_v2": organizer.map(|party| self.participant(party)),
        });
        with(whole, &record.overrides)
    }

    /// A participant as it is listed.
    pub(crate) fn participant(&self, party: &Resolved) -> Value {
        let mut set: Map<String, Value> = IDENTITIES
            .iter()
            .map(|name| ((*name).to_owned(), Value::Null))
            .collect();
        let mut identity = self.identity(party);
        if let (Some(fields), "user") = (identity.as_object_mut(), party.kind) {
            fields.insert("@odata.type".to_owned(), json!("#microsoft.graph.userIdentity"));
        }
        set.insert(party.kind.to_owned(), identity);
        json!({"id": party.id, "identity": set})
    }

    fn identity(&self, party: &Resolved) -> Value {
        let mut identity = json!({"id": party.id, "displayName": party.name, "tenantId": self.tenant});
        if let (Some(principal), Some(fields)) = (&party.principal, identity.as_object_mut()) {
            fields.insert("userPrincipalName".to_owned(), json!(principal));
        }
        identity
    }

    /// A session of the record with this id.
    pub(crate) fn session(&self, record: &str, session: &CallSession, segments: bool) -> Value {
        let id = ids::guid(&format!("{record} session {}", session.number));
        let caller = self.endpoint(&session.caller, session.platform.as_deref());
        let callee = match &session.callee {
            Some(party) => self.endpoint(party, None),
            None => json!({
                "@odata.type": "#microsoft.graph.callRecords.serviceEndpoint",
                "userAgent": {
                    "@odata.type": "#microsoft.graph.callRecords.serviceUserAgent",
                    "headerValue": null, "applicationVersion": null, "role": "skypeForBusinessAudioVideoMcu",
                },
            }),
        };
        let mut whole = json!({
            "id": id,
            "modalities": session.modalities,
            "startDateTime": time(session.start),
            "endDateTime": time(session.end),
            "isTest": session.is_test,
            "failureInfo": null,
            "caller": caller,
            "callee": callee,
        });
        if let (true, Some(fields)) = (segments, whole.as_object_mut()) {
            let segment = json!({
                "id": ids::guid(&format!("{id} segment")),
                "startDateTime": time(session.start),
                "endDateTime": time(session.end),
                "failureInfo": null,
                "caller": caller,
                "callee": callee,
                "media": media(&id, session),
            });
            fields.insert("segments".to_owned(), json!([segment]));
        }
        with(whole, &session.overrides)
    }

    fn endpoint(&self, party: &CallParty, platform: Option<&str>) -> Value {
        let Some(party) = party.resolved() else {
            return Value::Null;
        };
        json!({
            "@odata.type": "#microsoft.graph.callRecords.participantEndpoint",
            "name": null,
            "cpuName": null,
            "cpuCoresCount": null,
            "cpuProcessorSpeedInMhz": null,
            "feedback": null,
            "userAgent": {
                "@odata.type": "#microsoft.graph.callRecords.clientUserAgent",
                "headerValue": null,
                "applicationVersion": null,
                "platform": platform.unwrap_or(party.platform),
                "productFamily": "teams",
            },
            "associatedIdentity": self.identity(party),
        })
    }
}

/// The media of a session: sound and pictures go both ways, a shared screen one way.
fn media(session: &str, whole: &CallSession) -> Value {
    let has = |modality: &str| whole.modalities.iter().any(|name| name == modality);
    let span = Some((whole.start, whole.end));
    let (out, back) = ("callerToCallee", "calleeToCaller");
    let usual = [("audio", "main-audio"), ("video", "main-video")].into_iter();
    let usual = usual.filter(|(modality, _)| has(modality));
    let usual = usual.flat_map(|(_, label)| [(label, out, span), (label, back, span)]);
    let screens = whole.shared.iter().map(|shared| {
        let direction = if shared.sent { out } else { back };
        ("applicationsharing-video", direction, shared.span)
    });
    let media = usual.chain(screens).enumerate().map(|(n, (label, direction, span))| {
        let mut stream: Map<String, Value> = MEASURED
            .iter()
            .map(|name| ((*name).to_owned(), Value::Null))
            .collect();
        stream.insert("streamId".to_owned(), json!(ids::guid(&format!("{session} stream {n}"))));
        stream.insert("streamDirection".to_owned(), json!(direction));
        stream.insert("startDateTime".to_owned(), json!(span.map(|span| time(span.0))));
        stream.insert("endDateTime".to_owned(), json!(span.map(|span| time(span.1))));
        json!({"label": label, "callerNetwork": null, "calleeNetwork": null, "callerDevice": null, "calleeDevice": null,
            "streams": [stream]})
    });
    media.collect()
}

fn with(mut whole: Value, overrides: &[(String, Value)]) -> Value {
    if let Some(fields) = whole.as_object_mut() {
        fields.extend(overrides.iter().cloned());
    }
    whole
}

/// An instant as the service writes it, with the fraction that it has.
fn time(at: DateTime<Utc>) -> String {
    let seconds = at.format("%Y-%m-%dT%H:%M:%S");
    match at.timestamp_subsec_nanos() / 100 {
        0 => format!("{seconds}Z"),
        fraction => format!("{seconds}.{fraction:07}Z"),
    }
}

/// Takes out what is null, for clients that prefer `omit-values=nulls`.
pub(crate) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
