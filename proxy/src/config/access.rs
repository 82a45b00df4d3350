//! Who may open sessions at all, `[access]`.

use std::collections::BTreeMap;
use std::fmt;

use http::HeaderName;
use serde::Deserialize;

use super::pin::sha256_digest;
use super::values::Name;

/// What a request must bring along. Where neither is configured, whoever reaches the proxy may open
/// sessions, from an allowed page or a program.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Access {
    /// Whom tokens belong to, and their digests.
    pub tokens: BTreeMap<Name, TokenDigest>,
    /// The header in which a trusted proxy in front names the user whom it signed in.
    pub user_header: Option<UserHeader>,
}

/// The SHA-256 digest of a bearer token. Tokens are long and random, so their digest is no secret.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TokenDigest(pub [u8; 32]);

impl TryFrom<String> for TokenDigest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digest = text.strip_prefix("sha256:").and_then(sha256_digest);
        digest.map(Self).ok_or(
            "expected \"sha256:\" and the token's SHA-256 digest in 64 hexadecimal digits, as \
             sha256sum prints it",
        )
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who put the token itself here by mistake does not find it in a log.
        f.write_str("TokenDigest")
    }
}

/// The name of a header.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct UserHeader(pub HeaderName);

impl TryFrom<String> for UserHeader {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let name = HeaderName::try_from(text);
        name.map(Self)
            .map_err(|_| "expected the name of a header, such as \"X-Remote-User\"")
    }
}
