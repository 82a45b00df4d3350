//! STLS ([RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4)). The handshake
//! itself is the transport's affair.

use crate::config::Millis;
use crate::event::Event;
use crate::frame::LineReader;
use crate::reply::{Reply, Status};
use crate::session::Session;
use crate::state::State;

impl Session {
    /// The server is ready for the handshake. Not another octet is read or sent before it.
    pub(super) fn begin_tls(&mut self, status: Status) {
        let Some(waiting) = self.answered() else {
            return;
        };
        self.state = State::Handshake;
        self.events.push_back(Event::Done {
            id: waiting.id,
            result: Ok(Reply::Status(status)),
        });
        self.events.push_back(Event::StartTls);
    }

    /// What was said in clear may have been said by anybody, so it is forgotten.
    pub(super) fn tls_started(&mut self, now: Millis) {
        if self.state != State::Handshake {
            return;
        }
        self.state = State::Authorization;
        self.tls = true;
        self.greeting = None;
        self.capabilities = None;
        self.user_accepted = false;
        self.reader = LineReader::default();
        self.blank_lines = 0;
        self.clock.last_activity = now;
        self.pump(now);
    }
}
