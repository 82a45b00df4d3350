//! Arguments of commands. A value that could break out of its line cannot be built.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

use zeroize::Zeroize;

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

impl UserName {
    /// As [`new`](Self::new), and without a character that means something else where this name
    /// goes.
    pub(crate) fn without(self, reserved: char) -> Result<Self, Error> {
        if self.0.chars().any(|character| character == reserved) {
            return Err(Error::InvalidArgument(ArgumentError::ReservedCharacter));
        }
        Ok(self)
    }
}

/// A password, or the token that stands for one: not empty, and without CR, LF and NUL.
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

    /// The octets themselves. For what sends them, or proves that it knows them.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }

    /// As [`UserName::without`].
    pub(crate) fn without(self, reserved: char) -> Result<Self, Error> {
        if core::str::from_utf8(&self.0)
            .is_ok_and(|text| text.chars().any(|character| character == reserved))
        {
            return Err(Error::InvalidArgument(ArgumentError::ReservedCharacter));
        }
        Ok(self)
    }

    /// A second one, for a further attempt to sign in.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The argument of LANG ([RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3)):
/// a language tag such as `de` or `sr-Latn`, or `*` for the server's own choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// Octets of the longest tag. RFC 5646 knows none beyond 35 in practice.
    const LONGEST: usize = 100;

    /// Takes a tag from a caller.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when it is empty, longer than 100 octets, or holds anything but
    /// ASCII letters, digits and hyphens, and is not `*`.
    pub fn new(tag: impl Into<String>) -> Result<Self, Error> {
        let tag = tag.into();
        checked(tag.as_bytes())?;
        let well_formed = tag
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
        if tag.len() > Self::LONGEST {
            Err(Error::InvalidArgument(ArgumentError::TooLong))
        } else if well_formed || tag == "*" {
            Ok(Self(tag))
        } else {
            Err(Error::InvalidArgument(ArgumentError::ReservedCharacter))
        }
    }

    /// The tag as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
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
