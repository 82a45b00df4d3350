//! What CAPA told ([RFC 2449](https://www.rfc-editor.org/rfc/rfc2449)).

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::parse;

/// Capabilities of a server: names in upper case, each with its arguments.
///
/// A server may offer other ones after the sign-in than before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeMap<String, Vec<String>>);

impl Capabilities {
    /// Is this capability offered? The name is compared without regard to case.
    pub fn contains(&self, name: &str) -> bool {
        self.arguments(name).is_some()
    }

    /// The arguments of a capability, in the server's order; `None` if it is not offered.
    pub fn arguments(&self, name: &str) -> Option<&[String]> {
        self.0.get(&name.to_ascii_uppercase()).map(Vec::as_slice)
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

    /// Takes in one line of CAPA's answer. A name may come on several lines: their arguments are
    /// joined, and a line that is there twice counts once (the quirk `capability-repeated`).
    pub(crate) fn add_line(&mut self, line: &[u8]) {
        let line = parse::text(line);
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next() else { return };
        let arguments: Vec<String> = words.map(ToOwned::to_owned).collect();
        let known = self.0.entry(name.to_ascii_uppercase()).or_default();
        if *known != arguments {
            known.extend(arguments);
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
    use super::Capabilities;

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
