//! A mailbox's primary calendar as an object, which some clients request before its view.
//! Source: "Get calendar", Microsoft Graph.

use serde_json::{Value, json};

use crate::answer::{Answer, GraphAnswer as _};
use crate::calendar::answered;
use crate::call::Call;
use crate::ids;
use crate::request::encoded;
use crate::room::Room;

/// Answers `/users/{key}/calendar`; `key` is from the address.
pub(crate) fn primary(call: &Call<'_>, key: &str) -> Answer {
    answered(call, key, |room| Ok(calendar(call, room, key)))
}

fn calendar(call: &Call<'_>, room: &Room, key: &str) -> Answer {
    let calendar = json!({
        "id": ids::item(&room.place_id, "calendar", false),
        "name": "Calendar",
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": true,
        "changeKey": ids::guid(&room.place_id),
        "canShare": true,
        "canViewPrivateItems": true,
        "canEdit": true,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "isTallyingResponses": false,
        "isRemovable": false,
        "owner": {"name": room.name, "address": room.address},
    });
    let mut whole = json!({"@odata.context": format!("{}/$metadata#users('{}')/calendar/$entity", call.base, encoded(key))});
    if let (Value::Object(whole), Value::Object(fields)) = (&mut whole, call.request.selected(&calendar)) {
        whole.extend(fields);
    }
    Answer::json(&whole)
}
