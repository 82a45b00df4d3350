//! TLS to the mail server itself, inside of whatever leads to it.
//!
//! The way carries ciphertext, so whoever keeps it (a proxy, a tunnel) sees neither password nor
//! mail. TLS begins at once, or in the middle of the session when the server has answered STLS
//! ([RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4)).

mod certificate;
mod channel;
mod der;
mod failure;
mod parameters;
mod provider;
mod trust;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use self::channel::{Channel, Received};
use self::parameters::Terms;
use super::{Ending, Listener, Signal, Transport};
use crate::convert;
use crate::lifeline::Lifeline;

pub(crate) use certificate::Certificate;
pub(crate) use failure::Failure;
pub(crate) use trust::Trust;

/// What the caller wants of TLS.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The host name or IP address that the server's certificate is to be for.
    pub(crate) name: String,
    /// When TLS begins; `None` is as the proxy says, and at once where there is none to say.
    pub(crate) mode: Option<Mode>,
    pub(crate) trust: Trust,
    /// Tell the server in the handshake that this is POP3.
    pub(crate) alpn: bool,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// With the connection.
    Implicit,
    /// After STLS.
    Starttls,
}

impl Mode {
    /// By its name; any other is none.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "implicit" => Some(Self::Implicit),
            "starttls" => Some(Self::Starttls),
            _ => None,
        }
    }
}

/// What was agreed on with the mail server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Secured {
    /// Whom the certificate was checked for.
    server: String,
    version: &'static str,
    cipher: &'static str,
    resumed: bool,
    certificate: Option<Certificate>,
}

impl Secured {
    /// As `EndToEndInfo` of `js/tls.d.ts`, by the proxy's name for the server where there is one.
    pub(crate) fn into_js(self, server: Option<String>) -> JsValue {
        let certificate = self.certificate.map(Certificate::into_js);
        convert::object(&[
            ("server", server.unwrap_or(self.server).into()),
            ("tls", "end-to-end".into()),
            ("version", self.version.into()),
            ("cipher", self.cipher.into()),
            ("resumed", self.resumed.into()),
            ("certificate", certificate.unwrap_or(JsValue::UNDEFINED)),
        ])
    }
}

/// TLS over another transport.
pub(crate) struct TlsTransport(Rc<Link>);

/// What the two sides have in common. It lives in the listener of the transport inside, which it
/// holds itself until it is closed.
struct Link {
    terms: Terms,
    mode: Option<Mode>,
    listener: Listener,
    inner: RefCell<Option<Rc<dyn Transport>>>,
    phase: RefCell<Phase>,
}

enum Phase {
    /// The transport does not stand yet.
    Waiting,
    /// In clear, until STLS.
    Plain,
    Secure(Box<Channel>),
    /// It has failed or ended.
    Over,
}

impl TlsTransport {
    /// Opens what `open` makes, and speaks TLS over it.
    ///
    /// # Errors
    /// As `open`, or what is wrong with the options.
    pub(crate) fn open<T: Transport + 'static>(
        options: Options,
        lifeline: &Lifeline,
        listener: &Listener,
        open: impl FnOnce(&Lifeline, &Listener) -> Result<T, Ending>,
    ) -> Result<Self, Ending> {
        let mode = options.mode;
        let link = Rc::new(Link {
            terms: Terms::new(options)?,
            mode,
            listener: Rc::clone(listener),
            inner: RefCell::default(),
            phase: RefCell::new(Phase::Waiting),
        });
        let inward: Listener = Rc::new({
            let link = Rc::clone(&link);
            move |signal| link.handle(signal)
        });
        let inner = open(lifeline, &inward)?;
        *link.inner.borrow_mut() = Some(Rc::new(inner));
        // It may have been ready before it was there.
        link.flush();
        Ok(Self(link))
    }
}

impl Transport for TlsTransport {
    fn send(&self, octets: &[u8]) {
        let link = &self.0;
        let plain = match &mut *link.phase.borrow_mut() {
            Phase::Secure(channel) => {
                channel.send(octets);
                false
            }
            Phase::Plain => true,
            Phase::Waiting | Phase::Over => return,
        };
        match link.inner() {
            Some(inner) if plain => inner.send(octets),
            _ => link.flush(),
        }
    }

    fn pause(&self) {
        if let Some(inner) = self.0.inner() {
            inner.pause();
        }
    }

    fn resume(&self) {
        if let Some(inner) = self.0.inner() {
            inner.resume();
        }
    }

    fn finish(&self) {
        if let Phase::Secure(channel) = &mut *self.0.phase.borrow_mut() {
            channel.end();
        }
        self.0.flush();
        if let Some(inner) = self.0.inner() {
            inner.finish();
        }
    }

    fn needs_stls(&self) -> bool {
        matches!(*self.0.phase.borrow(), Phase::Plain)
    }

    fn start_tls(&self) {
        self.0.shake_hands();
    }
}

impl Drop for TlsTransport {
    fn drop(&mut self) {
        *self.0.phase.borrow_mut() = Phase::Over;
        let inner = self.0.inner.borrow_mut().take();
        drop(inner);
    }
}

impl Link {
    fn inner(&self) -> Option<Rc<dyn Transport>> {
        self.inner.borrow().clone()
    }

    fn is_waiting(&self) -> bool {
        matches!(*self.phase.borrow(), Phase::Waiting)
    }

    fn handle(&self, signal: Signal) {
        match signal {
            // Said once more by who carries the octets, it would begin the session anew, and in clear.
            Signal::Ready | Signal::Connected(_) if !self.is_waiting() => {}
            Signal::Ready => self.begin(self.mode.unwrap_or(Mode::Implicit)),
            Signal::Connected(connected) => {
                let Some(upstream) = connected.upstream() else {
                    return self.fail(Failure::NotEndToEnd);
                };
                let mode = Mode::of(&upstream);
                let Some(mode) = self.mode.or(mode) else {
                    return self.fail(Failure::NoTls);
                };
                (self.listener)(Signal::Connected(connected));
                self.begin(mode);
            }
            Signal::Octets(octets) => self.receive(octets),
            Signal::Ended(ending) => self.end(ending),
            Signal::Secured(_) => {}
        }
    }

    fn begin(&self, mode: Mode) {
        match mode {
            Mode::Implicit => self.shake_hands(),
            Mode::Starttls => *self.phase.borrow_mut() = Phase::Plain,
        }
    }

    fn shake_hands(&self) {
        match Channel::new(&self.terms) {
            Ok(channel) => {
                *self.phase.borrow_mut() = Phase::Secure(channel.into());
                self.flush();
            }
            Err(failure) => self.fail(failure),
        }
    }

    fn receive(&self, octets: Vec<u8>) {
        // No borrow may last through a call of the listener.
        let received = match &mut *self.phase.borrow_mut() {
            Phase::Secure(channel) => channel.receive(octets),
            Phase::Plain => Received::in_clear(octets),
            Phase::Waiting | Phase::Over => return,
        };
        let Received {
            secured,
            octets,
            failure,
            ended,
        } = received;
        self.flush();
        if let Some(secured) = secured {
            (self.listener)(Signal::Secured(secured));
        }
        if !octets.is_empty() {
            (self.listener)(Signal::Octets(octets));
        }
        if let Some(failure) = failure {
            self.fail(failure);
        } else if ended {
            self.end(Ending::Finished);
        }
    }

    fn end(&self, ending: Ending) {
        let phase = self.phase.replace(Phase::Over);
        if matches!(phase, Phase::Over) {
            return;
        }
        let cut = match (phase, &ending) {
            (Phase::Secure(channel), Ending::Finished) => channel.cut(),
            _ => None,
        };
        let ending = cut.map_or(ending, Ending::Tls);
        (self.listener)(Signal::Ended(ending));
    }

    fn fail(&self, failure: Failure) {
        *self.phase.borrow_mut() = Phase::Over;
        (self.listener)(Signal::Ended(Ending::Tls(failure)));
    }

    /// Sends what the handshake, or the session by way of it, has to send.
    fn flush(&self) {
        let Some(inner) = self.inner() else { return };
        let octets = match &mut *self.phase.borrow_mut() {
            Phase::Secure(channel) => channel.take_outgoing(),
            _ => return,
        };
        if !octets.is_empty() {
            inner.send(&octets);
        }
    }
}

impl From<Failure> for Ending {
    fn from(failure: Failure) -> Self {
        Self::Tls(failure)
    }
}
