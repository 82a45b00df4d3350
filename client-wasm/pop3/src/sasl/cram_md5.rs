//! CRAM-MD5 ([RFC 2195](https://www.rfc-editor.org/rfc/rfc2195)).

use alloc::format;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;

use crate::argument::{Secret, UserName};
use crate::sasl::{Broken, Client, Hex, Response};

/// Sends a keyed digest of what the server sent.
pub(super) struct CramMd5 {
    user: UserName,
    password: Secret,
    said: bool,
}

impl CramMd5 {
    pub(super) fn new(user: UserName, password: Secret) -> Self {
        Self {
            user,
            password,
            said: false,
        }
    }
}

impl Client for CramMd5 {
    fn respond(&mut self, challenge: &[u8]) -> Result<Response, Broken> {
        // The digest of nothing would be the same each time, and as good as the password.
        if self.said || challenge.is_empty() {
            return Err(Broken::Challenge);
        }
        self.said = true;
        // HMAC takes a key of any length.
        let mac = Hmac::<Md5>::new_from_slice(self.password.expose());
        let mac = mac.map_err(|_| Broken::Challenge)?;
        let digest = mac.chain_update(challenge).finalize().into_bytes();
        let answer = format!("{} {}", self.user.as_str(), Hex(&digest));
        Ok(Response::new(answer.into_bytes()))
    }

    fn complete(&self) -> bool {
        self.said
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::CramMd5;
    use crate::argument::{Secret, UserName};
    use crate::sasl::Client;

    /// The example of RFC 2195 section 2.
    #[test]
    fn the_example_of_the_standard() {
        let password = Secret::new("tanstaaftanstaaf").unwrap();
        let mut client = CramMd5::new(UserName::new("tim").unwrap(), password);
        assert!(!client.complete());
        let answer = client.respond(b"<1896.697170952@postoffice.reston.mci.net>");
        assert_eq!(
            answer.unwrap().as_slice(),
            b"tim b913a602c7eda7a495b4e6e7334d3890"
        );
        assert!(client.complete());
        assert!(client.respond(b"<again@example.net>").is_err());
    }

    #[test]
    fn an_empty_challenge_is_none() {
        let password = Secret::new("secret").unwrap();
        let mut client = CramMd5::new(UserName::new("tim").unwrap(), password);
        assert!(client.respond(b"").is_err());
    }
}
