//! What each role may open: the one place that decides it. A route that is not named here is for administrators alone, so that a new page
//! is shown to nobody by mistake. The guard asks before any handler, and the navigation offers nothing else.

pub(crate) use crate::api::Role;

/// The routes that need less than an administrator, each with the least role that may use it. One that ends in `/*` stands for all routes
/// below it.
pub(crate) const LEAST: [(&str, Role); 15] = [
    ("/", Role::Viewer),
    ("/overview/now", Role::Viewer),
    ("/zone", Role::Viewer),
    ("/insights/*", Role::Viewer),
    ("/rooms", Role::Viewer),
    ("/timeline", Role::Viewer),
    ("/definitions", Role::Viewer),
    ("/account", Role::Viewer),
    ("/account/password", Role::Viewer),
    ("/logout", Role::Viewer),
    ("/session", Role::Viewer),
    ("/signed-in", Role::Viewer),
    ("/access", Role::Analyst),
    ("/access/add", Role::Analyst),
    ("/access/revoke", Role::Analyst),
];

/// The least role that may use a route, which is named as the router names it: `/sources/{name}`.
pub(crate) fn least(route: &str) -> Role {
    let is_named = |named: &str| match named.strip_suffix("/*") {
        Some(above) => route
            .strip_prefix(above)
            .is_some_and(|below| below.starts_with('/')),
        None => named == route,
    };
    LEAST
        .iter()
        .find(|(named, _)| is_named(named))
        .map_or(Role::Administrator, |(_, role)| *role)
}

/// A role with its article.
pub(crate) fn named(role: Role) -> &'static str {
    match role {
        Role::Administrator => "an administrator",
        Role::Analyst => "an analyst",
        Role::Viewer => "a viewer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_without_an_entry_is_for_administrators() {
        for route in [
            "/audit",
            "/rooms/new",
            "/account/add",
            "/roomsx",
            "",
            "//",
            "/Rooms",
        ] {
            assert_eq!(least(route), Role::Administrator, "{route}");
        }
        assert_eq!(least("/"), Role::Viewer);
        assert_eq!(least("/insights/spaces/{source}/{address}"), Role::Viewer);
        assert_eq!(least("/insights"), Role::Administrator);
        assert_eq!(least("/access"), Role::Analyst);
    }
}
