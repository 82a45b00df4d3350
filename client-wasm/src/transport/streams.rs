//! A pair of byte streams of the caller's: a socket of Node or Deno, a pipe, a tunnel of its own.
//!
//! What moves the octets is JavaScript (`js/streams.js`), since it does nothing but await what
//! streams say. What the session makes of them runs in a [`Handler`], where a trap is noticed.

use alloc::rc::Rc;
use core::cell::Cell;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::{Ending, Listener, Signal, Transport};
use crate::lifeline::{Handler, Lifeline, Streams};

/// Octets from one stream and to the other, with nobody in between who could describe the way.
pub(crate) struct StreamsTransport {
    streams: Streams,
    /// Did the session come to a good end?
    orderly: Cell<bool>,
    _handlers: [Handler; 3],
}

impl StreamsTransport {
    /// Locks both streams and starts to read. They belong to the transport from then on.
    ///
    /// # Errors
    /// [`Ending::Locked`], with the other stream left as it was.
    pub(crate) fn open(
        readable: &JsValue,
        writable: &JsValue,
        lifeline: &Lifeline,
        listener: &Listener,
    ) -> Result<Self, Ending> {
        let on_octets = Handler::new(lifeline, {
            let listener = Rc::clone(listener);
            move |octets| {
                let octets = octets.dyn_ref::<Uint8Array>();
                listener(octets.map_or(Signal::Ended(Ending::NotOctets), |octets| {
                    Signal::Octets(octets.to_vec())
                }));
            }
        });
        let on_end = Handler::new(lifeline, {
            let listener = Rc::clone(listener);
            move |_| listener(Signal::Ended(Ending::Finished))
        });
        let on_failure = Handler::new(lifeline, {
            let listener = Rc::clone(listener);
            move |_| listener(Signal::Ended(Ending::Lost))
        });
        let (octets, end, failure) = (
            on_octets.function(),
            on_end.function(),
            on_failure.function(),
        );
        let streams = lifeline
            .open_streams(readable, writable, octets, end, failure)
            .map_err(|_| Ending::Locked)?;
        listener(Signal::Ready);
        Ok(Self {
            streams,
            orderly: Cell::new(false),
            _handlers: [on_octets, on_end, on_failure],
        })
    }
}

impl Transport for StreamsTransport {
    fn send(&self, octets: &[u8]) {
        self.streams.send(Uint8Array::from(octets));
    }

    fn pause(&self) {
        self.streams.pause();
    }

    fn resume(&self) {
        self.streams.resume();
    }

    fn finish(&self) {
        self.orderly.set(true);
    }
}

impl Drop for StreamsTransport {
    fn drop(&mut self) {
        self.streams.close(self.orderly.get());
    }
}
