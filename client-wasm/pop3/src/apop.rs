//! APOP: a digest instead of the password
//! ([RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)).

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use md5::{Digest, Md5};

use crate::argument::{Secret, UserName};
use crate::command::line;
use crate::error::Error;
use crate::sasl::Hex;

/// The arguments of APOP.
///
/// MD5 is broken, and whoever reads along can try passwords against the digest. It is better than
/// USER and PASS over a hop that is not encrypted, and worse than anything over one that is.
pub struct Apop {
    user: UserName,
    password: Secret,
}

impl Apop {
    /// Takes name and password from a caller.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the name holds a blank, which would end it.
    pub fn new(user: UserName, password: Secret) -> Result<Self, Error> {
        let user = user.without(' ')?.without('\t')?;
        Ok(Self { user, password })
    }

    /// Appends the command line.
    pub(crate) fn encode(&self, timestamp: &str, out: &mut Vec<u8>) {
        let digest = Md5::new()
            .chain_update(timestamp)
            .chain_update(self.password.expose())
            .finalize();
        let argument = format!("{} {}", self.user.as_str(), Hex(&digest));
        line(out, "APOP", argument.as_bytes());
    }
}

impl fmt::Debug for Apop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apop")
            .field("user", &self.user)
            .field("password", &self.password)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alloc::vec::Vec;

    use super::Apop;
    use crate::argument::{Secret, UserName};

    /// The example of RFC 1939 section 7.
    #[test]
    fn the_example_of_the_standard() {
        let user = UserName::new("mrose").unwrap();
        let apop = Apop::new(user, Secret::new("tanstaaf").unwrap()).unwrap();
        let mut out = Vec::new();
        apop.encode("<1896.697170952@dbc.mtview.ca.us>", &mut out);
        assert_eq!(out, b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n");
    }

    #[test]
    fn a_name_with_a_blank_cannot_be_sent() {
        for name in ["a b", " a", "a\tb"] {
            let name = UserName::new(name).unwrap();
            let error = Apop::new(name, Secret::new("p").unwrap()).unwrap_err();
            assert_eq!(error.code(), "invalid-argument");
        }
    }
}
