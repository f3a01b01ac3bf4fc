//! Whom the fake backend lets in.

use async_trait::async_trait;

use super::fake::{Fake, missing};
use crate::api::*;

#[async_trait]
impl AccessBackend for Fake {
    async fn accounts(&self) -> Result<Vec<Account>> {
        Ok(self.world().accounts.clone())
    }
    async fn add_account(&self, account: Account) -> Result<()> {
        let gate = self.world().gate.clone();
        if let Some(gate) = gate {
            gate.reached.notify_one();
            gate.open.notified().await;
        }
        let mut world = self.world();
        if world.accounts.iter().any(|other| other.name == account.name) {
            return Err(BackendError::Refused(format!(
                "{} is there already",
                account.name
            )));
        }
        world.accounts.push(account);
        Ok(())
    }
    async fn remove_account(&self, name: &str) -> Result<()> {
        let mut world = self.world();
        if !world.accounts.iter().any(|account| account.name == name) {
            return Err(missing("such account"));
        }
        if world.is_last_administrator(name) {
            return Err(BackendError::Refused(format!("{name} is the last administrator")));
        }
        world.accounts.retain(|account| account.name != name);
        world
            .tokens
            .retain(|(token, _)| token.owner.as_deref() != Some(name));
        Ok(())
    }
    async fn set_role(&self, name: &str, role: Role) -> Result<Role> {
        let mut world = self.world();
        if role != Role::Administrator && world.is_last_administrator(name) {
            return Err(BackendError::Refused(format!("{name} is the last administrator")));
        }
        let account = world.accounts.iter_mut().find(|account| account.name == name);
        let account = account.ok_or_else(|| missing("such account"))?;
        Ok(std::mem::replace(&mut account.role, role))
    }
    fn single_sign_on(&self) -> Option<String> {
        self.world().single.clone()
    }
    async fn begin_sign_in(&self, browser: &str, next: &str) -> std::result::Result<String, SignInProblem> {
        let mut world = self.world();
        if world.single.is_none() {
            return Err(SignInProblem::NotOffered);
        }
        if let Some(problem) = &world.unsigned {
            return Err(problem.clone());
        }
        let state = format!("state-{}", world.signing_in.len());
        let of = (browser.to_owned(), next.to_owned());
        world.signing_in.insert(state.clone(), of);
        Ok(format!("https://login.example/authorize?a=b&state={state}"))
    }
    async fn sign_out_page(&self) -> Option<String> {
        self.world().sign_out.clone()
    }
    async fn end_sign_in(
        &self,
        browser: &str,
        answer: SignInAnswer,
    ) -> std::result::Result<Visitor, SignInProblem> {
        let mut world = self.world();
        let state = answer.state.unwrap_or_default();
        let next = match world.signing_in.get(&state) {
            Some((of, _)) if of == browser => world.signing_in.remove(&state).unwrap().1,
            _ => return Err(SignInProblem::Disbelieved),
        };
        if let Some(problem) = &world.unsigned {
            return Err(problem.clone());
        }
        let identity = format!("oidc:https://login.example {}", answer.code.unwrap_or_default());
        match world.visitors.get(&identity).copied() {
            Some(role) => Ok(Visitor {
                identity,
                account: "zoe@contoso.com (oidc:zoe)".into(),
                role,
                next,
            }),
            None => Err(SignInProblem::NoRole {
                account: "<b>zoe (oidc:zoe)".into(),
                hint: Some("A hint.".into()),
            }),
        }
    }
    async fn visitor(&self, identity: &str) -> Result<Option<Role>> {
        Ok(self.world().visitors.get(identity).copied())
    }
    async fn set_password(&self, name: &str, password_hash: &str) -> Result<()> {
        let mut world = self.world();
        let account = world.accounts.iter_mut().find(|account| account.name == name);
        account.unwrap().password_hash = password_hash.to_owned();
        Ok(())
    }
    async fn api_tokens(&self) -> Result<Vec<ApiToken>> {
        let world = self.called("api tokens".into())?;
        Ok(world
            .tokens
            .iter()
            .map(|(token, _)| world.standing(token))
            .collect())
    }
    async fn add_api_token(&self, token: ApiToken, digest: &str) -> Result<()> {
        let mut world = self.called(format!("add api token {}", token.name))?;
        let is_like = |other: &ApiToken| (&other.owner, &other.name) == (&token.owner, &token.name);
        if world.tokens.iter().any(|(other, _)| is_like(other)) {
            return Err(BackendError::Refused(format!(
                "you have a token for {}",
                token.name
            )));
        }
        let number = world.tokens.len() as i64 + 1;
        world
            .tokens
            .push((ApiToken { number, ..token }, digest.to_owned()));
        Ok(())
    }
    async fn remove_api_token(&self, number: i64, owner: Option<&str>) -> Result<(String, String)> {
        let mut world = self.called(format!("remove api token {number}"))?;
        let at = world.tokens.iter().position(|(token, _)| {
            token.number == number && (owner.is_none() || token.owner.as_deref() == owner)
        });
        let (token, _) = world.tokens.remove(at.ok_or_else(|| missing("such token"))?);
        Ok((token.name, token.made_by))
    }
    async fn api_token(&self, digest: &str) -> Result<Option<ApiToken>> {
        let world = self.called("api token".into())?;
        let found = world.tokens.iter().find(|(_, other)| other == digest);
        Ok(found.map(|(token, _)| world.standing(token)))
    }
}
