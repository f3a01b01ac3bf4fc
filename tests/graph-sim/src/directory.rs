//! Users, groups and the organization, as far as one needs them to tell what an address is.
//! Source: "List users", "List groups", "Get organization", Microsoft Graph.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::places::selected;
use crate::request::Request;
use crate::room::{GroupKind, Missing};
use crate::tenant::Tenant;
use crate::token::Caller;

/// The most values that one `in` takes.
const MOST_VALUES: usize = 15;
const READS_USERS: [&str; 3] = ["User.Read.All", "User.ReadBasic.All", "Directory.Read.All"];
const READS_GROUPS: [&str; 3] = ["Group.Read.All", "GroupMember.Read.All", "Directory.Read.All"];
const READS_ORGANIZATION: [&str; 2] = ["Organization.Read.All", "Directory.Read.All"];

/// Answers `/users` and `/users/{key}`; every room is a (disabled) user too.
pub(crate) fn users(
    tenant: &Tenant,
    base: &str,
    caller: &Caller,
    request: &Request,
    key: Option<&str>,
) -> Answer {
    if !caller.has_any(&READS_USERS) {
        return Answer::directory_refusal();
    }
    let person = |id: &str, name: &str, upn: &str, mail: &str, enabled: bool| {
        json!({"id": id, "displayName": name, "userPrincipalName": upn, "mail": mail, "businessPhones": [],
            "givenName": null, "jobTitle": null, "mobilePhone": null, "officeLocation": null,
            "preferredLanguage": null, "surname": null, "accountEnabled": enabled,
            "proxyAddresses": [format!("SMTP:{mail}")]})
    };
    let rooms = tenant
        .rooms
        .iter()
        .map(|room| person(&room.place_id, &room.name, &room.upn, &room.address, false));
    let people = tenant
        .users
        .iter()
        .map(|user| person(&user.id, &user.name, &user.address, &user.address, true));
    entities(base, request, key, "users", rooms.chain(people).collect())
}

/// Answers `/groups` and `/groups/{id}`; a room list is a distribution group too.
pub(crate) fn groups(
    tenant: &Tenant,
    base: &str,
    caller: &Caller,
    request: &Request,
    key: Option<&str>,
) -> Answer {
    if !caller.has_any(&READS_GROUPS) {
        return Answer::directory_refusal();
    }
    let group = |id: &str, name: &str, mail: &str, kind: GroupKind| {
        let types = if kind == GroupKind::Microsoft365 {
            json!(["Unified"])
        } else {
            json!([])
        };
        json!({"id": id, "displayName": name, "mail": mail, "mailEnabled": true,
            "mailNickname": mail.split('@').next(), "groupTypes": types,
            "securityEnabled": kind == GroupKind::MailEnabledSecurity, "description": null,
            "proxyAddresses": [format!("SMTP:{mail}")]})
    };
    let lists = tenant.lists.iter().map(|list| {
        group(
            &crate::ids::guid(&list.address),
            &list.name,
            &list.address,
            GroupKind::DistributionList,
        )
    });
    let others = tenant
        .groups
        .iter()
        .map(|other| group(&other.id, &other.name, &other.address, other.kind));
    entities(base, request, key, "groups", lists.chain(others).collect())
}

/// Answers `/organization`.
pub(crate) fn organization(tenant: &Tenant, base: &str, caller: &Caller, request: &Request) -> Answer {
    if !caller.has_any(&READS_ORGANIZATION) {
        return Answer::directory_refusal();
    }
    let name = tenant.domain.split('.').next().unwrap_or_default();
    let whole = json!({"id": tenant.id, "displayName": name, "tenantType": "AAD",
        "verifiedDomains": [{"name": tenant.domain, "isDefault": true, "isInitial": true, "type": "Managed",
            "capabilities": "Email, OfficeCommunicationsOnline"}]});
    entities(base, request, None, "organization", vec![whole])
}

fn entities(base: &str, request: &Request, key: Option<&str>, set: &str, all: Vec<Value>) -> Answer {
    let text = |item: &Value, field: &str| item.get(field).and_then(Value::as_str).map(str::to_lowercase);
    if let Some(key) = key {
        let wanted = Some(key.to_lowercase());
        let found = all
            .iter()
            .find(|item| text(item, "id") == wanted || text(item, "userPrincipalName") == wanted);
        return match found {
            Some(found) => {
                let mut found = selected(request, found);
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
    let found = all
        .iter()
        .filter(|item| wanted.as_ref().is_none_or(|filter| filter.fits(item)));
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
    let found: Vec<Value> = found.map(|item| selected(request, item)).collect();
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
        fields.insert(
            "value".to_owned(),
            json!(found.get(skip.min(end)..end).unwrap_or_default()),
        );
    }
    Answer::json(&body)
}

/// The few filters that are understood: `field eq 'x'`, `field in ('x','y')`, `proxyAddresses/any(…)`.
struct Filter {
    field: String,
    values: Vec<String>,
}

impl Filter {
    fn read(text: &str) -> Option<Self> {
        let values = literals(text);
        let lower = text.trim().to_lowercase();
        let field = if lower.starts_with("proxyaddresses/any(") {
            "proxyAddresses"
        } else {
            let (field, operator) = lower.split_once(' ')?;
            let plain = operator.trim_start().starts_with("eq ") && values.len() == 1;
            let several = operator.trim_start().starts_with("in") && !values.is_empty();
            if !plain && !several {
                return None;
            }
            match field {
                "mail" => "mail",
                "userprincipalname" => "userPrincipalName",
                "id" => "id",
                _ => return None,
            }
        };
        Some(Self {
            field: field.to_owned(),
            values,
        })
    }

    fn fits(&self, item: &Value) -> bool {
        let is = |text: &str| self.values.iter().any(|value| value.eq_ignore_ascii_case(text));
        match item.get(&self.field) {
            Some(Value::String(text)) => is(text),
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).any(is),
            _ => false,
        }
    }
}

/// The quoted texts of a filter; a doubled apostrophe stands for one.
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
