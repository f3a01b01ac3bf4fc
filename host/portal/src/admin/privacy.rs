//! **Subject visibility**: whether subjects of a source are shown, and purging those that are stored.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use maud::{Markup, html};
use tower_sessions::Session;

use super::{Segment, path};
use crate::api::{Purge, SourceSummary, Target};
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::Nav;
use crate::pages::elements::{Tone, badge, counted, foreign};
use crate::portal::{Portal, see, show};
use crate::session::{self, Signed};

/// The page.
pub(super) async fn page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let source = portal.backend.source(&name).await?;
    let base = path(&Target::Source(name));
    let content = html! {
        h1 { "Subject visibility" }
        p { "Applies to the meeting subjects of " a href=(base) { (foreign(&source.name)) } ". The audit log records each view of subjects." }
        (viewing(&source, &base, &signed.csrf))
        section.danger aria-labelledby="purge" {
            h2 #purge { "Purge subjects" }
            p {
                "Removes the stored subjects, including those in changes that wait for a sink. Subjects that were already delivered are \
                 not affected. While viewing is enabled, the next pass stores subjects again; to keep them out, disable viewing first."
            }
            details {
                summary { "Purge subjects" }
                p { "Subjects of meetings that passes no longer read are lost for good." }
                form.actions method="post" action={ (base) "/purge-subjects" } {
                    (token(&signed.csrf))
                    button.danger type="submit" { "Purge the subjects of " (foreign(&source.name)) }
                }
            }
        }
    };
    show(
        &session,
        &signed,
        Nav::Infrastructure,
        "Subject visibility",
        content,
    )
    .await
}

fn viewing(source: &SourceSummary, base: &str, csrf: &str) -> Markup {
    let (tone, word) = if source.viewing {
        (Tone::Passed, "enabled")
    } else {
        (Tone::Limited, "disabled")
    };
    html! {
        section.card aria-labelledby="viewing" {
            header { h2 #viewing { "Subject viewing" } (badge(tone, word)) }
            @if source.viewing {
                p { "Subjects of meetings that are not private appear in the portal and in exports, and are delivered to sinks." }
                p {
                    "If you disable viewing, the portal, exports and new deliveries omit subjects, and passes no longer store them. Subjects \
                     that are already stored stay in the store until they are collected again or purged."
                }
            } @else {
                p { "The portal, exports and new deliveries omit subjects, and passes do not store them." }
                p { "If you enable viewing, subjects of meetings that are not private appear in the portal and in exports, and are delivered to sinks." }
            }
            form.actions method="post" action={ (base) "/viewing" } {
                (token(csrf))
                input type="hidden" name="viewing" value=(!source.viewing);
                button.primary type="submit" { @if source.viewing { "Disable viewing" } @else { "Enable viewing" } }
            }
        }
    }
}

/// Enables or disables viewing.
pub(super) async fn set_viewing(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(name): Segment,
) -> Answer {
    let viewing = match fields.text("viewing") {
        "true" => true,
        "false" => false,
        _ => {
            return Err(Fault::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "This action is not possible",
                "The form does not say whether to enable or disable viewing.",
            ));
        }
    };
    portal
        .backend
        .set_viewing(&signed.account, &name, viewing)
        .await?;
    let word = if viewing { "enabled" } else { "disabled" };
    session::notify(&session, format!("Subject viewing {word}.")).await?;
    Ok(see(&format!("{}/privacy", path(&Target::Source(name)))))
}

/// Purges the stored subjects.
pub(super) async fn purge(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Segment(name): Segment,
) -> Answer {
    let changed = portal
        .backend
        .purge(&signed.account, &name, Purge::Subjects)
        .await?;
    let notice = format!("Removed the subjects of {}.", counted(changed, "meeting"));
    session::notify(&session, notice).await?;
    Ok(see(&format!("{}/privacy", path(&Target::Source(name)))))
}
