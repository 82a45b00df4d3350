//! OAUTHBEARER ([RFC 7628](https://www.rfc-editor.org/rfc/rfc7628)).

use alloc::vec::Vec;

use crate::argument::{Secret, UserName};
use crate::error::{AuthFailure, Error};
use crate::sasl::scram::escaped;
use crate::sasl::token::{SEPARATOR, Verdict};
use crate::sasl::{Broken, Client, Response};

/// Sends name and token at once.
pub(super) struct OauthBearer {
    user: UserName,
    token: Secret,
    verdict: Verdict,
}

impl OauthBearer {
    pub(super) fn new(user: UserName, token: Secret) -> Result<Self, Error> {
        Ok(Self {
            user: user.without(SEPARATOR)?,
            token: token.without(SEPARATOR)?,
            verdict: Verdict::default(),
        })
    }
}

impl Client for OauthBearer {
    fn initial(&mut self) -> Option<Response> {
        self.verdict.said = true;
        let (user, token) = (escaped(self.user.as_str()), self.token.expose());
        let room = user.len() + token.len() + 21;
        let mut response = Response::new(Vec::with_capacity(room));
        response.extend_from_slice(b"n,a=");
        response.extend_from_slice(user.as_bytes());
        response.extend_from_slice(b",\x01auth=Bearer ");
        response.extend_from_slice(token);
        response.extend_from_slice(b"\x01\x01");
        Some(response)
    }

    /// The answer to an error message is the separator alone
    /// ([RFC 7628 section 3.2.3](https://www.rfc-editor.org/rfc/rfc7628#section-3.2.3)).
    fn respond(&mut self, challenge: &[u8]) -> Result<Response, Broken> {
        if !self.verdict.is_open() {
            return Err(Broken::Challenge);
        }
        self.verdict.refused(challenge);
        Ok(Response::new([1].to_vec()))
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
    use super::OauthBearer;
    use crate::argument::{Secret, UserName};
    use crate::sasl::Client;

    #[test]
    fn name_and_token_are_one_response() {
        let user = UserName::new("user@example.com").unwrap();
        let token = Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==").unwrap();
        let mut client = OauthBearer::new(user, token).unwrap();
        assert_eq!(
            client.initial().unwrap().as_slice(),
            b"n,a=user@example.com,\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
        );
    }

    #[test]
    fn commas_in_the_name_are_escaped() {
        let user = UserName::new("a,b=c").unwrap();
        let mut client = OauthBearer::new(user, Secret::new("t").unwrap()).unwrap();
        assert_eq!(
            client.initial().unwrap().as_slice(),
            b"n,a=a=2Cb=3Dc,\x01auth=Bearer t\x01\x01"
        );
    }
}
