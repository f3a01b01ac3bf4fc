//! What a pass reads one by one, rooms or spaces. The same is kept of both, in tables of their own: statements about them are written once.

use collector_model::pass::Places;

/// Puts into a statement the table of places (`{place}`, which is also how other tables call its number), its column of names (`{name}`), and the
/// table of attempts (`{attempt}`).
pub(crate) fn statement(places: Places, text: &str) -> String {
    let (place, name, attempt) = match places {
        Places::Rooms => ("room", "address", "attempt"),
        Places::Spaces => ("space", "key", "space_attempt"),
    };
    text.replace("{place}", place)
        .replace("{name}", name)
        .replace("{attempt}", attempt)
}
