//! LOGIN: older than PLAIN, in no RFC, and the only mechanism that some servers offer.

use crate::argument::{Secret, UserName};
use crate::sasl::{Broken, Client, Response};

/// Sends the name, then the password. What the server asks for differs from one to the next, and
/// is not looked at: the order is the same with all.
pub(super) struct Login {
    user: UserName,
    password: Secret,
    said: Said,
}

enum Said {
    Nothing,
    Name,
    Password,
}

impl Login {
    pub(super) fn new(user: UserName, password: Secret) -> Self {
        Self {
            user,
            password,
            said: Said::Nothing,
        }
    }
}

impl Client for Login {
    fn respond(&mut self, _challenge: &[u8]) -> Result<Response, Broken> {
        match self.said {
            Said::Nothing => {
                self.said = Said::Name;
                Ok(Response::new(self.user.as_str().as_bytes().to_vec()))
            }
            Said::Name => {
                self.said = Said::Password;
                Ok(Response::new(self.password.expose().to_vec()))
            }
            Said::Password => Err(Broken::Challenge),
        }
    }

    fn complete(&self) -> bool {
        matches!(self.said, Said::Password)
    }
}
