//! A request with a valid token, and all that a route needs to answer it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sim::Answer;

use crate::answer::refused;
use crate::fault::Fault;
use crate::organization::Organization;
use crate::token::Rights;
use crate::workspace::Workspace;

pub(crate) struct Call<'a> {
    pub(crate) organization: &'a Organization,
    rights: &'a Rights,
    pub(crate) now: DateTime<Utc>,
    origin: &'a str,
    /// Path and query as sent.
    target: &'a str,
    /// The query of the first call of a chain of pages.
    first: String,
    parameters: Vec<(String, String)>,
    /// Where the page of a cursor begins.
    at: Option<usize>,
    pub(crate) fault: Option<&'a Fault>,
}

impl<'a> Call<'a> {
    /// Fails with 400 for a cursor that is none.
    pub(crate) fn new(
        organization: &'a Organization,
        rights: &'a Rights,
        now: DateTime<Utc>,
        origin: &'a str,
        target: &'a str,
        query: &str,
        fault: Option<&'a Fault>,
    ) -> Result<Self, Answer> {
        let given = sim::query(query);
        let (at, first) = match given.iter().find(|(name, _)| name == "cursor") {
            None => (None, query.to_owned()),
            Some((_, cursor)) => {
                let (at, first) = opened(cursor).ok_or_else(|| refused(400, "The cursor is invalid."))?;
                (Some(at), first)
            }
        };
        Ok(Self {
            organization,
            rights,
            now,
            origin,
            target,
            parameters: sim::query(&first),
            first,
            at,
            fault,
        })
    }

    /// Refuses a token without any of these scopes, or without the role that a scope of administrators needs.
    pub(crate) fn requires(&self, scopes: &[&str]) -> Result<(), Answer> {
        let Some(scope) = scopes
            .iter()
            .find(|scope| self.rights.scopes.iter().any(|has| has == *scope))
        else {
            return Err(refused(
                403,
                &format!(
                    "The access token does not have the scope {}.",
                    scopes.join(" or ")
                ),
            ));
        };
        if scope.starts_with("spark-admin:") && !self.rights.administrator {
            return Err(refused(403, "Only administrators can access this resource."));
        }
        Ok(())
    }

    /// The first value of a parameter. Names are case-sensitive; unknown parameters are ignored.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters(name).next()
    }

    pub(crate) fn parameters(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.parameters.iter().filter(move |(n, _)| n == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Whether a thing with these values is one that the filters let through, and is of the organization that is asked for.
    pub(crate) fn fits(&self, values: &[(&str, Option<&str>)]) -> bool {
        let organization = ("orgId", Some(self.organization.id.as_str()));
        let mut values = values.iter().chain([&organization]);
        values.all(|(name, value)| self.parameter(name).is_none_or(|asked| *value == Some(asked)))
    }

    /// A parameter that the route cannot do without.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Answer> {
        self.parameter(name)
            .ok_or_else(|| refused(400, &format!("The parameter {name} is required.")))
    }

    /// A parameter that must be one of these words; the first by default.
    pub(crate) fn word(&self, name: &str, words: &[&'static str]) -> Result<&'static str, Answer> {
        let asked = self
            .parameter(name)
            .or(words.first().copied())
            .unwrap_or_default();
        let known = words.iter().find(|word| **word == asked);
        known
            .copied()
            .ok_or_else(|| refused(400, &format!("{name} must be one of {}.", words.join(", "))))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Answer> {
        let number = self.parameter(name).map(str::parse).transpose();
        number.map_err(|_| refused(400, &format!("{name} must be a whole number.")))
    }

    /// The workspace with this id; 404 if there is none.
    pub(crate) fn workspace(&self, id: &str) -> Result<&'a Workspace, Answer> {
        let found = self.organization.find(id);
        found.ok_or_else(|| refused(404, "The requested workspace could not be found."))
    }

    /// Refuses what the documentation has and the simulator has not, so that no test takes it for ignored.
    pub(crate) fn refuses(&self, names: &[&str]) -> Result<(), Answer> {
        match names.iter().find(|name| self.parameter(name).is_some()) {
            Some(name) => Err(refused(501, &format!("The simulator does not know {name}."))),
            None => Ok(()),
        }
    }

    /// Where the page begins.
    pub(crate) fn start(&self) -> Result<usize, Answer> {
        match self.at {
            Some(at) => Ok(at),
            None => Ok(self.number("start")?.unwrap_or_default()),
        }
    }

    /// The URL of this page.
    pub(crate) fn here(&self) -> String {
        format!("{}{}", self.origin, self.target)
    }

    /// The URL of the page that begins there. Every one is another, so that nobody builds it.
    pub(crate) fn url_at(&self, at: usize) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        let first = match self.fault {
            Some(Fault::ForgetfulNextLink) => "",
            _ => self.first.as_str(),
        };
        let cursor = URL_SAFE_NO_PAD.encode(format!("{at}|{}|{first}", sim::fresh()));
        format!("{}{path}?cursor={cursor}", self.origin)
    }
}

/// Where the page of a cursor begins, and the query of the first call.
fn opened(cursor: &str) -> Option<(usize, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = text.splitn(3, '|');
    let at = parts.next()?.parse().ok()?;
    parts.next()?;
    Some((at, parts.next()?.to_owned()))
}
