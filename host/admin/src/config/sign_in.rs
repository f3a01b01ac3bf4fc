//! `[portal.sign-in]`: the provider of identities that signs people in to the portal, and which of them may do what.

use collector_egress::credential::SecretRef;
use collector_model::local::is_this_machine;
use collector_store::Role;
use url::Url;

use super::reader::Reader;
use super::secret::{self, Folders, secret};

/// Longest client id, scope, claim and value of one, and words of the button, in characters.
const LONGEST: usize = 256;
const LONGEST_NAME: usize = 60;
/// Where Microsoft Entra signs in, in each of its clouds.
const ENTRA: [&str; 3] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
];
/// Names in place of a tenant that stand for many tenants.
const MANY_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// `[portal.sign-in]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The provider's issuer, as written: the provider writes it exactly so into its tokens.
    pub issuer: String,
    /// The application's client id.
    pub client_id: String,
    /// Where its secret is.
    pub client_secret: SecretRef,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// The words of the button.
    pub name: String,
    /// The claim that roles are made of.
    pub claim: String,
    /// The values of the claim that make somebody an administrator.
    pub administrators: Vec<String>,
    /// The values that make somebody an analyst.
    pub analysts: Vec<String>,
    /// The values that make somebody a viewer.
    pub viewers: Vec<String>,
}

impl SignIn {
    pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>) -> Option<Self> {
        let issuer = reader
            .needed(
                "issuer",
                "write it as the provider does, such as \"https://login.microsoftonline.com/TENANT-ID/v2.0\"",
            )
            .filter(|text| match objection(text) {
                None => true,
                Some((problem, remedy)) => {
                    reader.problem("issuer", &format!("{text:?} cannot be used: {problem}"), remedy);
                    false
                }
            });
        let client_id = reader.needed(
            "client-id",
            "copy it from the provider; Entra calls it \"Application (client) ID\"",
        );
        let client_secret = if reader.has("client-secret") {
            secret(&mut reader, "client-secret", folders)
        } else {
            reader.ask("client-secret");
            reader.problem("client-secret", "it is missing", secret::REMEDY);
            None
        };
        let texts = |reader: &mut Reader<'_>, key| reader.strings(key).unwrap_or_default();
        let scopes = match reader.has("scopes") {
            true => texts(&mut reader, "scopes"),
            false => {
                reader.ask("scopes");
                ["openid", "profile", "email"].map(str::to_owned).to_vec()
            }
        };
        let name = reader.string("name");
        let sign_in = Self {
            name: name.unwrap_or_else(|| words(issuer.as_deref().unwrap_or_default()).to_owned()),
            issuer: issuer.clone().unwrap_or_default(),
            client_id: client_id.clone().unwrap_or_default(),
            client_secret: client_secret.clone().unwrap_or(SecretRef::Env(String::new())),
            scopes,
            claim: reader.string("claim").unwrap_or_else(|| "roles".to_owned()),
            administrators: texts(&mut reader, "administrators"),
            analysts: texts(&mut reader, "analysts"),
            viewers: texts(&mut reader, "viewers"),
        };
        sign_in.check(&reader);
        reader.finish();
        (issuer.is_some() && client_id.is_some() && client_secret.is_some()).then_some(sign_in)
    }

    /// Notes what is wrong with single values.
    fn check(&self, reader: &Reader<'_>) {
        let fits = |text: &str, longest: usize| {
            !text.trim().is_empty() && text.chars().count() <= longest && !text.contains(char::is_control)
        };
        for (key, text, longest) in [
            ("client-id", &self.client_id, LONGEST),
            ("claim", &self.claim, LONGEST),
            ("name", &self.name, LONGEST_NAME),
        ] {
            if reader.has(key) && !text.is_empty() && !fits(text, longest) {
                let remedy = format!("use at most {longest} characters on one line");
                reader.problem(key, "it cannot be used", &remedy);
            }
        }
        for scope in &self.scopes {
            if !fits(scope, LONGEST) || scope.contains(char::is_whitespace) {
                reader.problem(
                    "scopes",
                    &format!("{scope:?} is not a scope"),
                    "give each scope on its own, such as [\"openid\", \"profile\", \"email\"]",
                );
            }
        }
        for (key, values) in [
            ("administrators", &self.administrators),
            ("analysts", &self.analysts),
            ("viewers", &self.viewers),
        ] {
            for value in values.iter().filter(|value| !fits(value, LONGEST)) {
                reader.problem(
                    key,
                    &format!("{value:?} is not a value of a claim"),
                    "write the values as the provider sends them: names of app roles, or ids of groups",
                );
            }
        }
        if self.administrators.is_empty() && self.analysts.is_empty() && self.viewers.is_empty() {
            reader.problem(
                "viewers",
                "no value of the claim gives a role, so nobody could sign in",
                &format!(
                    "name the values of the claim {:?} in administrators, analysts or viewers, such as viewers = [\"Rooms.Viewer\"]",
                    self.claim
                ),
            );
        }
    }

    /// The role that these values of the claim give: the one that may do most.
    pub fn role_of(&self, values: &[String]) -> Option<Role> {
        let named = [
            (Role::Administrator, &self.administrators),
            (Role::Analyst, &self.analysts),
            (Role::Viewer, &self.viewers),
        ];
        let matches = |known: &[String]| values.iter().any(|value| known.contains(value));
        named
            .into_iter()
            .find(|(_, known)| matches(known))
            .map(|(role, _)| role)
    }
}

/// The words of the button, unless the configuration has others.
fn words(issuer: &str) -> &'static str {
    let host = Url::parse(issuer).ok();
    let is_entra = host
        .as_ref()
        .and_then(Url::host_str)
        .is_some_and(|host| ENTRA.contains(&host));
    if is_entra {
        "Sign in with Microsoft"
    } else {
        "Single sign-on"
    }
}

/// What is wrong with an issuer, and what to do about it.
fn objection(issuer: &str) -> Option<(String, &'static str)> {
    const EXACTLY: &str = "write it exactly as the provider does; it is `issuer` in the provider's .well-known/openid-configuration";
    const TENANT: &str = "write https://login.microsoftonline.com/TENANT-ID/v2.0 with the \"Directory (tenant) ID\" that Entra shows";
    let url = match Url::parse(issuer) {
        Ok(url) => url,
        Err(error) => return Some((format!("it is not a URL ({error})"), EXACTLY)),
    };
    let is_this_machine = url.host_str().is_some_and(is_this_machine);
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine => {}
        "http" => return Some(("plain http is allowed only for this machine".to_owned(), EXACTLY)),
        _ => return Some(("it is not https".to_owned(), EXACTLY)),
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Some(("it has more than scheme, host, port and path".to_owned(), EXACTLY));
    }
    if !url.host_str().is_some_and(|host| ENTRA.contains(&host)) {
        return None;
    }
    let path: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    match path[..] {
        [tenant, ..] if MANY_TENANTS.contains(&tenant) => Some((
            format!(
                "{tenant:?} stands for many tenants, so people of any company could sign in, and its tokens name other issuers"
            ),
            TENANT,
        )),
        [tenant, "v2.0"] if is_guid(tenant) => None,
        _ => Some(("Entra's issuer of one tenant has another form".to_owned(), TENANT)),
    }
}

/// Whether a text has the form of a tenant's id.
fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}
