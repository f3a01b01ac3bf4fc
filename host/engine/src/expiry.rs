//! When a certificate ends that a source signs in with, and what is said before it does.

use chrono::DateTime;

/// How long before its end a certificate is warned of, in seconds: a month is what a change takes where several must agree to it.
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
    /// What there is to say at `now` (UTC seconds), and what to do; none while there is time.
    pub fn warning(&self, now: i64) -> Option<(String, &'static str)> {
        let left = self.at.saturating_sub(now);
        if left > SOON {
            return None;
        }
        let when = match left / DAY {
            _ if left <= 0 => format!("ended on {}", self.day()),
            0 => format!("ends today or tomorrow, on {}", self.day()),
            1 => format!("ends in a day, on {}", self.day()),
            days => format!("ends in {days} days, on {}", self.day()),
        };
        Some((
            format!("{} {when}", self.credential),
            "register a new one with the application and name both, the new one first: certificate = [{ … }, { … }]; then remove the old one",
        ))
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
            credential: "certificate { file = \"app.pem\" }".into(),
            at: 1_773_136_800,
        };
        let said = |days: i64| expiry.warning(expiry.at - days * DAY).map(|(text, _)| text);
        assert_eq!(said(31), None);
        for (days, words) in [
            (30, "ends in 30 days, on 2026-03-10"),
            (1, "ends in a day, on 2026-03-10"),
            (0, "ended on 2026-03-10"),
            (-5, "ended on 2026-03-10"),
        ] {
            assert_eq!(
                said(days).unwrap(),
                format!("certificate {{ file = \"app.pem\" }} {words}")
            );
        }
        let (_, remedy) = expiry.warning(expiry.at).unwrap();
        assert!(remedy.contains("name both"), "{remedy}");
    }
}
