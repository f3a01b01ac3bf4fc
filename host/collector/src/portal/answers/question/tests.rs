//! What parameters mean, and what is refused.

use super::*;

fn asked(resource: Resource, given: &[(&'static str, &str)]) -> Asked {
    let mut parameters = Parameters::new();
    for (name, value) in given {
        parameters.entry(*name).or_default().push((*value).to_owned());
    }
    Asked {
        resource,
        parameters,
        has: Vec::new(),
    }
}

const MARCH: [(&str, &str); 2] = [("from", "2026-03-01"), ("to", "2026-04-01")];

#[track_caller]
fn refused(resource: Resource, given: &[(&'static str, &str)]) -> (&'static str, String) {
    match Wanted::read(&asked(resource, given)).err() {
        Some(AnswerError::Wrong { code, detail }) => (code, detail),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_report_is_asked_for_as_on_the_command_line() {
    let mut given = MARCH.to_vec();
    given.extend([
        ("by", "week"),
        ("building", "HQ"),
        ("building", ""),
        ("room", "Conf-A@x"),
    ]);
    let Ok(Wanted::Report(question)) = Wanted::read(&asked(Resource::Report, &given)) else {
        panic!("refused");
    };
    assert_eq!(question.from.to_string(), "2026-03-01");
    assert_eq!(question.by, By::Week);
    assert!(question.buildings.contains("HQ") && question.buildings.contains(""));
    assert!(question.rooms.contains("conf-a@x"));
}

#[test]
fn what_is_wrong_has_a_word_and_a_remedy() {
    for (resource, given, code, said) in [
        (
            Resource::Report,
            &[("to", "2026-03-01")][..],
            "missing-parameter",
            "the parameter from is missing; write it like from=2026-03-01",
        ),
        (
            Resource::Report,
            &[("from", "2026-03-02"), ("to", "2026-03-01")],
            "empty-period",
            "the period from 2026-03-02 to 2026-03-01 is empty, because to is the date after the last; give a later one, such as to 2026-03-03 for \
             2026-03-02 alone",
        ),
        (
            Resource::Report,
            &[("from", "1.3.2026"), ("to", "2026-04-01")],
            "bad-date",
            "from \"1.3.2026\" is not a date; write it like 2026-03-01",
        ),
        (
            Resource::Verdicts,
            &[("from", "2026-03-01"), ("to", "2126-03-01")],
            "long-period",
            "the period from 2026-03-01 to 2126-03-01 is longer than 3660 days; ask for a shorter one",
        ),
        (
            Resource::Report,
            &[MARCH[0], MARCH[1], ("by", "day")],
            "unknown-key",
            "there is no key \"day\"; there are all, building, room, series, date, weekday, hour, week, month, seats",
        ),
        (
            Resource::Rooms,
            &[("limit", "1001")],
            "bad-limit",
            "limit \"1001\" is not a whole number from 1 to 1000",
        ),
        (
            Resource::Rooms,
            &[("limit", "0")],
            "bad-limit",
            "limit \"0\" is not a whole number from 1 to 1000",
        ),
        (
            Resource::Usage,
            &[("from", "2026-03-02"), ("to", "2026-03-01")],
            "empty-period",
            "the period is empty: it starts at 2026-03-02T00:00:00Z and ends at 2026-03-01T00:00:00Z; to must be later than from",
        ),
        (
            Resource::Usage,
            &[("to", "soon")],
            "bad-date",
            "to \"soon\" is neither a date nor an RFC 3339 instant; write it like 2026-03-10 (its start in UTC) or 2026-03-10T00:00:00Z",
        ),
    ] {
        assert_eq!(refused(resource, given), (code, said.to_owned()), "{given:?}");
    }
}

#[test]
fn a_cursor_belongs_to_a_question_whatever_its_limit_and_the_order_of_its_values() {
    let of = |given: &[(&'static str, &str)]| told_apart(&asked(Resource::Verdicts, given));
    let one = of(&[MARCH[0], MARCH[1], ("room", "a@x"), ("room", "b@x")]);
    assert_eq!(
        one,
        of(&[
            MARCH[1],
            ("limit", "7"),
            ("room", "b@x"),
            ("room", "a@x"),
            MARCH[0]
        ])
    );
    assert_ne!(one, of(&[MARCH[0], MARCH[1], ("room", "a@x")]));
    assert_ne!(of(&MARCH), told_apart(&asked(Resource::Report, &MARCH)));
    let cursor = cursor::write(&one, &("s", "a@x", None::<(String, String)>));
    let (code, _) = refused(Resource::Verdicts, &[MARCH[0], MARCH[1], ("cursor", &cursor)]);
    assert_eq!(code, "bad-cursor");
}
