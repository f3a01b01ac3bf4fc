//! The order of names in lists: numbers in them count as numbers, so that "Room 2" comes before "Room 10", and capital letters do not matter.

use std::cmp::Ordering;

/// The order of two names. Names that differ only in capital letters or leading zeros are not equal.
pub fn compare(one: &str, other: &str) -> Ordering {
    Name::new(one).cmp(&Name::new(other))
}

/// A name that is compared with many others, in the order of [`compare`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name<'a> {
    lower: String,
    name: &'a str,
}

impl<'a> Name<'a> {
    /// Of a text.
    pub fn new(name: &'a str) -> Self {
        Self {
            lower: name.to_lowercase(),
            name,
        }
    }
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        alphanumeric_sort::compare_str(&self.lower, &other.lower).then_with(|| self.name.cmp(other.name))
    }
}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = [
            "Room 10",
            "room 9",
            "Room 2",
            "Äther",
            "Annex 1.10",
            "Annex 1.9",
            "10",
            "9",
            "",
        ];
        names.sort_by(|one, other| compare(one, other));
        assert_eq!(
            names,
            [
                "",
                "9",
                "10",
                "Annex 1.9",
                "Annex 1.10",
                "Room 2",
                "room 9",
                "Room 10",
                "Äther"
            ]
        );
    }

    proptest! {
        // Databases rely on it.
        #[test]
        fn it_is_an_order(names in prop::array::uniform3("[a-cA-C0-2 .٣-]{0,5}")) {
            let [one, two, three] = &names;
            prop_assert_eq!(compare(one, two), compare(two, one).reverse());
            prop_assert_eq!(compare(one, two).is_eq(), one == two);
            if compare(one, two).is_le() && compare(two, three).is_le() {
                prop_assert!(compare(one, three).is_le());
            }
        }
    }
}
