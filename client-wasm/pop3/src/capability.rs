//! What CAPA told ([RFC 2449](https://www.rfc-editor.org/rfc/rfc2449)).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::parse;
use crate::sasl::Mechanism;

/// How long a server keeps messages
/// ([RFC 2449 section 6.7](https://www.rfc-editor.org/rfc/rfc2449#section-6.7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expire {
    /// The shortest time that holds for all users.
    pub retention: Retention,
    /// It depends on the user; CAPA tells the user's own after the sign-in.
    pub per_user: bool,
}

/// A time that messages are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// At least so many days. 0 means that messages may go with the session that read them.
    Days(u32),
    /// `NEVER`: the server deletes nothing on its own.
    Forever,
}

/// How long to wait from one sign-in to the next
/// ([RFC 2449 section 6.5](https://www.rfc-editor.org/rfc/rfc2449#section-6.5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginDelay {
    /// Seconds; the longest that holds for all users.
    pub seconds: u32,
    /// It depends on the user; CAPA tells the user's own after the sign-in.
    pub per_user: bool,
}

/// Capabilities of a server: names in upper case, each with its arguments.
///
/// A server may offer other ones after the sign-in than before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(
    /// By name. There are few: [`Limits`](crate::Limits) bounds them.
    Vec<(String, Vec<String>)>,
);

impl Capabilities {
    /// Is this capability offered? The name is compared without regard to case.
    pub fn contains(&self, name: &str) -> bool {
        self.arguments(name).is_some()
    }

    /// The arguments of a capability, in the server's order; `None` if it is not offered.
    pub fn arguments(&self, name: &str) -> Option<&[String]> {
        let at = self.place(&name.to_ascii_uppercase()).ok()?;
        self.0.get(at).map(|(_, arguments)| arguments.as_slice())
    }

    /// Where a name in upper case stands, or would stand.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    /// All capabilities with their arguments, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0
            .iter()
            .map(|(name, arguments)| (name.as_str(), arguments.as_slice()))
    }

    /// May commands be sent before the earlier ones are answered
    /// ([RFC 2449 section 6.6](https://www.rfc-editor.org/rfc/rfc2449#section-6.6))?
    pub fn pipelining(&self) -> bool {
        self.contains("PIPELINING")
    }

    /// Is USER, and so PASS, offered
    /// ([RFC 2449 section 6.2](https://www.rfc-editor.org/rfc/rfc2449#section-6.2))?
    pub fn user(&self) -> bool {
        self.contains("USER")
    }

    /// The names of the mechanisms that AUTH takes, as the server spells them
    /// ([RFC 5034 section 3](https://www.rfc-editor.org/rfc/rfc5034#section-3)).
    pub fn sasl(&self) -> &[String] {
        self.arguments("SASL").unwrap_or_default()
    }

    /// Is this mechanism among them?
    pub fn offers(&self, mechanism: Mechanism) -> bool {
        let offered = |name: &String| name.eq_ignore_ascii_case(mechanism.as_str());
        self.sasl().iter().any(offered)
    }

    /// Is TLS on this connection offered
    /// ([RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4))?
    pub fn stls(&self) -> bool {
        self.contains("STLS")
    }

    /// Does a text in brackets at the start of a status line mean a response code
    /// ([RFC 2449 section 6.4](https://www.rfc-editor.org/rfc/rfc2449#section-6.4))? It is read as
    /// one in any case.
    pub fn resp_codes(&self) -> bool {
        self.contains("RESP-CODES")
    }

    /// Does the server tell wrong credentials, as `[AUTH]`, from other failures of a sign-in
    /// ([RFC 3206 section 4](https://www.rfc-editor.org/rfc/rfc3206#section-4))?
    pub fn auth_resp_code(&self) -> bool {
        self.contains("AUTH-RESP-CODE")
    }

    /// How long messages stay on the server; `None` if it does not tell, or not understandably.
    pub fn expire(&self) -> Option<Expire> {
        let (days, per_user) = self.setting("EXPIRE")?;
        let retention = if days.eq_ignore_ascii_case("NEVER") {
            Retention::Forever
        } else {
            Retention::Days(parse::decimal(days.as_bytes())?)
        };
        Some(Expire {
            retention,
            per_user,
        })
    }

    /// How long to wait between two sign-ins; `None` if it is not told, or not understandably.
    pub fn login_delay(&self) -> Option<LoginDelay> {
        let (seconds, per_user) = self.setting("LOGIN-DELAY")?;
        Some(LoginDelay {
            seconds: parse::decimal(seconds.as_bytes())?,
            per_user,
        })
    }

    /// What the server calls itself
    /// ([RFC 2449 section 6.9](https://www.rfc-editor.org/rfc/rfc2449#section-6.9)).
    pub fn implementation(&self) -> Option<String> {
        self.arguments("IMPLEMENTATION")
            .map(|words| words.join(" "))
    }

    /// Is UTF8 offered ([RFC 6856 section 2](https://www.rfc-editor.org/rfc/rfc6856#section-2))?
    pub fn utf8(&self) -> bool {
        self.contains("UTF8")
    }

    /// May names and passwords be UTF-8 once UTF8 is on: `UTF8 USER`
    /// ([RFC 6856 section 2.2](https://www.rfc-editor.org/rfc/rfc6856#section-2.2))?
    pub fn utf8_user(&self) -> bool {
        let arguments = self.arguments("UTF8").unwrap_or_default();
        arguments
            .iter()
            .any(|word| word.eq_ignore_ascii_case("USER"))
    }

    /// Is LANG offered ([RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3))?
    pub fn lang(&self) -> bool {
        self.contains("LANG")
    }

    /// The value of a capability, and whether `USER` after it says that it depends on the user.
    fn setting(&self, name: &str) -> Option<(&str, bool)> {
        let (value, rest) = self.arguments(name)?.split_first()?;
        let per_user = rest
            .first()
            .is_some_and(|word| word.eq_ignore_ascii_case("USER"));
        Some((value, per_user))
    }

    /// Takes in one line of CAPA's answer. A name may come on several lines: their arguments are
    /// joined, and a line that is there twice counts once (the quirk `capability-repeated`).
    pub(crate) fn add_line(&mut self, line: &[u8]) {
        let line = parse::text(line);
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next() else { return };
        let arguments: Vec<String> = words.map(ToOwned::to_owned).collect();
        let name = name.to_ascii_uppercase();
        match self.place(&name) {
            Err(at) => self.0.insert(at, (name, arguments)),
            Ok(at) => {
                if let Some((_, known)) = self.0.get_mut(at)
                    && *known != arguments
                {
                    known.extend(arguments);
                }
            }
        }
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{Capabilities, Expire, LoginDelay, Retention};
    use crate::sasl::Mechanism;

    fn capabilities(lines: &[&str]) -> Capabilities {
        let mut capabilities = Capabilities::default();
        for line in lines {
            capabilities.add_line(line.as_bytes());
        }
        capabilities
    }

    #[test]
    fn settings_may_depend_on_the_user() {
        let expire = |line| capabilities(&[line]).expire();
        let kept = |retention, per_user| {
            Some(Expire {
                retention,
                per_user,
            })
        };
        assert_eq!(expire("EXPIRE 60"), kept(Retention::Days(60), false));
        assert_eq!(expire("EXPIRE 31 USER"), kept(Retention::Days(31), true));
        assert_eq!(expire("expire never user"), kept(Retention::Forever, true));
        assert_eq!(expire("EXPIRE 0"), kept(Retention::Days(0), false));
        for line in [
            "EXPIRE",
            "EXPIRE soon",
            "EXPIRE -1",
            "EXPIRE 4294967296",
            "TOP",
        ] {
            assert_eq!(expire(line), None, "{line}");
        }
        let delay = |line| capabilities(&[line]).login_delay();
        let wait = |seconds, per_user| Some(LoginDelay { seconds, per_user });
        assert_eq!(delay("LOGIN-DELAY 900"), wait(900, false));
        assert_eq!(delay("LOGIN-DELAY 300 USER"), wait(300, true));
        assert_eq!(delay("LOGIN-DELAY USER"), None);
        assert_eq!(delay("LOGIN-DELAY"), None);
    }

    #[test]
    fn the_rest_is_offered_or_not() {
        let none = capabilities(&["TOP"]);
        assert!(!(none.user() || none.stls() || none.resp_codes() || none.auth_resp_code()));
        assert!(!(none.utf8() || none.utf8_user() || none.lang()));
        assert_eq!((none.implementation(), none.sasl().len()), (None, 0));

        let all = capabilities(&[
            "USER",
            "stls",
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "UTF8 USER",
            "LANG",
            "IMPLEMENTATION Shlemazle Plotz v302",
            "SASL scram-sha-1 X-OWN",
        ]);
        assert!(all.user() && all.stls() && all.resp_codes() && all.auth_resp_code());
        assert!(all.utf8() && all.utf8_user() && all.lang());
        assert!(all.offers(Mechanism::ScramSha1) && !all.offers(Mechanism::Plain));
        assert_eq!(all.sasl(), ["scram-sha-1", "X-OWN"]);
        assert_eq!(all.implementation().unwrap(), "Shlemazle Plotz v302");
        assert!(!capabilities(&["UTF8"]).utf8_user());
    }

    #[test]
    fn lines_are_names_with_arguments() {
        let mut capabilities = Capabilities::default();
        for line in [
            "TOP",
            "sasl PLAIN  LOGIN",
            "",
            "  ",
            "SASL XOAUTH2",
            "TOP",
            "EXPIRE 31 USER",
            "EXPIRE 31 USER",
        ] {
            capabilities.add_line(line.as_bytes());
        }
        capabilities.add_line(b"X-\xff \0");
        assert_eq!(
            capabilities.arguments("Sasl").unwrap(),
            ["PLAIN", "LOGIN", "XOAUTH2"]
        );
        assert_eq!(capabilities.arguments("EXPIRE").unwrap(), ["31", "USER"]);
        assert_eq!(capabilities.arguments("X-\u{fffd}").unwrap(), ["\u{fffd}"]);
        assert!(capabilities.contains("top") && !capabilities.pipelining());
        assert_eq!(capabilities.len(), 4);
    }
}
