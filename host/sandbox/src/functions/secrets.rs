//! `secret-get`: a handle to a credential, not the credential.

use collector_model::secret::SecretError;
use secrecy::ExposeSecret;
use wasmtime::component::{Accessor, Resource};

use super::HostFunctions;
use crate::access::Secret;
use crate::bindings::secrets as wit;
use crate::bounds::SECRET;
use crate::claims::claims;
use crate::guest::Guest;
use crate::handle::SecretHandle;

impl wit::HostWithStore<Guest> for HostFunctions {
    async fn secret_get(
        accessor: &Accessor<Guest, Self>,
        name: String,
    ) -> wasmtime::Result<Result<Resource<SecretHandle>, wit::SecretError>> {
        if let Err(excess) = SECRET.check(&name) {
            return Ok(Err(wit::SecretError::NotFound(excess.to_string())));
        }
        let (outside, held, deadline) = accessor.with(|mut access| {
            let guest: &mut Guest = access.get();
            let held = guest.pending.hold(name.len());
            (guest.access.outside.clone(), held, guest.access.deadline)
        });
        let held = match held {
            Ok(held) => held,
            Err(why) => return Ok(Err(wit::SecretError::Denied(why))),
        };
        let Some(_place) = held.place(deadline).await else {
            let why = "the time ran out before the credential could be read";
            return Ok(Err(wit::SecretError::Unavailable(why.to_owned())));
        };
        let found = match outside {
            Some(outside) => outside.secret(&name).await,
            None => Err(SecretError::missing(&name)),
        };
        let Secret { value, reveal } = match found {
            Ok(secret) => secret,
            Err(error) => return Ok(Err(secret_error(error))),
        };
        let handle = SecretHandle { name, value, reveal };
        Ok(Ok(accessor.with(|mut access| access.get().table().push(handle))?))
    }
}

impl wit::Host for Guest {}

impl wit::HostSecret for Guest {
    fn claims(&mut self, secret: Resource<SecretHandle>) -> wasmtime::Result<Option<String>> {
        Ok(claims(&self.table().get(&secret)?.value))
    }

    fn reveal(
        &mut self,
        secret: Resource<SecretHandle>,
    ) -> wasmtime::Result<Result<String, wit::SecretError>> {
        let handle = self.table().get(&secret)?;
        Ok(if handle.reveal {
            Ok(handle.value.expose_secret().to_owned())
        } else {
            Err(wit::SecretError::Denied(format!(
                "the connector may use the credential \"{0}\" but not see it; to change that, add reveal = [\"{0}\"] to [source.grants]",
                collector_model::text::plain(&handle.name)
            )))
        })
    }

    fn drop(&mut self, secret: Resource<SecretHandle>) -> wasmtime::Result<()> {
        self.table().delete(secret)?;
        Ok(())
    }
}

pub(super) fn secret_error(error: SecretError) -> wit::SecretError {
    match error {
        SecretError::NotFound(why) => wit::SecretError::NotFound(why),
        SecretError::Denied(why) => wit::SecretError::Denied(why),
        SecretError::Unavailable(why) => wit::SecretError::Unavailable(why),
        SecretError::Authorization(failure) => wit::SecretError::Authorization(wit::AuthorizationFailure {
            status: failure.status,
            error: failure.error,
            description: failure.description,
            codes: failure.codes,
        }),
    }
}
