//! The orders: what this connector is and does beyond its rooms. It reads them from a place in its own data that tests overwrite in the
//! compiled file, which gives a hundred versions of a connector without a hundred builds.
//!
//! Words `key=value`, separated by blanks; lists use commas. `version`, `name`, `slice`, `hosts`, `secrets` (never revealed),
//! `reveal` (secrets that it asks to see), `requires` (a setting that the schema then demands), `describe=trap|loop`,
//! `schema=chain|doubled` (few bytes, much work),
//! `authorization=trap|refuse`, `list=trap|fail|log|crowd` (more rooms than allowed), `collect=trap|loop`, `overlong=` (megabytes of:
//! `title`, `schema`, `scope`, `problem`, `check`, or of the first room `address`, `key`, `name`, `building`, `list`, `lists`).

/// Bytes of the place, including its mark.
const SIZE: usize = 512;
/// The beginning of the place, so that tests can find it.
const MARK: &[u8] = b"orders of the hostile connector:";

static PLACE: [u8; SIZE] = place();

const fn place() -> [u8; SIZE] {
    let mut place = [b' '; SIZE];
    let mut at = 0;
    while at < MARK.len() {
        place[at] = MARK[at];
        at += 1;
    }
    place
}

/// The value of a key, if it is given.
pub(crate) fn order(key: &str) -> Option<String> {
    // Read each byte as volatile, because the compiler must not assume the content.
    let bytes = (MARK.len()..SIZE)
        .map(|at| unsafe { std::ptr::read_volatile(PLACE.as_ptr().add(at)) })
        .collect();
    let text = String::from_utf8(bytes).unwrap_or_default();
    text.split_whitespace()
        .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
        .map(str::to_owned)
}

/// The parts of a list.
pub(crate) fn orders(key: &str) -> Vec<String> {
    let list = order(key).unwrap_or_default();
    list.split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
