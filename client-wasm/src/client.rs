//! The exported client: arguments in, Promises out. `js/client.js` makes `Pop3Client` of it.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Promise;
use pop3_proto::{
    Apop, Auth, Command, Credentials, Error, Hop, LanguageTag, MessageNumber, Nonce, Secret,
    SignIn, UserName,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::driver::Driver;
use crate::lifeline::Lifeline;
#[cfg(feature = "tls")]
use crate::security::Security;
use crate::settings::Settings;
use crate::sink::{Incoming, Sink};
#[cfg(feature = "tls")]
use crate::transport::TlsTransport;
use crate::transport::{Ending, Listener, StreamsTransport, Transport, Wanted, WebSocketTransport};

/// One session. Every method that gives a Promise rejects it with a plain object that has the
/// fields of `Pop3Error`; none throws.
#[wasm_bindgen]
pub struct RawClient {
    driver: Rc<Driver>,
    greeted: Promise,
}

#[wasm_bindgen]
impl RawClient {
    /// Starts to connect. `url` is a valid `ws:` or `wss:` URL; `bearer` is the subprotocol in which
    /// the proxy looks for its token.
    #[wasm_bindgen(constructor)]
    pub fn new(
        url: &str,
        server: Option<String>,
        bearer: Option<String>,
        settings: &Settings,
        lifeline: Lifeline,
    ) -> Self {
        Self::start(settings, lifeline, |lifeline, listener| {
            let (server, bearer) = (server.as_deref(), bearer.as_deref());
            WebSocketTransport::open(url, server, bearer, Wanted::Proxy, lifeline, listener)
        })
    }

    /// Starts a session on a pair of byte streams, of which it takes possession.
    pub fn streams(
        readable: &JsValue,
        writable: &JsValue,
        settings: &Settings,
        lifeline: Lifeline,
    ) -> Self {
        Self::start(settings, lifeline, |lifeline, listener| {
            StreamsTransport::open(readable, writable, lifeline, listener)
        })
    }

    /// As the constructor, with TLS to the mail server itself.
    #[cfg(feature = "tls")]
    pub fn secure(
        url: &str,
        server: Option<String>,
        bearer: Option<String>,
        security: &Security,
        settings: &Settings,
        lifeline: Lifeline,
    ) -> Self {
        Self::start(settings, lifeline, |lifeline, listener| {
            TlsTransport::open(
                security.options(),
                lifeline,
                listener,
                |lifeline, listener| {
                    let (server, bearer) = (server.as_deref(), bearer.as_deref());
                    WebSocketTransport::open(
                        url,
                        server,
                        bearer,
                        Wanted::EndToEnd,
                        lifeline,
                        listener,
                    )
                },
            )
        })
    }

    /// As `streams`, with TLS inside.
    #[cfg(feature = "tls")]
    #[wasm_bindgen(js_name = secureStreams)]
    pub fn secure_streams(
        readable: &JsValue,
        writable: &JsValue,
        security: &Security,
        settings: &Settings,
        lifeline: Lifeline,
    ) -> Self {
        Self::start(settings, lifeline, |lifeline, listener| {
            TlsTransport::open(
                security.options(),
                lifeline,
                listener,
                |lifeline, listener| StreamsTransport::open(readable, writable, lifeline, listener),
            )
        })
    }

    /// Resolves once the server has greeted, and where STLS is wanted, once TLS stands.
    pub fn greeted(&self) -> Promise {
        self.greeted.clone()
    }

    /// What is known of the way to the server, as `ConnectionInfo`, or `undefined`.
    pub fn connection(&self) -> JsValue {
        #[cfg(feature = "tls")]
        if let Some(secured) = self.driver.secured() {
            return secured;
        }
        let connected = self.driver.connected();
        connected.map_or(JsValue::UNDEFINED, |connected| connected.info())
    }

    /// Is the session over?
    pub fn closed(&self) -> bool {
        self.driver.closed()
    }

    /// The greeting's text.
    pub fn getwelcome(&self) -> Promise {
        Promise::resolve(&JsValue::from(self.driver.greeting()))
    }

    /// USER. By its ticket it can be cancelled, if that is not 0; so can all commands.
    pub fn user(&self, name: String, ticket: u32) -> Promise {
        self.submit(UserName::new(name).map(Command::User), ticket)
    }

    /// PASS, and the STAT that belongs to it.
    pub fn pass(&self, password: String, ticket: u32) -> Promise {
        self.submit(Secret::new(password).map(Command::Pass), ticket)
    }

    /// APOP, and the STAT that belongs to it.
    pub fn apop(&self, name: String, password: String, ticket: u32) -> Promise {
        self.submit(apop(name, password), ticket)
    }

    /// RPOP, and the STAT that belongs to it.
    pub fn rpop(&self, name: String, ticket: u32) -> Promise {
        self.submit(UserName::new(name).map(Command::Rpop), ticket)
    }

    /// AUTH, and the STAT that belongs to it. `random` are fresh random octets.
    pub fn auth(
        &self,
        mechanism: &str,
        name: Option<String>,
        secret: Option<String>,
        random: &[u8],
        initial_response: bool,
        ticket: u32,
    ) -> Promise {
        let auth = auth(mechanism, name, secret, random).map(|auth| {
            Command::Auth(if initial_response {
                auth
            } else {
                auth.without_initial_response()
            })
        });
        self.submit(auth, ticket)
    }

    /// Signs in by the best method offered. With a password or a token, or neither for EXTERNAL.
    /// `random` are fresh random octets.
    #[allow(clippy::too_many_arguments)] // JavaScript passes them one by one.
    pub fn login(
        &self,
        name: Option<String>,
        password: Option<String>,
        token: Option<String>,
        random: &[u8],
        encrypted: bool,
        allow_plaintext: bool,
        ticket: u32,
    ) -> Promise {
        let hop = Hop {
            encrypted,
            allow_plaintext,
        };
        let credentials = credentials(name, password, token, random);
        let sign_in = credentials.map(|credentials| Command::Login(SignIn { credentials, hop }));
        self.submit(sign_in, ticket)
    }

    /// UTF8.
    pub fn utf8(&self, ticket: u32) -> Promise {
        self.submit(Ok(Command::Utf8), ticket)
    }

    /// LANG, to choose a language or to list them.
    pub fn lang(&self, tag: Option<String>, ticket: u32) -> Promise {
        let tag = tag.map(LanguageTag::new).transpose();
        self.submit(tag.map(Command::Lang), ticket)
    }

    /// STAT.
    pub fn stat(&self, ticket: u32) -> Promise {
        self.submit(Ok(Command::Stat), ticket)
    }

    /// LIST, of one message or of all.
    pub fn list(&self, number: Option<u32>, ticket: u32) -> Promise {
        self.submit(optional(number).map(Command::List), ticket)
    }

    /// UIDL, likewise.
    pub fn uidl(&self, number: Option<u32>, ticket: u32) -> Promise {
        self.submit(optional(number).map(Command::Uidl), ticket)
    }

    /// RETR. The sink gets the octets if they are `streamed`, and else no more than the progress.
    pub fn retr(&self, number: u32, sink: Option<Sink>, streamed: bool, ticket: u32) -> Promise {
        let command = MessageNumber::new(number).map(Command::Retr);
        let incoming = Incoming::new(number, true, sink, streamed);
        self.driver.submit(command, Some(incoming), ticket)
    }

    /// TOP, likewise.
    pub fn top(
        &self,
        number: u32,
        lines: u32,
        sink: Option<Sink>,
        streamed: bool,
        ticket: u32,
    ) -> Promise {
        let command = MessageNumber::new(number).map(|number| Command::Top { number, lines });
        let incoming = Incoming::new(number, false, sink, streamed);
        self.driver.submit(command, Some(incoming), ticket)
    }

    /// DELE.
    pub fn dele(&self, number: u32, ticket: u32) -> Promise {
        self.submit(MessageNumber::new(number).map(Command::Dele), ticket)
    }

    /// RSET.
    pub fn rset(&self, ticket: u32) -> Promise {
        self.submit(Ok(Command::Rset), ticket)
    }

    /// NOOP.
    pub fn noop(&self, ticket: u32) -> Promise {
        self.submit(Ok(Command::Noop), ticket)
    }

    /// CAPA.
    pub fn capa(&self, ticket: u32) -> Promise {
        self.submit(Ok(Command::Capa), ticket)
    }

    /// QUIT.
    pub fn quit(&self, ticket: u32) -> Promise {
        self.submit(Ok(Command::Quit), ticket)
    }

    /// Cancels the command with this ticket, unless it has ended.
    pub fn cancel(&self, ticket: u32) {
        self.driver.cancel(ticket);
    }

    /// Likewise, but reads the whole answer of one that was sent rather than end the session.
    pub fn release(&self, ticket: u32) {
        self.driver.release(ticket);
    }

    /// Keeps octets back, as far as the transport can, until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.driver.pause();
    }

    /// Lets octets come again.
    pub fn resume(&self) {
        self.driver.resume();
    }

    /// Numbers of the messages that are marked for deletion.
    #[wasm_bindgen(js_name = pendingDeletions)]
    pub fn pending_deletions(&self) -> Vec<u32> {
        self.driver.pending_deletions()
    }

    /// Octets that LIST told for a message.
    #[wasm_bindgen(js_name = listedSize)]
    pub fn listed_size(&self, number: u32) -> Option<f64> {
        self.driver.listed_size(number).map(|size| size as f64)
    }

    /// Closes at once, without QUIT.
    pub fn close(&self) {
        self.driver.close();
    }
}

impl RawClient {
    fn start<T: Transport + 'static>(
        settings: &Settings,
        lifeline: Lifeline,
        open: impl FnOnce(&Lifeline, &Listener) -> Result<T, Ending>,
    ) -> Self {
        let (driver, greeted) = Driver::start(settings.config(), lifeline, open);
        Self { driver, greeted }
    }

    fn submit(&self, command: Result<Command, Error>, ticket: u32) -> Promise {
        self.driver.submit(command, None, ticket)
    }
}

fn optional(number: Option<u32>) -> Result<Option<MessageNumber>, Error> {
    number.map(MessageNumber::new).transpose()
}

fn apop(name: String, password: String) -> Result<Command, Error> {
    let password = Secret::new(password)?;
    Apop::new(UserName::new(name)?, password).map(Command::Apop)
}

/// The mechanisms by name. The loader has seen to it that what they need is there; a name that is
/// missing all the same is refused as an empty one.
fn auth(
    mechanism: &str,
    name: Option<String>,
    secret: Option<String>,
    random: &[u8],
) -> Result<Auth, Error> {
    match mechanism {
        "EXTERNAL" => return Ok(Auth::external(name.map(UserName::new).transpose()?)),
        "ANONYMOUS" => return Auth::anonymous(name.unwrap_or_default()),
        _ => {}
    }
    let secret = Secret::new(secret.unwrap_or_default())?;
    let name = UserName::new(name.unwrap_or_default())?;
    match mechanism {
        "PLAIN" => Ok(Auth::plain(None, name, secret)),
        "LOGIN" => Ok(Auth::login(name, secret)),
        "CRAM-MD5" => Ok(Auth::cram_md5(name, secret)),
        "SCRAM-SHA-1" => Ok(Auth::scram_sha_1(name, secret, Nonce::new(random)?)),
        "XOAUTH2" => Auth::xoauth2(name, secret),
        "OAUTHBEARER" => Auth::oauthbearer(name, secret),
        _ => Ok(Auth::scram_sha_256(name, secret, Nonce::new(random)?)),
    }
}

fn credentials(
    name: Option<String>,
    password: Option<String>,
    token: Option<String>,
    random: &[u8],
) -> Result<Credentials, Error> {
    let secret = |secret: Option<String>| secret.map(Secret::new).transpose();
    let (password, token) = (secret(password)?, secret(token)?);
    let name = name.map(UserName::new).transpose()?;
    match (name, password, token) {
        (Some(name), Some(password), _) => {
            Ok(Credentials::password(name, password, Nonce::new(random)?))
        }
        (Some(name), None, Some(token)) => Credentials::token(name, token),
        (name, ..) => Ok(Credentials::external(name)),
    }
}
