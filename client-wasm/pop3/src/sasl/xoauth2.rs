//! XOAUTH2, as [Google](https://developers.google.com/workspace/gmail/imap/xoauth2-protocol) and
//! Microsoft describe it.

use alloc::vec::Vec;

use crate::argument::{Secret, UserName};
use crate::error::{AuthFailure, Error};
use crate::sasl::token::{SEPARATOR, Verdict};
use crate::sasl::{Broken, Client, Response};

/// Sends name and token at once.
pub(super) struct Xoauth2 {
    user: UserName,
    token: Secret,
    verdict: Verdict,
}

impl Xoauth2 {
    pub(super) fn new(user: UserName, token: Secret) -> Result<Self, Error> {
        Ok(Self {
            user: user.without(SEPARATOR)?,
            token: token.without(SEPARATOR)?,
            verdict: Verdict::default(),
        })
    }
}

impl Client for Xoauth2 {
    fn initial(&mut self) -> Option<Response> {
        self.verdict.said = true;
        let (user, token) = (self.user.as_str().as_bytes(), self.token.expose());
        let room = user.len() + token.len() + 20;
        let mut response = Response::new(Vec::with_capacity(room));
        response.extend_from_slice(b"user=");
        response.extend_from_slice(user);
        response.extend_from_slice(b"\x01auth=Bearer ");
        response.extend_from_slice(token);
        response.extend_from_slice(b"\x01\x01");
        Some(response)
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Response, Broken> {
        if !self.verdict.is_open() {
            return Err(Broken::Challenge);
        }
        self.verdict.refused(challenge);
        Ok(Response::default())
    }

    fn complete(&self) -> bool {
        self.verdict.said
    }

    fn failure(&self) -> Option<AuthFailure> {
        self.verdict.refusal()
    }
}

#[cfg(test)]
mod tests {
    use super::Xoauth2;
    use crate::argument::{Secret, UserName};
    use crate::sasl::Client;

    /// The example of Google's description.
    #[test]
    fn the_example_of_the_description() {
        let user = UserName::new("someuser@example.com").unwrap();
        let token = Secret::new("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg").unwrap();
        let mut client = Xoauth2::new(user, token).unwrap();
        assert_eq!(
            client.initial().unwrap().as_slice(),
            b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
        );
    }

    #[test]
    fn name_and_token_cannot_run_over() {
        let build = |user, token| {
            Xoauth2::new(UserName::new(user).unwrap(), Secret::new(token).unwrap()).is_ok()
        };
        assert!(build("a", "b"));
        assert!(!build("a\u{1}auth=x", "b"));
        assert!(!build("a", "b\u{1}"));
    }
}
