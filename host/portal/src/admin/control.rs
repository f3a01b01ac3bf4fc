//! The control of a setting with one plain value: a line of text, a number, a choice or a box to tick.

use collector_model::text::capitalized;
use maud::{Markup, html};

use crate::api::{Field as Setting, FieldKind};
use crate::elements::Ties;
use crate::pages::elements::plain;

/// The control of a setting with one plain value. `described`: the ids of what describes it.
pub(super) fn control(setting: &Setting, key: &str, typed: &str, ties: &Ties, described: &str) -> Markup {
    if let FieldKind::Choice(choices) = &setting.kind {
        // The default is there already, unless somebody wrote it down.
        let is_further = |choice: &&String| *choice == typed || Some(*choice) != setting.default.as_ref();
        return html! {
            select id=(ties.id) name=(key) aria-describedby=(described) aria-invalid=[ties.invalid] aria-required=[ties.required] {
                option value="" selected[typed.is_empty()] {
                    @match &setting.default { Some(default) => { (capitalized(&plain(default))) " (default)" }, None => "Choose one" }
                }
                @for choice in choices.iter().filter(is_further) { option value=(choice) selected[choice == typed] { (plain(choice)) } }
            }
        };
    }
    if setting.kind == FieldKind::Toggle {
        return html! {
            input type="checkbox" id=(ties.id) name=(key) value="true" checked[typed == "true"]
                aria-describedby=(described) aria-invalid=[ties.invalid];
        };
    }
    let example = setting.examples.first().map(|example| plain(example));
    let digits = matches!(setting.kind, FieldKind::Number).then_some("decimal");
    html! {
        input type="text" inputmode=[digits] id=(ties.id) name=(key) value=(typed) placeholder=[example]
            maxlength=[setting.max_length] spellcheck="false" autocapitalize="none" aria-describedby=(described)
            aria-invalid=[ties.invalid] aria-required=[ties.required];
    }
}
