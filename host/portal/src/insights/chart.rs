//! Charts. Each is drawn by the script from the table behind it, which is there for screen readers, for copying, and without scripts.

use maud::{Markup, html};

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Along time, or another quantity.
    Line,
    /// Side by side.
    Bar,
}

/// A column of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: &'static str,
    /// Its unit, shown with its values: `%`, `h`; maybe empty.
    pub(super) unit: &'static str,
    /// Whether it has an axis of its own, on the right.
    pub(super) is_other: bool,
}

/// A value: a number to draw, and how it is written. None leaves a gap, with the reason.
pub(super) enum Value {
    Known(f64, String),
    Unknown(&'static str),
}

/// A chart of rows with a label and a value for each column. `labels` names the first column.
pub(super) fn chart(
    kind: Kind,
    title: &str,
    labels: &str,
    columns: &[Column],
    rows: &[(String, Vec<Value>)],
) -> Markup {
    let kind = match kind {
        Kind::Line => "line",
        Kind::Bar => "bar",
    };
    html! {
        figure.chart data-chart=(kind) {
            figcaption { (title) }
            div.canvas hidden { canvas aria-hidden="true" {} }
            details open {
                summary { "As a table" }
                div.table tabindex="0" role="region" aria-label=(title) {
                    table {
                        thead {
                            tr {
                                th scope="col" { (labels) }
                                @for column in columns {
                                    th.number scope="col" data-unit=(column.unit) data-other[column.is_other] { (column.name) }
                                }
                            }
                        }
                        tbody {
                            @for (label, values) in rows {
                                tr {
                                    th scope="row" { (label) }
                                    @for value in values {
                                        @match value {
                                            Value::Known(number, written) => td.number data-value=(number) { (written) },
                                            Value::Unknown(why) => td.number { span.dash title=(why) { "–" } span.unseen { (why) } },
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_has_no_value_to_draw_and_says_why() {
        let column = Column {
            name: "Used",
            unit: "%",
            is_other: false,
        };
        let rows = [
            ("Mon".to_owned(), vec![Value::Known(31.4, "31 %".into())]),
            ("Tue".to_owned(), vec![Value::Unknown("nothing known")]),
        ];
        let page = chart(Kind::Bar, "By day", "Day", &[column], &rows).into_string();
        assert!(page.contains("<td class=\"number\" data-value=\"31.4\">31 %</td>"));
        assert_eq!(page.matches("data-value").count(), 1);
        assert!(page.contains("nothing known"));
    }
}
