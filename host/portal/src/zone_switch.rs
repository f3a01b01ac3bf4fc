//! The switch in the head of each page: in which time zone all pages show instants. `account/zone.rs` keeps the choice.

use maud::{Markup, html};

use crate::elements::token;
use crate::next;
use crate::reader;

/// The switch, which says the zone's name once for the whole page. The script offers the browser's own zone and the names of others.
pub(crate) fn switch(csrf: &str) -> Markup {
    let zone = reader::zone();
    html! {
        details.zone data-zone=(zone.name()) {
            summary { "Times in " (zone.name()) }
            form method="post" action="/zone" {
                (token(csrf))
                input type="hidden" name="next" value=(next::page_of(&reader::address()));
                div.field {
                    label for="zone" { "Show times in" }
                    input #zone name="zone" list="zones" value=(zone.name()) autocomplete="off" autocapitalize="none" spellcheck="false";
                    datalist #zones {}
                }
                div.actions {
                    button type="submit" { "Show" }
                    button type="submit" name="quick" value="" data-own-zone hidden { "Local time" }
                    button type="submit" name="quick" value="UTC" { "UTC" }
                }
            }
        }
    }
}
