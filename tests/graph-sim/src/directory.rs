//! Users, groups and the organization, as far as needed to tell what an address is.
//! Source: "List users", "List groups", "Get organization", Microsoft Graph.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::answer::{Answer, GraphAnswer as _};
use crate::call::Call;
use crate::room::{GroupKind, Missing};
use crate::tenant::Tenant;

/// Most values of one `in`.
const MOST_VALUES: usize = 15;
const READS_USERS: [&str; 3] = ["User.Read.All", "User.ReadBasic.All", "Directory.Read.All"];
const READS_GROUPS: [&str; 3] = ["Group.Read.All", "GroupMember.Read.All", "Directory.Read.All"];
const READS_ORGANIZATION: [&str; 2] = ["Organization.Read.All", "Directory.Read.All"];

/// Answers `/users` and `/users/{key}`; every room is a (disabled) user too.
pub(crate) fn users(call: &Call<'_>, key: Option<&str>) -> Answer {
    let tenant = call.tenant;
    if !call.caller.has_any(&READS_USERS) {
        return Answer::directory_refusal();
    }
    let rooms = tenant.rooms.iter().map(|room| Entity::User {
        id: &room.place_id,
        name: &room.name,
        principal: &room.upn,
        mail: &room.address,
        enabled: false,
    });
    let people = tenant.users.iter().map(|user| Entity::User {
        id: &user.id,
        name: &user.name,
        principal: &user.address,
        mail: &user.address,
        enabled: true,
    });
    entities(call, key, "users", rooms.chain(people))
}

/// Answers `/groups` and `/groups/{id}`; a room list is a distribution group too.
pub(crate) fn groups(call: &Call<'_>, key: Option<&str>) -> Answer {
    let tenant = call.tenant;
    if !call.caller.has_any(&READS_GROUPS) {
        return Answer::directory_refusal();
    }
    let lists = tenant.lists.iter().map(|list| Entity::Group {
        id: crate::ids::guid(&list.address).into(),
        name: &list.name,
        mail: &list.address,
        kind: GroupKind::DistributionList,
    });
    let others = tenant.groups.iter().map(|other| Entity::Group {
        id: Cow::Borrowed(&other.id),
        name: &other.name,
        mail: &other.address,
        kind: other.kind,
    });
    entities(call, key, "groups", lists.chain(others))
}

/// Answers `/organization`.
pub(crate) fn organization(call: &Call<'_>) -> Answer {
    if !call.caller.has_any(&READS_ORGANIZATION) {
        return Answer::directory_refusal();
    }
    entities(
        call,
        None,
        "organization",
        std::iter::once(Entity::Organization(call.tenant)),
    )
}

/// An object of the directory. Its JSON is made only when it is shown, because every request searches a large tenant.
enum Entity<'a> {
    User {
        id: &'a str,
        name: &'a str,
        principal: &'a str,
        mail: &'a str,
        enabled: bool,
    },
    Group {
        id: Cow<'a, str>,
        name: &'a str,
        mail: &'a str,
        kind: GroupKind,
    },
    Organization(&'a Tenant),
}

impl Entity<'_> {
    fn id(&self) -> &str {
        match self {
            Self::User { id, .. } => id,
            Self::Group { id, .. } => id,
            Self::Organization(tenant) => &tenant.id,
        }
    }

    fn principal(&self) -> Option<&str> {
        match self {
            Self::User { principal, .. } => Some(principal),
            Self::Group { .. } | Self::Organization(_) => None,
        }
    }

    fn mail(&self) -> Option<&str> {
        match self {
            Self::User { mail, .. } | Self::Group { mail, .. } => Some(mail),
            Self::Organization(_) => None,
        }
    }

    /// All its properties.
    fn json(&self) -> Value {
        match self {
            Self::User {
                id,
                name,
                principal,
                mail,
                enabled,
            } => {
                json!({"id": id, "displayName": name, "userPrincipalName": principal, "mail": mail,
                    "businessPhones": [], "givenName": null, "jobTitle": null, "mobilePhone": null,
                    "officeLocation": null, "preferredLanguage": null, "surname": null, "accountEnabled": enabled,
                    "proxyAddresses": [proxy(mail)]})
            }
            Self::Group { id, name, mail, kind } => {
                let types: &[&str] = if *kind == GroupKind::Microsoft365 {
                    &["Unified"]
                } else {
                    &[]
                };
                json!({"id": id, "displayName": name, "mail": mail, "mailEnabled": true,
                    "mailNickname": mail.split('@').next(), "groupTypes": types,
                    "securityEnabled": *kind == GroupKind::MailEnabledSecurity, "description": null,
                    "proxyAddresses": [proxy(mail)]})
            }
            Self::Organization(tenant) => {
                let name = tenant.domain.split('.').next().unwrap_or_default();
                json!({"id": tenant.id, "displayName": name, "tenantType": "AAD",
                    "verifiedDomains": [{"name": tenant.domain, "isDefault": true, "isInitial": true, "type": "Managed",
                        "capabilities": "Email, OfficeCommunicationsOnline"}]})
            }
        }
    }
}

/// The only mail address of an object, as the directory writes it.
fn proxy(mail: &str) -> String {
    format!("SMTP:{mail}")
}

fn entities<'a>(
    call: &Call<'_>,
    key: Option<&str>,
    set: &str,
    mut all: impl Iterator<Item = Entity<'a>>,
) -> Answer {
    let (base, request) = (call.base, call.request);
    if let Some(key) = key {
        let is = |text: &str| text.eq_ignore_ascii_case(key);
        return match all.find(|entity| is(entity.id()) || entity.principal().is_some_and(is)) {
            Some(found) => {
                let mut found = request.selected(&found.json());
                if let Some(fields) = found.as_object_mut() {
                    fields.insert(
                        "@odata.context".to_owned(),
                        json!(format!("{base}/$metadata#{set}/$entity")),
                    );
                }
                Answer::json(&found)
            }
            None => Answer::missing(Missing::NoDirectoryObject, key),
        };
    }
    let wanted = match request.parameter("$filter").map(Filter::read) {
        None => None,
        Some(Some(filter)) if filter.values.len() > MOST_VALUES => {
            let count = filter.values.len();
            return Answer::error(
                400,
                "Request_UnsupportedQuery",
                &format!(
                    "Too many child clauses specified in filter expression containing 'OR' operators: {count}. Max allowed: {MOST_VALUES}."
                ),
            );
        }
        Some(Some(filter)) => Some(filter),
        Some(None) => {
            return Answer::error(
                400,
                "Request_UnsupportedQuery",
                "Unsupported or invalid query filter clause specified.",
            );
        }
    };
    let found = all.filter(|entity| wanted.as_ref().is_none_or(|filter| filter.fits(entity)));
    let top = match (request.number("$top"), request.number("$skip")) {
        (Ok(top), Ok(None)) => top.unwrap_or(100),
        (Ok(_), Ok(Some(_))) => {
            return Answer::error(
                400,
                "Request_BadRequest",
                "'$skip' is not supported by the service.",
            );
        }
        (Err(refusal), _) | (_, Err(refusal)) => return refusal,
    };
    if top == 0 || top > 999 {
        return Answer::error(
            400,
            "Request_UnsupportedQuery",
            "Invalid page size specified. Must be between 1 and 999 inclusive.",
        );
    }
    let skip = request
        .parameter("$skiptoken")
        .and_then(|token| token.parse().ok())
        .unwrap_or(0_usize);
    let found: Vec<Entity> = found.collect();
    let end = skip.saturating_add(top).min(found.len());
    let mut body = json!({"@odata.context": format!("{base}/$metadata#{set}")});
    if let Some(fields) = body.as_object_mut() {
        if end < found.len() {
            let target = request
                .target
                .split("$skiptoken=")
                .next()
                .unwrap_or_default()
                .trim_end_matches(['&', '?']);
            let joint = if target.contains('?') { '&' } else { '?' };
            fields.insert(
                "@odata.nextLink".to_owned(),
                json!(format!("{base}{target}{joint}$skiptoken={end}")),
            );
        }
        let page = found.get(skip.min(end)..end).unwrap_or_default();
        let shown = page.iter().map(|entity| request.selected(&entity.json()));
        fields.insert("value".to_owned(), shown.collect());
    }
    Answer::json(&body)
}

/// The few supported filters: `field eq 'x'`, `field in ('x','y')`, `proxyAddresses/any(…)`.
struct Filter {
    field: Field,
    values: Vec<String>,
}

enum Field {
    Id,
    Principal,
    Mail,
    ProxyAddress,
}

impl Filter {
    fn read(text: &str) -> Option<Self> {
        let values = literals(text);
        let lower = text.trim().to_lowercase();
        let field = if lower.starts_with("proxyaddresses/any(") {
            Field::ProxyAddress
        } else {
            let (field, operator) = lower.split_once(' ')?;
            let plain = operator.trim_start().starts_with("eq ") && values.len() == 1;
            let several = operator.trim_start().starts_with("in") && !values.is_empty();
            if !plain && !several {
                return None;
            }
            match field {
                "mail" => Field::Mail,
                "userprincipalname" => Field::Principal,
                "id" => Field::Id,
                _ => return None,
            }
        };
        Some(Self { field, values })
    }

    fn fits(&self, entity: &Entity) -> bool {
        let is = |text: &str| self.values.iter().any(|value| value.eq_ignore_ascii_case(text));
        match self.field {
            Field::Id => is(entity.id()),
            Field::Principal => entity.principal().is_some_and(is),
            Field::Mail => entity.mail().is_some_and(is),
            Field::ProxyAddress => entity.mail().is_some_and(|mail| is(&proxy(mail))),
        }
    }
}

/// The quoted texts of a filter. A doubled apostrophe stands for one.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\'' {
            continue;
        }
        let mut literal = String::new();
        while let Some(letter) = letters.next() {
            if letter != '\'' {
                literal.push(letter);
            } else if letters.peek() == Some(&'\'') {
                letters.next();
                literal.push('\'');
            } else {
                break;
            }
        }
        found.push(literal);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apostrophe_in_a_filter_is_doubled() {
        assert_eq!(
            literals("mail in ('o''neill@x.com', 'b@x.com')"),
            ["o'neill@x.com", "b@x.com"]
        );
        assert!(Filter::read("startswith(mail,'a')").is_none());
        assert!(Filter::read("proxyAddresses/any(p:p eq 'smtp:a@x.com')").is_some());
    }
}
