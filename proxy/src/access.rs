//! Who may open sessions: the holder of a token, or a user whom a trusted proxy in front signed in.

use axum::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use axum::http::{HeaderMap, HeaderName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config;

/// What stands before a token among the subprotocols. A page can set no header on a WebSocket, and
/// a token in the URL would end in logs.
const BEARER_SUBPROTOCOL: &str = "bearer.";

/// The rule, ready for use.
pub(crate) struct Access {
    tokens: Vec<(String, [u8; 32])>,
    user_header: Option<HeaderName>,
}

impl Access {
    /// The configured rule; `None` where everybody may.
    pub(crate) fn new(config: &config::Access) -> Option<Self> {
        let tokens = config.tokens.iter();
        let access = Self {
            tokens: tokens
                .map(|(name, digest)| (name.as_str().to_owned(), digest.0))
                .collect(),
            user_header: config.user_header.as_ref().map(|header| header.0.clone()),
        };
        (!access.tokens.is_empty() || access.user_header.is_some()).then_some(access)
    }

    /// Whose request this is; `None` if it is nobody's who may. `fronted` says whether it comes from
    /// a proxy that is believed.
    pub(crate) fn holder(&self, headers: &HeaderMap, fronted: bool) -> Option<String> {
        self.user(headers, fronted)
            .or_else(|| presented(headers).find_map(|token| self.owner(&token)))
    }

    /// The user whom the proxy in front names, in one header and no more: with two, one may be the
    /// client's own.
    fn user(&self, headers: &HeaderMap, fronted: bool) -> Option<String> {
        let header = self.user_header.as_ref().filter(|_| fronted)?;
        let mut named = headers.get_all(header).iter();
        let (user, more) = (named.next()?.to_str().ok()?, named.next());
        (more.is_none() && !user.trim().is_empty()).then(|| user.to_owned())
    }

    /// Whose token it is. All digests are compared, and each to its end, so that the time tells
    /// nothing.
    fn owner(&self, token: &[u8]) -> Option<String> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let mut owner = None;
        for (name, known) in &self.tokens {
            if bool::from(known.ct_eq(&digest)) {
                owner = Some(name);
            }
        }
        owner.cloned()
    }
}

/// The tokens that a request presents, in its `Authorization` and among its subprotocols.
fn presented(headers: &HeaderMap) -> impl Iterator<Item = Vec<u8>> {
    let credentials = headers.get_all(AUTHORIZATION).into_iter();
    let in_header = credentials.filter_map(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        bearer.then(|| token.trim().as_bytes().to_owned())
    });
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    let in_subprotocol = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|offered| {
            let token = offered.trim().strip_prefix(BEARER_SUBPROTOCOL)?;
            URL_SAFE_NO_PAD.decode(token).ok()
        });
    in_header.chain(in_subprotocol)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// Two holders, whose digests are put in.
    const CONFIG: &str = "trusted-proxies = [\"127.0.0.1\"]\n[typed-hosts]\nenabled = true\n\
         [access]\nuser-header = \"X-Remote-User\"\n[access.tokens]\nanna = \"sha256:ANNA\"\n\
         ben = \"sha256:BEN\"\n";

    fn access() -> Access {
        let hex = |token: &str| -> String {
            let digest = Sha256::digest(token);
            digest.iter().map(|octet| format!("{octet:02X}")).collect()
        };
        let text = CONFIG
            .replace("ANNA", &hex("secret-of-anna"))
            .replace("BEN", &hex("t\u{f6}ken/of+ben"));
        Access::new(&Config::from_toml(&text).unwrap().access).unwrap()
    }

    fn subprotocol(token: &str) -> String {
        format!("pop3.v1, bearer.{}", URL_SAFE_NO_PAD.encode(token))
    }

    /// Headers, whether they come from a trusted proxy, and who it is.
    type Case<'a> = (&'a [(&'static str, &'a str)], bool, Option<&'a str>);

    #[test]
    fn holders_are_known_by_token_or_by_the_word_of_a_trusted_proxy() {
        let (anna, ben) = (
            subprotocol("secret-of-anna"),
            subprotocol("t\u{f6}ken/of+ben"),
        );
        let wrong = subprotocol("secret-of-ann");
        let padded = format!("{anna}=");
        let cases: &[Case<'_>] = &[
            (&[], false, None),
            (&[], true, None),
            (
                &[("authorization", "Bearer secret-of-anna")],
                false,
                Some("anna"),
            ),
            (
                &[("authorization", "bearer  secret-of-anna")],
                false,
                Some("anna"),
            ),
            (&[("authorization", "secret-of-anna")], false, None),
            (&[("authorization", "Basic secret-of-anna")], false, None),
            (&[("authorization", "Bearer secret-of-anna2")], false, None),
            (&[("authorization", "Bearer SECRET-OF-ANNA")], false, None),
            (&[("authorization", "Bearer ")], false, None),
            (&[("sec-websocket-protocol", &anna)], false, Some("anna")),
            (&[("sec-websocket-protocol", &ben)], false, Some("ben")),
            (&[("sec-websocket-protocol", &wrong)], false, None),
            (&[("sec-websocket-protocol", &padded)], false, None),
            (
                &[("sec-websocket-protocol", "pop3.v1, bearer.")],
                false,
                None,
            ),
            (
                &[("sec-websocket-protocol", "pop3.v1, bearer.secret-of-anna")],
                false,
                None,
            ),
            (
                &[
                    ("authorization", "Bearer wrong"),
                    ("sec-websocket-protocol", &ben),
                ],
                false,
                Some("ben"),
            ),
            (&[("x-remote-user", "carl")], true, Some("carl")),
            // From anybody else it is only a claim.
            (&[("x-remote-user", "carl")], false, None),
            (&[("x-remote-user", "")], true, None),
            (&[("x-remote-user", " ")], true, None),
            (
                &[("x-remote-user", "carl"), ("x-remote-user", "dora")],
                true,
                None,
            ),
            (
                &[
                    ("x-remote-user", "carl"),
                    ("authorization", "Bearer secret-of-anna"),
                ],
                false,
                Some("anna"),
            ),
        ];
        let access = access();
        for (sent, fronted, holder) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in *sent {
                headers.append(*name, value.parse().unwrap());
            }
            assert_eq!(
                access.holder(&headers, *fronted).as_deref(),
                *holder,
                "{sent:?}"
            );
        }
    }

    #[test]
    fn without_rule_there_is_none() {
        assert!(Access::new(&config::Access::default()).is_none());
    }
}
