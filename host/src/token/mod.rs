//! Tokens: how a source's credential becomes something that can be sent. The client credentials grant of OAuth 2.0 (RFC 6749,
//! section 4.4) as Microsoft Entra has it ("Microsoft identity platform and the OAuth 2.0 client credentials flow"), with a
//! secret or a certificate. Where the credential is kept is [`crate::credential`]'s.

mod answer;
mod certificate;
mod claims;
mod fixed;
mod source;

#[cfg(test)]
mod tests;

pub use self::certificate::{Certificate, CertificateError};
pub use self::claims::claims;
pub use self::fixed::FixedBearer;
pub use self::source::TokenSource;

use secrecy::SecretString;

/// What proves to the login server who asks.
pub enum Proof {
    /// A client secret.
    Secret(SecretString),
    /// A certificate that was registered with the application, and its key.
    Certificate(Certificate),
}
