//! Where a message goes while it comes in: an object of the loader's (`js/sink.js`).

use alloc::vec::Vec;

use js_sys::Uint8Array;
use pop3_proto::{Session, Status};
use wasm_bindgen::prelude::wasm_bindgen;

/// Octets that are reserved at most for a message whose size LIST told.
const HEAD_START: u32 = 16 << 20;

/// Octets of the largest message that is collected.
const LARGEST_COLLECTED: usize = 512 << 20;

#[wasm_bindgen]
extern "C" {
    /// What a caller wants to know of a message before it is complete. None of its methods throws.
    #[derive(Clone)]
    pub type Sink;

    /// The message begins: the server's words, its response code, and the octets that LIST promised.
    #[wasm_bindgen(method)]
    fn begin(this: &Sink, text: &str, code: Option<&str>, expected: Option<f64>);

    /// More octets of the message.
    #[wasm_bindgen(method)]
    fn chunk(this: &Sink, octets: Uint8Array);

    /// So many octets have come, and so many were promised.
    #[wasm_bindgen(method)]
    fn progress(this: &Sink, received: f64, expected: Option<f64>);
}

/// The message that a RETR or TOP asked for.
pub(crate) struct Incoming {
    pub(crate) number: u32,
    sink: Option<Sink>,
    /// Does LIST tell the number of octets? Not for TOP, which fetches a part.
    whole: bool,
    received: usize,
    /// The octets so far; `None` where the sink gets them.
    collected: Option<Collected>,
}

/// Octets of a message as they come. They are put where the caller gets them: collected in the module's memory, a
/// large message would be copied once more when it is cold, and that memory never shrinks.
#[derive(Default)]
struct Collected {
    /// With room for more; `None` as long as nothing came.
    array: Option<Uint8Array>,
    length: u32,
}

/// Something to tell a sink.
pub(crate) enum News {
    Begun(Status, Option<u64>),
    Chunk(Vec<u8>),
    Progress(usize, Option<u64>),
}

/// More came than can be collected.
pub(crate) struct TooLarge;

impl Incoming {
    /// RETR or TOP of this message. With `streamed`, the sink gets the octets.
    pub(crate) fn new(number: u32, whole: bool, sink: Option<Sink>, streamed: bool) -> Self {
        Self {
            number,
            sink,
            whole,
            received: 0,
            collected: (!streamed).then(Collected::default),
        }
    }

    /// What the message begins with, if the sink is to be told.
    pub(crate) fn begun(&self, status: Status, session: &Session) -> Option<(Sink, News)> {
        let streamed = self.sink.clone().filter(|_| self.collected.is_none());
        streamed.map(|sink| (sink, News::Begun(status, self.expected(session))))
    }

    /// Takes octets: keeps them, or says whom to give them to.
    pub(crate) fn take(
        &mut self,
        octets: Vec<u8>,
        session: &Session,
    ) -> Result<Option<(Sink, News)>, TooLarge> {
        self.received = self.received.saturating_add(octets.len());
        let Some(collected) = &mut self.collected else {
            return Ok(self.sink.clone().map(|sink| (sink, News::Chunk(octets))));
        };
        if self.received > LARGEST_COLLECTED {
            // None of it is of use any more.
            *collected = Collected::default();
            return Err(TooLarge);
        }
        collected.add(&octets, || {
            let listed = session.listed_size(self.number).filter(|_| self.whole);
            // The size is a claim of the server's, so it earns no more than a head start.
            listed.map_or(0, |size| {
                u32::try_from(size).map_or(HEAD_START, |size| size.min(HEAD_START))
            })
        });
        Ok(None)
    }

    /// Did more come than can be collected?
    pub(crate) fn is_too_large(&self) -> bool {
        self.collected.is_some() && self.received > LARGEST_COLLECTED
    }

    pub(crate) fn progress(&self, session: &Session) -> Option<(Sink, News)> {
        let sink = self.sink.clone()?;
        Some((sink, News::Progress(self.received, self.expected(session))))
    }

    /// The message, if it was collected here.
    pub(crate) fn octets(&self) -> Uint8Array {
        let collected = self.collected.as_ref();
        collected.map_or_else(|| Uint8Array::new_with_length(0), Collected::octets)
    }

    fn expected(&self, session: &Session) -> Option<u64> {
        let size = session.listed_size(self.number);
        size.filter(|_| self.whole)
    }
}

impl Collected {
    /// Puts octets behind those that are there; `room` says how many there may be in the end.
    fn add(&mut self, octets: &[u8], room: impl FnOnce() -> u32) {
        // Far below what does not fit, since no message has more than `LARGEST_COLLECTED`.
        let count = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        let end = self.length.saturating_add(count);
        let array = match self.array.take() {
            Some(array) if end <= array.length() => array,
            Some(full) => {
                let larger = Uint8Array::new_with_length(end.max(full.length().saturating_mul(2)));
                larger.set(&full, 0);
                larger
            }
            None => {
                let room = room();
                if room <= count {
                    self.length = count;
                    self.array = Some(Uint8Array::from(octets));
                    return;
                }
                Uint8Array::new_with_length(room)
            }
        };
        array.subarray(self.length, end).copy_from(octets);
        self.length = end;
        self.array = Some(array);
    }

    fn octets(&self) -> Uint8Array {
        match &self.array {
            Some(array) if array.length() == self.length => array.clone(),
            Some(array) => array.slice(0, self.length),
            None => Uint8Array::new_with_length(0),
        }
    }
}

impl News {
    pub(crate) fn tell(self, sink: &Sink) {
        let size = |size: Option<u64>| size.map(|size| size as f64);
        match self {
            Self::Begun(status, expected) => {
                sink.begin(&status.text, status.code.as_deref(), size(expected));
            }
            Self::Chunk(octets) => sink.chunk(Uint8Array::from(octets.as_slice())),
            Self::Progress(received, expected) => sink.progress(received as f64, size(expected)),
        }
    }
}
