//! The frame of every page: head, navigation and the place for the content.

use maud::{DOCTYPE, Markup, html};

use crate::assets;

/// What the frame shows about the current session.
pub(crate) struct Shell<'a> {
    /// The account that is signed in. Without one the page has no navigation.
    pub(crate) account: Option<&'a str>,
    /// The token that forms of this session carry.
    pub(crate) csrf: Option<&'a str>,
    /// The entry of the navigation that the page belongs to.
    pub(crate) current: Nav,
}

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nav {
    Overview,
    Infrastructure,
    Rooms,
    Spaces,
    Timeline,
    Definitions,
    Connectors,
    Sinks,
    Audit,
    Access,
    Account,
    /// None of them.
    None,
}

const ENTRIES: [(Nav, &str, &str); 11] = [
    (Nav::Overview, "/", "Overview"),
    (Nav::Infrastructure, "/infrastructure", "Infrastructure"),
    (Nav::Rooms, "/rooms", "Rooms"),
    (Nav::Spaces, "/spaces", "Spaces"),
    (Nav::Timeline, "/timeline", "Timeline"),
    (Nav::Definitions, "/definitions", "Definitions"),
    (Nav::Connectors, "/connectors", "Connectors"),
    (Nav::Sinks, "/sinks", "Sinks"),
    (Nav::Audit, "/audit", "Audit log"),
    (Nav::Access, "/access", "API access"),
    (Nav::Account, "/account", "Account"),
];

/// A page. The content begins with its `h1`.
pub(crate) fn page(shell: &Shell<'_>, title: &str, content: Markup) -> Markup {
    page_with(shell, title, html! {}, content)
}

/// A page with additional elements in its head.
pub(crate) fn page_with(shell: &Shell<'_>, title: &str, head: Markup, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – collector" }
                link rel="icon" type="image/svg+xml" href=(assets::icon_address());
                link rel="stylesheet" href=(assets::stylesheet_address());
                script src=(assets::script_address()) defer {}
                (head)
            }
            body {
                a.skip href="#main" { "Skip to main content" }
                header {
                    a.brand href="/" { "collector" }
                    @if let Some(account) = shell.account {
                        nav aria-label="Main" {
                            ul {
                                @for (nav, path, words) in ENTRIES {
                                    li { a href=(path) aria-current=[(nav == shell.current).then_some("page")] { (words) } }
                                }
                            }
                        }
                        @if let Some(csrf) = shell.csrf {
                            form method="post" action="/logout" {
                                input type="hidden" name="csrf" value=(csrf);
                                button type="submit" title={ "Signed in as " (account) } { "Sign out" }
                            }
                        }
                    }
                }
                main #main tabindex="-1" { (content) }
            }
        }
    }
}
