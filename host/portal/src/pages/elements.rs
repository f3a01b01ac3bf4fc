//! Building blocks of several pages: foreign text, instants, numbers, badges, links. A state is always a word; the stylesheet adds colour
//! and symbol.

use chrono::{DateTime, FixedOffset, Utc};
use collector_model::text::capitalized;
use maud::{Markup, html};
use url::form_urlencoded;

use crate::api::DraftSummary;
use crate::reader;

/// How good a state is; gives its badge a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Passed,
    /// Needs attention.
    Warning,
    /// Less than everything, as configured.
    Limited,
    /// Under way.
    Pending,
    /// Broken.
    Failed,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warning => "warning",
            Self::Limited => "limited",
            Self::Pending => "pending",
            Self::Failed => "failed",
        }
    }
}

/// A state: a word with a colour. The stylesheet adds the symbol.
pub(crate) fn badge(tone: Tone, word: &str) -> Markup {
    html! { span class={ "status " (tone.class()) } { (word) } }
}

/// The hidden field that proves that one of our pages sent the form.
pub(crate) fn token(csrf: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(csrf); }
}

/// For browsers without scripts: a link that reloads a page on which something is under way.
pub(crate) fn reload() -> Markup {
    html! { noscript { p { a href=(reader::address()) { "Reload" } " to see how it goes on." } } }
}

/// The outcome of a room, in the words of the command line.
pub(crate) fn outcome(outcome: Option<&str>) -> Markup {
    let (tone, word) = match outcome {
        None => (Tone::Limited, "not collected yet"),
        Some("collected") => (Tone::Passed, "collected"),
        Some("throttled") => (Tone::Pending, "throttled"),
        Some(word @ ("denied" | "missing")) => (Tone::Warning, word),
        Some(word) => (Tone::Failed, word),
    };
    badge(tone, &plain(word))
}

/// The field of a filter that chooses a source, or all. A source that was removed stays selected.
pub(crate) fn source_field(label: &str, sources: &[String], chosen: Option<&String>) -> Markup {
    let gone = chosen.filter(|source| !sources.contains(source));
    html! {
        div.field {
            label for="source" { (label) }
            select #source name="source" {
                option value="" { "all" }
                @for source in sources.iter().chain(gone) {
                    option value=(source) selected[chosen == Some(source)] { (plain(source)) }
                }
            }
        }
    }
}

/// The field of a filter for a text that names contain. `hint` tells which names.
pub(crate) fn text_field(hint: &str, text: Option<&str>) -> Markup {
    html! {
        div.field {
            label for="text" { "Text" }
            input #text type="search" name="text" placeholder=(hint) value=(text.unwrap_or_default());
        }
    }
}

/// Most characters of a text that is searched for.
const SEARCHED: usize = 200;

/// A text to search for, cut: it comes back in addresses and goes into the audit log.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(SEARCHED).collect()
}

/// Foreign text for places that hold text only (attributes, options, titles): without control characters and direction marks.
pub(crate) fn plain(text: &str) -> String {
    without_control(text).chars().filter(|c| !turns(*c)).collect()
}

/// Whether a character changes the direction of text, so that it can be misread. Source: Unicode, "Bidi_Control".
pub(crate) fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Foreign text in the flow of a page. Direction marks end with the element.
pub(crate) fn foreign(text: &str) -> Markup {
    html! { bdi { (without_control(text)) } }
}

/// Most characters of a name that a page shows.
const NAME: usize = 120;
/// Words with more characters may be broken anywhere: they would make their table wider than the page.
const WORD: usize = 30;

/// The name of something, as others chose it: it may have a thousand characters, of which the first tell what it is. The rest is its title.
pub(crate) fn short_name(text: &str) -> Markup {
    let text = without_control(text);
    let end = text.char_indices().nth(NAME).map(|(end, _)| end);
    let shown = end.and_then(|end| text.get(..end)).unwrap_or(&text);
    let is_long = shown.split(' ').any(|word| word.chars().count() > WORD);
    html! {
        bdi class=[is_long.then_some("long")] title=[end.map(|_| plain(&text))] { (shown) @if end.is_some() { "…" } }
    }
}

/// Replaces line breaks and tabs by spaces, and drops other control characters.
fn without_control(text: &str) -> String {
    text.chars()
        .map(|c| {
            if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                c
            }
        })
        .filter(|c| !c.is_control())
        .collect()
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    // Forms encode a space as `+`, which is a plus sign in a path. A `+` of the text is already `%2B`.
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// A path with a query of the pairs that have a value.
pub(crate) fn link(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    match query.finish().as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// How a list is cut into pages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    /// How many rows the page skips.
    pub(crate) skip: u64,
    /// Rows on a page.
    pub(crate) size: u64,
    /// Rows on all pages.
    pub(crate) total: u64,
}

/// Links to the pages of a list; none if there is one page. `link` makes the address of the page that skips so many rows.
pub(crate) fn paging(label: &str, list: Paging, link: impl Fn(u64) -> String) -> Markup {
    let size = list.size.max(1);
    let pages = list.total.div_ceil(size).max(1);
    let page = list.skip / size + 1;
    let at = |page: u64| link((page - 1) * size);
    html! {
        nav.paging aria-label=(label) {
            // From beyond the end, "Previous" leads to the last page.
            @if page > 1 { a rel="prev" href=(at((page - 1).min(pages))) { "Previous" } }
            @if pages > 1 {
                @for (index, number) in numbers(page, pages).into_iter().enumerate() {
                    @let gap = index > 0 && number > 1 && !numbers(page, pages).contains(&(number - 1));
                    @if gap { span aria-hidden="true" { "…" } }
                    a href=(at(number)) aria-current=[(number == page).then_some("page")] {
                        span.unseen { "Page " } (self::number(number)) span.unseen { " of " (self::number(pages)) }
                    }
                }
            }
            @if page < pages { a rel="next" href=(at(page + 1)) { "Next" } }
        }
    }
}

/// The pages that have a link of their own: the first, the last, and those around the one that is shown.
fn numbers(page: u64, pages: u64) -> Vec<u64> {
    let near = page.saturating_sub(2).max(1)..=page.saturating_add(2).min(pages);
    let mut numbers: Vec<u64> = near.chain([1, pages]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The drafts that were not saved. `path` is the path of one.
pub(crate) fn drafts(drafts: &[DraftSummary], path: impl Fn(&str) -> String, now: i64) -> Markup {
    html! {
        section aria-labelledby="drafts" {
            h2 #drafts { "Unsaved drafts" }
            ul { @for draft in drafts { li { (self::draft(draft, &path(&draft.id), now)) } } }
        }
    }
}

/// A draft that was not saved: its name, what it becomes, and when it was last changed.
pub(crate) fn draft(draft: &DraftSummary, path: &str, now: i64) -> Markup {
    html! {
        a href=(path) { (foreign(&draft.name)) }
        " " small.muted { (foreign(&draft.what)) ", changed " (moment(draft.changed_at, now)) }
    }
}

/// Which rows a page shows: `Rooms 101 to 145 of 145`; only their number if it shows all.
pub(crate) fn shown(count: usize, skip: u64, total: u64, word: &str) -> String {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    if count >= total {
        return counted(total, word);
    }
    let word = capitalized(word);
    let (first, last) = (number(skip.saturating_add(1)), number(skip.saturating_add(count)));
    format!("{word}s {first} to {last} of {}", number(total))
}

/// A count with its noun: `1 room`, `1,250 rooms`.
pub(crate) fn counted(count: u64, word: &str) -> String {
    format!("{} {word}{}", number(count), if count == 1 { "" } else { "s" })
}

/// A number in groups of three digits.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The first characters of a SHA-256, with the whole digest as the title.
pub(crate) fn digest(digest: &str) -> Markup {
    let short: String = digest.chars().take(12).collect();
    html! { code title=(plain(digest)) { (plain(&short)) } }
}

/// An instant given in UTC seconds, in the reader's zone. Its title has the zone, which the page names once.
pub(crate) fn instant(at: i64) -> Markup {
    timed(at, "%Y-%m-%d %H:%M")
}

/// An instant to the second.
pub(crate) fn second(at: i64) -> Markup {
    timed(at, "%Y-%m-%d %H:%M:%S")
}

/// An instant as its distance from now, followed by the instant itself.
pub(crate) fn moment(at: i64, now: i64) -> Markup {
    html! { (distance(at, now)) " " small.muted { (instant(at)) } }
}

/// An instant that is near, as a short distance from now: `in 20 s`.
pub(crate) fn approach(at: i64, now: i64) -> Markup {
    said(at, |_| distance(at, now).replace(" seconds", " s"))
}

/// The time of day of an instant: `06:14`. The date is in its title.
pub(crate) fn clock(at: i64) -> Markup {
    timed(at, "%H:%M")
}

/// An instant in this form.
fn timed(at: i64, form: &'static str) -> Markup {
    said(at, |local| local.format(form).to_string())
}

/// Words about an instant, with the instant itself as their title.
fn said(at: i64, words: impl FnOnce(&DateTime<FixedOffset>) -> String) -> Markup {
    let zone = reader::zone();
    match (DateTime::<Utc>::from_timestamp(at, 0), zone.local(at)) {
        (Some(time), Some(local)) => html! {
            time datetime=(time.format("%Y-%m-%dT%H:%M:%SZ"))
                title={ (local.format("%Y-%m-%d %H:%M:%S")) " " (zone.name()) } { (words(&local)) }
        },
        // Outside the calendar's range.
        _ => html! { (at) },
    }
}

/// The distance of an instant from now, in its largest unit: `3 minutes ago`, `in 2 hours`.
pub(crate) fn distance(at: i64, now: i64) -> String {
    let seconds = at.abs_diff(now);
    let (length, unit) = match seconds {
        0..5 => return "now".to_owned(),
        5..60 => (1, "second"),
        60..3_600 => (60, "minute"),
        3_600..86_400 => (3_600, "hour"),
        _ => (86_400, "day"),
    };
    // What lies ahead is not said to be sooner than it is: two hours are not one, a second later.
    let count = if at < now {
        seconds / length
    } else {
        seconds.saturating_add(length / 2) / length
    };
    let length = counted(count, unit);
    if at < now {
        format!("{length} ago")
    } else {
        format!("in {length}")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::reader::tests::in_zone;

    /// A text that would be a script, an attribute and a change of direction if it were not escaped.
    pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"onload='x' \u{202e}evil\u{7}";

    /// Asserts that a page holds the hostile text, and only as text.
    pub(crate) fn assert_harmless(page: &Markup) {
        let page = page.clone().into_string();
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "the hostile text is not shown: {page}"
        );
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("\"onload"), "{page}");
        // Field values go back to the server unchanged; they are not in the flow of the page.
        let page: String = page
            .split("value=\"")
            .map(|part| part.split_once('"').map_or(part, |(_, rest)| rest))
            .collect();
        assert!(!page.contains('\u{7}'), "{page}");
        // A direction mark appears only inside an isolating element.
        for (before, _) in page.match_indices('\u{202e}') {
            let before = &page[..before];
            assert!(
                before.rfind("<bdi") > before.rfind("</bdi>"),
                "not isolated: {page}"
            );
        }
        assert!(
            !page.contains(" style="),
            "the policy of the pages forbids it: {page}"
        );
    }

    #[test]
    fn foreign_text_keeps_its_letters_and_loses_control_characters() {
        assert_eq!(
            foreign("قاعة <b>\n\u{1b}[2J").into_string(),
            "<bdi>قاعة &lt;b&gt; [2J</bdi>"
        );
        assert_eq!(plain("a\u{202e}b\u{2066}c\td"), "abc d");
    }

    #[test]
    fn a_long_name_is_cut_and_a_long_word_may_be_broken() {
        assert_eq!(short_name("Conf A").into_string(), "<bdi>Conf A</bdi>");
        let word = "x".repeat(31);
        assert_eq!(
            short_name(&word).into_string(),
            format!("<bdi class=\"long\">{word}</bdi>")
        );
        let name = "Ünder the roof ".repeat(10);
        let cut: String = name.chars().take(120).collect();
        assert_eq!(
            short_name(&name).into_string(),
            format!("<bdi title=\"{name}\">{cut}…</bdi>")
        );
    }

    #[test]
    fn a_name_is_one_segment_of_a_path_whatever_is_in_it() {
        assert_eq!(segment("a/b c+d?é"), "a%2Fb%20c%2Bd%3F%C3%A9");
    }

    #[test]
    fn a_link_names_only_what_is_given() {
        assert_eq!(
            link("/rooms", &[("source", ""), ("text", "a&b c")]),
            "/rooms?text=a%26b+c"
        );
        assert_eq!(link("/rooms", &[("source", "")]), "/rooms");
    }

    #[test]
    fn numbers_are_grouped_and_their_words_agree() {
        assert_eq!(counted(1, "room"), "1 room");
        assert_eq!(counted(0, "room"), "0 rooms");
        assert_eq!(counted(1_234_567, "room"), "1,234,567 rooms");
        assert_eq!(number(999), "999");
        assert_eq!(number(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn a_list_in_pages_says_how_many_there_are_and_leads_to_them() {
        let list = |skip, total| {
            let list = Paging {
                skip,
                size: 50,
                total,
            };
            paging("Pages", list, |skip| format!("/x?skip={skip}")).into_string()
        };
        assert!(!list(0, 50).contains("<a"));
        let middle = list(450, 1_000);
        for part in [
            "<a rel=\"prev\" href=\"/x?skip=400\">",
            "<a href=\"/x?skip=450\" aria-current=\"page\"><span class=\"unseen\">Page </span>10<span class=\"unseen\"> of 20</span></a>",
            "<a href=\"/x?skip=0\">",
            "<a href=\"/x?skip=950\">",
            "<a rel=\"next\" href=\"/x?skip=500\">",
        ] {
            assert!(middle.contains(part), "{part}: {middle}");
        }
        assert_eq!(middle.matches('…').count(), 2);
        assert!(list(9_000, 120).contains("rel=\"prev\" href=\"/x?skip=100\""));
        assert_eq!(shown(45, 100, 145, "room"), "Rooms 101 to 145 of 145");
        assert_eq!(shown(1, 0, 1, "room"), "1 room");
    }

    #[test]
    fn what_is_searched_for_is_cut() {
        assert_eq!(short("room 10"), "room 10");
        assert_eq!(short(&"ä".repeat(5_000)).chars().count(), SEARCHED);
    }

    #[test]
    fn distances_use_their_largest_unit() {
        for (at, said) in [
            (1_000_000, "now"),
            (999_990, "10 seconds ago"),
            (999_940, "1 minute ago"),
            (1_000_120, "in 2 minutes"),
            (992_800, "2 hours ago"),
            (1_000_000 + 3 * 86_400, "in 3 days"),
            (1_000_000 + 2 * 3_600 - 9, "in 2 hours"),
        ] {
            assert_eq!(distance(at, 1_000_000), said);
        }
        assert_eq!(distance(i64::MIN, i64::MAX), "213,503,982,334,601 days ago");
    }

    #[test]
    fn an_instant_is_for_people_and_for_programs() {
        assert_eq!(
            instant(1_773_137_100).into_string(),
            "<time datetime=\"2026-03-10T10:05:00Z\" title=\"2026-03-10 10:05:00 UTC\">2026-03-10 10:05</time>"
        );
        assert_eq!(
            second(1_773_137_142)
                .into_string()
                .matches(">2026-03-10 10:05:42<")
                .count(),
            1
        );
        assert_eq!(instant(i64::MAX).into_string(), i64::MAX.to_string());
    }

    #[test]
    fn an_instant_is_shown_in_the_zone_of_whoever_reads_it() {
        assert_eq!(
            in_zone("Europe/Berlin", || instant(1_773_137_100)).into_string(),
            "<time datetime=\"2026-03-10T10:05:00Z\" title=\"2026-03-10 11:05:00 Europe/Berlin\">2026-03-10 11:05</time>"
        );
        assert!(
            in_zone("Asia/Kolkata", || clock(1_773_137_100))
                .into_string()
                .contains(">15:35<")
        );
    }

    #[test]
    fn a_retry_is_told_by_its_distance_and_a_deadline_by_the_clock() {
        let at = 1_773_137_100;
        assert_eq!(
            approach(at, at - 20).into_string(),
            "<time datetime=\"2026-03-10T10:05:00Z\" title=\"2026-03-10 10:05:00 UTC\">in 20 s</time>"
        );
        assert_eq!(
            clock(at).into_string(),
            "<time datetime=\"2026-03-10T10:05:00Z\" title=\"2026-03-10 10:05:00 UTC\">10:05</time>"
        );
    }

    #[test]
    fn each_outcome_has_a_word() {
        for (value, word) in [
            (None, "not collected yet"),
            (Some("collected"), "collected"),
            (Some("denied"), "denied"),
            (Some("missing"), "missing"),
            (Some("throttled"), "throttled"),
            (Some("failed"), "failed"),
            (Some("something new"), "something new"),
        ] {
            assert!(outcome(value).into_string().ends_with(&format!(">{word}</span>")));
        }
    }
}
