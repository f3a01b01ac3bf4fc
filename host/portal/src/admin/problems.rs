//! What is wrong with the form of a draft, in the words of the form: its fields have labels, and the program's problems name keys.

use std::collections::BTreeMap;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use collector_model::text::capitalized;
use serde_json::json;

use crate::api::{
    DraftOrigin, DraftView, Field, FieldKind, Form, Input, Problem, REFRESH_TOKEN, SinkDraftView, cell_key,
    cell_of, rows,
};
use crate::elements::field_id;
use crate::pages::elements::counted;

/// A form with what was filled in, and what the program says about that.
#[derive(Clone, Copy)]
pub(super) struct Filled<'a> {
    /// The form.
    pub(super) form: &'a Form,
    /// What was filled in, without secrets.
    pub(super) input: &'a Input,
    /// The stored secrets, and where each is.
    pub(super) secrets: &'a BTreeMap<String, String>,
    /// The problems in the program's words.
    problems: &'a [Problem],
    /// Whether it is about something new.
    is_new: bool,
}

impl<'a> From<&'a DraftView> for Filled<'a> {
    fn from(draft: &'a DraftView) -> Self {
        Self {
            form: &draft.form,
            input: &draft.input,
            secrets: &draft.secrets,
            problems: &draft.problems,
            is_new: matches!(draft.origin, DraftOrigin::New { .. }),
        }
    }
}

impl<'a> From<&'a SinkDraftView> for Filled<'a> {
    fn from(draft: &'a SinkDraftView) -> Self {
        Self {
            form: &draft.form,
            input: &draft.input,
            secrets: &draft.secrets,
            problems: &draft.problems,
            is_new: draft.before.is_none(),
        }
    }
}

/// The fields about the collection: key, label, help, example.
pub(super) const COLLECTION: [(&str, &str, &str, &str); 3] = [
    (
        "every",
        "Collect every",
        "How often the source is collected.",
        "5m",
    ),
    (
        "back",
        "How far back",
        "How far the window reaches into the past.",
        "1d",
    ),
    (
        "ahead",
        "How far ahead",
        "How far the window reaches into the future.",
        "14d",
    ),
];

/// A setting's name in the form, and in problems.
pub(super) fn setting_key(key: &str) -> String {
    format!("settings.{key}")
}

/// A secret's name in the form and in problems. Those of an application have no prefix.
pub(super) fn secret_key(name: &str) -> String {
    format!("secrets.{name}")
}

/// What the form calls a secret that the connector asks for: `refresh-token` is its *Refresh token*.
pub(super) fn secret_label(name: &str) -> String {
    capitalized(&name.replace(['-', '_'], " "))
}

/// The labels of all fields of the form, by name, in their order.
fn labels(form: &Form) -> Vec<(String, String)> {
    let fixed = |key: &str, label: &str| (key.to_owned(), label.to_owned());
    let settings = |is_advanced: bool| {
        form.fields
            .iter()
            .filter(move |field| field.advanced == is_advanced)
            .map(|field| (setting_key(&field.key), field.title.clone()))
    };
    let application = [
        fixed("client-id", "Client ID"),
        fixed("client-secret", "Client secret"),
        fixed("certificate", "Certificate"),
        fixed("certificate-password", "Certificate password"),
    ];
    let secrets = form
        .secrets
        .iter()
        .map(|need| (secret_key(&need.name), secret_label(&need.name)));
    let (in_place, others): (Vec<_>, Vec<_>) =
        secrets.partition(|(key, _)| form.refreshes() && *key == secret_key(REFRESH_TOKEN));
    // Instead of a certificate.
    let application: Vec<_> = match form.refreshes() {
        true => application.into_iter().take(2).chain(in_place).collect(),
        false => application.into(),
    };
    std::iter::once(fixed("name", "Name"))
        .chain(settings(false))
        .chain(application.into_iter().filter(|_| form.signs_in))
        .chain(others)
        .chain(settings(true))
        .chain(COLLECTION.iter().map(|(key, label, ..)| fixed(key, label)))
        .chain([fixed("grants", "Allowed origins")])
        .collect()
}

/// Whether the form has a field of this name.
pub(super) fn has_field(form: &Form, key: &str) -> bool {
    labels(form).iter().any(|(known, _)| known == key) || cell(form, key).is_some()
}

/// A cell of a setting with rows: its setting, row and column.
fn cell<'a>(form: &'a Form, key: &str) -> Option<(&'a Field, usize, &'a Field)> {
    let (setting, row, column) = cell_of(key)?;
    form.fields.iter().find_map(|field| {
        let column = columns(field).iter().find(|known| known.key == column)?;
        (setting_key(&field.key) == setting).then_some((field, row, column))
    })
}

fn columns(field: &Field) -> &[Field] {
    match &field.kind {
        FieldKind::Rows(columns) => columns,
        _ => &[],
    }
}

/// The first column of a setting with rows; none if there is no such setting of this name.
fn first_column<'a>(form: &'a Form, key: &str) -> Option<&'a Field> {
    let field = form.fields.iter().find(|field| setting_key(&field.key) == key)?;
    columns(field).first()
}

/// What the form calls the field of a problem.
fn label(form: &Form, labels: &[(String, String)], key: &str) -> Option<String> {
    let whole = labels.iter().find(|(known, _)| known == key);
    whole.map(|(_, label)| label.clone()).or_else(|| {
        let (field, row, column) = cell(form, key)?;
        Some(cell_label(field, row, column))
    })
}

/// What the form calls a cell of a setting with rows.
pub(super) fn cell_label(field: &Field, row: usize, column: &Field) -> String {
    format!("{} in row {} of {}", column.title, row + 1, field.title)
}

/// All that is wrong, in the order of the form and in its words.
pub(super) fn problems<'a>(draft: impl Into<Filled<'a>>) -> Vec<Problem> {
    let draft = draft.into();
    if draft.problems.is_empty() {
        return Vec::new();
    }
    let labels = labels(draft.form);
    let missing = missing(&draft);
    let lacks = |key: &str| missing.iter().any(|lacking| lacking == key);
    let named = |key: &str| label(draft.form, &labels, key);
    let mut found: Vec<Problem> = missing
        .iter()
        .filter_map(|key| {
            let label = named(key)?;
            let (problem, remedy) = match key.as_str() {
                "client-secret" if !draft.form.refreshes() => (
                    "Client secret and certificate are missing".to_owned(),
                    "Enter one of the two",
                ),
                _ if first_column(draft.form, key).is_some() => {
                    (format!("{label}: there is none yet"), "Add one")
                }
                _ => (format!("{label} is missing"), ""),
            };
            Some(Problem {
                key: key.clone(),
                problem,
                remedy: remedy.to_owned(),
            })
        })
        .collect();
    found.extend(
        draft
            .problems
            .iter()
            .filter(|problem| !lacks(&problem.key))
            .map(
                |problem| match (named(&problem.key), problem.problem.strip_prefix("it ")) {
                    (Some(label), Some(rest)) => Problem {
                        problem: format!("{label} {rest}"),
                        ..problem.clone()
                    },
                    (Some(label), None) => Problem {
                        problem: format!("{label}: {}", problem.problem),
                        ..problem.clone()
                    },
                    _ => problem.clone(),
                },
            ),
    );
    let place = |problem: &Problem| {
        let cell = cell(draft.form, &problem.key).map(|(field, row, column)| {
            let column = columns(field).iter().position(|known| known.key == column.key);
            (setting_key(&field.key), row + 1, column.unwrap_or_default())
        });
        let (key, row, column) = cell.unwrap_or_else(|| (problem.key.clone(), 0, 0));
        let place = labels.iter().position(|(known, _)| *known == key);
        (place.unwrap_or(usize::MAX), row, column)
    };
    found.sort_by_key(place);
    found
}

/// The names of the fields that must be filled in and are not.
fn missing(draft: &Filled<'_>) -> Vec<String> {
    let (form, input) = (draft.form, draft.input);
    let settings = form.fields.iter().filter(|field| {
        let is_empty = |typed: &String| typed.trim().is_empty();
        let is_missing = match field.kind.is_secret() {
            true => !draft.secrets.contains_key(&field.key),
            false => input.settings.get(&field.key).is_none_or(is_empty),
        };
        field.required && field.default.is_none() && is_missing
    });
    let settings = settings.map(|field| setting_key(&field.key));
    let cells = form.fields.iter().flat_map(|field| missing_cells(field, input));
    let name = input.name.is_empty().then(|| "name".to_owned());
    // A source of the configuration file may sign in without them.
    let signs_in = form.signs_in && draft.is_new;
    let has = |name: &str| draft.secrets.contains_key(name);
    let application = if signs_in && form.refreshes() {
        let keys = [
            ("client-id".to_owned(), !input.client_id.is_empty()),
            ("client-secret".to_owned(), has("client-secret")),
            (secret_key(REFRESH_TOKEN), has(REFRESH_TOKEN)),
        ];
        // Such a connector may be set to take a fixed token instead.
        let is_asked = draft
            .problems
            .iter()
            .any(|problem| keys.iter().any(|(key, _)| *key == problem.key));
        keys.map(|(key, is_there)| (is_asked && !is_there).then_some(key))
    } else {
        let id = (signs_in && input.client_id.is_empty()).then(|| "client-id".to_owned());
        let secret =
            (signs_in && !has("client-secret") && !has("certificate")).then(|| "client-secret".to_owned());
        [id, secret, None]
    };
    name.into_iter()
        .chain(settings)
        .chain(cells)
        .chain(application.into_iter().flatten())
        .collect()
}

/// The cells of a setting with rows that must be filled in and are not.
fn missing_cells(field: &Field, input: &Input) -> Vec<String> {
    let typed = input.settings.get(&field.key).map_or("", String::as_str);
    let rows = rows(typed, columns(field)).unwrap_or_default();
    let needed = || columns(field).iter().filter(|column| column.required);
    let cells = rows.iter().enumerate().flat_map(|(number, row)| {
        needed()
            .filter(|column| row.get(&column.key).is_none_or(|text| text.trim().is_empty()))
            .map(move |column| cell_key(&setting_key(&field.key), number, &column.key))
    });
    cells.collect()
}

/// What is left to do: `fix the 2 problems below`.
pub(super) fn fixing(problems: usize) -> String {
    format!(
        "fix the {} below",
        if problems == 1 {
            "problem".to_owned()
        } else {
            counted(problems as u64, "problem")
        }
    )
}

/// The id of the field that a problem is about; none if it is about several.
pub(super) fn place(form: &Form, problem: &Problem) -> Option<String> {
    match first_column(form, &problem.key) {
        // A setting with rows has no control of its own.
        Some(column) => Some(field_id(&cell_key(&problem.key, 0, &column.key))),
        None => has_field(form, &problem.key).then(|| field_id(&problem.key)),
    }
}

/// The problems as the script reads them.
pub(super) fn as_json(problems: &[Problem]) -> Response {
    let problems: Vec<_> = problems
        .iter()
        .map(|problem| json!({"key": problem.key, "problem": problem.problem, "remedy": problem.remedy}))
        .collect();
    let body = json!({ "problems": problems }).to_string();
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fake::draft;

    fn problem(key: &str, problem: &str) -> Problem {
        Problem {
            key: key.into(),
            problem: problem.into(),
            remedy: "mend it".into(),
        }
    }

    fn said(draft: &DraftView) -> Vec<String> {
        problems(draft)
            .into_iter()
            .map(|problem| problem.problem)
            .collect()
    }

    #[test]
    fn all_that_is_missing_is_named_at_once_and_as_the_form_names_it() {
        let empty = DraftView {
            problems: vec![
                problem("credentials", "no credential is configured"),
                problem("name", "it is missing"),
            ],
            ..draft("d1")
        };
        assert_eq!(
            said(&empty),
            [
                "Name is missing",
                "Tenant is missing",
                "User agent is missing",
                "Client ID is missing",
                "Client secret and certificate are missing",
                "no credential is configured",
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_a_field_begins_with_its_label() {
        let mut wrong = draft("d1");
        wrong.input.name = "contoso".into();
        wrong.input.client_id = "1".into();
        for key in ["tenant", "user-agent"] {
            wrong.input.settings.insert(key.into(), "x".into());
        }
        wrong
            .secrets
            .insert("certificate".into(), "in the keyring".into());
        wrong.problems = vec![
            problem("settings.page-size", "it is not a number"),
            problem("settings.tenant", "\"x\" is no tenant"),
        ];
        assert_eq!(
            said(&wrong),
            ["Tenant: \"x\" is no tenant", "page-size is not a number"]
        );
        wrong.problems.clear();
        assert!(problems(&wrong).is_empty());
    }

    #[test]
    fn a_source_that_is_changed_may_sign_in_by_what_the_form_does_not_show() {
        let changed = DraftView {
            origin: DraftOrigin::Edit {
                source: "contoso".into(),
            },
            problems: vec![problem("name", "it is missing")],
            ..draft("d1")
        };
        assert_eq!(
            said(&changed),
            ["Name is missing", "Tenant is missing", "User agent is missing"]
        );
    }
}
