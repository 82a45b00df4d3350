//! Which way to sign in: the strongest that the server offers and the credentials allow.

use alloc::vec::Vec;

use crate::apop::Apop;
use crate::argument::{Secret, UserName};
use crate::capability::Capabilities;
use crate::command::Keyword;
use crate::error::Error;
use crate::reply::{Greeting, Method};
use crate::sasl::{Auth, Mechanism, Nonce};

/// What a user signs in with.
#[derive(Debug)]
pub struct Credentials(Kind);

#[derive(Debug)]
enum Kind {
    Password {
        user: UserName,
        password: Secret,
        nonce: Nonce,
    },
    Token {
        user: UserName,
        token: Secret,
    },
    External(Option<UserName>),
    Anonymous(alloc::string::String),
}

impl Credentials {
    /// A password. SCRAM needs the nonce.
    pub fn password(user: UserName, password: Secret, nonce: Nonce) -> Self {
        Self(Kind::Password {
            user,
            password,
            nonce,
        })
    }

    /// An OAuth 2 token.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] as for [`Auth::oauthbearer`].
    pub fn token(user: UserName, token: Secret) -> Result<Self, Error> {
        Auth::oauthbearer(user.clone(), token.duplicate())?;
        Ok(Self(Kind::Token { user, token }))
    }

    /// What the connection has shown already; see [`Auth::external`].
    pub fn external(authorization: Option<UserName>) -> Self {
        Self(Kind::External(authorization))
    }

    /// None; see [`Auth::anonymous`].
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] as there.
    pub fn anonymous(trace: impl Into<alloc::string::String>) -> Result<Self, Error> {
        let trace = trace.into();
        Auth::anonymous(trace.as_str())?;
        Ok(Self(Kind::Anonymous(trace)))
    }

    /// The ways that these credentials are good for, the strongest first.
    fn methods(&self) -> &'static [Method] {
        match &self.0 {
            Kind::Password { .. } => &[
                Method::Sasl(Mechanism::ScramSha256),
                Method::Sasl(Mechanism::ScramSha1),
                Method::Sasl(Mechanism::CramMd5),
                Method::Apop,
                Method::Sasl(Mechanism::Plain),
                Method::Sasl(Mechanism::Login),
                Method::UserPass,
            ],
            Kind::Token { .. } => &[
                Method::Sasl(Mechanism::OauthBearer),
                Method::Sasl(Mechanism::Xoauth2),
            ],
            Kind::External(_) => &[Method::Sasl(Mechanism::External)],
            Kind::Anonymous(_) => &[Method::Sasl(Mechanism::Anonymous)],
        }
    }

    /// What a method that fits these credentials shows the server.
    pub(crate) fn attempt(&self, method: Method) -> Option<Attempt> {
        let auth = |auth| Some(Attempt::Auth(auth));
        match (&self.0, method) {
            (
                Kind::Password {
                    user,
                    password,
                    nonce,
                },
                method,
            ) => {
                let (user, password) = (user.clone(), password.duplicate());
                match method {
                    Method::UserPass => Some(Attempt::UserPass(user, password)),
                    Method::Apop => Apop::new(user, password).ok().map(Attempt::Apop),
                    Method::Sasl(Mechanism::Plain) => auth(Auth::plain(None, user, password)),
                    Method::Sasl(Mechanism::Login) => auth(Auth::login(user, password)),
                    Method::Sasl(Mechanism::CramMd5) => auth(Auth::cram_md5(user, password)),
                    Method::Sasl(Mechanism::ScramSha1) => {
                        auth(Auth::scram_sha_1(user, password, nonce.clone()))
                    }
                    Method::Sasl(Mechanism::ScramSha256) => {
                        auth(Auth::scram_sha_256(user, password, nonce.clone()))
                    }
                    _ => None,
                }
            }
            (Kind::Token { user, token }, Method::Sasl(mechanism)) => {
                let (user, token) = (user.clone(), token.duplicate());
                match mechanism {
                    Mechanism::OauthBearer => Auth::oauthbearer(user, token).ok().and_then(auth),
                    Mechanism::Xoauth2 => Auth::xoauth2(user, token).ok().and_then(auth),
                    _ => None,
                }
            }
            (Kind::External(user), Method::Sasl(Mechanism::External)) => {
                auth(Auth::external(user.clone()))
            }
            (Kind::Anonymous(trace), Method::Sasl(Mechanism::Anonymous)) => {
                Auth::anonymous(trace.as_str()).ok().and_then(auth)
            }
            _ => None,
        }
    }
}

/// A method, ready to be sent.
pub(crate) enum Attempt {
    UserPass(UserName, Secret),
    Apop(Apop),
    Auth(Auth),
}

/// The argument of [`Command::Login`](crate::Command::Login).
///
/// The methods, the strongest first: for a password SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5, APOP,
/// PLAIN, LOGIN, USER and PASS; for a token OAUTHBEARER, XOAUTH2. Where the server says that it does
/// not know a method after all, the next one is tried. Refused credentials are not tried again by
/// another method: servers count attempts, and lock accounts.
#[derive(Debug)]
pub struct SignIn {
    /// What to sign in with.
    pub credentials: Credentials,
    /// What is known of the way to the server.
    pub hop: Hop,
}

/// What is known of the way from this program to the mail server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// All of it is encrypted. After STLS on this session it is, whatever stands here.
    pub encrypted: bool,
    /// Passwords and tokens may go in clear over a hop that is not.
    pub allow_plaintext: bool,
}

/// The methods to try, the strongest first. Never empty.
///
/// A server that has not told its capabilities, or offers nothing that fits, is tried with USER and
/// PASS. A greeting without a timestamp rules APOP out.
///
/// # Errors
/// [`Error::PlaintextRefused`] when there are methods that fit, and each would send the password or
/// token in clear where that is not allowed. [`Error::Unsupported`] when none fits.
pub fn methods(
    capabilities: Option<&Capabilities>,
    greeting: Option<&Greeting>,
    credentials: &Credentials,
    hop: Hop,
) -> Result<Vec<Method>, Error> {
    let apop = greeting.is_some_and(|greeting| greeting.timestamp().is_some());
    let offered = |method: &Method| match method {
        Method::Sasl(mechanism) => capabilities.is_some_and(|told| told.offers(*mechanism)),
        Method::Apop => apop,
        Method::UserPass => capabilities.is_some_and(Capabilities::user),
        Method::Rpop => false,
    };
    let usable = |method: &Method| credentials.attempt(*method).is_some();
    let fitting = credentials.methods().iter().copied().filter(usable);
    let mut methods: Vec<Method> = fitting.filter(offered).collect();
    // Many servers do not announce what RFC 1939 has them all do.
    if methods.is_empty() && credentials.methods().contains(&Method::UserPass) {
        methods.push(Method::UserPass);
    }
    if methods.is_empty() {
        return Err(Error::Unsupported {
            command: Keyword::Login,
        });
    }
    methods.retain(|method| hop.encrypted || hop.allow_plaintext || !method.in_clear());
    if methods.is_empty() {
        return Err(Error::PlaintextRefused);
    }
    Ok(methods)
}
