//! What CAPA told ([RFC 2449](https://www.rfc-editor.org/rfc/rfc2449)).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

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

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
