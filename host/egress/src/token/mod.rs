//! Tokens: how a source's credential becomes something that can be sent. The client credentials grant of OAuth 2.0 (RFC 6749, section 4.4)
//! as implemented by Microsoft Entra ("Microsoft identity platform and the OAuth 2.0 client credentials flow"), with a secret, a
//! certificate or another issuer's token; a refresh token (section 6), as Webex has them; or the identity that the platform gives the
//! machine. [`crate::credential`] knows where credentials are kept.

mod answer;
mod certificate;
mod fixed;
mod identity;
mod kept;
mod login;
mod pkcs12;
mod proof;
mod refresh;
mod source;

#[cfg(test)]
mod tests;

pub use self::certificate::{Certificate, CertificateError};
pub use self::fixed::FixedBearer;
pub use self::identity::{Identity, IdentityError};
pub use self::kept::kept_name;
pub use self::login::{Grant, Login};
pub use self::proof::{Credential, Proof};
pub use self::refresh::RefreshToken;
pub use self::source::{Issuer, TokenSource};
