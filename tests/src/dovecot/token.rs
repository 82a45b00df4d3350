//! OAuth 2 tokens that Dovecot checks by itself: JSON Web Tokens
//! ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)) signed with HS256.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// What signs the tokens of one server.
pub(super) struct Tokens {
    key: [u8; 32],
}

impl Tokens {
    pub(super) fn new() -> Self {
        let mut key = [0; 32];
        for (number, octets) in key.chunks_mut(8).enumerate() {
            octets.copy_from_slice(&RandomState::new().hash_one(number).to_be_bytes());
        }
        Self { key }
    }

    /// Puts the key where Dovecot looks for that of a token without client and without key id.
    pub(super) fn write_key(&self, folder: &Path) -> Result<()> {
        let folder = folder.join("default/HS256");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("default"), STANDARD.encode(self.key))?;
        Ok(())
    }

    /// A token for `user` that is good until `expiry`, with these groups among its claims.
    pub(super) fn issue(&self, user: &str, expiry: SystemTime, groups: &str) -> Result<String> {
        let seconds = |time: SystemTime| {
            let since = time.duration_since(UNIX_EPOCH);
            since.as_ref().map_or(0, Duration::as_secs)
        };
        let header = json!({ "alg": "HS256", "typ": "JWT" });
        let issued = seconds(expiry.min(SystemTime::now()));
        let claims =
            json!({ "sub": user, "iat": issued, "exp": seconds(expiry), "groups": groups });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)?;
        mac.update(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        Ok(format!("{signed}.{signature}"))
    }
}
