//! Exchange PowerShell: values inside commands for administrators to run.

/// A text as one single-quoted string, in which PowerShell expands nothing: neither `$(…)` nor a back-tick. PowerShell treats typographic
/// quotes like the plain one, so they are doubled too ("about_Quoting_Rules").
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for letter in text.chars() {
        if matches!(letter, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(letter);
        }
        quoted.push(letter);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use proptest::prelude::*;

    #[test]
    fn quotes_are_doubled_and_nothing_else_is_changed() {
        assert_eq!(quoted("hq@contoso.com"), "'hq@contoso.com'");
        assert_eq!(quoted("o'neill@contoso.com"), "'o''neill@contoso.com'");
        assert_eq!(quoted("$(calc)`x@contoso.com"), "'$(calc)`x@contoso.com'");
        assert_eq!(
            quoted("a\u{2019};calc@contoso.com"),
            "'a\u{2019}\u{2019};calc@contoso.com'"
        );
    }

    proptest! {
        #[test]
        fn no_text_ends_its_string(text in "[a'\u{2018}\u{2019}\u{201a}\u{201b}$`;]{0,12}") {
            let quoted = quoted(&text);
            let inner: Vec<char> = quoted.chars().skip(1).take(quoted.chars().count() - 2).collect();
            let is_quote = |c: char| matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}');
            // As PowerShell reads it: each quote is followed by another, and the two mean one.
            let (mut read, mut at) = (String::new(), 0);
            while at < inner.len() {
                read.push(inner[at]);
                if is_quote(inner[at]) {
                    prop_assert!(inner.get(at + 1).is_some_and(|next| is_quote(*next)));
                    at += 1;
                }
                at += 1;
            }
            prop_assert_eq!(read, text);
        }
    }
}
