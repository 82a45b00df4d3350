//! A pair of byte streams of the caller's: a socket of Node or Deno, a pipe, a tunnel of its own.
//!
//! Two futures move the octets, one each way. Both only await and hand on: what the session makes
//! of an outcome runs in a [`Handler`], where a trap is noticed. Neither future keeps the transport
//! alive while it waits, and the end of the streams ends the wait.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    ReadableStream, ReadableStreamDefaultReader, ReadableStreamReadResult, WritableStream,
    WritableStreamDefaultWriter,
};

use super::{Ending, Listener, Signal, Transport};
use crate::lifeline::{Handler, Lifeline};

/// Octets that are copied into the module at a time, however large a chunk is.
const PIECE: u32 = 1 << 20;

#[wasm_bindgen]
extern "C" {
    /// What all views of a buffer have in common.
    type ArrayBufferView;

    #[wasm_bindgen(method, getter)]
    fn buffer(this: &ArrayBufferView) -> JsValue;

    // These two throw where the buffer of a `DataView` is gone.
    #[wasm_bindgen(method, getter, catch, js_name = byteOffset)]
    fn byte_offset(this: &ArrayBufferView) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = byteLength)]
    fn byte_length(this: &ArrayBufferView) -> Result<u32, JsValue>;
}

/// Octets from one stream and to the other, with nobody in between who could describe the way.
pub(crate) struct StreamsTransport {
    streams: Rc<Streams>,
    /// Did the session come to a good end?
    orderly: Cell<bool>,
}

/// Both ends, locked for as long as the session lasts.
struct Streams {
    reader: ReadableStreamDefaultReader,
    writer: WritableStreamDefaultWriter,
    lifeline: Lifeline,
    on_chunk: Handler,
    on_end: Handler,
    on_failure: Handler,
    /// What waits for the write that is under way.
    outgoing: RefCell<VecDeque<Uint8Array>>,
    writing: Cell<bool>,
    paused: Cell<bool>,
    reading: Cell<bool>,
}

impl StreamsTransport {
    /// Locks both streams and starts to read. They belong to the transport from then on.
    ///
    /// # Errors
    /// [`Ending::Locked`], with the other stream left as it was.
    pub(crate) fn open(
        readable: &ReadableStream,
        writable: &WritableStream,
        lifeline: &Lifeline,
        listener: &Listener,
    ) -> Result<Self, Ending> {
        let reader = ReadableStreamDefaultReader::new(readable).map_err(|_| Ending::Locked)?;
        let writer = WritableStreamDefaultWriter::new(writable).map_err(|_| {
            reader.release_lock();
            Ending::Locked
        })?;
        lifeline.hold_streams(&reader, &writer);
        let streams = Rc::new(Streams {
            reader,
            writer,
            lifeline: lifeline.clone(),
            on_chunk: Handler::new(lifeline, {
                let listener = Rc::clone(listener);
                move |chunk| take(&chunk, &listener)
            }),
            on_end: Handler::new(lifeline, {
                let listener = Rc::clone(listener);
                move |_| listener(Signal::Ended(Ending::Finished))
            }),
            on_failure: Handler::new(lifeline, {
                let (lifeline, listener) = (lifeline.clone(), Rc::clone(listener));
                move |cause| {
                    lifeline.set_cause(&cause);
                    listener(Signal::Ended(Ending::Lost));
                }
            }),
            outgoing: RefCell::default(),
            writing: Cell::new(false),
            paused: Cell::new(false),
            reading: Cell::new(true),
        });
        lifeline.spawn(read(Rc::downgrade(&streams)));
        listener(Signal::Ready);
        Ok(Self {
            streams,
            orderly: Cell::new(false),
        })
    }
}

impl Transport for StreamsTransport {
    fn send(&self, octets: &[u8]) {
        let streams = &self.streams;
        let chunk = Uint8Array::from(octets);
        streams.outgoing.borrow_mut().push_back(chunk);
        if !streams.writing.replace(true) {
            streams.lifeline.spawn(write(Rc::downgrade(streams)));
        }
    }

    fn pause(&self) {
        self.streams.paused.set(true);
    }

    fn resume(&self) {
        let streams = &self.streams;
        streams.paused.set(false);
        if !streams.reading.replace(true) {
            streams.lifeline.spawn(read(Rc::downgrade(streams)));
        }
    }

    fn finish(&self) {
        self.orderly.set(true);
    }
}

impl Drop for StreamsTransport {
    fn drop(&mut self) {
        let streams = &self.streams;
        // What waits goes out after a good end, and is dropped with a bad one.
        let waiting: Array = streams.outgoing.take().into_iter().collect();
        streams
            .lifeline
            .release_streams(self.orderly.get(), &waiting);
    }
}

/// Reads until the stream or the session ends, or the session has enough for now. Nothing is asked for before the session has taken
/// what came, so the stream holds its source back.
async fn read(streams: Weak<Streams>) {
    loop {
        let Some(held) = streams.upgrade() else {
            return;
        };
        if held.paused.get() {
            return held.reading.set(false);
        }
        let reading = held.lifeline.outcome(&held.reader.read());
        drop(held);
        let outcome = reading.await;
        let Some(held) = streams.upgrade() else {
            return;
        };
        match outcome {
            Err(cause) => return held.on_failure.call(&cause),
            Ok(result) => {
                let result = result.unchecked_into::<ReadableStreamReadResult>();
                if result.get_done() == Some(true) {
                    return held.on_end.call(&JsValue::UNDEFINED);
                }
                held.on_chunk.call(&result.get_value());
            }
        }
    }
}

/// Writes what waits, in order, each after the stream has taken the one before.
async fn write(streams: Weak<Streams>) {
    loop {
        let Some(held) = streams.upgrade() else {
            return;
        };
        // A statement of its own: the borrow may not last through the call of the writer.
        let next = held.outgoing.borrow_mut().pop_front();
        let Some(chunk) = next else {
            return held.writing.set(false);
        };
        let writing = held
            .lifeline
            .outcome(&held.writer.write_with_chunk(chunk.as_ref()));
        drop(held);
        if let Err(cause) = writing.await {
            if let Some(held) = streams.upgrade() {
                held.on_failure.call(&cause);
            }
            return;
        }
    }
}

/// Hands a chunk to the session, whatever view of octets it is.
fn take(chunk: &JsValue, listener: &Listener) {
    let Some(octets) = octets(chunk) else {
        return listener(Signal::Ended(Ending::NotOctets));
    };
    let mut from = 0;
    // The length is asked for each time: the caller can take the buffer back in `onProgress`.
    while from < octets.length() {
        let to = from.saturating_add(PIECE).min(octets.length());
        listener(Signal::Octets(octets.subarray(from, to).to_vec()));
        from = to;
    }
}

/// The octets of a buffer or of any view of one, not copied; `None` for anything else.
fn octets(chunk: &JsValue) -> Option<Uint8Array> {
    if let Some(octets) = chunk.dyn_ref::<Uint8Array>() {
        return Some(octets.clone());
    }
    if ArrayBuffer::is_view(chunk) {
        let view = chunk.unchecked_ref::<ArrayBufferView>();
        let (offset, length) = (view.byte_offset().ok()?, view.byte_length().ok()?);
        return Some(match length {
            0 => Uint8Array::new_with_length(0),
            _ => Uint8Array::new_with_byte_offset_and_length(&view.buffer(), offset, length),
        });
    }
    let buffer = chunk.dyn_ref::<ArrayBuffer>()?;
    Some(match buffer.byte_length() {
        // It may be gone, and a view of that cannot be made.
        0 => Uint8Array::new_with_length(0),
        _ => Uint8Array::new(buffer),
    })
}
