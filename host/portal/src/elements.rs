//! Building blocks of the administrator's pages, besides those of `pages/elements.rs`: fields with their problems, advice with commands.

use maud::{Markup, html};

use crate::api::{CheckStatus, Problem};
pub(crate) use crate::pages::elements::token;
use crate::pages::elements::{Tone, badge, foreign, turns};

/// A form that is a single button.
pub(crate) fn button(path: &str, csrf: &str, words: &str) -> Markup {
    html! { form method="post" action=(path) { (token(csrf)) button type="submit" { (words) } } }
}

/// What discards a draft, whose path this is. Once something was entered, that is asked first.
pub(crate) fn discard(draft: &str, csrf: &str, is_filled_in: bool) -> Markup {
    let form = |words: &str| {
        html! {
            form method="post" action={ (draft) "/discard" } {
                (token(csrf))
                button.danger type="submit" { (words) }
            }
        }
    };
    html! {
        @if is_filled_in {
            details {
                summary { "Discard" }
                p { "This deletes what was entered here, and the secrets with it." }
                (form("Discard the draft"))
            }
        } @else { (form("Discard")) }
    }
}

/// The badge of a check's status.
pub(crate) fn status(status: CheckStatus) -> Markup {
    let (tone, word) = match status {
        CheckStatus::Passed => (Tone::Passed, "passed"),
        CheckStatus::Warning => (Tone::Warning, "warning"),
        CheckStatus::Limited => (Tone::Limited, "limited"),
        CheckStatus::Pending => (Tone::Pending, "pending"),
        CheckStatus::Failed => (Tone::Failed, "failed"),
    };
    badge(tone, word)
}

/// Text to copy. The script reveals the button, which would do nothing without it.
pub(crate) fn commands(text: &str) -> Markup {
    html! { div.commands { pre tabindex="0" { code { (printable(text)) } } button type="button" data-copy hidden { "Copy" } } }
}

/// Advice: sentences, with the commands among them ready to copy.
pub(crate) fn advice(text: &str) -> Markup {
    html! {
        @for part in parts(text) {
            @match part {
                Part::Words(words) => p { (foreign(&words)) },
                Part::Commands(lines) => (commands(&lines)),
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Words(String),
    Commands(String),
}

/// Cuts advice into sentences and commands. A command is indented, or begins with a cmdlet (`Set-CalendarProcessing`) at the start of a
/// line or after a colon. A command inside a line ends with its sentence.
fn parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let command = |parts: &mut Vec<Part>, line: &str| match parts.last_mut() {
        Some(Part::Commands(lines)) => {
            lines.push('\n');
            lines.push_str(line);
        }
        _ => parts.push(Part::Commands(line.to_owned())),
    };
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with("  ") || line.starts_with('\t') || is_cmdlet(line) {
            command(&mut parts, line.trim());
            continue;
        }
        let colon = line
            .match_indices(": ")
            .find(|(at, _)| line.get(at + 2..).is_some_and(is_cmdlet));
        match colon.and_then(|(at, _)| Some((line.get(..=at)?, sentence_end(line.get(at + 2..)?)?))) {
            Some((words, (line, rest))) => {
                parts.push(Part::Words(words.to_owned()));
                command(&mut parts, line);
                if !rest.is_empty() {
                    parts.push(Part::Words(rest.to_owned()));
                }
            }
            None => parts.push(Part::Words(line.trim().to_owned())),
        }
    }
    parts
}

/// Splits a text into the command of its first sentence and the rest. `None` when that sentence goes on as prose (`…, then …`), which
/// must not be copied into a shell.
fn sentence_end(text: &str) -> Option<(&str, &str)> {
    let (command, rest) = text.split_once(". ").unwrap_or((text, ""));
    let command = command.trim_end_matches('.').trim();
    (!command.contains(", ") && !command.contains("; ")).then_some((command, rest.trim()))
}

/// Whether a text begins with `Verb-Noun`, followed by an argument.
fn is_cmdlet(text: &str) -> bool {
    let Some((word, rest)) = text.split_once(' ') else {
        return false;
    };
    let capital = |part: &str| {
        part.len() > 1
            && part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    !rest.is_empty()
        && word
            .split_once('-')
            .is_some_and(|(verb, noun)| capital(verb) && capital(noun))
}

/// Foreign text of several lines, without control characters and direction marks.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !(c.is_control() || turns(*c)))
        .collect()
}

/// A form field: its label, help and problem, and the attributes that tie them to the control.
pub(crate) struct Field<'a> {
    /// The key that problems name.
    pub(crate) key: &'a str,
    /// Its label.
    pub(crate) label: &'a str,
    /// Whether it must be filled in.
    pub(crate) required: bool,
    /// Its purpose and example values.
    pub(crate) help: Markup,
    /// Its problem, if it has one.
    pub(crate) problem: Option<&'a Problem>,
}

/// The attributes that tie a control to its label, help and problem.
pub(crate) struct Ties {
    /// Its id.
    pub(crate) id: String,
    /// The ids of the elements that describe it.
    pub(crate) described: String,
    /// `aria-invalid`, when it has a problem.
    pub(crate) invalid: Option<&'static str>,
    /// `aria-required`, when it must be filled in. Not `required`, because an incomplete form can be saved as a draft.
    pub(crate) required: Option<&'static str>,
}

impl Field<'_> {
    /// The field around its control.
    pub(crate) fn show(&self, control: impl FnOnce(&Ties) -> Markup) -> Markup {
        self.frame(control, false)
    }

    /// The field of a checkbox, whose label comes after it.
    pub(crate) fn show_box(&self, control: impl FnOnce(&Ties) -> Markup) -> Markup {
        self.frame(control, true)
    }

    fn frame(&self, control: impl FnOnce(&Ties) -> Markup, box_first: bool) -> Markup {
        let id = field_id(self.key);
        let ties = Ties {
            described: format!("help-{id} problem-{id}"),
            invalid: self.problem.map(|_| "true"),
            required: self.required.then_some("true"),
            id,
        };
        let label = html! {
            label for=(ties.id) { (foreign(self.label)) @if self.required { " " small.muted { "(required)" } } }
        };
        html! {
            div.field data-key=(self.key) {
                @if box_first { (control(&ties)) (label) } @else { (label) (control(&ties)) }
                div.help id={ "help-" (ties.id) } { (self.help) }
                p.problem id={ "problem-" (ties.id) } hidden[self.problem.is_none()] {
                    @if let Some(problem) = self.problem { (sentence(problem)) }
                }
            }
        }
    }
}

/// The problems of a form, with links to their fields. Always in the page, so that the script can fill it.
pub(crate) fn summary(problems: &[&Problem], linked: impl Fn(&str) -> bool) -> Markup {
    html! {
        div.problems data-problems role="group" aria-label="Problems" tabindex="-1" hidden[problems.is_empty()] {
            p { strong { "Please fix the following:" } }
            ul {
                @for problem in problems {
                    li {
                        @if linked(&problem.key) { a href={ "#" (field_id(&problem.key)) } { (sentence(problem)) } }
                        @else { (sentence(problem)) }
                    }
                }
            }
        }
    }
}

/// A problem and its remedy.
pub(crate) fn sentence(problem: &Problem) -> Markup {
    html! { (foreign(&problem.problem)) @if !problem.remedy.is_empty() { ": " (foreign(&problem.remedy)) } }
}

/// The id of a field's control.
pub(crate) fn field_id(key: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    format!("field-{}", key.chars().map(safe).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_advice_are_told_from_words() {
        let words = |text: &str| Part::Words(text.to_owned());
        let lines = |text: &str| Part::Commands(text.to_owned());
        assert_eq!(
            parts("Make it one in Exchange: Set-DistributionGroup a@contoso.com -RoomList"),
            [
                words("Make it one in Exchange:"),
                lines("Set-DistributionGroup a@contoso.com -RoomList")
            ]
        );
        assert_eq!(
            parts("Run these:\nConnect-ExchangeOnline -x\n\n  $a = 1\nThen wait: it takes an hour."),
            [
                words("Run these:"),
                lines("Connect-ExchangeOnline -x\n$a = 1"),
                words("Then wait: it takes an hour.")
            ]
        );
        assert_eq!(
            parts("Built-In rights do not do."),
            [lines("Built-In rights do not do.")]
        );
        assert_eq!(parts("Sign-in: try again"), [words("Sign-in: try again")]);
    }
}
