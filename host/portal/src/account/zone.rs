//! Keeps in which time zone someone reads the pages: in a cookie, so that it stays after the session.

use axum::Extension;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse as _;
use tower_sessions::Session;

use crate::fault::Answer;
use crate::fields::Fields;
use crate::next;
use crate::portal::see;
use crate::reader::{COOKIE_NAME, OWN};
use crate::session;
use crate::zone::Zone;

/// How long browsers keep the choice, in seconds: a year.
const KEPT: u32 = 31_536_000;

/// Keeps the choice in the cookie and returns to the page.
pub(super) async fn choose(session: Session, Extension(fields): Extension<Fields>) -> Answer {
    let chosen = fields
        .given("quick")
        .unwrap_or_else(|| fields.text("zone").trim());
    let (follows, name) = match chosen.strip_prefix(OWN) {
        Some(name) => (OWN, name),
        None => ("", chosen),
    };
    let back = see(&next::page(fields.text("next")));
    let Some(zone) = Zone::named(name) else {
        let notice = format!("“{name}” is not a time zone. Use a name such as Europe/Berlin.");
        session::notify(&session, notice).await?;
        return Ok(back);
    };
    let cookie = format!(
        "{COOKIE_NAME}={follows}{}; Path=/; SameSite=Lax; Max-Age={KEPT}",
        zone.name()
    );
    Ok(([(SET_COOKIE, cookie)], back).into_response())
}
