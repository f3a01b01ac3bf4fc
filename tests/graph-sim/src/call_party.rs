//! Who takes part in a call: the account of a room, a user, a telephone or a guest.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::ids;
use crate::room::{Room, User};

/// Somebody who takes part in a call. The account of a room or a user is named by its address, a telephone by its number.
///
/// ```
/// use graph_sim::CallParty;
///
/// let room: CallParty = "conf-a@contoso.com".into();
/// let telephone: CallParty = "+498912345".into();
/// let guest = CallParty::guest("Eve of Fabrikam");
/// ```
#[derive(Clone, Debug)]
pub struct CallParty {
    /// The address of an account, or the number of a telephone.
    name: String,
    /// Found in the directory once, when the tenant is checked.
    resolved: OnceLock<Resolved>,
}

/// A participant as the service knows it. It stays the same when the account changes later.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    /// The name of its identity in an identity set: `user`, `phone`, `guest`.
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) principal: Option<String>,
    /// The platform that it calls from unless the session says another one.
    pub(crate) platform: &'static str,
}

impl From<&str> for CallParty {
    fn from(name: &str) -> Self {
        let telephone = || Resolved {
            kind: "phone",
            id: name.to_owned(),
            name: None,
            principal: None,
            platform: "unknown",
        };
        Self {
            name: name.to_owned(),
            resolved: if name.starts_with('+') {
                telephone().into()
            } else {
                OnceLock::new()
            },
        }
    }
}

impl CallParty {
    /// Somebody without an account, who joined with this name.
    #[must_use]
    pub fn guest(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            resolved: OnceLock::from(Resolved {
                kind: "guest",
                id: ids::guid(&format!("guest {name}")),
                name: Some(name.to_owned()),
                principal: None,
                platform: "web",
            }),
        }
    }

    pub(crate) fn resolved(&self) -> Option<&Resolved> {
        self.resolved.get()
    }
}

/// The accounts of a tenant, by their addresses in lower case.
pub(crate) struct Accounts(HashMap<String, Resolved>);

impl Accounts {
    pub(crate) fn of(rooms: &[Room], users: &[User]) -> Self {
        let account = |id: &str, name: &str, principal: &str, platform| Resolved {
            kind: "user",
            id: id.to_lowercase(),
            name: Some(name.to_owned()),
            principal: Some(principal.to_owned()),
            platform,
        };
        let users = users.iter().map(|user| {
            let known = account(&user.id, &user.name, &user.address, "windows");
            (user.address.to_lowercase(), known)
        });
        let rooms = rooms.iter().map(|room| {
            let known = account(&room.place_id, &room.name, &room.upn, "roomSystem");
            (room.address.to_lowercase(), known)
        });
        Self(users.chain(rooms).collect())
    }

    /// Remembers the account of a participant who is still known by address alone.
    ///
    /// # Errors
    /// The tenant has no account with this address.
    pub(crate) fn resolve(&self, party: &CallParty) -> Result<(), String> {
        if party.resolved.get().is_some() {
            return Ok(());
        }
        match self.0.get(&party.name.to_lowercase()) {
            Some(known) => {
                party.resolved.get_or_init(|| known.clone());
                Ok(())
            }
            None => Err(format!(
                "{} is the address of no room and no user of the tenant",
                party.name
            )),
        }
    }
}
