//! The form of a draft, built from what the connector asks for, and reading it back.

use maud::{Markup, html};
use secrecy::SecretString;

use super::overtaken::{Overtaken, made_from};
use super::problems::{has_field, problems, secret_key, setting_key};
use super::rows;
use super::sheet::Sheet;
use super::steps::Standing;
use super::{path, short};
use crate::api::{DraftView, FieldKind, Form, Input, Problem, Target, Typed};
use crate::elements::{summary, token};
use crate::fields::Fields;
use crate::pages::elements::{Tone, badge, foreign};

/// The field in which a form names its connector or kind of sink, for when the draft is gone.
pub(super) const KIND: &str = "kind";

/// Reads what was filled in, without secrets.
pub(super) fn read(form: &Form, fields: &Fields) -> Input {
    let plain = form.fields.iter().filter(|field| !field.kind.is_secret());
    let settings = plain.map(|field| {
        let key = setting_key(&field.key);
        let value = match field.kind {
            // A browser sends nothing for an unticked box.
            FieldKind::Toggle => fields.ticked(&key).to_string(),
            FieldKind::Rows(ref columns) => rows::read(field, columns, fields),
            _ => fields.text(&key).to_owned(),
        };
        (field.key.clone(), value)
    });
    Input {
        name: fields.text("name").trim().to_owned(),
        settings: settings.collect(),
        every: fields.text("every").trim().to_owned(),
        back: fields.text("back").trim().to_owned(),
        ahead: fields.text("ahead").trim().to_owned(),
        grants: fields.text("grants").to_owned(),
        client_id: fields.text("client-id").trim().to_owned(),
    }
}

/// What was filled in, and the secrets that were typed.
pub(super) fn filled_in(form: &Form, fields: &Fields) -> (Input, Typed) {
    (read(form, fields), typed(form, fields))
}

/// The secrets that were typed.
fn typed(form: &Form, fields: &Fields) -> Typed {
    let application = ["client-secret", "certificate", "certificate-password"]
        .into_iter()
        .filter(|_| form.signs_in)
        .map(|name| (name.to_owned(), fields.given(name)));
    let asked = form
        .secrets
        .iter()
        .map(|need| (need.name.clone(), fields.given(&secret_key(&need.name))));
    let set = form.fields.iter().filter(|field| field.kind.is_secret());
    let set = set.map(|field| (field.key.clone(), fields.given(&setting_key(&field.key))));
    application
        .chain(asked)
        .chain(set)
        .filter_map(|(name, value)| Some((name, SecretString::from(value?))))
        .collect()
}

/// The section. `is_doubted`: whether the client secret is questioned. `overtaken`: what came between, if the draft is shown as it was typed.
pub(super) fn section(
    draft: &DraftView,
    standing: &Standing,
    is_doubted: bool,
    overtaken: Option<&Overtaken>,
    csrf: &str,
) -> Markup {
    let problems = problems(draft);
    let shown: Vec<&Problem> = problems.iter().filter(|_| draft.touched).collect();
    let sheet = Sheet {
        filled: draft.into(),
        problems: &shown,
        is_doubted,
    };
    let base = path(&Target::Draft(draft.id.clone()));
    html! {
        section #details aria-labelledby="details-heading" {
            details open[standing.is_open] {
                summary {
                    h2 #details-heading { (foreign(short(&draft.form.title))) " host details" }
                    @if draft.touched && draft.problems.is_empty() && overtaken.is_none() { " " (badge(Tone::Passed, "saved")) }
                }
                div {
                    (summary(&shown, |key| has_field(&draft.form, key)))
                    form method="post" action={ (base) "/details" } autocomplete="off" novalidate data-check={ (base) "/check" }
                        data-touched[draft.touched] data-changed[overtaken.is_some()] {
                        (token(csrf))
                        (made_from(&draft.input, overtaken))
                        input type="hidden" name=(KIND) value=(draft.form.connector);
                        (sheet.name("The name of the source", "contoso"))
                        (sheet.usual())
                        @if draft.form.signs_in { (sheet.application()) }
                        (sheet.secrets())
                        (sheet.advanced())
                        (sheet.collection())
                        (sheet.network())
                        div.actions {
                            button class=[standing.primary()] type="submit" { "Save details" }
                        }
                    }
                }
            }
        }
    }
}
