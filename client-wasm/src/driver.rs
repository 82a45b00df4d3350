//! Pumps one session: octets between it and its transport, answers to the Promises that wait, and
//! time to both.
//!
//! JavaScript that is called from here may call back in, so the state is never borrowed while
//! anything of JavaScript runs: [`State::next_step`] says what to do, and [`Driver::pump`] does
//! it.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::{Function, Promise};
use pop3_proto::{
    Command, CommandId, Config, Deletions, Error, Event, Limit, Millis, Reply, Session,
};
use wasm_bindgen::{JsCast, JsValue};

use crate::convert;
use crate::error::Failure;
use crate::lifeline::{Lifeline, Timer, milliseconds};
use crate::sink::{Incoming, News, Sink, TooLarge};
use crate::transport::{Connected, Ending, Listener, Signal, Transport};
#[cfg(feature = "tls")]
use crate::transport::{Secured, TlsFailure};

/// One session and its transport.
pub(crate) struct Driver {
    lifeline: Lifeline,
    state: RefCell<State>,
}

struct State {
    session: Session,
    transport: Option<Rc<dyn Transport>>,
    connected: Option<Connected>,
    #[cfg(feature = "tls")]
    secured: Option<Box<Secured>>,
    /// The STLS that the session begins with.
    #[cfg(feature = "tls")]
    stls: Option<CommandId>,
    /// How the transport ended, once it did.
    ending: Option<Ending>,
    /// Waits for the greeting.
    greeted: Option<Promised>,
    /// The oldest first, and so in the order of their ids; they mostly end in it, too.
    waiting: VecDeque<Waiting>,
    /// The command that got octets which its caller has not been told of.
    unreported: Option<CommandId>,
    /// An event that was taken too early: a report has to go before it.
    held: Option<Event>,
    timer: Option<(Millis, Timer)>,
}

/// The two functions that settle a Promise.
struct Promised {
    resolve: Function,
    reject: Function,
}

/// A command that is not answered yet.
struct Waiting {
    id: CommandId,
    promised: Promised,
    message: Option<Incoming>,
    /// What the caller cancels it by; 0 where he cannot.
    ticket: u32,
}

/// What is to be done next; see [`Driver::pump`].
enum Step {
    Send(Rc<dyn Transport>, Vec<u8>),
    Tell(Sink, News),
    Greeted(Promised),
    #[cfg(feature = "tls")]
    StartTls(Rc<dyn Transport>),
    Answer(Waiting, Result<Reply, Error>),
    Close {
        error: Option<Error>,
        greeted: Option<Promised>,
        transport: Option<Rc<dyn Transport>>,
        timer: Option<(Millis, Timer)>,
    },
}

impl Driver {
    /// Starts a session on the transport that `open` makes, and gives a Promise for its greeting.
    pub(crate) fn start<T: Transport + 'static>(
        config: Config,
        lifeline: Lifeline,
        open: impl FnOnce(&Lifeline, &Listener) -> Result<T, Ending>,
    ) -> (Rc<Self>, Promise) {
        let (promised, promise) = promise();
        let driver = Rc::new(Self {
            lifeline,
            state: RefCell::new(State {
                session: Session::new(config, Millis(milliseconds())),
                transport: None,
                connected: None,
                #[cfg(feature = "tls")]
                secured: None,
                #[cfg(feature = "tls")]
                stls: None,
                ending: None,
                greeted: Some(promised),
                waiting: VecDeque::new(),
                unreported: None,
                held: None,
                timer: None,
            }),
        });
        // The transport keeps the driver alive, and the driver drops the transport at the end of
        // the session: so a session goes on although nobody holds its `Pop3Client`.
        let listener: Listener = Rc::new({
            let driver = Rc::clone(&driver);
            move |signal| driver.handle(signal)
        });
        match open(&driver.lifeline, &listener) {
            Ok(transport) => {
                driver.state.borrow_mut().transport = Some(Rc::new(transport));
                driver.pump();
            }
            Err(ending) => driver.handle(Signal::Ended(ending)),
        }
        (driver, promise)
    }

    /// Issues a command, and gives a Promise for its answer. A ticket other than 0, which no command
    /// under way has, is what [`cancel`](Self::cancel) knows it by.
    pub(crate) fn submit(
        self: &Rc<Self>,
        command: Result<Command, Error>,
        message: Option<Incoming>,
        ticket: u32,
    ) -> Promise {
        let command = match command {
            Ok(command) => command,
            Err(error) => return Promise::reject(&Failure::new(&error, None).into_js()),
        };
        let (promised, promise) = promise();
        let now = Millis(milliseconds());
        {
            let mut state = self.state.borrow_mut();
            let id = state.session.submit(command, now);
            state.waiting.push_back(Waiting {
                id,
                promised,
                message,
                ticket,
            });
        }
        self.pump();
        promise
    }

    /// Cancels the command with this ticket, unless it has ended.
    pub(crate) fn cancel(self: &Rc<Self>, ticket: u32) {
        self.give_up(ticket, Session::cancel);
    }

    /// Likewise, but reads the whole answer of one that was sent rather than end the session.
    pub(crate) fn release(self: &Rc<Self>, ticket: u32) {
        self.give_up(ticket, Session::release);
    }

    fn give_up(self: &Rc<Self>, ticket: u32, how: impl FnOnce(&mut Session, CommandId, Millis)) {
        let now = Millis(milliseconds());
        {
            let mut state = self.state.borrow_mut();
            let mut waiting = state.waiting.iter();
            let Some(Waiting { id, .. }) = waiting.find(|waiting| waiting.ticket == ticket) else {
                return;
            };
            let id = *id;
            how(&mut state.session, id, now);
        }
        self.pump();
    }

    /// Keeps octets back, as far as the transport can: the reader of a message is behind.
    pub(crate) fn pause(self: &Rc<Self>) {
        self.set_paused(true);
    }

    /// Lets octets come again.
    pub(crate) fn resume(self: &Rc<Self>) {
        self.set_paused(false);
    }

    fn set_paused(self: &Rc<Self>, paused: bool) {
        let now = Millis(milliseconds());
        let transport = {
            let mut state = self.state.borrow_mut();
            if paused {
                state.session.handle_paused(now);
            } else {
                state.session.handle_resumed(now);
            }
            state.transport.clone()
        };
        if let Some(transport) = transport {
            if paused {
                transport.pause();
            } else {
                transport.resume();
            }
        }
        self.pump();
    }

    /// Closes without QUIT.
    pub(crate) fn close(self: &Rc<Self>) {
        if !self.closed() {
            self.handle(Signal::Ended(Ending::Abandoned));
        }
    }

    pub(crate) fn closed(&self) -> bool {
        self.state.borrow().session.state() == pop3_proto::State::Closed
    }

    pub(crate) fn connected(&self) -> Option<Connected> {
        self.state.borrow().connected.clone()
    }

    /// TLS with the mail server, by the proxy's name for it where there is one.
    #[cfg(feature = "tls")]
    pub(crate) fn secured(&self) -> Option<JsValue> {
        let (secured, connected) = {
            let state = self.state.borrow();
            (state.secured.as_deref()?.clone(), state.connected.clone())
        };
        Some(secured.into_js(connected.map(|connected| connected.server())))
    }

    /// The greeting's text; empty before it has come.
    pub(crate) fn greeting(&self) -> String {
        let state = self.state.borrow();
        let greeting = state.session.greeting();
        greeting.map_or_else(String::new, |greeting| greeting.status.text.clone())
    }

    /// Octets that LIST told for a message.
    pub(crate) fn listed_size(&self, number: u32) -> Option<u64> {
        self.state.borrow().session.listed_size(number)
    }

    /// Messages that are marked for deletion.
    pub(crate) fn pending_deletions(&self) -> Vec<u32> {
        self.state.borrow().session.pending_deletions().to_vec()
    }

    fn handle(self: &Rc<Self>, signal: Signal) {
        let now = Millis(milliseconds());
        {
            let mut state = self.state.borrow_mut();
            match signal {
                Signal::Ready => {}
                Signal::Connected(connected) => {
                    state.connected.get_or_insert(connected);
                }
                #[cfg(feature = "tls")]
                Signal::Secured(secured) => {
                    state.secured = Some(secured);
                    state.session.handle_tls_started(now);
                }
                Signal::Octets(octets) => state.session.handle_input(&octets, now),
                Signal::Ended(ending) => {
                    state.ending.get_or_insert(ending);
                    state.session.handle_closed();
                }
            }
        }
        self.pump();
    }

    /// Does all there is to do.
    fn pump(self: &Rc<Self>) {
        loop {
            // A statement of its own: in the head of a `while let` the borrow would last through
            // the body.
            let step = self.state.borrow_mut().next_step();
            match step {
                Some(step) => self.perform(step),
                None => break,
            }
        }
        self.arm();
    }

    fn perform(&self, step: Step) {
        match step {
            Step::Send(transport, mut octets) => {
                transport.send(&octets);
                // It may have been a password. `black_box`, or the zeros would be optimised away.
                octets.fill(0);
                core::hint::black_box(&octets);
            }
            Step::Tell(sink, news) => news.tell(&sink),
            Step::Greeted(promised) => promised.resolve(&JsValue::UNDEFINED),
            #[cfg(feature = "tls")]
            Step::StartTls(transport) => transport.start_tls(),
            Step::Answer(waiting, Ok(reply)) => {
                let answer = match (&reply, &waiting.message) {
                    (Reply::Message(message), Some(incoming)) => {
                        convert::message(incoming.number, &message.status, incoming.octets())
                    }
                    _ => convert::reply(&reply),
                };
                waiting.promised.resolve(&answer);
            }
            Step::Answer(waiting, Err(error)) => waiting.promised.reject(&self.failure(&error)),
            Step::Close {
                error,
                greeted,
                transport,
                timer,
            } => {
                if error.is_none()
                    && let Some(transport) = &transport
                {
                    transport.finish();
                }
                drop(transport);
                drop(timer);
                let failure = error.map_or(JsValue::UNDEFINED, |error| self.failure(&error));
                self.lifeline.end(&failure);
                if let Some(promised) = greeted
                    && !failure.is_undefined()
                {
                    promised.reject(&failure);
                }
            }
        }
    }

    fn failure(&self, error: &Error) -> JsValue {
        let ending = self.state.borrow().ending.clone();
        Failure::new(error, ending.as_ref()).into_js()
    }

    /// Sees to it that the session is told when its time is up.
    fn arm(self: &Rc<Self>) {
        let (due, running) = {
            let state = self.state.borrow();
            let running = state.timer.as_ref().map(|(due, _)| *due);
            (state.session.poll_timeout(), running)
        };
        // The deadline moves with every piece of mail. A timer that fires too early looks again,
        // which costs less than a new timer each time.
        if running.is_some_and(|running| due.is_some_and(|due| running <= due)) {
            return;
        }
        let stopped = self.state.borrow_mut().timer.take();
        drop(stopped);
        let Some(due) = due else { return };
        let wait = due.0.saturating_sub(milliseconds());
        let driver = Rc::clone(self);
        let timer = Timer::start(&self.lifeline, wait, move || driver.expire());
        self.state.borrow_mut().timer = Some((due, timer));
    }

    fn expire(self: &Rc<Self>) {
        let now = Millis(milliseconds());
        let fired = {
            let mut state = self.state.borrow_mut();
            state.session.handle_timeout(now);
            state.timer.take()
        };
        drop(fired);
        self.pump();
    }
}

impl State {
    /// Takes the next thing that the session has for the transport or for a caller.
    fn next_step(&mut self) -> Option<Step> {
        if let Some(transport) = &self.transport
            && let Some(octets) = self.session.poll_transmit()
        {
            return Some(Step::Send(Rc::clone(transport), octets));
        }
        // After STLS the greeting is one of the past; nothing was let in before the handshake.
        #[cfg(feature = "tls")]
        if self.secured.is_some()
            && self.stls.is_some()
            && let Some(promised) = self.greeted.take()
        {
            return Some(Step::Greeted(promised));
        }
        loop {
            let Some(event) = self.held.take().or_else(|| self.session.poll_event()) else {
                return self.report();
            };
            // Pieces of the same message that came together are reported together.
            let goes_on = matches!(&event, Event::Data { id, .. } if self.unreported == Some(*id));
            if !goes_on && let Some(report) = self.report() {
                self.held = Some(event);
                return Some(report);
            }
            match event {
                #[cfg(feature = "tls")]
                Event::Greeting(_)
                    if self.transport.as_deref().is_some_and(Transport::needs_stls) =>
                {
                    let now = Millis(milliseconds());
                    self.stls = Some(self.session.submit(Command::Stls, now));
                    return self.next_step();
                }
                Event::Greeting(_) => {
                    if let Some(promised) = self.greeted.take() {
                        return Some(Step::Greeted(promised));
                    }
                }
                Event::Begun { id, status } => {
                    let message = self
                        .waiting(id)
                        .and_then(|waiting| waiting.message.as_ref());
                    if let Some((sink, news)) =
                        message.and_then(|message| message.begun(status, &self.session))
                    {
                        return Some(Step::Tell(sink, news));
                    }
                }
                Event::Data { id, octets } => {
                    if let Some(step) = self.take(id, octets) {
                        return Some(step);
                    }
                }
                #[cfg(feature = "tls")]
                Event::StartTls => {
                    if let Some(transport) = &self.transport {
                        return Some(Step::StartTls(Rc::clone(transport)));
                    }
                }
                // No transport here can do it, so STLS is not submitted.
                #[cfg(not(feature = "tls"))]
                Event::StartTls => {}
                #[cfg(feature = "tls")]
                Event::Done { id, result } if self.stls == Some(id) => {
                    if let Err(error @ Error::Rejected { .. }) = result {
                        self.refuse_clear(&error);
                    }
                }
                Event::Done { id, result } => {
                    if let Some(waiting) = self.end(id) {
                        let result = waiting.judged(result);
                        return Some(Step::Answer(waiting, result));
                    }
                }
                Event::Closed(error) => {
                    return Some(Step::Close {
                        error,
                        greeted: self.greeted.take(),
                        transport: self.transport.take(),
                        timer: self.timer.take(),
                    });
                }
            }
        }
    }

    /// Ends a session whose server does not want TLS, since it was to have it.
    #[cfg(feature = "tls")]
    fn refuse_clear(&mut self, error: &Error) {
        let words = error.server_text().unwrap_or_default().to_owned();
        self.ending = Some(Ending::Tls(TlsFailure::StlsRefused(words)));
        self.session.handle_closed();
    }

    /// Takes octets of a message.
    fn take(&mut self, id: CommandId, octets: Vec<u8>) -> Option<Step> {
        let at = self.place(id)?;
        let message = self.waiting.get_mut(at)?.message.as_mut()?;
        self.unreported = Some(id);
        match message.take(octets, &self.session) {
            Ok(told) => told.map(|(sink, news)| Step::Tell(sink, news)),
            Err(TooLarge) => {
                self.session.cancel(id, Millis(milliseconds()));
                None
            }
        }
    }

    fn end(&mut self, id: CommandId) -> Option<Waiting> {
        self.waiting.remove(self.place(id)?)
    }

    fn waiting(&self, id: CommandId) -> Option<&Waiting> {
        self.waiting.get(self.place(id)?)
    }

    /// Where a command stands that is not answered yet.
    fn place(&self, id: CommandId) -> Option<usize> {
        let found = self.waiting.binary_search_by_key(&id, |waiting| waiting.id);
        found.ok()
    }

    /// The report that is due, if there is one and the caller wants it.
    fn report(&mut self) -> Option<Step> {
        let id = self.unreported.take()?;
        let waiting = self.waiting(id)?;
        let (sink, news) = waiting.message.as_ref()?.progress(&self.session)?;
        Some(Step::Tell(sink, news))
    }
}

impl Waiting {
    /// A message that was too large to collect was cancelled, but not by its caller.
    fn judged(&self, result: Result<Reply, Error>) -> Result<Reply, Error> {
        let too_large = self.message.as_ref().is_some_and(Incoming::is_too_large);
        let deletions = match result {
            Err(Error::Cancelled) if too_large => Deletions::Untouched,
            Err(Error::Abandoned { deletions }) if too_large => deletions,
            other => return other,
        };
        let limit = Limit::Message;
        Err(Error::LimitExceeded { limit, deletions })
    }
}

impl Promised {
    fn resolve(&self, value: &JsValue) {
        // The functions that settle a Promise do not throw.
        let _ = self.resolve.call1(&JsValue::UNDEFINED, value);
    }

    fn reject(&self, failure: &JsValue) {
        let _ = self.reject.call1(&JsValue::UNDEFINED, failure);
    }
}

fn promise() -> (Promised, Promise) {
    let mut settle = None;
    // The executor runs before `new` returns.
    let promise = Promise::new(&mut |resolve, reject| settle = Some(Promised { resolve, reject }));
    let promised = settle.unwrap_or_else(|| Promised {
        resolve: JsValue::UNDEFINED.unchecked_into(),
        reject: JsValue::UNDEFINED.unchecked_into(),
    });
    (promised, promise)
}
