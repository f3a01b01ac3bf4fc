//! Spaces: those without a room first, each with the room that is proposed, then rooms without a space, then those that are joined.

use maud::{Markup, html};
use url::form_urlencoded;

use super::elements::{
    Tone, badge, counted, link, number, outcome, plain, short_name, source_field, text_field,
};
use crate::api::{JoinedBy, RoomName, Rows, SpaceId, SpacePart, SpaceQuery, SpaceRow, Spaces};

/// Rows of each part on one page, which has three parts.
const PAGE: u64 = 25;
/// The parts in the query of an address.
const PARTS: [(&str, SpacePart); 3] = [
    ("alone", SpacePart::Alone),
    ("empty", SpacePart::Empty),
    ("joined", SpacePart::Joined),
];

/// Reads the query of an address. Ignores what it does not understand.
pub(crate) fn query(raw_query: &str) -> SpaceQuery {
    let mut query = SpaceQuery {
        limit: PAGE,
        ..SpaceQuery::default()
    };
    for (key, value) in form_urlencoded::parse(raw_query.as_bytes()) {
        let value = value.trim();
        let given = (!value.is_empty()).then(|| value.to_owned());
        match key.as_ref() {
            "source" => query.source = given,
            "text" => query.text = given,
            "part" => {
                query.part = PARTS
                    .iter()
                    .find(|(word, _)| *word == value)
                    .map(|(_, part)| *part)
            }
            "skip" => query.skip = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    query
}

/// The page. `sources` are the choices of the filter.
pub(crate) fn spaces(view: &Spaces, query: &SpaceQuery, sources: &[String], csrf: &str) -> Markup {
    let nothing = view.alone.total == 0 && view.joined.total == 0;
    let filtered = query.source.is_some() || query.text.is_some();
    html! {
        h1 { "Device spaces" }
        (filter(query, sources))
        p.muted {
            "A space is a room as a source of device reports knows it. It belongs to the rooms that name it in the configuration; \
             if none does, to the room whose calendar address it has."
        }
        @if nothing && !filtered {
            section.card.empty {
                h2 { "No spaces yet" }
                p { "Spaces appear when a source that reads what devices report was collected, or its records were imported. " a href="/" { "View sources" } }
            }
        }
        @if view.alone.total > 0 { (alone(&view.alone, query)) }
        @if !nothing && view.empty.total > 0 { (empty(&view.empty, query)) }
        @if view.joined.total > 0 { (joined(&view.joined, query, csrf)) }
        @if view.unknown.total > 0 { (unknown(&view.unknown, csrf)) }
        @if filtered && nothing && view.empty.total == 0 {
            section.card.empty {
                p { "No spaces match these filters." }
                p.actions { a href="/spaces" { "Show all spaces" } }
            }
        }
    }
}

fn filter(query: &SpaceQuery, sources: &[String]) -> Markup {
    html! {
        form.filter method="get" action="/spaces" role="search" {
            (source_field("Source of the spaces", sources, query.source.as_ref()))
            (text_field("name, key or address", query.text.as_deref()))
            div.actions { button type="submit" { "Show" } }
        }
    }
}

fn alone(rows: &Rows<SpaceRow>, query: &SpaceQuery) -> Markup {
    html! {
        section aria-labelledby="alone" {
            h2 #alone { "Spaces without a room" }
            p.muted { (shown(rows, query, SpacePart::Alone, "space")) ". What devices report there is compared with bookings once the space is joined to a room." }
            div.table {
                table.stack.dense.spaces {
                    thead { tr { th { "Space" } th { "Source" } th { "Reports" } th { "Outcome" } th { "Room of the same name" } th { "Action" } } }
                    tbody {
                        @for row in &rows.rows {
                            tr {
                                (name(row)) (about(row))
                                td data-label="Same name" { @if let Some(room) = &row.proposal { (room_name(room)) } }
                                td data-label="Action" {
                                    @if let Some(room) = &row.proposal {
                                        a.button href=(choose(row, Some(room))) { "Join" } " "
                                    }
                                    a href=(choose(row, None)) { "Choose a room" }
                                }
                            }
                        }
                    }
                }
            }
            (paging(rows, query, SpacePart::Alone))
        }
    }
}

fn empty(rows: &Rows<RoomName>, query: &SpaceQuery) -> Markup {
    html! {
        section aria-labelledby="empty" {
            h2 #empty { "Rooms without a space" }
            p.muted { (shown(rows, query, SpacePart::Empty, "room")) ". Without a space, the use of a room is unknown." }
            div.table {
                table.stack.dense.spaces {
                    thead { tr { th { "Room" } th { "Address" } } }
                    tbody {
                        @for room in &rows.rows {
                            tr {
                                th scope="row" { (short_name(room.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&room.address))) }
                                td data-label="Address" { (short_name(&room.address)) }
                            }
                        }
                    }
                }
            }
            (paging(rows, query, SpacePart::Empty))
        }
    }
}

fn joined(rows: &Rows<SpaceRow>, query: &SpaceQuery, csrf: &str) -> Markup {
    html! {
        section aria-labelledby="joined" {
            h2 #joined { "Joined spaces" }
            p.muted { (shown(rows, query, SpacePart::Joined, "space")) "." }
            div.table {
                table.stack.dense.spaces {
                    thead { tr { th { "Space" } th { "Source" } th { "Reports" } th { "Outcome" } th { "Rooms" } th { "Joined by" } th { "Action" } } }
                    tbody {
                        @for row in &rows.rows {
                            tr {
                                (name(row)) (about(row))
                                td data-label="Rooms" {
                                    @for (index, room) in row.rooms.iter().enumerate() {
                                        @if index > 0 { br; }
                                        (room_name(room))
                                    }
                                }
                                td data-label="Joined by" { (by(row)) }
                                td data-label="Action" { (actions(row, csrf)) }
                            }
                        }
                    }
                }
            }
            (paging(rows, query, SpacePart::Joined))
        }
    }
}

fn unknown(rows: &Rows<(String, SpaceId)>, csrf: &str) -> Markup {
    html! {
        section aria-labelledby="unknown" {
            h2 #unknown { "Named, but unknown" }
            p.muted { "The configuration names these spaces, and no source knows them: their key is misspelt, or they were not collected yet." }
            div.table {
                table.stack.dense.spaces {
                    thead { tr { th { "Space" } th { "Named by" } th { "Action" } } }
                    tbody {
                        @for (room, space) in &rows.rows {
                            tr {
                                th scope="row" { (short_name(&space.to_string())) }
                                td data-label="Named by" { (short_name(room)) }
                                td data-label="Action" { (separate(space, room, "Separate", csrf)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The first cell of a space.
fn name(row: &SpaceRow) -> Markup {
    let space = &row.space;
    html! {
        th scope="row" {
            (short_name(if space.name.is_empty() { &space.key } else { &space.name }))
            @if !space.name.is_empty() { br; small.muted { (short_name(&space.key)) } }
            @if let Some(address) = &space.address { br; small.muted { (short_name(address)) } }
        }
    }
}

/// The cells about source, kinds and outcome.
fn about(row: &SpaceRow) -> Markup {
    let space = &row.space;
    let kinds: Vec<&str> = space.kinds.iter().map(|kind| kind.as_str()).collect();
    html! {
        td data-label="Source" { (short_name(&space.source)) }
        td data-label="Reports" { (kinds.join(", ")) }
        td.outcome data-label="Outcome" {
            @if space.listed { (outcome(space.outcome.as_deref())) } @else { (badge(Tone::Limited, "not listed")) }
        }
    }
}

/// A room's name and address.
pub(crate) fn room_name(room: &RoomName) -> Markup {
    html! {
        @match room.name.as_deref() {
            Some("") => { (short_name(&room.address)) }
            Some(name) => { (short_name(name)) " " small.muted { (short_name(&room.address)) } }
            None => { (short_name(&room.address)) " " small.muted { "no source lists this room" } }
        }
    }
}

/// Why a space belongs to its rooms, and whether that is doubtful.
fn by(row: &SpaceRow) -> Markup {
    html! {
        @match row.by {
            Some(JoinedBy::Configuration) => { "the configuration" }
            Some(JoinedBy::Address) => { "the address" }
            None => {}
        }
        @if let Some(agreement) = row.agreement.filter(|agreement| agreement.is_doubtful()) {
            br; (badge(Tone::Warning, &format!("doubtful: {}", agreement.words())))
        }
    }
}

fn actions(row: &SpaceRow, csrf: &str) -> Markup {
    html! {
        @if row.by == Some(JoinedBy::Configuration) {
            @for room in &row.rooms {
                @let words = if row.rooms.len() > 1 { format!("Separate from {}", plain(&room.address)) } else { "Separate".to_owned() };
                (separate(&id(row), &room.address, &words, csrf))
            }
        }
        a href=(choose(row, None)) { @if row.by == Some(JoinedBy::Configuration) { "Add a room" } @else { "Choose another room" } }
    }
}

fn separate(space: &SpaceId, room: &str, words: &str, csrf: &str) -> Markup {
    html! {
        form method="post" action="/spaces/separate" {
            input type="hidden" name="csrf" value=(csrf);
            (naming(space, Some(room)))
            button type="submit" { (words) }
        }
    }
}

/// The hidden fields that name a space, and a room if one is given.
pub(crate) fn naming(space: &SpaceId, room: Option<&str>) -> Markup {
    html! {
        input type="hidden" name="source" value=(space.source);
        input type="hidden" name="key" value=(space.key);
        @if let Some(room) = room { input type="hidden" name="room" value=(room); }
    }
}

fn id(row: &SpaceRow) -> SpaceId {
    SpaceId {
        source: row.space.source.clone(),
        key: row.space.key.clone(),
    }
}

/// The page that asks whether to join.
fn choose(row: &SpaceRow, room: Option<&RoomName>) -> String {
    link(
        "/spaces/choose",
        &[
            ("source", &row.space.source),
            ("key", &row.space.key),
            ("room", room.map_or("", |room| &room.address)),
        ],
    )
}

/// How many rows of a part were skipped.
fn skipped(query: &SpaceQuery, part: SpacePart) -> u64 {
    if query.part == Some(part) { query.skip } else { 0 }
}

fn count<T>(rows: &Rows<T>) -> u64 {
    u64::try_from(rows.rows.len()).unwrap_or(u64::MAX)
}

/// `Spaces 101 to 145 of 145`.
fn shown<T>(rows: &Rows<T>, query: &SpaceQuery, part: SpacePart, word: &str) -> String {
    let count = count(rows);
    if count == rows.total {
        return counted(rows.total, word);
    }
    let skipped = skipped(query, part);
    format!(
        "{} to {} of {}",
        number(skipped.saturating_add(1)),
        number(skipped.saturating_add(count)),
        counted(rows.total, word)
    )
}

fn paging<T>(rows: &Rows<T>, query: &SpaceQuery, part: SpacePart) -> Markup {
    let word = PARTS
        .iter()
        .find(|(_, known)| *known == part)
        .map_or("", |(word, _)| word);
    let page = |skip: u64| {
        let skip = if skip == 0 {
            String::new()
        } else {
            skip.to_string()
        };
        let pairs = [
            ("source", query.source.as_deref().unwrap_or_default()),
            ("text", query.text.as_deref().unwrap_or_default()),
            ("part", word),
            ("skip", &skip),
        ];
        format!("{}#{word}", link("/spaces", &pairs))
    };
    let skipped = skipped(query, part);
    let next = skipped.saturating_add(count(rows));
    // From beyond the end, "Previous" leads to the last page.
    let previous = skipped.min(rows.total).saturating_sub(PAGE);
    html! {
        nav.paging aria-label={ "Pages of this part: " (word) } {
            @if skipped > 0 { a rel="prev" href=(page(previous)) { "Previous" } }
            @if next < rows.total { a rel="next" href=(page(next)) { "Next" } }
        }
    }
}

#[cfg(test)]
mod tests;
