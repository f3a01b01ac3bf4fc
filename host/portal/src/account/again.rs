//! What the script asks before it sends a form, so that nothing that was typed is lost if the session has ended, and the page to which one signs in
//! again for that.

use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use maud::html;
use serde_json::json;
use tower_sessions::Session;

use crate::fault::Answer;
use crate::layout::Nav;
use crate::portal::show;
use crate::session::Signed;

/// Who is signed in, and the token that forms of the session carry, which each of its pages has, too.
pub(super) async fn session(Extension(signed): Extension<Signed>) -> Answer {
    let body = json!({ "account": signed.account, "csrf": signed.csrf }).to_string();
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// The page after signing in again.
pub(super) async fn page(session: Session, Extension(signed): Extension<Signed>) -> Answer {
    let content = html! {
        h1 { "Signed in again" }
        p { "Go back to the tab with your form. What you entered is still there; nothing was sent yet. You can close this tab." }
    };
    show(&session, &signed, Nav::None, "Signed in again", content).await
}
