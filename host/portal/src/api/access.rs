//! Who may come in: accounts, people whom a provider signs in, and the tokens of programs.

use async_trait::async_trait;

use super::{Account, ApiToken, Result, Role, SignInAnswer, SignInProblem, Visitor};

/// What the program does for the pages and requests about who may come in.
#[async_trait]
pub trait AccessBackend: Send + Sync {
    /// The accounts.
    async fn accounts(&self) -> Result<Vec<Account>>;
    /// Adds an account. Refused if one of that name exists.
    async fn add_account(&self, account: Account) -> Result<()>;
    /// Removes an account with its tokens. Refused for the last administrator; of the last two, removed at the same time, one stays.
    async fn remove_account(&self, name: &str) -> Result<()>;
    /// Gives an account another role, and returns the one that it had. Refused for the last administrator, in the same way.
    async fn set_role(&self, name: &str, role: Role) -> Result<Role>;
    /// The words of the button that leads to the provider of identities; none if there is none.
    fn single_sign_on(&self) -> Option<String>;
    /// The address of the provider's page, with a fresh single-use state that only this browser may return with, to go on to `next`.
    async fn begin_sign_in(&self, browser: &str, next: &str) -> std::result::Result<String, SignInProblem>;
    /// Checks the answer of the provider, and returns whom it names.
    async fn end_sign_in(
        &self,
        browser: &str,
        answer: SignInAnswer,
    ) -> std::result::Result<Visitor, SignInProblem>;
    /// The address of the provider's page that ends its own session; none if it has none, or cannot be asked now.
    async fn sign_out_page(&self) -> Option<String>;
    /// The role that the provider of identities named last for somebody; none if it named none.
    async fn visitor(&self, identity: &str) -> Result<Option<Role>>;
    /// Replaces the hash of an account's password.
    async fn set_password(&self, name: &str, password_hash: &str) -> Result<()>;

    /// The tokens of the API, by name; ended ones too.
    async fn api_tokens(&self) -> Result<Vec<ApiToken>>;
    /// Stores a token of the API by its digest. Refused if its owner has one of that name.
    async fn add_api_token(&self, token: ApiToken, digest: &str) -> Result<()>;
    /// Removes a token of the API, and returns its name and who made it. With an owner, only a token of that owner.
    async fn remove_api_token(&self, number: i64, owner: Option<&str>) -> Result<(String, String)>;
    /// The token of the API with this digest, which is being used now. None if there is none; it may have ended.
    async fn api_token(&self, digest: &str) -> Result<Option<ApiToken>>;
}
