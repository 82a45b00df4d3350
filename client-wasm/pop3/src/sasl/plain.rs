//! PLAIN ([RFC 4616](https://www.rfc-editor.org/rfc/rfc4616)).

use alloc::vec::Vec;

use crate::argument::{Secret, UserName};
use crate::sasl::{Broken, Client, Response};

/// Sends everything at once.
pub(super) struct Plain {
    authorization: Option<UserName>,
    user: UserName,
    password: Secret,
    said: bool,
}

impl Plain {
    pub(super) fn new(authorization: Option<UserName>, user: UserName, password: Secret) -> Self {
        Self {
            authorization,
            user,
            password,
            said: false,
        }
    }
}

impl Client for Plain {
    fn initial(&mut self) -> Option<Response> {
        self.said = true;
        let authorization = self.authorization.as_ref().map_or("", UserName::as_str);
        let (user, password) = (self.user.as_str(), self.password.expose());
        let room = authorization.len() + user.len() + password.len() + 2;
        let mut response = Response::new(Vec::with_capacity(room));
        response.extend_from_slice(authorization.as_bytes());
        response.push(0);
        response.extend_from_slice(user.as_bytes());
        response.push(0);
        response.extend_from_slice(password);
        Some(response)
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Response, Broken> {
        Err(Broken::Challenge)
    }

    fn complete(&self) -> bool {
        self.said
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::Plain;
    use crate::argument::{Secret, UserName};
    use crate::sasl::Client;

    fn initial(authorization: Option<&str>, user: &str, password: &str) -> alloc::vec::Vec<u8> {
        let name = |name: &str| UserName::new(name).unwrap();
        let password = Secret::new(password).unwrap();
        let mut plain = Plain::new(authorization.map(name), name(user), password);
        plain.initial().unwrap().to_vec()
    }

    /// The examples of RFC 4616 section 4.
    #[test]
    fn the_examples_of_the_standard() {
        assert_eq!(
            initial(None, "tim", "tanstaaftanstaaf"),
            b"\0tim\0tanstaaftanstaaf"
        );
        assert_eq!(
            initial(Some("Ursel"), "Kurt", "xipj3plmq"),
            b"Ursel\0Kurt\0xipj3plmq"
        );
    }

    #[test]
    fn there_is_nothing_to_answer() {
        let name = UserName::new("a").unwrap();
        let mut plain = Plain::new(None, name, Secret::new("b").unwrap());
        assert!(!plain.complete());
        plain.initial();
        assert!(plain.complete());
        assert!(plain.respond(b"").is_err());
    }
}
