//! What was filled into a form, without secrets, under the titles of its fields.

use super::problems::{COLLECTION, cell_label};
use crate::api::{Field, FieldKind, Form, Input, rows};

/// The fields that are filled in: title and text, in the order of the form. Each cell of rows has a title of its own.
pub(super) fn entered(form: &Form, input: &Input) -> Vec<(String, String)> {
    let settings = form.fields.iter().filter(|field| !field.kind.is_secret());
    let one = |title: &str, text: &str| (title.to_owned(), text.trim().to_owned());
    let collection = [&input.every, &input.back, &input.ahead];
    std::iter::once(one("Name", &input.name))
        .chain(settings.flat_map(|field| setting(field, text(field, input))))
        .chain([one("Client ID", &input.client_id)])
        .chain(
            COLLECTION
                .iter()
                .zip(collection)
                .map(|((_, title, ..), text)| one(title, text)),
        )
        .chain([one("Allowed origins", &input.grants)])
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// Where two inputs differ: the titles, each with the text of the first input there. It is empty where only the other one has something.
pub(super) fn differing(form: &Form, one: &Input, other: &Input) -> Vec<(String, String)> {
    let (one, other) = (entered(form, one), entered(form, other));
    let is_in = |all: &[(String, String)], title: &str| all.iter().any(|(known, _)| known == title);
    let added = other.iter().filter(|(title, _)| !is_in(&one, title));
    let added = added.map(|(title, _)| (title.clone(), String::new()));
    let changed = one.iter().filter(|entry| !other.contains(entry));
    changed.cloned().chain(added).collect()
}

fn text<'a>(field: &'a Field, input: &'a Input) -> &'a str {
    let typed = input.settings.get(&field.key).map_or("", |text| text.trim());
    match (&field.kind, &field.default) {
        // A box that nobody touched stands as its default does.
        (FieldKind::Toggle, Some(default)) if typed.is_empty() => default,
        _ => typed,
    }
}

/// A setting as it is read on a page: a box is ticked or not, and each cell stands for itself.
fn setting(field: &Field, text: &str) -> Vec<(String, String)> {
    let whole = |text: &str| vec![(field.title.clone(), text.to_owned())];
    match &field.kind {
        FieldKind::Toggle if text == "true" => whole("yes"),
        FieldKind::Toggle => whole("no"),
        FieldKind::Rows(columns) => match rows(text, columns) {
            Some(rows) => {
                let cells = rows.iter().enumerate().flat_map(|(number, row)| {
                    columns.iter().map(move |column| {
                        let text = row.get(&column.key).map_or("", |text| text.trim());
                        (cell_label(field, number, column), text.to_owned())
                    })
                });
                cells.collect()
            }
            None => whole(text),
        },
        _ => whole(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fake;

    #[test]
    fn what_is_filled_in_is_told_in_the_words_of_the_form() {
        let mut form = fake::form();
        form.fields.truncate(1);
        form.fields.push(Field {
            key: "strict".into(),
            title: "Strict".into(),
            kind: FieldKind::Toggle,
            ..form.fields[0].clone()
        });
        form.fields.push(Field {
            key: "feeds".into(),
            title: "Feeds".into(),
            kind: FieldKind::Rows(vec![Field {
                key: "room".into(),
                title: "Room".into(),
                ..form.fields[0].clone()
            }]),
            ..form.fields[0].clone()
        });
        form.fields.push(Field {
            key: "secret".into(),
            kind: FieldKind::Secret,
            ..form.fields[0].clone()
        });
        let settings = [
            ("tenant", "contoso"),
            ("strict", "true"),
            ("feeds", r#"[{"room": "a"}, {"room": "b"}]"#),
            ("secret", "never kept here"),
        ];
        let input = Input {
            name: "hq".into(),
            settings: settings.map(|(key, text)| (key.into(), text.into())).into(),
            every: "5m".into(),
            ..Input::default()
        };
        let said = [
            ("Name", "hq"),
            ("Tenant", "contoso"),
            ("Strict", "yes"),
            ("Room in row 1 of Feeds", "a"),
            ("Room in row 2 of Feeds", "b"),
            ("Collect every", "5m"),
        ];
        assert_eq!(
            entered(&form, &input),
            said.map(|(title, text)| (title.to_owned(), text.to_owned()))
        );
    }
}
