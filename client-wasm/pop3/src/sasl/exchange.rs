//! One AUTH on its way: lines from the server become lines to it
//! ([RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4)).

use alloc::boxed::Box;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::error::{AuthFailure, Deletions, Error, Refusal, Violation};
use crate::reply::{Method, Status};
use crate::sasl::{Auth, Broken, Client, Mechanism, Response};

/// Octets of the longest line of AUTH, CRLF included, that may carry an initial response
/// ([RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4),
/// [RFC 2449 section 4](https://www.rfc-editor.org/rfc/rfc2449#section-4)).
const LONGEST_COMMAND: usize = 255;

/// The mechanism that is being gone through.
pub(crate) struct Exchange {
    mechanism: Mechanism,
    client: Box<dyn Client>,
    /// What the client says first, where it did not go along with AUTH.
    initial: Option<Response>,
    /// The client has said something, so a refusal may be one of the credentials.
    said: bool,
    /// The exchange was given up for this reason, and the server has not confirmed it yet.
    cancelled: Option<Error>,
}

/// What `+OK` means.
pub(crate) enum Accepted {
    /// The user is signed in.
    SignedIn,
    /// The quirk `ok-for-challenge`: the exchange goes on.
    GoOn,
    /// The server ends the exchange before it has proved what it has to, or after the client gave
    /// it up.
    Unproven(Error),
}

impl Exchange {
    /// Starts an exchange, and gives its first line.
    pub(crate) fn begin(auth: Auth) -> (Self, Response) {
        let Auth {
            mechanism,
            mut client,
            initial_response,
        } = auth;
        let mut initial = client.initial();
        let mut line = Response::new([b"AUTH ", mechanism.as_str().as_bytes()].concat());
        let argument = initial
            .as_ref()
            .filter(|_| initial_response)
            .map(|response| {
                // An empty response that is there, as against none.
                if response.is_empty() {
                    Response::new(b"=".to_vec())
                } else {
                    encoded(response)
                }
            });
        let mut said = false;
        if let Some(argument) = argument
            && line.len() + 1 + argument.len() + 2 <= LONGEST_COMMAND
        {
            line = Response::new([line.as_slice(), b" ", &argument].concat());
            initial = None;
            said = true;
        }
        let exchange = Self {
            mechanism,
            client,
            initial,
            said,
            cancelled: None,
        };
        (exchange, line)
    }

    pub(crate) fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Has the client shown the server anything by which it could refuse these credentials?
    pub(crate) fn said_something(&self) -> bool {
        self.said
    }

    /// Was the exchange given up?
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.is_some()
    }

    /// Answers a challenge: what stands after `+`. Gives the line to send, without its line end.
    pub(crate) fn challenge(&mut self, text: &[u8]) -> Response {
        // Servers fill up with blanks what should be empty.
        let text = text.trim_ascii();
        let Some(challenge) = decoded(text) else {
            return self.cancel(Broken::Challenge);
        };
        self.answer(&challenge)
    }

    /// The quirk `ok-for-challenge`: takes these words for a challenge, if they are one.
    pub(crate) fn challenge_in_words(&mut self, words: &[u8]) -> Response {
        let challenge = decoded(words.trim_ascii()).unwrap_or_default();
        self.answer(&challenge)
    }

    fn answer(&mut self, challenge: &[u8]) -> Response {
        self.said = true;
        if let Some(initial) = self.initial.take() {
            return encoded(&initial);
        }
        match self.client.respond(challenge) {
            Ok(response) => encoded(&response),
            Err(broken) => self.cancel(broken),
        }
    }

    /// Gives the exchange up ([RFC 4422 section 3.5](https://www.rfc-editor.org/rfc/rfc4422#section-3.5)).
    fn cancel(&mut self, broken: Broken) -> Response {
        let protocol = |violation| Error::Protocol {
            violation,
            deletions: Deletions::Untouched,
        };
        self.cancelled = Some(match broken {
            Broken::Challenge => protocol(Violation::Challenge),
            Broken::Iterations => protocol(Violation::Iterations),
            Broken::ServerSignature => self.unproven(Status::default()),
        });
        Response::new(b"*".to_vec())
    }

    /// What `+OK` means at this point.
    pub(crate) fn accepted(&mut self, status: &Status) -> Accepted {
        if let Some(error) = self.cancelled.take() {
            Accepted::Unproven(error)
        } else if !self.said {
            Accepted::GoOn
        } else if self.client.complete() {
            Accepted::SignedIn
        } else if self.client.is_mutual() {
            Accepted::Unproven(self.unproven(status.clone()))
        } else {
            Accepted::GoOn
        }
    }

    /// What `-ERR` means at this point: `rejected` itself, or something more precise.
    pub(crate) fn refused(&mut self, rejected: Error) -> Error {
        if let Some(error) = self.cancelled.take() {
            return error;
        }
        match (self.client.failure(), rejected) {
            (
                Some(failure),
                Error::Rejected {
                    refusal: Refusal::Credentials,
                    status,
                    ..
                },
            ) => Error::AuthFailed {
                method: Method::Sasl(self.mechanism),
                failure,
                status,
            },
            (_, rejected) => rejected,
        }
    }

    fn unproven(&self, status: Status) -> Error {
        Error::AuthFailed {
            method: Method::Sasl(self.mechanism),
            failure: AuthFailure::ServerSignature,
            status,
        }
    }
}

fn encoded(octets: &[u8]) -> Response {
    let text = Zeroizing::new(Base64::encode_string(octets));
    Response::new(text.as_bytes().to_vec())
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    Base64::decode_vec(core::str::from_utf8(text).ok()?).ok()
}
