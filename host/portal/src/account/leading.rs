//! Leads the browser on to a page of the provider of identities. Not by a redirect: browsers apply `form-action` to every redirect after a form, and a
//! provider may send the browser on to servers that nobody can name in advance.

use maud::{Markup, html};

use crate::layout::{self, Shell};

/// A page that leads on at once, with a title and the words of the link for browsers that do not.
pub(super) fn to(page: &str, title: &str, words: &str) -> Markup {
    let head = html! { meta http-equiv="refresh" content={ "0; url=" (page) }; };
    let content = html! {
        h1 { (title) }
        p { a href=(page) rel="noreferrer" { (words) } }
    };
    layout::page_with(&Shell::STRANGER, title, head, content)
}
