//! Takes passwords out of the addresses of servers.

use url::{Url, form_urlencoded};

/// The kind of sink whose addresses may name a user.
const POSTGRESQL: &str = "postgresql";

/// The address without its password; none if it has none. Except in a database, what stands where a user would may be a token, so it goes
/// along. Also takes what is no valid address: a password with a `/` makes it one.
pub(super) fn without_password(kind: &str, typed: &str) -> Option<String> {
    let keeps_user = kind == POSTGRESQL;
    let Some(url) = Url::parse(typed.trim()).ok().filter(|url| url.has_host()) else {
        return without_credentials(typed, keeps_user);
    };
    let mut without = url.clone();
    // Neither fails: there is a host.
    let _ = without.set_password(None);
    if !keeps_user {
        let _ = without.set_username("");
    } else if let Some(query) = url.query() {
        let is_password = |option: &&str| {
            let mut pairs = form_urlencoded::parse(option.as_bytes());
            pairs.any(|(key, _)| key.ends_with("password"))
        };
        let kept: Vec<&str> = query.split('&').filter(|option| !is_password(option)).collect();
        let kept = kept.join("&");
        without.set_query((!kept.is_empty()).then_some(&kept));
    }
    (without != url).then(|| without.to_string())
}

/// The same for a text: what is between `://` and the last `@` are the credentials.
fn without_credentials(typed: &str, keeps_user: bool) -> Option<String> {
    let start = typed.find("://").map_or(0, |at| at + "://".len());
    let (scheme, rest) = typed.split_at_checked(start)?;
    let (credentials, host) = rest.rsplit_once('@')?;
    match credentials.split_once(':') {
        Some((user, _)) if keeps_user => Some(format!("{scheme}{user}@{host}")),
        None if keeps_user => None,
        _ => Some(format!("{scheme}{host}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_its_password_and_nothing_else() {
        for (kind, typed, without) in [
            (
                POSTGRESQL,
                "postgresql://u:PW@db.example.com:5433/rooms?sslmode=disable",
                "postgresql://u@db.example.com:5433/rooms?sslmode=disable",
            ),
            (
                POSTGRESQL,
                "postgresql://u@db.example.com/rooms?p%61ssword=PW&user=u",
                "postgresql://u@db.example.com/rooms?user=u",
            ),
            (
                POSTGRESQL,
                "postgresql://u:P/W@db/rooms",
                "postgresql://u@db/rooms",
            ),
            (
                POSTGRESQL,
                "postgresql://u:PW@a:1,b:2/rooms",
                "postgresql://u@a:1,b:2/rooms",
            ),
            (POSTGRESQL, "u:PW@db/rooms", "u@db/rooms"),
            ("nats", "nats://u:PW@bus:4222", "nats://bus:4222"),
            ("nats", " tls://PW@bus", "tls://bus"),
            (
                "webhook",
                "https://u:PW@example.com/x?a=1",
                "https://example.com/x?a=1",
            ),
        ] {
            assert_eq!(without_password(kind, typed).as_deref(), Some(without), "{typed}");
        }
        for (kind, typed) in [
            (POSTGRESQL, ""),
            (POSTGRESQL, "postgresql://u@db/rooms"),
            (POSTGRESQL, "postgresql://u@a:1,b:2/rooms"),
            (POSTGRESQL, "postgresql:///rooms?host=/run/postgresql&user=u"),
            ("nats", "tls://bus:4222"),
            ("webhook", "https://example.com/a@b:c"),
            ("webhook", "example.com"),
        ] {
            assert_eq!(without_password(kind, typed), None, "{typed}");
        }
    }
}
