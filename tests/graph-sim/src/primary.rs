//! A mailbox's primary calendar as an object of its own, which some clients ask for before they ask for its view.
//! Source: "Get calendar", Microsoft Graph.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::calendar::answered;
use crate::ids;
use crate::places::selected;
use crate::request::{Request, encoded};
use crate::room::Room;
use crate::tenant::Tenant;
use crate::token::Caller;

/// Answers `/users/{key}/calendar`; `key` is what stood in the address.
pub(crate) fn primary(tenant: &Tenant, base: &str, caller: &Caller, request: &Request, key: &str) -> Answer {
    answered(tenant, caller, key, |room| Ok(calendar(base, request, room, key)))
}

fn calendar(base: &str, request: &Request, room: &Room, key: &str) -> Answer {
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
    let mut whole =
        json!({"@odata.context": format!("{base}/$metadata#users('{}')/calendar/$entity", encoded(key))});
    if let (Value::Object(whole), Value::Object(fields)) = (&mut whole, selected(request, &calendar)) {
        whole.extend(fields);
    }
    Answer::json(&whole)
}
