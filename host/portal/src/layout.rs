//! The frame of every page: head, navigation and the place for the content.

use maud::{DOCTYPE, Markup, html};

use crate::pages::elements::foreign;
use crate::roles::{self, Role};
use crate::zone_switch::switch;
use crate::{assets, kept, reader};

/// What the frame shows about the current session.
pub(crate) struct Shell<'a> {
    /// What it may open, which is all that the navigation offers.
    pub(crate) role: Option<Role>,
    /// The account that is signed in. Without one the page has no navigation.
    pub(crate) account: Option<&'a str>,
    /// The token that forms of this session carry.
    pub(crate) csrf: Option<&'a str>,
    /// The entry of the navigation that the page belongs to.
    pub(crate) current: Nav,
}

impl Shell<'_> {
    /// Of a page that is open to everybody.
    pub(crate) const STRANGER: Self = Self {
        role: None,
        account: None,
        csrf: None,
        current: Nav::None,
    };
}

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nav {
    Overview,
    RoomUse,
    NoShows,
    Zombies,
    Demand,
    Trust,
    Reports,
    Definitions,
    Timeline,
    Rooms,
    Infrastructure,
    Joins,
    Connectors,
    Sinks,
    Audit,
    Access,
    Account,
    /// None of them.
    None,
}

/// An entry with its path and its words.
type Entry = (Nav, &'static str, &'static str);

/// The navigation: what people look at first, then what administrators set up.
const GROUPS: [(&str, &[Entry]); 3] = [
    (
        "Insights",
        &[
            (Nav::Overview, "/", "Overview"),
            (Nav::RoomUse, "/insights/spaces", "Spaces"),
            (Nav::NoShows, "/insights/no-shows", "No-shows and release"),
            (Nav::Zombies, "/insights/zombies", "Zombie series"),
            (Nav::Demand, "/insights/demand", "Demand and fit"),
            (Nav::Trust, "/insights/trust", "Devices and trust"),
            (Nav::Reports, "/insights/reports", "Reports"),
            (Nav::Definitions, "/definitions", "Definitions"),
        ],
    ),
    (
        "Calendars",
        &[
            (Nav::Timeline, "/timeline", "Timeline"),
            (Nav::Rooms, "/rooms", "Rooms"),
        ],
    ),
    (
        "Setup",
        &[
            (Nav::Infrastructure, "/infrastructure", "Infrastructure"),
            (Nav::Joins, "/spaces", "Device spaces"),
            (Nav::Connectors, "/connectors", "Connectors"),
            (Nav::Sinks, "/sinks", "Sinks"),
            (Nav::Audit, "/audit", "Audit log"),
            (Nav::Access, "/access", "API access"),
            (Nav::Account, "/account", "Account"),
        ],
    ),
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
                link rel="icon" type="image/svg+xml" href=(assets::ICON.address());
                link rel="stylesheet" href=(assets::STYLESHEET.address());
                // First, because it decides whether a form is sent.
                @if shell.account.is_some() { script src=(assets::SESSION_SCRIPT.address()) defer {} }
                script src=(assets::SCRIPT.address()) defer {}
                (head)
            }
            body data-account=[shell.account] {
                a.skip href="#main" { "Skip to main content" }
                header {
                    a.brand href="/" { img src=(assets::ICON.address()) alt="" width="24" height="24"; "collector" }
                    @if let Some(account) = shell.account { (menu(shell, account)) }
                }
                main #main tabindex="-1" { (content) }
            }
        }
    }
}

/// The navigation. A narrow page has a button that shows it over the page, which browsers do without a script; a wide page shows it beside.
fn menu(shell: &Shell<'_>, account: &str) -> Markup {
    let present = reader::address();
    html! {
        button.menu-button type="button" popovertarget="menu" { "Menu" }
        div #menu .menu popover {
            nav aria-label="Main" {
                @for (group, entries) in GROUPS {
                    @let open: Vec<&Entry> = entries.iter().filter(|(_, path, _)| shell.role >= Some(roles::least(path))).collect();
                    @if !open.is_empty() {
                        h2 { (group) }
                        ul {
                            @for (nav, path, words) in open {
                                li { a href=(kept::next(path, &present)) aria-current=[(*nav == shell.current).then_some("page")] { (words) } }
                            }
                        }
                    }
                }
            }
            @if let Some(csrf) = shell.csrf {
                (switch(csrf))
                form method="post" action="/logout" {
                    p.muted { "Signed in as " (foreign(account)) @if let Some(role) = shell.role { ", " (roles::named(role)) } }
                    input type="hidden" name="csrf" value=(csrf);
                    button type="submit" { "Sign out" }
                }
            }
        }
    }
}
