//! The people who may sign in at the consent page.

/// An account that the consent page lets one pick. It belongs to the tenant when its address has the tenant's domain,
/// and to another tenant otherwise.
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) administrator: bool,
}

impl Account {
    /// An account without any role of an administrator.
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

    /// The address that it signs in with.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it is a Global Administrator of its tenant.
    #[must_use]
    pub fn is_global_administrator(&self) -> bool {
        self.administrator
    }

    /// The domain of the tenant that it belongs to, lower-cased.
    #[must_use]
    pub fn domain(&self) -> String {
        let (_, domain) = self.address.split_once('@').unwrap_or_default();
        domain.to_ascii_lowercase()
    }
}
