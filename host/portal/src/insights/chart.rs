//! Charts. Each is drawn by the script from the table behind it, which is there for screen readers, for copying, and without scripts.

use collector_insights::rank::Rate;
use maud::{Markup, html};

use super::words::dash;

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
    /// The same with what it could at least and at most be, which is drawn over it.
    Bounded(f64, [f64; 2], String),
    Unknown(&'static str),
}

/// A chart of rows with a label and a value for each column. `labels` names the first column. Where no value is known there is nothing to draw but
/// the reason.
pub(super) fn chart(
    kind: Kind,
    title: &str,
    labels: &str,
    columns: &[Column],
    rows: &[(String, Vec<Value>)],
) -> Markup {
    let mut values = rows.iter().flat_map(|(_, values)| values);
    if let Some(Value::Unknown(why)) = values.next()
        && values.all(|value| matches!(value, Value::Unknown(_)))
    {
        return html! { p { (dash(why)) } };
    }
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
                                            Value::Bounded(number, [lower, upper], written) => {
                                                td.number data-value=(number) data-lower=(lower) data-upper=(upper) { (written) }
                                            }
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

/// A rate as a number of percent, to draw it.
#[allow(
    clippy::cast_precision_loss,
    reason = "at most 10,000 ten-thousandths in a drawing"
)]
pub(super) fn percents(rate: Rate) -> f64 {
    rate.ten_thousandths() as f64 / 100.0
}

/// Seconds as hours with a decimal, to draw them.
pub(super) fn hours_of(seconds: i64) -> f64 {
    float((seconds + 180) / 360) / 10.0
}

#[allow(clippy::cast_precision_loss, reason = "a drawing needs no more digits")]
pub(super) fn float(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_value_could_be_is_drawn_and_written() {
        let column = Column {
            name: "No-shows",
            unit: "%",
            is_other: false,
        };
        let value = Value::Bounded(50.0, [37.5, 62.5], "50 % (38 % to 63 %)".into());
        let page = chart(
            Kind::Bar,
            "By day",
            "Day",
            &[column],
            &[("Mon".into(), vec![value])],
        )
        .into_string();
        assert!(page.contains(
            "<td class=\"number\" data-value=\"50\" data-lower=\"37.5\" data-upper=\"62.5\">50 % (38 % to 63 %)</td>"
        ));
    }

    #[test]
    fn nothing_is_drawn_where_nothing_is_known() {
        let column = Column {
            name: "Used",
            unit: "%",
            is_other: false,
        };
        let row = |label: &str| (label.to_owned(), vec![Value::Unknown("no device reported")]);
        let page = chart(Kind::Bar, "By day", "Day", &[column], &[row("Mon"), row("Tue")]).into_string();
        assert!(
            !page.contains("data-chart") && page.contains("no device reported"),
            "{page}"
        );
    }

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
