//! A WebSocket to a proxy that speaks `pop3.v1`, or to a plain byte tunnel.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::Cell;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, Url, WebSocket};

use super::{Ending, Listener, ProxyReason, Signal, Transport};
use crate::lifeline::{Handler, Lifeline};

/// The subprotocol of this project's proxy.
const POP3_V1: &str = "pop3.v1";
/// What plain byte tunnels such as websockify call themselves.
const BINARY: &str = "binary";

/// What the proxy is told, where it says that it listens, since a page cannot slow a WebSocket down.
const PAUSE: &str = r#"{"event":"pause"}"#;
const RESUME: &str = r#"{"event":"resume"}"#;

/// What the proxy is asked for: the `tls` of its endpoint's query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// TLS of its own to the mail server.
    Proxy,
    /// To pass on what comes, unopened.
    #[cfg(feature = "tls")]
    EndToEnd,
}

impl Wanted {
    fn as_str(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            #[cfg(feature = "tls")]
            Self::EndToEnd => "end-to-end",
        }
    }
}

/// Octets as binary frames either way; text frames are events.
pub(crate) struct WebSocketTransport {
    socket: WebSocket,
    /// The proxy understands [`PAUSE`] and [`RESUME`].
    can_pause: Rc<Cell<bool>>,
    paused: Cell<bool>,
    lifeline: Lifeline,
    _handlers: [Handler; 4],
}

impl WebSocketTransport {
    /// Starts to connect. `server` names a mail server to the proxy at `url`; a plain tunnel needs
    /// none. `bearer` is offered as one more subprotocol.
    ///
    /// # Errors
    /// When the WebSocket constructor throws: a URL that it does not take, or a connection that
    /// the page is not allowed to make.
    pub(crate) fn open(
        url: &str,
        server: Option<&str>,
        bearer: Option<&str>,
        tls: Wanted,
        lifeline: &Lifeline,
        listener: &Listener,
    ) -> Result<Self, Ending> {
        let offered = Array::of2(&POP3_V1.into(), &BINARY.into());
        if let Some(bearer) = bearer {
            offered.push(&bearer.into());
        }
        let socket = endpoint(url, server, tls)
            .and_then(|url| WebSocket::new_with_str_sequence(&url, &offered))
            .map_err(|_| Ending::NeverOpened)?;
        lifeline.set_socket(&socket);
        socket.set_binary_type(BinaryType::Arraybuffer);

        let opened = Rc::new(Cell::new(false));
        let on_open = Handler::new(lifeline, {
            let opened = Rc::clone(&opened);
            let (socket, listener) = (socket.clone(), Rc::clone(listener));
            move |_| {
                opened.set(true);
                // The proxy says more of it soon.
                if socket.protocol() != POP3_V1 {
                    listener(Signal::Ready);
                }
            }
        });
        let can_pause = Rc::new(Cell::new(false));
        let on_message = Handler::new(lifeline, {
            let (socket, listener) = (socket.clone(), Rc::clone(listener));
            let (lifeline, can_pause) = (lifeline.clone(), Rc::clone(&can_pause));
            move |event| {
                let event = event.unchecked_ref::<MessageEvent>();
                let Some(signal) = received(&socket, event, &lifeline) else {
                    return;
                };
                if let Signal::Connected(connected) = &signal {
                    can_pause.set(connected.can_pause());
                }
                listener(signal);
            }
        });
        let on_close = Handler::new(lifeline, {
            let (socket, listener) = (socket.clone(), Rc::clone(listener));
            let opened = Rc::clone(&opened);
            move |event| {
                let event = event.unchecked_ref::<CloseEvent>();
                listener(Signal::Ended(ending(&socket, event, opened.get())));
            }
        });
        let on_error = Handler::new(lifeline, {
            let listener = Rc::clone(listener);
            // A close event follows each error and says more. Only where the socket never opened
            // there is no more to say, and the first version in Node leaves that event out.
            move |_| {
                if !opened.get() {
                    listener(Signal::Ended(Ending::NeverOpened));
                }
            }
        });
        socket.set_onopen(Some(on_open.function()));
        socket.set_onmessage(Some(on_message.function()));
        socket.set_onclose(Some(on_close.function()));
        socket.set_onerror(Some(on_error.function()));
        Ok(Self {
            socket,
            can_pause,
            paused: Cell::new(false),
            lifeline: lifeline.clone(),
            _handlers: [on_open, on_message, on_close, on_error],
        })
    }
}

impl Transport for WebSocketTransport {
    fn send(&self, octets: &[u8]) {
        // It fails only while the socket is connecting, before anything is to be sent. On a
        // closing socket the octets are dropped, and its close event is on the way.
        let _ = self.socket.send_with_u8_array(octets);
    }

    fn pause(&self) {
        self.tell(PAUSE, true);
    }

    fn resume(&self) {
        self.tell(RESUME, false);
    }
}

impl WebSocketTransport {
    fn tell(&self, event: &str, paused: bool) {
        if self.can_pause.get() && self.paused.replace(paused) != paused {
            let _ = self.socket.send_with_str(event);
        }
    }
}

impl Drop for WebSocketTransport {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing a socket that is still connecting is an error in some implementations, and they
        // want to see a listener for it.
        self.socket.set_onerror(Some(&self.lifeline.ignore()));
        // It fails only for a code that may not be sent.
        let _ = self.socket.close();
        self.lifeline.set_socket(&JsValue::UNDEFINED);
    }
}

/// The endpoint with the server's name as a parameter of its query, whatever others it has.
fn endpoint(url: &str, server: Option<&str>, tls: Wanted) -> Result<String, JsValue> {
    let url = Url::new(url)?;
    if let Some(server) = server {
        let query = url.search_params();
        query.set("server", server);
        query.set("tls", tls.as_str());
    }
    Ok(url.href())
}

fn received(socket: &WebSocket, event: &MessageEvent, lifeline: &Lifeline) -> Option<Signal> {
    let data = event.data();
    if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
        return Some(Signal::Octets(Uint8Array::new(buffer).to_vec()));
    }
    // Events of a later version, and text from a tunnel that has none to send, are passed over.
    if !data.is_string() || socket.protocol() != POP3_V1 {
        return None;
    }
    lifeline.connected(&data).map(Signal::Connected)
}

fn ending(socket: &WebSocket, event: &CloseEvent, opened: bool) -> Ending {
    let reason = ProxyReason::of(event.code(), &event.reason());
    match reason.filter(|_| socket.protocol() == POP3_V1) {
        Some(reason) => Ending::Proxy(reason),
        None if !opened => Ending::NeverOpened,
        None if event.was_clean() && event.code() == 1000 => Ending::Finished,
        None => Ending::Lost,
    }
}
