//! Client assertions: JWTs signed with the key of an app's certificate, and really verified.
//! Source: "Microsoft identity platform application authentication certificate credentials".

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

use crate::app::App;
use crate::refusal::{Refused, refused};

/// The only `client_assertion_type`.
pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The allowed clock skew between client and login, in seconds.
const SKEW: i64 = 300;

/// Checks header, signature and claims against the certificates of `app`; `audiences` are the addresses of the
/// token endpoint.
pub(crate) fn check(app: &App, assertion: &str, audiences: &[String]) -> Result<(), Refused> {
    let malformed = || {
        refused(
            401,
            "invalid_client",
            50_027,
            "JWT token is invalid or malformed.",
        )
    };
    let part = |place: usize| -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(place)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    let (Some(header), Some(claims)) = (part(0), part(1)) else {
        return malformed();
    };
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    // MSAL for Python pads them, against the standard; Entra accepts that.
    let thumbprint = |name: &str| text(&header, name).trim_end_matches('=').to_owned();
    let (thumb256, thumb1) = (thumbprint("x5t#S256"), thumbprint("x5t"));
    let (algorithm, certificate) = match text(&header, "alg").as_str() {
        "PS256" => (
            Algorithm::PS256,
            app.certificates
                .iter()
                .find(|c| c.sha256 == thumb256 || (thumb256.is_empty() && c.sha1 == thumb1)),
        ),
        "RS256" => (
            Algorithm::RS256,
            app.certificates
                .iter()
                .find(|c| c.sha1 == thumb1 || (thumb1.is_empty() && c.sha256 == thumb256)),
        ),
        other => {
            return refused(
                401,
                "invalid_client",
                5_002_738,
                format!(
                    "Invalid JWT token. '{other}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256, RS384, RS512, PS256, PS384, PS512'"
                ),
            );
        }
    };
    let Some(certificate) = certificate else {
        let thumb = if thumb256.is_empty() { thumb1 } else { thumb256 };
        return refused(
            401,
            "invalid_client",
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '{thumb}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{}'.]",
                app.client_id
            ),
        );
    };
    if certificate.expired {
        return refused(
            401,
            "invalid_client",
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired., Thumbprint of key used by client: '{}']",
                certificate.sha256
            ),
        );
    }
    let Ok(key) = DecodingKey::from_rsa_pem(certificate.pem.as_bytes()) else {
        return malformed();
    };
    // Checks only the signature: the claims have errors of their own below.
    let mut rules = Validation::new(algorithm);
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_nbf, rules.validate_aud) = (false, false, false);
    if jsonwebtoken::decode::<Value>(assertion, &key, &rules).is_err() {
        return refused(
            401,
            "invalid_client",
            700_027,
            format!(
                "Client assertion contains an invalid signature. [Reason - The key was found but use of the key to verify signature failed., Thumbprint of key used by client: '{}']",
                certificate.sha256
            ),
        );
    }
    if !audiences.iter().any(|audience| *audience == text(&claims, "aud")) {
        return refused(
            401,
            "invalid_client",
            700_023,
            "Client assertion audience claim does not match Realm issuer. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials.",
        );
    }
    let is_client = |name: &str| text(&claims, name).eq_ignore_ascii_case(&app.client_id);
    if !is_client("iss") || !is_client("sub") {
        return refused(
            401,
            "invalid_client",
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        );
    }
    let now = Utc::now().timestamp();
    // MSAL for Python sends fractions of a second, which the standard allows.
    let second = |name: &str| Some(claims.get(name)?.as_f64()?.floor() as i64);
    let Some(until) = second("exp") else {
        return malformed();
    };
    let since = second("nbf").unwrap_or(i64::MIN);
    if until + SKEW < now || since.saturating_sub(SKEW) > now {
        let show = |at: i64| {
            DateTime::from_timestamp(at, 0)
                .map(|at| at.to_rfc3339())
                .unwrap_or_default()
        };
        return refused(
            401,
            "invalid_client",
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
                show(now),
                show(since),
                show(until)
            ),
        );
    }
    Ok(())
}
