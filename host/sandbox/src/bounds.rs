//! The limits on each text and list that a connector returns. `wit/` tells them to authors of connectors.
//!
//! A meeting with its room must fit into one message of a sink (NATS takes a megabyte by default, and JSON writes a byte as up to six), and
//! its key into one row of an index (PostgreSQL takes 2,704 bytes); text for people must fit into a line. So anything that is *used* (a
//! name, a cursor, a scope) is refused when it exceeds its limit: cutting would change its meaning. *Words* for people are cut. The total
//! of one call is limited before that: see [`COPIED_BYTES`](super::limits::COPIED_BYTES).

/// A meeting's id. Graph's have about 150 bytes; with the room's address it is the key of the meeting's row.
pub(super) const MEETING_ID: Bound = Bound::bytes(1_024, "a meeting's id");
/// A meeting's series: also an id.
pub(super) const SERIES: Bound = Bound::bytes(1_024, "a meeting's series");
/// A meeting's subject. Exchange keeps 255 characters; calendars elsewhere are less strict.
pub(super) const SUBJECT: Bound = Bound::bytes(4_096, "a meeting's subject");

/// A room's address: 64 bytes of a mailbox, the `@`, and 255 of a domain (RFC 5321, section 4.5.3.1).
pub(super) const ADDRESS: Bound = Bound::bytes(320, "its address");
/// A room's key: like an id, but longer, since it may hold a web address.
pub(super) const KEY: Bound = Bound::bytes(4_096, "its key");
/// A room's name. Exchange keeps 256 characters.
pub(super) const ROOM_NAME: Bound = Bound::bytes(1_024, "its name");
/// A room's building: also a name.
pub(super) const BUILDING: Bound = Bound::bytes(1_024, "its building");
/// The room lists that a room is in. A large tenant has some hundreds.
pub(super) const ROOM_LISTS: Bound = Bound::items(1_000, "its list of room lists");
/// One room list: an address or a name.
pub(super) const ROOM_LIST: Bound = Bound::bytes(1_024, "the name of one of its room lists");
/// The rooms of a source. So many, with all their details, are about what one call may return.
pub(super) const ROOMS: Bound = Bound::items(50_000, "its list of rooms");
/// The room lists of a source that could not be expanded.
pub(super) const LIST_PROBLEMS: Bound = Bound::items(10_000, "its list of room lists with problems");
/// The spaces of a source, as its rooms.
pub(super) const SPACES: Bound = Bound::items(50_000, "its list of spaces");
/// A space's key: a part of the key of its records' rows.
pub(super) const SPACE: Bound = Bound::bytes(1_024, "its key");
/// The name of a time zone: IANA's longest has 32 bytes.
pub(super) const ZONE: Bound = Bound::bytes(64, "its time zone");
/// A room's cursor. Graph's links to changes have up to some thousand bytes.
pub(super) const CURSOR: Bound = Bound::bytes(65_536, "its cursor");
/// The outcomes of a call: ten times the rooms of the largest slice.
pub(super) const OUTCOMES: Bound = Bound::items(10_000, "its list of outcomes");

/// What happened, and what to do about it. Some hundred bytes are usual; every room of a slice may have its own text.
pub(super) const WORDS: Bound = Bound::bytes(2_048, "its text");
/// The service's code for it.
pub(super) const CODE: Bound = Bound::bytes(256, "its code");
/// What a check tried: one thing, with an address in it.
pub(super) const CHECK_NAME: Bound = Bound::bytes(512, "its name");
/// The checks of a validation: one for each room list, and some more.
pub(super) const CHECKS: Bound = Bound::items(10_000, "its list of checks");
/// The key of a setting.
pub(super) const SETTING: Bound = Bound::bytes(256, "the key of a setting");
/// Problems with settings: nobody reads more.
pub(super) const SETTINGS_PROBLEMS: Bound = Bound::items(100, "its list of problems with the settings");

/// A connector's name: the name of a file.
pub(super) const CONNECTOR: Bound = Bound::bytes(64, "its name");
/// A connector's version.
pub(super) const VERSION: Bound = Bound::bytes(64, "its version");
/// A title of a connector or a guide.
pub(super) const TITLE: Bound = Bound::bytes(256, "its title");
/// A description of a connector or a guide.
pub(super) const DESCRIPTION: Bound = Bound::bytes(4_096, "its description");
/// The schema of a connector's settings. That of `o365`, which explains much, takes a tenth of this.
pub(super) const SCHEMA: Bound = Bound::bytes(262_144, "its settings schema");
/// The origins that a connector may need, or that a token may be sent to.
pub(super) const ORIGINS: Bound = Bound::items(256, "its list of origins");
/// An origin: a host's name has at most 253 bytes.
pub(super) const ORIGIN: Bound = Bound::bytes(512, "an origin");
/// The credentials that a connector asks for.
pub(super) const SECRETS: Bound = Bound::items(64, "its list of secrets");
/// The name of a credential.
pub(super) const SECRET: Bound = Bound::bytes(128, "the name of a secret");
/// What a credential or a permission is used for: a sentence.
pub(super) const PURPOSE: Bound = Bound::bytes(1_024, "a purpose");

/// The scope of a token.
pub(super) const SCOPE: Bound = Bound::bytes(4_096, "its scope");
/// The address of a token endpoint or a consent page. Browsers and servers take about as much.
pub(super) const PAGE: Bound = Bound::bytes(8_192, "the address of its token endpoint or consent page");
/// The permissions that an administrator is asked for.
pub(super) const PERMISSIONS: Bound = Bound::items(256, "its list of permissions");
/// The name of a permission.
pub(super) const PERMISSION: Bound = Bound::bytes(256, "the name of a permission");

/// The ways to limit what an application may read.
pub(super) const GUIDES: Bound = Bound::items(16, "its list of guides");
/// The steps of one guide.
pub(super) const STEPS: Bound = Bound::items(100, "its list of steps");
/// The instructions of a step.
pub(super) const STEP: Bound = Bound::bytes(4_096, "the text of a step");
/// The commands of a step: they may name all room lists of the settings.
pub(super) const COMMANDS: Bound = Bound::bytes(262_144, "the commands of a step");

/// The URL of a request: a cursor may hold one.
pub(super) const URL: Bound = Bound::bytes(65_536, "the request's URL");
/// The headers of a request.
pub(super) const HEADERS: Bound = Bound::items(100, "the request's list of headers");
/// A header's name or value: the largest is a token.
pub(super) const HEADER: Bound = Bound::bytes(16_384, "a header of the request");

/// Words for people, put together from a connector's, cut to the limit of one text.
pub fn words(text: String) -> String {
    WORDS.cut(text)
}

/// The error that something exceeds its limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} has {} {unit}; at most {} are allowed", grouped(*.has), grouped(*.most))]
pub struct Excess {
    what: &'static str,
    has: usize,
    most: usize,
    unit: &'static str,
}

/// The limit of one thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    what: &'static str,
    most: usize,
    unit: &'static str,
}

impl Bound {
    const fn bytes(most: usize, what: &'static str) -> Self {
        let unit = "bytes";
        Self { what, most, unit }
    }

    const fn items(most: usize, what: &'static str) -> Self {
        let unit = "items";
        Self { what, most, unit }
    }

    /// Refuses a value over the limit.
    pub(super) fn check<T: Extent + ?Sized>(self, value: &T) -> Result<(), Excess> {
        let Self { what, most, unit } = self;
        let has = value.extent();
        if has <= most {
            return Ok(());
        }
        Err(Excess {
            what,
            has,
            most,
            unit,
        })
    }

    /// Refuses a value over the limit, and returns any other.
    pub(super) fn take<T: Extent>(self, value: T) -> Result<T, Excess> {
        self.check(&value)?;
        Ok(value)
    }

    /// Refuses a list over the limit; converts each item of any other.
    pub(super) fn take_each<T, U>(
        self,
        items: Vec<T>,
        take: impl FnMut(T) -> Result<U, Excess>,
    ) -> Result<Vec<U>, Excess> {
        self.take(items)?.into_iter().map(take).collect()
    }

    /// Cuts a text to its limit, with an ellipsis where something was cut. Frees the memory of the rest.
    pub(super) fn cut(self, mut text: String) -> String {
        if text.len() > self.most {
            let kept = self.most.saturating_sub('…'.len_utf8());
            text.truncate(text.floor_char_boundary(kept));
            text.push('…');
            text.shrink_to_fit();
        }
        text
    }

    /// Cuts a list to its limit. Its last item is then `rest`, given the number of items that do not fit.
    pub(super) fn cut_list<T>(self, mut items: Vec<T>, rest: impl FnOnce(usize) -> T) -> Vec<T> {
        if items.len() > self.most {
            let kept = self.most.saturating_sub(1);
            let more = items.len() - kept;
            items.truncate(kept);
            items.push(rest(more));
            items.shrink_to_fit();
        }
        items
    }
}

/// What a limit counts: the bytes of a text, the items of a list.
pub(super) trait Extent {
    /// The number of bytes or items.
    fn extent(&self) -> usize;
}

impl Extent for str {
    fn extent(&self) -> usize {
        self.len()
    }
}

impl Extent for String {
    fn extent(&self) -> usize {
        self.len()
    }
}

impl<T> Extent for Vec<T> {
    fn extent(&self) -> usize {
        self.len()
    }
}

impl<T: Extent> Extent for Option<T> {
    fn extent(&self) -> usize {
        self.as_ref().map_or(0, Extent::extent)
    }
}

/// A number with commas: `1,024`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FEW: Bound = Bound::bytes(8, "its name");

    #[test]
    fn what_is_over_its_limit_is_refused_with_both_figures() {
        assert_eq!(ROOM_NAME.take("x".repeat(1_024)).unwrap().len(), 1_024);
        assert_eq!(
            ROOM_NAME.take("x".repeat(3 << 20)).unwrap_err().to_string(),
            "its name has 3,145,728 bytes; at most 1,024 are allowed"
        );
        assert_eq!(
            ROOMS.check(&vec![(); 50_001]).unwrap_err().to_string(),
            "its list of rooms has 50,001 items; at most 50,000 are allowed"
        );
    }

    #[test]
    fn bytes_are_counted_and_not_letters() {
        assert!(FEW.check("会議").is_ok());
        assert!(FEW.check("会議室").is_err());
    }

    #[test]
    fn a_list_is_refused_for_its_length_and_for_each_of_its_items() {
        let pair = Bound::items(2, "its list");
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        let take = |items: &[&str]| pair.take_each(list(items), |item| FEW.take(item));
        assert_eq!(take(&["one", "two"]).unwrap(), ["one", "two"]);
        assert!(take(&["one", "two", "three"]).is_err());
        assert!(take(&["one", "much more"]).is_err());
    }

    #[test]
    fn a_list_of_words_that_is_cut_says_how_many_are_left_out() {
        let pair = Bound::items(2, "its list");
        let cut = |items: Vec<usize>| pair.cut_list(items, |more| more * 100);
        assert_eq!(cut(vec![1, 2]), [1, 2]);
        assert_eq!(cut(vec![1, 2, 3, 4]), [1, 300]);
    }

    #[test]
    fn a_meeting_with_its_room_fits_into_a_message_and_its_key_into_an_index() {
        let texts = [MEETING_ID, SERIES, SUBJECT, ADDRESS, ROOM_NAME, BUILDING];
        // Each byte as `\u0000`.
        assert!(texts.iter().map(|bound| bound.most * 6).sum::<usize>() < 1_000_000 / 10);
        // And a source's name.
        const { assert!(MEETING_ID.most + ADDRESS.most + 64 < 2_704) };
    }

    #[test]
    fn the_contract_says_each_limit() {
        let connector = include_str!("../../../wit/connector.wit");
        let rooms: &[Bound] = &[
            ADDRESS,
            KEY,
            ROOM_NAME,
            BUILDING,
            ROOM_LISTS,
            ROOM_LIST,
            ROOMS,
            LIST_PROBLEMS,
            CURSOR,
        ];
        let words: &[Bound] = &[CHECK_NAME, CHECKS, SETTING, SETTINGS_PROBLEMS, WORDS];
        let manifest: &[Bound] = &[
            CONNECTOR,
            VERSION,
            TITLE,
            DESCRIPTION,
            SCHEMA,
            ORIGINS,
            ORIGIN,
            SECRETS,
            SECRET,
            PURPOSE,
        ];
        let authorization: &[Bound] = &[SCOPE, PAGE, PERMISSIONS, PERMISSION];
        let guides: &[Bound] = &[GUIDES, TITLE, DESCRIPTION, STEPS, STEP, COMMANDS];
        for (text, bounds) in [
            (connector, rooms),
            (connector, words),
            (connector, manifest),
            (connector, authorization),
            (include_str!("../../../wit/administration.wit"), guides),
            (
                include_str!("../../../wit/meetings.wit"),
                &[MEETING_ID, SERIES, SUBJECT],
            ),
            (
                include_str!("../../../wit/spaces.wit"),
                &[
                    SPACE,
                    ROOM_NAME,
                    ADDRESS,
                    BUILDING,
                    ZONE,
                    KEY,
                    SPACES,
                    LIST_PROBLEMS,
                    CURSOR,
                ],
            ),
            (include_str!("../../../wit/types.wit"), &[WORDS, CODE]),
            (include_str!("../../../wit/http.wit"), &[URL, HEADERS, HEADER]),
            (include_str!("../../../wit/secrets.wit"), &[SECRET]),
            (include_str!("../../../wit/log.wit"), &[WORDS]),
        ] {
            for bound in bounds {
                assert!(text.contains(&grouped(bound.most)), "{bound:?}");
            }
        }
        assert!(connector.contains(&grouped(super::super::limits::COPIED_BYTES)));
    }

    proptest! {
        #[test]
        fn a_text_that_was_cut_fits_and_is_the_beginning_of_what_was_said(text: String, most in 3usize..40) {
            let cut = Bound::bytes(most, "it").cut(text.clone());
            prop_assert!(cut.len() <= most);
            if text.len() <= most {
                prop_assert_eq!(cut, text);
            } else {
                prop_assert!(text.starts_with(cut.strip_suffix('…').unwrap()));
                // Cutting leaves out no more than it must, except for part of a letter.
                prop_assert!(cut.len() + 3 >= most);
            }
        }

        #[test]
        fn what_is_taken_is_handed_on_as_it_came(text: String, most in 0usize..40) {
            match Bound::bytes(most, "it").take(text.clone()) {
                Ok(taken) => prop_assert_eq!(taken, text),
                Err(_) => prop_assert!(text.len() > most),
            }
        }

        #[test]
        fn digits_are_grouped_by_three(number: usize) {
            let grouped = grouped(number);
            prop_assert_eq!(grouped.replace(',', ""), number.to_string());
            prop_assert!(grouped.rsplit(',').skip(1).count() == (number.to_string().len() - 1) / 3);
        }
    }
}
