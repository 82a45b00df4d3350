//! What the two mechanisms for OAuth 2 tokens have in common.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use serde_json::Value;

use crate::argument::{Secret, UserName};
use crate::error::{AuthFailure, Error};
use crate::sasl::{Broken, Client, Response};

/// Separates the fields of a response.
const SEPARATOR: char = '\u{1}';

/// Octets of the longest status that is passed on.
const LONGEST_STATUS: usize = 40;

/// How one mechanism writes what both say.
pub(super) struct Form {
    /// Name and token, as the first response has them.
    pub(super) response: fn(&UserName, &Secret) -> Response,
    /// The answer to the server's error message.
    pub(super) regret: &'static [u8],
}

/// Sends name and token at once.
pub(super) struct Bearer {
    form: Form,
    user: UserName,
    token: Secret,
    said: bool,
    refusal: Option<AuthFailure>,
}

impl Bearer {
    pub(super) fn new(form: Form, user: UserName, token: Secret) -> Result<Self, Error> {
        Ok(Self {
            form,
            user: user.without(SEPARATOR)?,
            token: token.without(SEPARATOR)?,
            said: false,
            refusal: None,
        })
    }
}

impl Client for Bearer {
    fn initial(&mut self) -> Option<Response> {
        self.said = true;
        Some((self.form.response)(&self.user, &self.token))
    }

    /// The server's challenge after the token is an error message in JSON, and there is only one.
    /// Only its status is kept: whatever else a server may have put there is none of the caller's
    /// business.
    fn respond(&mut self, challenge: &[u8]) -> Result<Response, Broken> {
        if !self.said || self.refusal.is_some() {
            return Err(Broken::Challenge);
        }
        let status = status(challenge);
        self.refusal = Some(AuthFailure::Token { status });
        Ok(Response::new(self.form.regret.to_vec()))
    }

    fn complete(&self) -> bool {
        self.said
    }

    fn failure(&self) -> Option<AuthFailure> {
        self.refusal.clone()
    }
}

fn status(challenge: &[u8]) -> Option<String> {
    let message: Value = serde_json::from_slice(challenge).ok()?;
    let status = match message.get("status")? {
        Value::String(word) => word.to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let well_formed = (1..=LONGEST_STATUS).contains(&status.len())
        && status
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"_-.".contains(&octet));
    well_formed.then_some(status)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::status;

    #[test]
    fn only_the_status_comes_out_of_the_error_message() {
        for (message, expected) in [
            (
                r#"{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}"#,
                Some("401"),
            ),
            (r#"{"status":400,"schemes":"Bearer"}"#, Some("400")),
            (
                r#"{"status":"invalid_token","openid-configuration":"https://example.net"}"#,
                Some("invalid_token"),
            ),
            (r#"{"status":"a token: secret"}"#, None),
            (r#"{"status":""}"#, None),
            (r#"{"status":["401"]}"#, None),
            (r#"{"scope":"mail"}"#, None),
            (r#"["status"]"#, None),
            (r#"{"status":"401""#, None),
            ("", None),
        ] {
            assert_eq!(status(message.as_bytes()).as_deref(), expected, "{message}");
        }
        let long = ["{\"status\":\"", &"x".repeat(41), "\"}"].concat();
        assert_eq!(status(long.as_bytes()), None);
        // Deep nesting is an error of the parser, and not of the stack.
        assert_eq!(status("[".repeat(12_000).as_bytes()), None);
        assert_eq!(status(b"\xff"), None);
    }
}
