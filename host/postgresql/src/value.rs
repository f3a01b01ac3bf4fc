//! Values that PostgreSQL cannot hold, made such that it can: otherwise it would refuse for ever what contains them.

use std::borrow::Cow;

/// Replaces NUL, the only character that PostgreSQL's text cannot hold.
pub fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// UTC seconds for `to_timestamp`, limited to the years 1 to 9999.
pub fn seconds(seconds: i64) -> f64 {
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    // An f64 holds these whole numbers exactly.
    #[allow(clippy::cast_precision_loss)]
    let seconds = seconds.clamp(FIRST, LAST) as f64;
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nul_is_replaced() {
        assert!(matches!(text("会議 \u{1}"), Cow::Borrowed("会議 \u{1}")));
        assert_eq!(text("a\0b\0"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn instants_outside_of_the_years_that_can_be_written_are_the_nearest_ones() {
        assert_eq!(seconds(1_773_133_200), 1_773_133_200.0);
        assert_eq!(seconds(i64::MIN), -62_135_596_800.0);
        assert_eq!(seconds(i64::MAX), 253_402_300_799.0);
    }
}
