//! The accounts that can sign in on the consent page.

/// An account to pick on the consent page. It belongs to the tenant if its address has the tenant's domain, and else to
/// another tenant.
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) administrator: bool,
}

impl Account {
    /// An account without an administrator role.
    #[must_use]
    pub fn new(address: &str, name: &str) -> Self {
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            administrator: false,
        }
    }

    /// Makes it a Global Administrator, who can consent for the whole tenant.
    #[must_use]
    pub fn global_administrator(mut self) -> Self {
        self.administrator = true;
        self
    }

    /// The address with which it signs in.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it is a Global Administrator of its tenant.
    #[must_use]
    pub fn is_global_administrator(&self) -> bool {
        self.administrator
    }

    /// The domain of its tenant, lower-cased.
    #[must_use]
    pub fn domain(&self) -> String {
        let (_, domain) = self.address.split_once('@').unwrap_or_default();
        domain.to_ascii_lowercase()
    }
}
