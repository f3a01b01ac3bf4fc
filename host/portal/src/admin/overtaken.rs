//! Two browsers may show one draft. A form names the draft that it was made from, so that nobody overwrites unseen what was entered elsewhere.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use sha2::{Digest as _, Sha256};

use super::entered::differing;
use crate::api::{BackendError, Form, Input};
use crate::fields::Fields;
use crate::pages::elements::foreign;

/// Why what was filled in is not kept.
pub(super) enum Unkept {
    /// Something else was entered elsewhere.
    Overtaken(Overtaken),
    /// The program refused or failed.
    Failed(BackendError),
}

impl From<BackendError> for Unkept {
    fn from(error: BackendError) -> Self {
        Self::Failed(error)
    }
}

/// The field with the mark of what the draft held when the form was made.
const MADE_FROM: &str = "made-from";

/// How the page of a draft is shown.
#[derive(Clone, Copy)]
pub(super) enum Shown<'a> {
    /// With what it holds.
    AsItIs,
    /// With what it holds, and why it was not saved.
    Refused(&'a str),
    /// With what was typed, which is not kept yet.
    Overtaken(&'a Overtaken),
}

impl<'a> Shown<'a> {
    /// What came between the form and the draft, if something did.
    pub(super) fn overtaken(self) -> Option<&'a Overtaken> {
        match self {
            Self::Overtaken(overtaken) => Some(overtaken),
            Self::AsItIs | Self::Refused(_) => None,
        }
    }

    /// Why nothing was saved, if something was to be.
    pub(super) fn notice(self) -> Markup {
        html! {
            @match self {
                Self::AsItIs => {}
                Self::Refused(why) => div.problems role="alert" { p { strong { "Not saved: " } (foreign(why)) } },
                Self::Overtaken(overtaken) => (overtaken.notice()),
            }
        }
    }

    /// The status of the page.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::AsItIs => StatusCode::OK,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Overtaken(_) => StatusCode::CONFLICT,
        }
    }
}

/// A form that was made from a draft that holds something else by now.
pub(super) struct Overtaken {
    /// What was typed into it.
    pub(super) typed: Input,
    /// The mark of what the draft holds now, which has been shown then.
    mark: String,
    /// The titles of the fields that differ, each with what the draft holds there.
    held: Vec<(String, String)>,
    /// Whether secrets were typed, which no page repeats.
    had_secrets: bool,
}

/// The mark of what is filled in: another one for anything else.
fn mark(input: &Input) -> String {
    let parts = (
        [&input.name, &input.every, &input.back, &input.ahead],
        [&input.grants, &input.client_id],
        &input.settings,
    );
    // Texts and a map of texts are always written.
    let written = serde_json::to_vec(&parts).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(Sha256::digest(written))
}

/// The field of a form that names what the draft holds.
pub(super) fn made_from(held: &Input, overtaken: Option<&Overtaken>) -> Markup {
    let mark = overtaken.map_or_else(|| mark(held), |overtaken| overtaken.mark.clone());
    html! { input type="hidden" name=(MADE_FROM) value=(mark); }
}

impl Overtaken {
    /// What to tell about a form that was sent; none if the draft is as the form was made from it, or was filled in alike.
    pub(super) fn find(
        form: &Form,
        fields: &Fields,
        held: &Input,
        typed: &Input,
        had_secrets: bool,
    ) -> Option<Self> {
        let mark = mark(held);
        if fields.given(MADE_FROM).is_none_or(|made_from| made_from == mark) {
            return None;
        }
        let held = differing(form, held, typed);
        (!held.is_empty()).then(|| Self {
            typed: typed.clone(),
            mark,
            held,
            had_secrets,
        })
    }

    /// What happened, and what to do.
    fn notice(&self) -> Markup {
        html! {
            div.problems role="alert" {
                p {
                    strong { "Not saved yet: the draft has changed since you opened this page. " }
                    "Somebody else, or you in another window, entered something different. What you typed is still in the form. \
                    To put it in place of what the draft holds, save again."
                }
                p { "The draft differs from the form in:" }
                dl {
                    @for (title, text) in &self.held {
                        dt { (foreign(title)) }
                        dd { @if text.is_empty() { "empty in the draft" } @else { "in the draft: " (foreign(text)) } }
                    }
                }
                @if self.had_secrets { p { "Secrets that you typed were not kept. Type them again." } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fake;

    fn input(name: &str, tenant: &str) -> Input {
        Input {
            name: name.into(),
            settings: [("tenant".to_owned(), tenant.to_owned())].into(),
            ..Input::default()
        }
    }

    fn found(made_from: &str, held: &Input, typed: &Input) -> Option<Vec<(String, String)>> {
        let fields = Fields::parse(format!("{MADE_FROM}={made_from}").as_bytes()).unwrap();
        Overtaken::find(&fake::form(), &fields, held, typed, false).map(|overtaken| overtaken.held)
    }

    #[test]
    fn only_what_was_entered_elsewhere_meanwhile_is_told() {
        let (before, elsewhere, typed) = (
            input("hq", ""),
            input("hq", "contoso.example"),
            input("hq", "fabrikam.example"),
        );
        let told = Some(vec![("Tenant".to_owned(), "contoso.example".to_owned())]);
        assert_eq!(found(&mark(&before), &elsewhere, &typed), told);
        assert_eq!(found(&mark(&before), &before, &typed), None);
        // Both entered the same.
        assert_eq!(found(&mark(&before), &typed, &typed), None);
        // A page from before an update has no mark.
        assert_eq!(found("", &elsewhere, &typed), None);
        assert_eq!(
            found(&mark(&elsewhere), &before, &elsewhere),
            Some(vec![("Tenant".to_owned(), String::new())])
        );
    }
}
