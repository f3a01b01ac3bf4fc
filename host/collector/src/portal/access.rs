//! Who may come in: the accounts and tokens of the store, and people whom a provider of identities signs in.

use std::sync::Arc;

use async_trait::async_trait;
use collector_portal::api::{
    AccessBackend, Account, ApiToken, BackendError, Result, Role, SignInAnswer, SignInProblem, Visitor,
};
use collector_store::Kept;

use super::backend::ProgramBackend;
use super::program::now;
use super::sign_in::SignIn;

#[async_trait]
impl AccessBackend for ProgramBackend {
    async fn accounts(&self) -> Result<Vec<Account>> {
        self.program.read(|store| store.accounts()).await
    }

    async fn add_account(&self, account: Account) -> Result<()> {
        let name = account.name.clone();
        match self
            .program
            .store(move |store| store.add_account(&account))
            .await?
        {
            true => Ok(()),
            false => Err(BackendError::Refused(format!(
                "the account {name} already exists; choose another name"
            ))),
        }
    }

    async fn remove_account(&self, name: &str) -> Result<()> {
        let account = name.to_owned();
        self.program
            .store(move |store| store.remove_account(&account))
            .await?
            .map_err(|why| kept(name, why))
    }

    async fn set_role(&self, name: &str, role: Role) -> Result<Role> {
        let account = name.to_owned();
        self.program
            .store(move |store| store.set_role(&account, role))
            .await?
            .map_err(|why| kept(name, why))
    }

    fn single_sign_on(&self) -> Option<String> {
        let sign_in = self.sign_in.as_ref()?;
        Some(sign_in.words().to_owned())
    }

    async fn begin_sign_in(&self, browser: &str, next: &str) -> std::result::Result<String, SignInProblem> {
        match &self.sign_in {
            Some(sign_in) => sign_in.begin(&self.program, browser, next).await,
            None => Err(SignInProblem::NotOffered),
        }
    }

    async fn end_sign_in(
        &self,
        browser: &str,
        answer: SignInAnswer,
    ) -> std::result::Result<Visitor, SignInProblem> {
        match &self.sign_in {
            Some(sign_in) => sign_in.end(&self.program, browser, answer).await,
            None => Err(SignInProblem::NotOffered),
        }
    }

    async fn sign_out_page(&self) -> Option<String> {
        self.sign_in.as_ref()?.sign_out(&self.program).await
    }

    async fn visitor(&self, identity: &str) -> Result<Option<Role>> {
        let identity = identity.to_owned();
        self.program.read(move |store| store.visitor(&identity)).await
    }

    async fn set_password(&self, name: &str, password_hash: &str) -> Result<()> {
        let (account, hash) = (name.to_owned(), password_hash.to_owned());
        match self
            .program
            .store(move |store| store.set_password(&account, &hash))
            .await?
        {
            true => Ok(()),
            false => Err(BackendError::NotFound(format!("there is no account {name}"))),
        }
    }

    async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        let tokens = self.program.read(|store| store.api_tokens(now())).await?;
        let standing = |token| SignIn::standing(self.sign_in.as_ref(), token);
        Ok(tokens.into_iter().map(standing).collect())
    }

    async fn add_api_token(&self, token: ApiToken, digest: &str) -> Result<()> {
        let (name, digest) = (token.name.clone(), digest.to_owned());
        match self
            .program
            .store(move |store| store.add_api_token(&token, &digest))
            .await?
        {
            true => Ok(()),
            false => Err(BackendError::Refused(format!(
                "you have a token for {name} already; choose another name, or revoke that one first"
            ))),
        }
    }

    async fn remove_api_token(&self, number: i64, owner: Option<&str>) -> Result<(String, String)> {
        let owner = owner.map(str::to_owned);
        self.program
            .store(move |store| store.remove_api_token(number, owner.as_deref()))
            .await?
            .ok_or_else(|| BackendError::NotFound("this token was revoked already".to_owned()))
    }

    async fn api_token(&self, digest: &str) -> Result<Option<ApiToken>> {
        let digest = digest.to_owned();
        let token = self
            .program
            .read(move |store| store.api_token(&digest, now()))
            .await?;
        if let Some(token) = token.as_ref().filter(|token| token.is_use_new(now())) {
            let (program, number) = (Arc::clone(&self.program), token.number);
            // Nobody waits for this: an import may hold the store for long.
            tokio::spawn(async move {
                let noted = program.store(move |store| store.api_token_used(number, now()));
                if let Err(error) = noted.await {
                    tracing::warn!("cannot note that a token of the API was used: {error}");
                }
            });
        }
        Ok(token.map(|token| SignIn::standing(self.sign_in.as_ref(), token)))
    }
}

/// Why an account is as it was.
fn kept(name: &str, why: Kept) -> BackendError {
    match why {
        Kept::Missing => BackendError::NotFound(format!("there is no account {name}")),
        Kept::Last => BackendError::Refused(format!(
            "{name} is the last administrator; make another account one first"
        )),
    }
}
