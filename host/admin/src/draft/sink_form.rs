//! How a filled-in form of a sink becomes its table in the configuration, and the other way round. `kinds` has the forms.
//!
//! A sink that signs in has a field *how* (`login`), which the configuration does not have: there, the keys that are set tell it.

mod kinds;

use std::collections::BTreeMap;

use collector_model::form::{FieldKind, Form, Input, Problem};
use serde_json::Value;

use self::kinds::{CREDENTIALS, LOGIN, PASSWORD, TOKEN, USER};
pub use self::kinds::{form, forms};
use super::form::{self, Table};

/// The keys of the configuration that a way to sign in needs.
fn keys_of(login: &str) -> &'static [&'static str] {
    match login {
        USER => &["user", "password"],
        PASSWORD => &["password"],
        TOKEN => &["token"],
        CREDENTIALS => &["credentials"],
        _ => &[],
    }
}

/// The ways to sign in that a form offers.
fn logins(form: &Form) -> &[String] {
    let choices = form.fields.iter().find_map(|field| match &field.kind {
        FieldKind::Choice(choices) if field.key == LOGIN => Some(choices.as_slice()),
        _ => None,
    });
    choices.unwrap_or_default()
}

/// The way to sign in that a key of the configuration belongs to.
fn login_of<'a>(form: &'a Form, key: &str) -> Option<&'a String> {
    logins(form).iter().find(|login| keys_of(login).contains(&key))
}

/// The input that would make a sink's table, without secrets.
pub fn input(form: &Form, written: &Table) -> Input {
    let mut settings: BTreeMap<String, String> = form
        .fields
        .iter()
        .filter(|field| !field.kind.is_secret())
        .filter_map(|field| Some((field.key.clone(), form::shown(written.get(&field.key)?))))
        .collect();
    if let Some(login) = written.keys().find_map(|key| login_of(form, key)) {
        settings.insert(LOGIN.to_owned(), login.clone());
    }
    let name = written.get("name").and_then(Value::as_str).unwrap_or_default();
    Input {
        name: name.to_owned(),
        settings,
        ..Input::default()
    }
}

/// Chooses the way to sign in that a secret is for, if none was chosen.
pub fn choose(form: &Form, input: &mut Input, secret: &str) {
    let is_chosen = input.settings.get(LOGIN).is_some_and(|login| !login.is_empty());
    if let Some(login) = login_of(form, secret).filter(|_| !is_chosen) {
        input.settings.insert(LOGIN.to_owned(), login.clone());
    }
}

/// Writes an input, and references to new secrets, into a sink's table. Leaves out invalid values and returns the problems with them. What the
/// form does not show stays.
pub fn write(
    written: &mut Table,
    form: &Form,
    input: &Input,
    secrets: &BTreeMap<String, Value>,
) -> Vec<Problem> {
    form::put(written, "name", &input.name);
    written.insert("type".to_owned(), Value::from(form.connector.as_str()));
    let mut problems = Vec::new();
    let text = |key: &str| input.settings.get(key).map_or("", |text| text.trim());
    for field in form.fields.iter().filter(|field| field.key != LOGIN) {
        if let Some(reference) = secrets.get(&field.key) {
            written.insert(field.key.clone(), reference.clone());
        }
        if field.kind.is_secret() {
            continue;
        }
        match form::value(field, text(&field.key)) {
            // What is not ticked is not written, unless it is already there.
            Ok(Some(Value::Bool(false))) if !written.contains_key(&field.key) => {}
            Ok(Some(value)) => {
                written.insert(field.key.clone(), value);
            }
            Ok(None) => {
                written.remove(&field.key);
            }
            Err(problem) => problems.push(problem),
        }
    }
    sign_in(written, form, text(LOGIN), &mut problems);
    problems
}

/// Leaves only what the chosen way to sign in needs, all of which must be there.
fn sign_in(written: &mut Table, form: &Form, chosen: &str, problems: &mut Vec<Problem>) {
    let needed = keys_of(chosen);
    for key in logins(form).iter().flat_map(|login| keys_of(login)) {
        if !needed.contains(key) {
            written.remove(*key);
        }
    }
    for key in needed.iter().filter(|key| !written.contains_key(**key)) {
        problems.push(Problem {
            key: format!("settings.{key}"),
            problem: "it is missing".to_owned(),
            remedy: "enter it, or choose another way to sign in".to_owned(),
        });
    }
}

/// Leaves out of a sink's table what has problems, or puts the form's example in its place, so that the rest can be looked at. False if there
/// was nothing to leave out, as of a secret that must be there.
pub fn leave_out(written: &mut Table, form: &Form, problems: &[Problem]) -> bool {
    let mut has_changed = false;
    for problem in problems {
        let key = problem.key.trim_start_matches("settings.");
        let field = form.fields.iter().find(|field| field.key == key);
        let example = field
            .filter(|field| field.required)
            .and_then(|field| field.examples.first());
        let of_login = login_of(form, key).into_iter().flat_map(|login| keys_of(login));
        match (field, example) {
            (None, _) if problem.key == "name" => {
                written.insert("name".to_owned(), Value::from("a-draft"));
                has_changed = true;
            }
            (Some(field), Some(example)) if !field.kind.is_secret() => {
                written.insert(key.to_owned(), Value::from(example.as_str()));
                has_changed = true;
            }
            _ => {
                // One part of a way to sign in is nothing without the others.
                for key in of_login.copied().chain([key]) {
                    has_changed |= written.remove(key).is_some();
                }
            }
        }
    }
    has_changed
}

/// Descriptions of where the secrets of a sink's table are, by key.
pub fn places(form: &Form, written: &Table) -> BTreeMap<String, String> {
    let secrets = form.fields.iter().filter(|field| field.kind.is_secret());
    secrets
        .filter_map(|field| {
            let place = form::place(written.get(&field.key)?.as_object()?)?;
            Some((field.key.clone(), place))
        })
        .collect()
}

/// The field that a text about keys of the configuration names first.
pub fn named_first(form: &Form, text: &str) -> Option<String> {
    let named = form.fields.iter().filter_map(|field| {
        let at = text.find(&format!("`{}`", field.key))?;
        Some((at, field))
    });
    let (_, first) = named.min_by_key(|(at, _)| *at)?;
    Some(format!("settings.{}", first.key))
}

#[cfg(test)]
mod tests;
