//! OAUTHBEARER ([RFC 7628](https://www.rfc-editor.org/rfc/rfc7628)).

use alloc::vec::Vec;

use crate::argument::{Secret, UserName};
use crate::sasl::Response;
use crate::sasl::scram::escaped;
use crate::sasl::token::Form;

/// The answer to an error message is the separator alone
/// ([RFC 7628 section 3.2.3](https://www.rfc-editor.org/rfc/rfc7628#section-3.2.3)).
pub(super) const FORM: Form = Form {
    response,
    regret: b"\x01",
};

fn response(user: &UserName, token: &Secret) -> Response {
    let (user, token) = (escaped(user.as_str()), token.expose());
    let room = user.len() + token.len() + 21;
    let mut response = Response::new(Vec::with_capacity(room));
    response.extend_from_slice(b"n,a=");
    response.extend_from_slice(user.as_bytes());
    response.extend_from_slice(b",\x01auth=Bearer ");
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

    #[test]
    fn name_and_token_are_one_response() {
        let user = UserName::new("user@example.com").unwrap();
        let token = Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==").unwrap();
        let mut client = Bearer::new(FORM, user, token).unwrap();
        assert_eq!(
            client.initial().unwrap().as_slice(),
            b"n,a=user@example.com,\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
        );
    }

    #[test]
    fn commas_in_the_name_are_escaped() {
        let user = UserName::new("a,b=c").unwrap();
        let mut client = Bearer::new(FORM, user, Secret::new("t").unwrap()).unwrap();
        assert_eq!(
            client.initial().unwrap().as_slice(),
            b"n,a=a=2Cb=3Dc,\x01auth=Bearer t\x01\x01"
        );
    }
}
