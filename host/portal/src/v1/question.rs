//! The parameters of a question. One that is unknown is refused, because an answer to another question than the one that was meant is worse than
//! none.

use url::form_urlencoded;

use super::problem::Problem;
use crate::api::{Parameter, Parameters, Resource};

/// Reads the parameters of a resource.
pub(super) fn parameters(resource: Resource, query: &str) -> Result<Parameters, Problem> {
    let mut parameters = Parameters::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let known = resource.parameters();
        let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
            return Err(unknown(&name, known));
        };
        let values = parameters.entry(parameter.name).or_default();
        if !values.is_empty() && !parameter.repeats {
            return Err(Problem::bad(
                "repeated-parameter",
                format!("the parameter {} may be given once only", parameter.name),
            ));
        }
        values.push(value.into_owned());
    }
    Ok(parameters)
}

fn unknown(name: &str, known: &[Parameter]) -> Problem {
    let known: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
    // Whoever puts a token into an address must not find it in the answer, which may be logged.
    let named = match name.len() {
        0..=32 => format!(" {name:?}"),
        _ => String::new(),
    };
    Problem::bad(
        "unknown-parameter",
        format!("there is no parameter{named}; there are {}", known.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(resource: Resource, query: &str) -> String {
        format!("{:?}", parameters(resource, query).unwrap_err())
    }

    #[test]
    fn parameters_are_read_as_forms_write_them() {
        let read = parameters(
            Resource::Report,
            "from=2026-03-01&to=2026-04-01&building=H%26Q&building=&room=a%40x",
        )
        .unwrap();
        assert_eq!(read["from"], ["2026-03-01"]);
        assert_eq!(read["building"], ["H&Q", ""]);
        assert_eq!(read["room"], ["a@x"]);
        assert!(!read.contains_key("by"));
        assert!(parameters(Resource::Rooms, "").unwrap().is_empty());
    }

    #[test]
    fn an_unknown_parameter_is_refused_with_those_that_there_are() {
        let refused = |query| refused(Resource::Rooms, query);
        assert!(
            refused("from=2026-03-01")
                .contains("there is no parameter \\\"from\\\"; there are cursor, limit")
        );
        assert!(refused("Limit=1").contains("unknown-parameter"));
        let long = refused("collector_0123456789012345678901234567890123456789012");
        assert!(!long.contains("0123456789"), "{long}");
    }

    #[test]
    fn a_single_parameter_that_is_repeated_is_refused_even_with_the_same_value() {
        assert!(refused(Resource::Usage, "limit=1&limit=1").contains("limit may be given once only"));
    }
}
