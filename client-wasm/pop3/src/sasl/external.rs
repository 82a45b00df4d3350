//! EXTERNAL ([RFC 4422 appendix A](https://www.rfc-editor.org/rfc/rfc4422#appendix-A)).

use crate::argument::UserName;
use crate::sasl::{Broken, Client, Response};

/// Relies on what the connection has shown, and at most says whose mailbox is wanted.
pub(super) struct External {
    authorization: Option<UserName>,
    said: bool,
}

impl External {
    pub(super) fn new(authorization: Option<UserName>) -> Self {
        Self {
            authorization,
            said: false,
        }
    }
}

impl Client for External {
    fn initial(&mut self) -> Option<Response> {
        self.said = true;
        let name = self.authorization.as_ref().map_or("", UserName::as_str);
        Some(Response::new(name.as_bytes().to_vec()))
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Response, Broken> {
        Err(Broken::Challenge)
    }

    fn complete(&self) -> bool {
        self.said
    }
}
