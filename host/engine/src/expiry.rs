//! The end of the certificates that a source signs in with, and the warnings before it.

use chrono::DateTime;

/// How long before its end a certificate causes a warning, in seconds: a month, since several people may have to agree to the change.
pub const SOON: i64 = 30 * DAY;
const DAY: i64 = 24 * 60 * 60;

/// A certificate's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// `certificate { file = "app.pem" }`.
    pub credential: String,
    /// UTC seconds.
    pub at: i64,
}

impl Expiry {
    /// The warning at `now` (UTC seconds), and what to do; none while there is time.
    pub fn warning(&self, now: i64) -> Option<(String, &'static str)> {
        let left = self.at.saturating_sub(now);
        if left > SOON {
            return None;
        }
        let when = match left / DAY {
            _ if left <= 0 => format!("expired on {}", self.day()),
            0 => format!("expires today or tomorrow, on {}", self.day()),
            1 => format!("expires in a day, on {}", self.day()),
            days => format!("expires in {days} days, on {}", self.day()),
        };
        Some((
            format!("{} {when}", self.credential),
            "register a new certificate with the application and list both, the new one first: certificate = [{ … }, { … }]; then remove the old one",
        ))
    }

    /// The day on which the certificate ends, in UTC.
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
}
