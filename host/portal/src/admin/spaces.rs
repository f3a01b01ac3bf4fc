//! **Device spaces**: which rooms they belong to. An administrator joins a space to a room, after a question, and separates them again.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use maud::{Markup, html};
use tower_sessions::Session;

use crate::api::{JoinedBy, RoomName, SpaceChoice, SpaceId};
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::Nav;
use crate::pages;
use crate::pages::elements::{foreign, link, plain, short_name};
use crate::pages::spaces::{naming, room_name};
use crate::portal::{Portal, see, show};
use crate::session::{self, Signed};

/// The page.
const PAGE: &str = "/spaces";

/// All spaces, and the rooms without one.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = pages::spaces::query(query.as_deref().unwrap_or_default());
    let view = portal.backend.spaces(&query).await?;
    let overview = portal.backend.overview().await?;
    let sources: Vec<String> = overview.sources.into_iter().map(|source| source.name).collect();
    let content = pages::spaces::spaces(&view, &query, &sources, &signed.csrf);
    show(&session, &signed, Nav::Joins, "Device spaces", content).await
}

/// The question whether to join a space to a room: to the one that the address names, or to one from a list.
pub(super) async fn choose(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let asked = Fields::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    let choice = portal.backend.space(&named(&asked)).await.map_err(back)?;
    let room = asked
        .given("room")
        .and_then(|room| choice.rooms.iter().find(|known| known.address == room));
    let content = question(&choice, room, &signed.csrf);
    show(&session, &signed, Nav::Joins, "Join a space to a room", content).await
}

/// Joins a space to a room.
pub(super) async fn join(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let (space, room) = (named(&fields), fields.text("room"));
    portal
        .backend
        .join(&signed.account, room, &space)
        .await
        .map_err(back)?;
    session::notify(&session, format!("{} now belongs to {room}.", space.key)).await?;
    Ok(see(PAGE))
}

/// Separates a space from a room.
pub(super) async fn separate(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Answer {
    let (space, room) = (named(&fields), fields.text("room"));
    portal
        .backend
        .separate(&signed.account, room, &space)
        .await
        .map_err(back)?;
    let notice = format!("The configuration of {room} no longer names {}.", space.key);
    session::notify(&session, notice).await?;
    Ok(see(PAGE))
}

fn named(fields: &Fields) -> SpaceId {
    SpaceId {
        source: fields.text("source").to_owned(),
        key: fields.text("key").to_owned(),
    }
}

fn back(error: crate::api::BackendError) -> Fault {
    Fault::from(error).back(PAGE, "Back to the spaces")
}

fn question(choice: &SpaceChoice, room: Option<&RoomName>, csrf: &str) -> Markup {
    let row = &choice.space;
    let space = &row.space;
    let id = SpaceId {
        source: space.source.clone(),
        key: space.key.clone(),
    };
    let other = link("/spaces/choose", &[("source", &id.source), ("key", &id.key)]);
    html! {
        h1 {
            "Join " (foreign(if space.name.is_empty() { &space.key } else { &space.name })) " to "
            @match room {
                Some(room) => { (foreign(room.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&room.address))) }
                None => { "a room" }
            }
            "?"
        }
        section.card {
            dl {
                dt { "Space" } dd { (foreign(&space.key)) }
                dt { "Source" } dd { (foreign(&space.source)) }
                @if let Some(address) = &space.address { dt { "Its address" } dd { (foreign(address)) } }
                @if let Some(building) = &space.building { dt { "Its building" } dd { (short_name(building)) } }
                @if !row.rooms.is_empty() {
                    dt { "Belongs to" }
                    dd { ul { @for room in &row.rooms { li { (room_name(room)) } } } }
                }
                @if let Some(room) = room { dt { "Room" } dd { (room_name(room)) } }
            }
            @match row.by {
                Some(JoinedBy::Configuration) => { p { "It stays with the rooms above and belongs to the new one as well, as the space of a divided room does." } }
                Some(JoinedBy::Address) => { p { "It belongs to the room above by its address. A room that names it takes the place of that." } }
                None => { p { "All that the devices reported so far then belongs to the room too." } }
            }
            form method="post" action="/spaces/join" {
                (token(csrf))
                (naming(&id, room.map(|room| room.address.as_str())))
                @if room.is_none() {
                    div.field {
                        label for="room" { "Room" }
                        select #room name="room" required {
                            option value="" { "choose" }
                            @for room in &choice.rooms {
                                option value=(room.address) {
                                    @match room.name.as_deref().filter(|name| !name.is_empty()) {
                                        Some(name) => { (plain(name)) " (" (plain(&room.address)) ")" }
                                        None => { (plain(&room.address)) }
                                    }
                                }
                            }
                        }
                    }
                }
                div.actions {
                    button.primary type="submit" { "Join" }
                    a.button href=(PAGE) { "Cancel" }
                    @if room.is_some() { a href=(other) { "Choose another room" } }
                }
            }
        }
    }
}
