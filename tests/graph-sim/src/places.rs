//! Rooms and room lists. Source: "List places" and "Get place", Microsoft Graph.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, GraphAnswer as _};
use crate::call::Call;
use crate::fault::Fault;
use crate::paging::page;
use crate::request::encoded;
use crate::room::{Refusal, Room, RoomList};
use crate::tenant::UnknownPlace;

/// Answers `/places/…`; `rest` is what follows.
pub(crate) fn places(call: &Call<'_>, rest: &[&str]) -> Answer {
    let tenant = call.tenant;
    if !call.caller.has_any(&["Place.Read.All", "Place.ReadWrite.All"]) {
        return Answer::refusal(Refusal::AccessDenied);
    }
    let visible = || tenant.rooms.iter().filter(|room| !room.hidden);
    let rooms = |rooms: &[&Room], context: &str| {
        listing(call, rooms, room_json, context).unwrap_or_else(|refusal| refusal)
    };
    let lists = |lists: &[&RoomList], context: &str| {
        listing(call, lists, list_json, context).unwrap_or_else(|refusal| refusal)
    };
    let kinds: Vec<Kind> = rest.iter().filter_map(|part| Kind::of(part)).collect();
    match (rest, kinds.as_slice()) {
        ([_], [Kind::Room]) => rooms(&visible().collect::<Vec<_>>(), "places/microsoft.graph.room"),
        ([_], [Kind::List]) => lists(
            &tenant.lists.iter().collect::<Vec<_>>(),
            "places/microsoft.graph.roomList",
        ),
        ([key], []) => one(call, key),
        ([key, _], [Kind::Room]) => one(call, key),
        ([key, _], [Kind::List]) => one(call, key),
        ([key, _, of], [Kind::List]) if of.eq_ignore_ascii_case("rooms") => {
            // Lists are found only by address; an id gives the error of an unknown place.
            let Some(list) = tenant
                .lists
                .iter()
                .find(|list| list.address.eq_ignore_ascii_case(key))
            else {
                return match tenant.unknown_place {
                    UnknownPlace::EmptyList => rooms(&[], &rooms_context(key)),
                    form => unknown(form, key),
                };
            };
            let members = list
                .members
                .iter()
                .filter_map(|member| visible().find(|room| room.address.eq_ignore_ascii_case(member)));
            rooms(&members.collect::<Vec<_>>(), &rooms_context(key))
        }
        ([_, _, workspaces], [Kind::List]) if workspaces.eq_ignore_ascii_case("workspaces") => {
            rooms(&[], "workspaces")
        }
        _ => Answer::no_segment(rest.last().unwrap_or(&"places")),
    }
}

enum Kind {
    Room,
    List,
}

impl Kind {
    /// Reads a type cast, in any case, with the whole namespace or in the short form that Microsoft's SDKs send.
    fn of(part: &str) -> Option<Self> {
        let part = part.to_ascii_lowercase();
        match part
            .strip_prefix("microsoft.")
            .unwrap_or(&part)
            .strip_prefix("graph.")?
        {
            "room" => Some(Self::Room),
            "roomlist" => Some(Self::List),
            _ => None,
        }
    }
}

fn rooms_context(key: &str) -> String {
    format!("places('{}')/microsoft.graph.roomList/rooms", encoded(key))
}

fn one(call: &Call<'_>, key: &str) -> Answer {
    let (tenant, base) = (call.tenant, call.base);
    let is = |id: &str, address: &str| id.eq_ignore_ascii_case(key) || address.eq_ignore_ascii_case(key);
    let room = tenant
        .rooms
        .iter()
        .find(|room| !room.hidden && is(&room.place_id, &room.address));
    let list = tenant
        .lists
        .iter()
        .find(|list| is(&crate::ids::guid(&list.address), &list.address));
    let (kind, found) = match (room, list) {
        (Some(room), _) => ("#microsoft.graph.room", room_json(room)),
        (None, Some(list)) => ("#microsoft.graph.roomList", list_json(list)),
        (None, None) => return unknown(tenant.unknown_place, key),
    };
    let mut whole = Map::new();
    whole.insert(
        "@odata.context".to_owned(),
        json!(format!("{base}/$metadata#places/$entity")),
    );
    whole.insert("@odata.type".to_owned(), json!(kind));
    if let Value::Object(fields) = call.request.selected(&found) {
        whole.extend(fields);
    }
    Answer::json(&Value::Object(whole))
}

/// A page of a list: by default a hundred items, with a nextLink unless the tenant gives none.
fn listing<T>(
    call: &Call<'_>,
    items: &[&T],
    json_of: fn(&T) -> Value,
    context: &str,
) -> Result<Answer, Answer> {
    let (tenant, base, request) = (call.tenant, call.base, call.request);
    let top = request.number("$top")?;
    let size = top.unwrap_or(tenant.places_page);
    let skip = request.number("$skip")?.unwrap_or(0);
    let page = page(request, items.len(), skip, size);
    request.check_page(top, size, page.to - page.from)?;
    let mut shown: Vec<Value> = items
        .get(page.from..page.to)
        .unwrap_or_default()
        .iter()
        .map(|item| request.selected(&json_of(item)))
        .collect();
    if request.fault == Some(Fault::ReplayedItems) {
        shown.extend(shown.clone());
    }
    let mut body = Map::new();
    body.insert(
        "@odata.context".to_owned(),
        json!(format!("{base}/$metadata#{context}")),
    );
    if request.parameter("$count") == Some("true") {
        body.insert("@odata.count".to_owned(), json!(items.len()));
    }
    if let Some(next) = page.next.filter(|_| tenant.next_links) {
        body.insert("@odata.nextLink".to_owned(), json!(format!("{base}{next}")));
    }
    body.insert("value".to_owned(), Value::Array(shown));
    Ok(Answer::json(&Value::Object(body)))
}

fn unknown(form: UnknownPlace, key: &str) -> Answer {
    match form {
        UnknownPlace::InvalidPlaceInMessage => {
            let inner = json!({"code": "invalid_place", "message": format!("place in {key} not found"), "target": null});
            Answer::error(404, "UnknownError", &inner.to_string())
        }
        UnknownPlace::ItemNotFound | UnknownPlace::EmptyList => Answer::error(
            404,
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        ),
        UnknownPlace::EmptyCode => Answer::error(404, "", ""),
    }
}

fn room_json(room: &Room) -> Value {
    json!({
        "id": room.place_id.to_uppercase(),
        "placeId": room.place_id,
        "emailAddress": room.address,
        "displayName": room.name,
        "nickname": room.name,
        "address": null,
        "geoCoordinates": null,
        "phone": "",
        "label": null,
        "building": room.building,
        "floorNumber": room.floor,
        "floorLabel": null,
        "capacity": room.capacity,
        "bookingType": "standard",
        "audioDeviceName": null,
        "videoDeviceName": null,
        "displayDeviceName": null,
        "isWheelChairAccessible": false,
        "tags": [],
    })
}

fn list_json(list: &RoomList) -> Value {
    let id = crate::ids::guid(&list.address);
    json!({
        "id": id.to_uppercase(),
        "placeId": id,
        "emailAddress": list.address,
        "displayName": list.name,
        "address": null,
        "geoCoordinates": null,
        "phone": "",
        "tags": [],
    })
}
