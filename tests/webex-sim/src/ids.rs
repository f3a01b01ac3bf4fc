//! Identifiers that look like those of Webex and derive from names, so that two runs give the same ones.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The id of a thing: opaque to clients.
pub(crate) fn id(kind: &str, name: &str) -> String {
    let uuid = sim::guid(&format!("{kind} {name}"));
    URL_SAFE_NO_PAD.encode(format!("ciscospark://urn:TEAM:us-east-2_a/{kind}/{uuid}"))
}
