//! What the two mechanisms for OAuth 2 tokens have in common.

use alloc::borrow::ToOwned;
use alloc::string::String;

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

/// The member `status` of the error message, a word or a number. The message is one flat object of
/// JSON ([RFC 7628 section 3.2.2](https://www.rfc-editor.org/rfc/rfc7628#section-3.2.2)), so whatever
/// nests has no status for us, and a word with escapes would not be passed on anyway.
fn status(challenge: &[u8]) -> Option<String> {
    let mut rest = core::str::from_utf8(challenge).ok()?;
    let mut status = None;
    token(&mut rest, "{")?;
    loop {
        let name = string(&mut rest)?;
        token(&mut rest, ":")?;
        let value = match string(&mut rest) {
            Some(word) => Some(word),
            None => Some(literal(&mut rest)?).filter(|value| is_number(value)),
        };
        if name == "status" {
            status = value;
        }
        if token(&mut rest, ",").is_none() {
            break;
        }
    }
    token(&mut rest, "}")?;
    let status = status.filter(|_| rest.trim_ascii().is_empty())?;
    let well_formed = (1..=LONGEST_STATUS).contains(&status.len())
        && status
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"_-.".contains(&octet));
    well_formed.then(|| status.to_owned())
}

/// Takes this mark off the text, and the white space before it.
fn token(rest: &mut &str, mark: &str) -> Option<()> {
    *rest = rest.trim_ascii_start().strip_prefix(mark)?;
    Some(())
}

/// Takes a string off the text: what is between its quotes, with the escapes as they stand.
fn string<'a>(rest: &mut &'a str) -> Option<&'a str> {
    token(rest, "\"")?;
    let mut escaped = false;
    let end = rest.find(|character| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    })?;
    let (text, after) = rest.split_at_checked(end)?;
    *rest = after;
    token(rest, "\"")?;
    Some(text)
}

/// Takes a number, `true`, `false` or `null` off the text.
fn literal<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let text = rest.trim_ascii_start();
    let end = text.find(|character: char| {
        !character.is_ascii_alphanumeric() && !matches!(character, '+' | '-' | '.')
    })?;
    let (literal, after) = text.split_at_checked(end)?;
    *rest = after;
    (!literal.is_empty()).then_some(literal)
}

fn is_number(literal: &str) -> bool {
    literal.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use proptest::prelude::*;

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
            (r#"{"status":"true"}"#, Some("true")),
            (
                r#" { "scope" : "a \"\\" , "n" : -1.5e+3, "ok":true, "status" : 401 } "#,
                Some("401"),
            ),
            (r#"{"scope":"\"status\":\"401\","}"#, None),
            (r#"{"status":true}"#, None),
            (r#"{"status":null}"#, None),
            (r#"{"status":"4\u0030"}"#, None),
            (r#"{"status":"401"} {}"#, None),
            (r#"{"status" "401"}"#, None),
            (r#"{"status":}"#, None),
            ("{}", None),
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

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Of a flat object it reads what a whole parser of JSON reads.
        #[test]
        fn a_flat_object_is_read_as_json(
            members in proptest::collection::btree_map(
                "status|[a-z\"\\\\{}:,\u{e9}]{0,6}",
                prop_oneof![
                    "[a-zA-Z0-9_.-]{1,40}|[\\PC\n]{0,8}".prop_map(serde_json::Value::from),
                    any::<i64>().prop_map(serde_json::Value::from),
                    any::<bool>().prop_map(serde_json::Value::from),
                ],
                0..5,
            ),
        ) {
            let plain = |word: &String| {
                (1..=40).contains(&word.len())
                    && word.bytes().all(|octet| {
                        octet.is_ascii_alphanumeric() || b"_-.".contains(&octet)
                    })
            };
            let expected = match members.get("status") {
                Some(serde_json::Value::String(word)) => Some(word.clone()).filter(plain),
                Some(serde_json::Value::Number(number)) => Some(number.to_string()),
                _ => None,
            };
            let message = serde_json::to_string(&members).unwrap();
            prop_assert_eq!(status(message.as_bytes()), expected, "{}", message);
        }
    }
}
