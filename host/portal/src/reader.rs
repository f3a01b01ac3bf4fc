//! Who reads a page: the time zone in which instants are shown, and the address of the page. Each instant on each page needs the zone, so it
//! is kept beside the request that is answered, and pages need not pass it on.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;

use crate::zone::Zone;

/// The cookie that names the zone.
pub(crate) const COOKIE_NAME: &str = "zone";
/// What the cookie's value begins with if the script wrote it: then the zone follows that of the browser.
pub(crate) const OWN: &str = "auto:";

tokio::task_local! {
    static READER: Reader;
}

/// The reader of the page that is being made.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    zone: Zone,
    /// Path and query.
    address: String,
}

impl Reader {
    /// The reader of the answer to a request. Without a zone in the cookie, it is UTC.
    pub(crate) fn of(request: &Request) -> Self {
        let address = request.uri().path_and_query().map_or("/", |path| path.as_str());
        Self {
            zone: cookies(request.headers(), COOKIE_NAME)
                .next()
                .and_then(|name| Zone::named(name.strip_prefix(OWN).unwrap_or(name)))
                .unwrap_or(Zone::UTC),
            address: address.to_owned(),
        }
    }

    /// The reader of the page that is being made now.
    pub(crate) fn present() -> Self {
        READER.try_with(Clone::clone).unwrap_or(Self {
            zone: Zone::UTC,
            address: "/".to_owned(),
        })
    }

    /// Answers a request of this reader.
    pub(crate) async fn reads<F: Future>(self, answer: F) -> F::Output {
        READER.scope(self, answer).await
    }
}

/// The zone in which instants are shown.
pub(crate) fn zone() -> Zone {
    Reader::present().zone
}

/// The address of the page that is being made: path and query.
pub(crate) fn address() -> String {
    Reader::present().address
}

/// The values of the cookies of a name: browsers may send several.
pub(crate) fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(move |cookie| cookie.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
pub(crate) mod tests {
    use axum::body::Body;

    use super::*;

    /// Makes a page as someone in this zone reads it.
    pub(crate) fn in_zone<T>(name: &str, make: impl FnOnce() -> T) -> T {
        let reader = Reader {
            zone: Zone::named(name).unwrap(),
            address: "/".into(),
        };
        READER.sync_scope(reader, make)
    }

    #[test]
    fn the_zone_is_the_one_in_the_cookie_or_utc() {
        for (cookies, zone) in [
            ("zone=Europe/Berlin", "Europe/Berlin"),
            ("id=x; zone=auto:Asia/Tokyo; y=z", "Asia/Tokyo"),
            ("timezone=Asia/Tokyo", "UTC"),
            ("zone=Mars", "UTC"),
            ("", "UTC"),
        ] {
            let request = Request::get("/rooms?text=x").header(COOKIE, cookies);
            let reader = Reader::of(&request.body(Body::empty()).unwrap());
            assert_eq!(reader.zone.name(), zone, "{cookies}");
            assert_eq!(reader.address, "/rooms?text=x");
        }
    }
}
