//! The end of the certificates and the refresh token that a source signs in with, and the warnings before it.

use chrono::DateTime;

const DAY: i64 = 24 * 60 * 60;

/// What ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A certificate.
    Certificate,
    /// A refresh token. Each use extends its life, as far as the login server allows.
    RefreshToken,
}

impl Kind {
    /// Its name for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::RefreshToken => "refresh token",
        }
    }

    /// How long before its end it causes a warning, in seconds. A certificate: a month, since several people may have to agree to the
    /// change. A refresh token: two weeks, in which it is used once a day if all is well.
    fn soon(self) -> i64 {
        match self {
            Self::Certificate => 30 * DAY,
            Self::RefreshToken => 14 * DAY,
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Certificate => {
                "register a new certificate with the application and list both, the new one first: certificate = [{ … }, { … }]; then remove the old one"
            }
            Self::RefreshToken => {
                "get a new one where the application is registered, and put it in place of the old one; each use of a refresh token extends its \
                 life, unless the login server limits that"
            }
        }
    }
}

/// The end of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// What it is.
    pub kind: Kind,
    /// `certificate { file = "app.pem" }`.
    pub credential: String,
    /// UTC seconds.
    pub at: i64,
}

impl Expiry {
    /// The warning at `now` (UTC seconds), and what to do; none while there is time.
    pub fn warning(&self, now: i64) -> Option<(String, &'static str)> {
        let left = self.at.saturating_sub(now);
        if left > self.kind.soon() {
            return None;
        }
        let when = match left / DAY {
            _ if left <= 0 => format!("expired on {}", self.day()),
            0 => format!("expires today or tomorrow, on {}", self.day()),
            1 => format!("expires in a day, on {}", self.day()),
            days => format!("expires in {days} days, on {}", self.day()),
        };
        Some((format!("{} {when}", self.credential), self.kind.remedy()))
    }

    /// The day on which it ends, in UTC.
    pub fn day(&self) -> String {
        DateTime::from_timestamp(self.at, 0).map_or_else(String::new, |at| at.format("%Y-%m-%d").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_before_its_end_a_certificate_is_warned_of() {
        let expiry = Expiry {
            kind: Kind::Certificate,
            credential: "certificate { file = \"app.pem\" }".into(),
            at: 1_773_136_800,
        };
        let said = |days: i64| expiry.warning(expiry.at - days * DAY).map(|(text, _)| text);
        assert_eq!(said(31), None);
        for (days, words) in [
            (30, "expires in 30 days, on 2026-03-10"),
            (1, "expires in a day, on 2026-03-10"),
            (0, "expired on 2026-03-10"),
            (-5, "expired on 2026-03-10"),
        ] {
            assert_eq!(
                said(days).unwrap(),
                format!("certificate {{ file = \"app.pem\" }} {words}")
            );
        }
        let (_, remedy) = expiry.warning(expiry.at).unwrap();
        assert!(remedy.contains("list both"), "{remedy}");
    }

    #[test]
    fn two_weeks_before_its_end_a_refresh_token_is_warned_of() {
        let expiry = Expiry {
            kind: Kind::RefreshToken,
            credential: "refresh-token { stored = \"webex\" }".into(),
            at: 1_773_136_800,
        };
        assert_eq!(expiry.warning(expiry.at - 15 * DAY), None);
        let (text, remedy) = expiry.warning(expiry.at - 14 * DAY).unwrap();
        assert_eq!(
            text,
            "refresh-token { stored = \"webex\" } expires in 14 days, on 2026-03-10"
        );
        assert!(remedy.starts_with("get a new one"), "{remedy}");
    }
}
