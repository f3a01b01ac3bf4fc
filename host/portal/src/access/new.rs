//! The form for a new token: what it is for, what it may read, and when it ends.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};
use maud::{Markup, html};

use crate::api::{ApiToken, Problem, Scope};
use crate::elements::{Field, token};
use crate::fields::Fields;
use crate::roles::named;
use crate::session::Signed;

/// Longest name, in characters.
const LONGEST_NAME: usize = 64;
/// For how many days a token is proposed, and for how many it may be made. One that is forgotten should end by itself.
const PROPOSED: i64 = 90;
const LONGEST_LIFE: i64 = 365;

/// What was typed.
pub(super) struct New {
    name: String,
    ends: String,
    scopes: Vec<Scope>,
}

impl New {
    /// What the form begins with.
    pub(super) fn fresh(now: i64) -> Self {
        Self {
            name: String::new(),
            ends: later(now, PROPOSED).map_or_else(String::new, |date| date.to_string()),
            scopes: vec![Scope::Figures],
        }
    }

    /// What a form says.
    pub(super) fn of(fields: &Fields) -> Self {
        Self {
            name: fields.text("name").trim().to_owned(),
            ends: fields.text("ends").trim().to_owned(),
            scopes: Scope::ALL
                .into_iter()
                .filter(|scope| fields.ticked(scope.as_str()))
                .collect(),
        }
    }

    /// The token that is made of it, or what is wrong.
    pub(super) fn token(&self, signed: &Signed, now: i64) -> Result<ApiToken, Vec<Problem>> {
        let mut problems = Vec::new();
        let length = self.name.chars().count();
        if !(1..=LONGEST_NAME).contains(&length) || self.name.chars().any(char::is_control) {
            problems.push(wrong("name", format!("Use 1 to {LONGEST_NAME} characters")));
        }
        if self.scopes.is_empty() {
            problems.push(wrong(Scope::Figures.as_str(), "Choose what the token may read"));
        }
        let ends_at = match self.ends_at(now) {
            Ok(ends_at) => ends_at,
            Err(problem) => {
                problems.push(wrong("ends", problem));
                now
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let words: Vec<&str> = self.scopes.iter().map(|scope| scope.as_str()).collect();
        Ok(ApiToken {
            number: 0,
            name: self.name.clone(),
            scopes: words.join(" "),
            made_by: signed.account.clone(),
            made_at: now,
            ends_at,
            used_at: None,
            owner: Some(signed.owner.clone()),
            role: signed.role,
            owner_role: Some(signed.role),
        })
    }

    /// The end of the last day, in UTC seconds.
    fn ends_at(&self, now: i64) -> Result<i64, String> {
        let day: NaiveDate = self
            .ends
            .parse()
            .map_err(|_| "Write a date, like 2026-12-31".to_owned())?;
        match (later(now, 0), later(now, LONGEST_LIFE)) {
            (Some(first), Some(last)) if (first..=last).contains(&day) => {
                let next = day.succ_opt().unwrap_or(day);
                Ok(next.and_time(NaiveTime::MIN).and_utc().timestamp())
            }
            (Some(first), Some(last)) => Err(format!("Choose a date from {first} to {last}")),
            _ => Err("The clock of the collector's machine is wrong".to_owned()),
        }
    }
}

/// A token in the audit log.
pub(super) fn told(made: &ApiToken) -> String {
    format!(
        "may read {} as {} until {}",
        made.scopes.replace(' ', " and "),
        named(made.role),
        last_day(made)
    )
}

/// The last day of a token, in UTC.
pub(super) fn last_day(made: &ApiToken) -> String {
    later(made.ends_at.saturating_sub(1), 0).map_or_else(String::new, |last| last.to_string())
}

pub(super) fn wrong(key: &str, problem: impl Into<String>) -> Problem {
    Problem {
        key: key.to_owned(),
        problem: problem.into(),
        remedy: String::new(),
    }
}

/// The date in UTC so many days after an instant.
fn later(instant: i64, days: i64) -> Option<NaiveDate> {
    let date = DateTime::from_timestamp(instant, 0)?.date_naive();
    date.checked_add_signed(TimeDelta::days(days))
}

/// The form.
pub(super) fn form(typed: &New, problems: &[Problem], csrf: &str, now: i64) -> Markup {
    let problem = |key: &str| problems.iter().find(|problem| problem.key == key);
    let name = Field {
        key: "name",
        label: "Name",
        required: true,
        help: html! { "The program that will use it, such as the dashboard in the lobby." },
        problem: problem("name"),
    };
    let ends = Field {
        key: "ends",
        label: "Last day",
        required: true,
        help: html! { "In UTC. A token lasts a year at most." },
        problem: problem("ends"),
    };
    let day = |days| later(now, days).map(|date| date.to_string());
    html! {
        section.card {
            h2 { "Make a token" }
            form method="post" action="/access/add" autocomplete="off" {
                (token(csrf))
                (name.show(|ties| html! {
                    input type="text" id=(ties.id) name="name" value=(typed.name) maxlength=(LONGEST_NAME) required
                        aria-describedby=(ties.described) aria-invalid=[ties.invalid];
                }))
                (ends.show(|ties| html! {
                    input type="date" id=(ties.id) name="ends" value=(typed.ends) min=[day(0)] max=[day(LONGEST_LIFE)] required
                        aria-describedby=(ties.described) aria-invalid=[ties.invalid];
                }))
                @for scope in Scope::ALL { (scope_box(scope, typed, problem(scope.as_str()))) }
                div.actions { button.primary type="submit" { "Make token" } }
            }
        }
    }
}

fn scope_box(scope: Scope, typed: &New, problem: Option<&Problem>) -> Markup {
    let (label, help) = match scope {
        Scope::Figures => ("May read figures", "Reports, and the verdict of each booking."),
        Scope::Records => (
            "May read usage records",
            "What devices reported, record by record.",
        ),
    };
    let field = Field {
        key: scope.as_str(),
        label,
        required: false,
        help: html! { (help) },
        problem,
    };
    field.show_box(|ties| html! {
        input type="checkbox" id=(ties.id) name=(scope.as_str()) value="true" checked[typed.scopes.contains(&scope)]
            aria-describedby=(ties.described);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-10 10:05 UTC.
    const NOW: i64 = 1_773_137_100;

    fn made(name: &str, ends: &str, scopes: &[Scope]) -> Result<ApiToken, Vec<String>> {
        let typed = New {
            name: name.into(),
            ends: ends.into(),
            scopes: scopes.to_vec(),
        };
        typed.token(&Signed::sample(), NOW).map_err(|problems| {
            problems
                .into_iter()
                .map(|problem| format!("{}: {}", problem.key, problem.problem))
                .collect()
        })
    }

    #[test]
    fn a_token_lasts_to_the_end_of_its_last_day() {
        let token = made("Lobby", "2026-03-10", &Scope::ALL).unwrap();
        assert_eq!((token.made_at, token.ends_at), (NOW, 1_773_187_200));
        assert_eq!(token.scopes, "figures records");
        assert_eq!(
            told(&token),
            "may read figures and records as an analyst until 2026-03-10"
        );
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let range = "ends: Choose a date from 2026-03-10 to 2027-03-10";
        for (name, ends, scopes, problems) in [
            (
                "",
                "2026-04-01",
                &[Scope::Records][..],
                &["name: Use 1 to 64 characters"][..],
            ),
            (
                "a\u{7}b",
                "2026-04-01",
                &[Scope::Records],
                &["name: Use 1 to 64 characters"],
            ),
            (
                "a",
                "2026-04-01",
                &[],
                &["figures: Choose what the token may read"],
            ),
            ("a", "2026-03-09", &[Scope::Figures], &[range]),
            ("a", "2027-03-11", &[Scope::Figures], &[range]),
            (
                "a",
                "soon",
                &[Scope::Figures],
                &["ends: Write a date, like 2026-12-31"],
            ),
        ] {
            assert_eq!(made(name, ends, scopes).unwrap_err(), problems, "{name:?} {ends}");
        }
        assert!(made("a", "2027-03-10", &[Scope::Figures]).is_ok());
    }

    #[test]
    fn the_form_begins_with_what_is_least_and_in_three_months() {
        let token = New {
            name: "a".into(),
            ..New::fresh(NOW)
        }
        .token(&Signed::sample(), NOW)
        .unwrap();
        assert_eq!(told(&token), "may read figures as an analyst until 2026-06-08");
    }
}
