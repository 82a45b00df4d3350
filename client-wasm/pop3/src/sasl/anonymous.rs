//! ANONYMOUS ([RFC 4505](https://www.rfc-editor.org/rfc/rfc4505)).

use alloc::string::String;

use crate::argument::UserName;
use crate::error::{ArgumentError, Error};
use crate::sasl::{Broken, Client, Response};

/// Characters of the longest trace ([RFC 4505 section 2](https://www.rfc-editor.org/rfc/rfc4505#section-2)).
const LONGEST: usize = 255;

/// Says nothing, or what the server may write down.
pub(super) struct Anonymous {
    trace: String,
    said: bool,
}

impl Anonymous {
    pub(super) fn new(trace: String) -> Result<Self, Error> {
        if trace.chars().count() > LONGEST {
            return Err(Error::InvalidArgument(ArgumentError::TooLong));
        }
        if !trace.is_empty() {
            UserName::new(trace.as_str())?;
        }
        Ok(Self { trace, said: false })
    }
}

impl Client for Anonymous {
    fn initial(&mut self) -> Option<Response> {
        self.said = true;
        Some(Response::new(self.trace.as_bytes().to_vec()))
    }

    fn respond(&mut self, _challenge: &[u8]) -> Result<Response, Broken> {
        Err(Broken::Challenge)
    }

    fn complete(&self) -> bool {
        self.said
    }
}
