//! A setting that is a list of tables, as rows of a form: one input for each column. A few empty rows are always there, so that rows can be
//! added without a script; the script adds and removes them at once.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::control::control;
use super::problems::setting_key;
use crate::api::{Field as Setting, FieldKind, Problem, Row, cell_key, cell_of, rows, text_of};
use crate::elements::{Field, Ties, field_id, sentence};
use crate::fields::Fields;
use crate::pages::elements::foreign;

/// Empty rows after those that are filled in.
const EMPTY: usize = 2;
/// The most rows that a form is read with. It is larger than any form that fits into a request.
const MOST: usize = 50_000;
/// The mark of a row that is to be removed, in place of a column. No column has this key.
const REMOVED: &str = "-removed";
/// Stands for the number of a row in the row that the script copies.
const NEXT: &str = "NEXT";

/// Finds the problem with a field.
type Problems<'a> = dyn Fn(&str) -> Option<&'a Problem> + 'a;

/// The numbers, as the form has them, of the rows that are filled in and not marked as removed.
fn filled_in(key: &str, columns: &[Setting], fields: &Fields) -> Vec<usize> {
    let cells = fields.names().filter_map(cell_of);
    let numbers: BTreeSet<usize> = cells
        .filter(|(setting, row, _)| setting == key && *row < MOST)
        .map(|(_, row, _)| row)
        .collect();
    let is_given = |row: usize| {
        columns
            .iter()
            .any(|column| !fields.text(&cell_key(key, row, &column.key)).trim().is_empty())
    };
    numbers
        .into_iter()
        .filter(|row| is_given(*row) && !fields.ticked(&cell_key(key, *row, REMOVED)))
        .collect()
}

/// The text of a setting that was filled in as rows. Ignores empty ones.
pub(super) fn read(setting: &Setting, columns: &[Setting], fields: &Fields) -> String {
    let key = setting_key(&setting.key);
    // What has no place in rows is shown and sent as text.
    if let Some(text) = fields.given(&key) {
        return text.to_owned();
    }
    let rows: Vec<Row> = filled_in(&key, columns, fields)
        .into_iter()
        .map(|row| {
            let cell = |column: &Setting| {
                let text = fields.text(&cell_key(&key, row, &column.key)).trim();
                (!text.is_empty()).then(|| (column.key.clone(), text.to_owned()))
            };
            columns.iter().filter_map(cell).collect()
        })
        .collect();
    text_of(&rows)
}

/// The key of a problem with a cell, as the form that was sent numbers its rows: empty rows are not counted in problems.
pub(super) fn as_sent(key: &str, settings: &[Setting], fields: &Fields) -> String {
    let sent = || {
        let (setting, row, column) = cell_of(key)?;
        let columns = settings.iter().find_map(|known| match &known.kind {
            FieldKind::Rows(columns) if setting_key(&known.key) == setting => Some(columns),
            _ => None,
        })?;
        let row = *filled_in(&setting, columns, fields).get(row)?;
        Some(cell_key(&setting, row, &column))
    };
    sent().unwrap_or_else(|| key.to_owned())
}

/// The rows of a setting; none if its text holds something that has no place in them.
pub(super) fn show(
    problems: &Problems<'_>,
    setting: &Setting,
    columns: &[Setting],
    typed: &str,
) -> Option<Markup> {
    let rows = rows(typed, columns)?;
    let key = setting_key(&setting.key);
    let id = field_id(&key);
    let problem = problems(&key);
    let empty = Row::new();
    let all = rows.iter().chain(std::iter::repeat_n(&empty, EMPTY)).enumerate();
    Some(html! {
        fieldset.rows id=(id) tabindex="-1" data-key=(key) data-rows=(rows.len()) aria-describedby={ "help-" (id) " problem-" (id) } {
            legend { (foreign(&setting.title)) @if setting.required { " " small.muted { "(required)" } } }
            div.help id={ "help-" (id) } {
                p { (foreign(&setting.help)) " Empty rows are ignored." }
                dl {
                    @for column in columns {
                        dt { (foreign(&column.title)) }
                        dd id=(help_id(&key, column)) { (foreign(&column.help)) }
                    }
                }
            }
            p.problem id={ "problem-" (id) } hidden[problem.is_none()] {
                @if let Some(problem) = problem { (sentence(problem)) }
            }
            @for (number, row) in all { (one(problems, &key, &number.to_string(), columns, row)) }
            template { (one(problems, &key, NEXT, columns, &empty)) }
            button type="button" data-add hidden { "Add a row" }
        }
    })
}

/// A row. `number` is its number, or stands for it.
fn one(problems: &Problems<'_>, key: &str, number: &str, columns: &[Setting], row: &Row) -> Markup {
    let named = |column: &str| format!("{key}.{number}.{column}");
    let removed = named(REMOVED);
    html! {
        div.row role="group" data-row=(number) aria-label={ "Row " (number.parse().map_or(0, |number: usize| number + 1)) } {
            @for column in columns {
                (cell(problems, &named(&column.key), &help_id(key, column), column, row.get(&column.key).map_or("", String::as_str)))
            }
            p.remove {
                input type="checkbox" id=(field_id(&removed)) name=(removed) value="true";
                " " label for=(field_id(&removed)) { "Remove" }
            }
        }
    }
}

/// The id of the help of a column.
fn help_id(key: &str, column: &Setting) -> String {
    format!("help-{}", field_id(&format!("{key}.{}", column.key)))
}

fn cell(problems: &Problems<'_>, key: &str, help: &str, column: &Setting, typed: &str) -> Markup {
    let field = Field {
        key,
        label: &column.title,
        required: column.required,
        help: html! {},
        problem: problems(key),
    };
    // The help is above all rows.
    let described = |own: &str| format!("{help} {own}");
    let shown = |ties: &Ties| control(column, key, typed, ties, &described(&ties.described));
    match column.kind {
        FieldKind::Toggle => field.show_box(shown),
        _ => field.show(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::problems::problems;
    use crate::api::{DraftView, Form, Input, Problem};
    use crate::pages::elements::tests::{HOSTILE, assert_harmless};
    use crate::tests::fake::draft;

    fn column(key: &str, title: &str, required: bool) -> Setting {
        Setting {
            key: key.into(),
            title: title.into(),
            help: "Help.".into(),
            kind: FieldKind::Text,
            required,
            advanced: false,
            default: None,
            examples: vec!["example".into()],
            max_length: None,
        }
    }

    fn columns() -> Vec<Setting> {
        vec![
            column("room", "Room", true),
            column("capacity", "Capacity", false),
        ]
    }

    fn feeds() -> Setting {
        Setting {
            kind: FieldKind::Rows(columns()),
            ..column("feeds", "Feeds", true)
        }
    }

    fn read_from(body: &str) -> String {
        read(&feeds(), &columns(), &Fields::parse(body.as_bytes()).unwrap())
    }

    /// A draft with feeds that were filled in like this, and problems.
    fn with_feeds(typed: &str, found: &[(&str, &str)]) -> DraftView {
        DraftView {
            form: Form {
                fields: vec![feeds()],
                signs_in: false,
                consents: false,
                ..draft("d1").form
            },
            input: Input {
                name: "annex".into(),
                settings: [("feeds".to_owned(), typed.to_owned())].into(),
                ..Input::default()
            },
            problems: found
                .iter()
                .map(|(key, problem)| Problem {
                    key: (*key).into(),
                    problem: (*problem).into(),
                    remedy: String::new(),
                })
                .collect(),
            touched: true,
            ..draft("d1")
        }
    }

    fn shown(draft: &DraftView) -> Option<String> {
        let found = problems(draft);
        let problem = |key: &str| found.iter().find(|problem| problem.key == key);
        show(&problem, &feeds(), &columns(), &draft.input.settings["feeds"])
            .map(maud::PreEscaped::into_string)
    }

    #[test]
    fn rows_are_read_in_order_without_empty_and_removed_ones() {
        assert_eq!(read_from("settings.feeds.0.room=+&settings.feeds.1.room="), "");
        let body = "settings.feeds.10.room=c&settings.feeds.2.room=b&settings.feeds.2.capacity=+12+&settings.feeds.0.room=&settings.feeds.3.room=x\
            &settings.feeds.3.-removed=true&settings.other.0.room=y&settings.feeds.0.unknown=z";
        assert_eq!(read_from(body), r#"[{"capacity":"12","room":"b"},{"room":"c"}]"#);
        // What has no place in rows comes as text.
        assert_eq!(read_from("settings.feeds=%5B1%5D"), "[1]");
    }

    #[test]
    fn a_problem_is_shown_at_the_row_that_was_sent() {
        let body = "settings.feeds.0.room=&settings.feeds.1.room=a&settings.feeds.4.room=b";
        let fields = Fields::parse(body.as_bytes()).unwrap();
        let sent = |key: &str| as_sent(key, &[feeds()], &fields);
        assert_eq!(sent("settings.feeds.1.room"), "settings.feeds.4.room");
        for key in [
            "settings.feeds.2.room",
            "settings.feeds",
            "name",
            "settings.other.0.room",
        ] {
            assert_eq!(sent(key), key);
        }
    }

    #[test]
    fn errors_name_row_and_column_as_the_form_does() {
        let said = |draft: &DraftView| -> Vec<(String, String)> {
            let found = problems(draft);
            found
                .into_iter()
                .map(|problem| (problem.key, problem.problem))
                .collect()
        };
        let of = |key: &str, problem: &str| (key.to_owned(), problem.to_owned());
        let none = with_feeds("", &[("settings.feeds", "it is missing")]);
        assert_eq!(said(&none), [of("settings.feeds", "Feeds: there is none yet")]);
        let two = with_feeds(
            r#"[{"room": "a"}, {"capacity": "x"}]"#,
            &[
                ("settings.feeds.1.capacity", "it is not a number"),
                ("settings.feeds.0.room", "\"a\" is not an address"),
            ],
        );
        assert_eq!(
            said(&two),
            [
                of(
                    "settings.feeds.0.room",
                    "Room in row 1 of Feeds: \"a\" is not an address"
                ),
                of("settings.feeds.1.room", "Room in row 2 of Feeds is missing"),
                of(
                    "settings.feeds.1.capacity",
                    "Capacity in row 2 of Feeds is not a number"
                ),
            ]
        );
    }

    #[test]
    fn rows_have_an_input_for_each_column_and_empty_ones_follow() {
        let page = shown(&with_feeds(r#"[{"room": "a@x.org", "capacity": 12}]"#, &[])).unwrap();
        for part in [
            "name=\"settings.feeds.0.room\" value=\"a@x.org\"",
            "name=\"settings.feeds.0.capacity\" value=\"12\"",
            "name=\"settings.feeds.2.room\" value=\"\"",
            "name=\"settings.feeds.NEXT.room\"",
            "data-rows=\"1\"",
            "name=\"settings.feeds.0.-removed\"",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("settings.feeds.3"), "{page}");
        // What has no place in rows is shown as text instead.
        let odd = with_feeds(r#"[{"room": "a", "floor": 2}]"#, &[]);
        assert_eq!(shown(&odd), None);
    }

    #[test]
    fn foreign_text_is_text() {
        let typed = serde_json::json!([{ "room": HOSTILE }]).to_string();
        let page = shown(&with_feeds(&typed, &[("settings.feeds.0.room", HOSTILE)])).unwrap();
        assert_harmless(&maud::PreEscaped(page));
    }
}
