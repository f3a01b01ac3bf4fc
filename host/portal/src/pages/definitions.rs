//! What words, verdicts and figures mean, from the source of `docs/definitions.md`. Links to one of them lead to its row: `/definitions#no_show_rate`.

use collector_insights::definitions::{Definition, Section, intro, sections};
use maud::{Markup, html};

/// The page.
pub(crate) fn definitions() -> Markup {
    let sections = sections();
    html! {
        h1 { "Definitions" }
        p { (marked(&intro())) }
        nav.card aria-label="Definitions" {
            ul {
                @for section in &sections {
                    li { a href={ "#" (anchor(section)) } { (section.title) } }
                }
            }
        }
        @for one in &sections { (section(one)) }
    }
}

/// Where the link to a section leads. Definitions have no anchor that begins so.
fn anchor(section: &Section) -> String {
    format!("section-{}", section.slug())
}

fn section(section: &Section) -> Markup {
    html! {
        section id=(anchor(section)) {
            h2 { (section.title) }
            @for paragraph in &section.intro { p { (marked(paragraph)) } }
            div.table {
                table.stack.definitions {
                    thead { tr { th scope="col" { (section.kind) } th scope="col" { "Means" } } }
                    tbody { @for one in &section.definitions { (row(one, section.is_code)) } }
                }
            }
        }
    }
}

fn row(definition: &Definition, is_code: bool) -> Markup {
    html! {
        tr id=(definition.anchor) {
            th scope="row" {
                a href={ "#" (definition.anchor) } {
                    @if is_code { code { (definition.name) } } @else { (definition.name) }
                }
            }
            td { (marked(&definition.means)) }
        }
    }
}

/// A text with its code between backticks as code.
fn marked(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_definition_has_a_place_that_links_lead_to() {
        let page = definitions().into_string();
        for definition in sections().iter().flat_map(|section| &section.definitions) {
            let place = format!("<tr id=\"{}\">", definition.anchor);
            assert_eq!(page.matches(&place).count(), 1, "{place}");
        }
        for link in page.split(" href=\"#").skip(1) {
            let to = link.split('"').next().unwrap();
            assert!(page.contains(&format!(" id=\"{to}\"")), "{to}");
        }
    }

    #[test]
    fn numbers_are_those_of_the_code_and_names_of_keys_are_code() {
        let page = definitions().into_string();
        for part in [
            "<a href=\"#no_show_rate\"><code>no_show_rate</code></a>",
            "for 20 % of its length, or for 5 minutes if that is less",
            "than it takes to be <code>attended</code>",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }

    #[test]
    fn what_is_between_backticks_is_code_and_everything_is_text() {
        assert_eq!(
            marked("a `b < c` d & e").into_string(),
            "a <code>b &lt; c</code> d &amp; e"
        );
    }
}
