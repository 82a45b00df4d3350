//! Arguments of commands. A value that could break out of its line cannot be built.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

use crate::error::{ArgumentError, Error};

/// The number of a message within one session, counted from 1
/// ([RFC 1939 section 5](https://www.rfc-editor.org/rfc/rfc1939#section-5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageNumber(NonZeroU32);

impl MessageNumber {
    /// Takes a number from a caller.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for 0, which no message has.
    pub fn new(number: u32) -> Result<Self, Error> {
        NonZeroU32::new(number)
            .map(Self)
            .ok_or(Error::InvalidArgument(ArgumentError::NoSuchNumber))
    }

    /// The number itself, 1 or more.
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl From<NonZeroU32> for MessageNumber {
    fn from(number: NonZeroU32) -> Self {
        Self(number)
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The argument of USER: not empty, and without CR, LF and NUL
/// ([RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7)).
///
/// Spaces and characters outside ASCII are allowed, and sent as UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    /// Takes a name from a caller.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when it is empty or holds CR, LF or NUL.
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        checked(name.as_bytes())?;
        Ok(Self(name))
    }

    /// The name as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The argument of PASS: not empty, and without CR, LF and NUL.
///
/// It never shows in `Debug`, and its octets are overwritten when it is dropped. Safe code can do
/// no more than that: copies that the allocator or the caller made earlier are out of its reach.
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes over a password, so that no second copy of it stays behind.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when it is empty or holds CR, LF or NUL. The octets are
    /// overwritten in that case too.
    pub fn new(password: impl Into<String>) -> Result<Self, Error> {
        let secret = Self(password.into().into_bytes());
        checked(&secret.0)?;
        Ok(secret)
    }

    /// The octets to send. For the command encoder alone.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.fill(0);
        // Without this the optimiser may see that nobody reads the zeros and leave them out.
        core::hint::black_box(&self.0);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

fn checked(octets: &[u8]) -> Result<(), Error> {
    if octets.is_empty() {
        return Err(Error::InvalidArgument(ArgumentError::Empty));
    }
    if octets
        .iter()
        .any(|octet| matches!(octet, b'\r' | b'\n' | 0))
    {
        return Err(Error::InvalidArgument(ArgumentError::ForbiddenOctet));
    }
    Ok(())
}
