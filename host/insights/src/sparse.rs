//! Rows of numbers of which most are 0, as they are stored: which numbers are not 0, one bit each, and then these.

use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::SerializeTuple as _;
use serde::{Deserializer, Serializer};

/// Writes at most 64 numbers.
pub(crate) fn serialize<const N: usize, S: Serializer>(
    numbers: &[i64; N],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    const { assert!(N <= 64) };
    let present = || numbers.iter().filter(|number| **number != 0);
    let bits = (0..).zip(numbers).filter(|(_, number)| **number != 0);
    let mask = bits.fold(0_u64, |mask, (bit, _)| mask | 1 << bit);
    let mut tuple = serializer.serialize_tuple(1 + present().count())?;
    tuple.serialize_element(&mask)?;
    for number in present() {
        tuple.serialize_element(number)?;
    }
    tuple.end()
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, const N: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<[i64; N], D::Error> {
    deserializer.deserialize_tuple(1 + N, Numbers::<N>)
}

struct Numbers<const N: usize>;

impl<'de, const N: usize> Visitor<'de> for Numbers<N> {
    type Value = [i64; N];

    fn expecting(&self, words: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(words, "a mask of {N} bits, and a number for each that is set")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let missing = || A::Error::custom("a number is missing");
        let mut mask: u64 = from.next_element()?.ok_or_else(missing)?;
        let mut numbers = [0; N];
        while mask != 0 {
            let place = numbers
                .get_mut(mask.trailing_zeros() as usize)
                .ok_or_else(|| A::Error::custom("there are more numbers than there can be"))?;
            *place = from.next_element()?.ok_or_else(missing)?;
            mask &= mask - 1;
        }
        Ok(numbers)
    }
}
