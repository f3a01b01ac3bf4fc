//! Ids and keys of the lengths that real ones have, and choices by weight.

use crate::size::Size;

/// What a generator of random numbers is for: see [`Size::random`]. Numbers of meetings and series follow after the last.
pub(crate) const THE_ROOM: u64 = 0;
pub(crate) const THE_CALENDAR: u64 = 1;
pub(crate) const THE_DEVICES: u64 = 2;
const THE_MAILBOX: u64 = 3;
const SERIES: u64 = 1 << 32;
const MEETINGS: u64 = 2 << 32;

/// Ids as Graph gives them to the meetings of a room: about 150 characters, of which the first 88 name its mailbox.
#[derive(Debug)]
pub(crate) struct Ids<'a> {
    size: &'a Size,
    room: usize,
    mailbox: String,
}

impl<'a> Ids<'a> {
    pub(crate) fn of(size: &'a Size, room: usize) -> Self {
        let mut random = size.random(room, THE_MAILBOX);
        let mailbox = format!(
            "AAMkA{}BGAAAAAA{}BwD",
            letters(&mut random, 48),
            letters(&mut random, 24)
        );
        Self { size, room, mailbox }
    }

    /// The id of a series, by its number.
    pub(crate) fn series(&self, number: u32) -> String {
        let mut random = self.size.random(self.room, SERIES + u64::from(number));
        format!("{}{}AAA=", self.mailbox, letters(&mut random, 60))
    }

    /// The id of a meeting, by its number. One of a series has a date in it, and the rest is that of the series.
    pub(crate) fn meeting(&self, number: u32, series: Option<u32>) -> String {
        let thing = match series {
            Some(series) => SERIES + u64::from(series),
            None => MEETINGS + u64::from(number),
        };
        let mut random = self.size.random(self.room, thing);
        let own = letters(&mut random, 60);
        match series {
            Some(_) => format!("{}FRAAgI3{number:08X}AABGAAAA{own}EAA=", self.mailbox),
            None => format!("{}{own}AAA=", self.mailbox),
        }
    }
}

/// So many letters and digits.
pub(crate) fn letters(random: &mut fastrand::Rng, count: usize) -> String {
    std::iter::repeat_with(|| random.alphanumeric())
        .take(count)
        .collect()
}

/// One of these, each as often as its weight says.
pub(crate) fn of_weight<T: Copy>(random: &mut fastrand::Rng, choices: &[(u32, T)]) -> Option<T> {
    let all: u32 = choices.iter().map(|(weight, _)| weight).sum();
    let mut left = random.u32(..all.max(1));
    for (weight, choice) in choices {
        if left < *weight {
            return Some(*choice);
        }
        left -= weight;
    }
    None
}

/// Whether something happens that does in so many of a thousand cases.
pub(crate) fn happens(random: &mut fastrand::Rng, of_thousand: u32) -> bool {
    random.u32(..1_000) < of_thousand
}
