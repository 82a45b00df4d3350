//! AUTH: the mechanisms of SASL ([RFC 4422](https://www.rfc-editor.org/rfc/rfc4422)), as POP3
//! carries them ([RFC 5034](https://www.rfc-editor.org/rfc/rfc5034)).

mod anonymous;
mod cram_md5;
mod exchange;
mod external;
mod hash;
mod login;
mod oauthbearer;
mod plain;
mod scram;
mod token;
mod xoauth2;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::argument::{Secret, UserName};
use crate::error::{AuthFailure, Error};
pub(crate) use exchange::{Accepted, Exchange};
pub use scram::{Nonce, SCRAM_ITERATIONS};

/// A mechanism of SASL, under the name that it is registered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// Name and password in clear ([RFC 4616](https://www.rfc-editor.org/rfc/rfc4616)).
    Plain,
    /// Name and password in clear, one after the other: older than PLAIN, and in no RFC.
    Login,
    /// A keyed digest of the server's challenge ([RFC 2195](https://www.rfc-editor.org/rfc/rfc2195)).
    CramMd5,
    /// Either side proves that it knows the password
    /// ([RFC 5802](https://www.rfc-editor.org/rfc/rfc5802)).
    ScramSha1,
    /// The same with SHA-256 ([RFC 7677](https://www.rfc-editor.org/rfc/rfc7677)).
    ScramSha256,
    /// An OAuth 2 token, as Google and Microsoft take it.
    Xoauth2,
    /// An OAuth 2 token ([RFC 7628](https://www.rfc-editor.org/rfc/rfc7628)).
    OauthBearer,
    /// What the connection has shown already, such as a client's certificate
    /// ([RFC 4422 appendix A](https://www.rfc-editor.org/rfc/rfc4422#appendix-A)).
    External,
    /// Nobody in particular ([RFC 4505](https://www.rfc-editor.org/rfc/rfc4505)).
    Anonymous,
}

impl Mechanism {
    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::CramMd5 => "CRAM-MD5",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::Xoauth2 => "XOAUTH2",
            Self::OauthBearer => "OAUTHBEARER",
            Self::External => "EXTERNAL",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    /// Does it send a password or a token so that whoever reads along can use it?
    pub fn in_clear(self) -> bool {
        match self {
            Self::Plain | Self::Login | Self::Xoauth2 | Self::OauthBearer => true,
            Self::CramMd5
            | Self::ScramSha1
            | Self::ScramSha256
            | Self::External
            | Self::Anonymous => false,
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The argument of AUTH: a mechanism, with what it shows the server.
///
/// Passwords outside ASCII are used as they are, in UTF-8, without the preparation of
/// [RFC 4013](https://www.rfc-editor.org/rfc/rfc4013): whoever has one that has several spellings
/// in Unicode has to give the one that the server knows.
pub struct Auth {
    mechanism: Mechanism,
    client: Box<dyn Client>,
    initial_response: bool,
}

impl Auth {
    fn new(mechanism: Mechanism, client: impl Client + 'static) -> Self {
        Self {
            mechanism,
            client: Box::new(client),
            initial_response: true,
        }
    }

    /// PLAIN. `authorization` names the mailbox where it is not the user's own.
    pub fn plain(authorization: Option<UserName>, user: UserName, password: Secret) -> Self {
        Self::new(
            Mechanism::Plain,
            plain::Plain::new(authorization, user, password),
        )
    }

    /// LOGIN.
    pub fn login(user: UserName, password: Secret) -> Self {
        Self::new(Mechanism::Login, login::Login::new(user, password))
    }

    /// CRAM-MD5.
    pub fn cram_md5(user: UserName, password: Secret) -> Self {
        Self::new(Mechanism::CramMd5, cram_md5::CramMd5::new(user, password))
    }

    /// SCRAM-SHA-1, without channel binding.
    pub fn scram_sha_1(user: UserName, password: Secret, nonce: Nonce) -> Self {
        let client = scram::Scram::new(hash::Hash::Sha1, &user, password, nonce);
        Self::new(Mechanism::ScramSha1, client)
    }

    /// SCRAM-SHA-256, without channel binding.
    pub fn scram_sha_256(user: UserName, password: Secret, nonce: Nonce) -> Self {
        let client = scram::Scram::new(hash::Hash::Sha256, &user, password, nonce);
        Self::new(Mechanism::ScramSha256, client)
    }

    /// XOAUTH2.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when name or token holds U+0001, which separates the two.
    pub fn xoauth2(user: UserName, token: Secret) -> Result<Self, Error> {
        let client = token::Bearer::new(xoauth2::FORM, user, token)?;
        Ok(Self::new(Mechanism::Xoauth2, client))
    }

    /// OAUTHBEARER.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when name or token holds U+0001, which separates the two.
    pub fn oauthbearer(user: UserName, token: Secret) -> Result<Self, Error> {
        let client = token::Bearer::new(oauthbearer::FORM, user, token)?;
        Ok(Self::new(Mechanism::OauthBearer, client))
    }

    /// EXTERNAL. `authorization` names the mailbox where the connection does not tell.
    pub fn external(authorization: Option<UserName>) -> Self {
        Self::new(Mechanism::External, external::External::new(authorization))
    }

    /// ANONYMOUS. `trace` is what the server may write down: a mail address, any word, or nothing.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when it is longer than 255 characters, or holds CR, LF or NUL.
    pub fn anonymous(trace: impl Into<String>) -> Result<Self, Error> {
        let client = anonymous::Anonymous::new(trace.into())?;
        Ok(Self::new(Mechanism::Anonymous, client))
    }

    /// Sends nothing along with AUTH, but waits for the server to ask, as Microsoft's servers want
    /// it of XOAUTH2. What does not fit the line of AUTH, which has 255 octets, waits in any case.
    #[must_use]
    pub fn without_initial_response(mut self) -> Self {
        self.initial_response = false;
        self
    }

    /// The mechanism.
    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What the mechanism holds is secret for the most part.
        f.debug_struct("Auth")
            .field("mechanism", &self.mechanism)
            .field("initial_response", &self.initial_response)
            .finish_non_exhaustive()
    }
}

/// Octets of a response. They may hold a password, and are wiped.
pub(crate) type Response = Zeroizing<Vec<u8>>;

/// The client's side of one mechanism.
pub(crate) trait Client: Send + Sync {
    /// What the client says first; `None` where the server speaks first. Called once at most, and
    /// before [`respond`](Self::respond).
    fn initial(&mut self) -> Option<Response> {
        None
    }

    /// Answers a challenge. After an error it is not called again.
    fn respond(&mut self, challenge: &[u8]) -> Result<Response, Broken>;

    /// Has the client said all there is, so that `+OK` is the end of the exchange?
    fn complete(&self) -> bool;

    /// Does the server have to prove something, before `+OK` may be believed?
    fn is_mutual(&self) -> bool {
        false
    }

    /// What a refusal at this point means, where the server said why in a challenge.
    fn failure(&self) -> Option<AuthFailure> {
        None
    }
}

/// Why a client cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The challenge makes no sense.
    Challenge,
    /// Too few or too many iterations.
    Iterations,
    /// The server does not know the password.
    ServerSignature,
}

/// Octets as hexadecimal digits, in lower case.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
