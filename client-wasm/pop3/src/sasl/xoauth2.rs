//! XOAUTH2, as [Google](https://developers.google.com/workspace/gmail/imap/xoauth2-protocol) and
//! Microsoft describe it.

use alloc::vec::Vec;

use crate::argument::{Secret, UserName};
use crate::sasl::Response;
use crate::sasl::token::Form;

/// The answer to an error message is empty.
pub(super) const FORM: Form = Form {
    response,
    regret: b"",
};

fn response(user: &UserName, token: &Secret) -> Response {
    let (user, token) = (user.as_str().as_bytes(), token.expose());
    let room = user.len() + token.len() + 20;
    let mut response = Response::new(Vec::with_capacity(room));
    response.extend_from_slice(b"user=");
    response.extend_from_slice(user);
    response.extend_from_slice(b"\x01auth=Bearer ");
    response.extend_from_slice(token);
    response.extend_from_slice(b"\x01\x01");
    response
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::FORM;
    use crate::argument::{Secret, UserName};
    use crate::sasl::Client;
    use crate::sasl::token::Bearer;

    /// The example of Google's description.
    #[test]
    fn the_example_of_the_description() {
        let user = UserName::new("someuser@example.com").unwrap();
        let token = Secret::new("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg").unwrap();
        let mut client = Bearer::new(FORM, user, token).unwrap();
        assert_eq!(
            client.initial().unwrap().as_slice(),
            b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
        );
    }

    #[test]
    fn name_and_token_cannot_run_over() {
        let build = |user, token| {
            Bearer::new(
                FORM,
                UserName::new(user).unwrap(),
                Secret::new(token).unwrap(),
            )
            .is_ok()
        };
        assert!(build("a", "b"));
        assert!(!build("a\u{1}auth=x", "b"));
        assert!(!build("a", "b\u{1}"));
    }
}
