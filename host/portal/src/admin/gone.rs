//! The pages of a draft that is gone, because somebody else saved or discarded it: what happened, what was typed, and how to begin again.

use axum::http::StatusCode;
use maud::html;
use tower_sessions::Session;

use super::entered::entered;
use super::{details, path};
use crate::api::{BackendError, Form, Input, Target};
use crate::elements::token;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::layout::Nav;
use crate::pages::elements::foreign;
use crate::pages::sinks;
use crate::portal::{Portal, show};
use crate::session::Signed;

/// What a draft becomes when it is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    /// A source.
    Source,
    /// A sink.
    Sink,
}

impl Thing {
    fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }

    fn nav(self) -> Nav {
        match self {
            Self::Source => Nav::Infrastructure,
            Self::Sink => Nav::Sinks,
        }
    }

    /// The page that lists all of them, and the words of a link to it.
    fn list(self) -> (&'static str, &'static str) {
        match self {
            Self::Source => ("/infrastructure", "Go to the infrastructure"),
            Self::Sink => ("/sinks", "Go to the sinks"),
        }
    }

    /// The form that begins a new one, and its field for what the new one is of.
    fn beginning(self) -> (&'static str, &'static str) {
        match self {
            Self::Source => ("/infrastructure/new", "connector"),
            Self::Sink => ("/sinks/new", "kind"),
        }
    }

    /// The form of one of this kind; none if there is no such kind.
    async fn form(self, portal: &Portal, kind: &str) -> Result<Option<Form>, Fault> {
        match self {
            Self::Source => match portal.backend.source_form(kind).await {
                Ok(form) => Ok(Some(form)),
                Err(BackendError::NotFound(_) | BackendError::Refused(_)) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Self::Sink => {
                let kinds = portal.backend.sink_kinds().await?;
                Ok(kinds.into_iter().find(|form| form.connector == kind))
            }
        }
    }

    /// The form that edits the one of this name; none if there is none.
    async fn edit(self, portal: &Portal, name: &str) -> Result<Option<String>, Fault> {
        let overview = portal.backend.overview().await?;
        let (is_there, path) = match self {
            Self::Source => (
                overview.sources.iter().any(|source| source.name == name),
                path(&Target::Source(name.to_owned())),
            ),
            Self::Sink => (
                overview.sinks.iter().any(|sink| sink.state.name == name),
                sinks::path(name),
            ),
        };
        Ok(is_there.then(|| format!("{path}/edit")))
    }

    /// What was typed, as a page may show it.
    fn shown(self, portal: &Portal, kind: &str, input: Input) -> Input {
        match self {
            Self::Source => input,
            Self::Sink => portal.backend.without_secrets(kind, input),
        }
    }

    /// The page instead of one of a draft that is gone. Other errors stay as they are.
    pub(super) fn fault(self, error: BackendError) -> Fault {
        let BackendError::NotFound(_) = error else {
            return error.into();
        };
        let (list, words) = self.list();
        let word = self.word();
        let text = format!(
            "It was saved or discarded, perhaps by someone else, or nobody changed it for 30 days. \
            If it was saved, its {word} is in the list: edit the {word} there."
        );
        Fault::new(StatusCode::NOT_FOUND, "The draft is gone", text).back(list, words)
    }
}

/// The page instead of what could not be done with a target.
pub(super) fn undone(target: &Target, error: BackendError) -> Fault {
    match (target, &error) {
        (Target::Draft(_), BackendError::NotFound(_)) => Thing::Source.fault(error),
        _ => Fault::from(error).back(path(target), "Back"),
    }
}

/// The answer to a form of a draft that is gone: what was typed, without secrets, and how to begin again.
pub(super) async fn page(
    portal: &Portal,
    session: &Session,
    signed: &Signed,
    fields: &Fields,
    thing: Thing,
    error: BackendError,
) -> Answer {
    let kind = fields.text(details::KIND);
    let form = match &error {
        BackendError::NotFound(_) => thing.form(portal, kind).await?,
        _ => None,
    };
    let Some(form) = form else {
        return Err(thing.fault(error));
    };
    let input = thing.shown(portal, kind, details::read(&form, fields));
    let edit = thing.edit(portal, &input.name).await?;
    let (begin, field) = thing.beginning();
    let (list, to_list) = thing.list();
    let content = html! {
        h1 { "Not saved: the draft is gone" }
        p {
            "The draft was saved or discarded meanwhile, perhaps by someone else. What you entered is below, to copy what you still need. Secrets are not shown."
        }
        section.card aria-label="What you entered" {
            dl {
                @for (title, text) in entered(&form, &input) { dt { (foreign(&title)) } dd { (foreign(&text)) } }
            }
        }
        form method="post" action=(edit.as_deref().unwrap_or(begin)) {
            (token(&signed.csrf))
            input type="hidden" name=(field) value=(form.connector);
            div.actions {
                button.primary type="submit" { @if edit.is_some() { "Edit the " (thing.word()) " again" } @else { "Begin again" } }
                a.button href=(list) { (to_list) }
            }
        }
    };
    let mut page = show(session, signed, thing.nav(), "Not saved", content).await?;
    *page.status_mut() = StatusCode::NOT_FOUND;
    Ok(page)
}
