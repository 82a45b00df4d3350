//! One TLS connection, sans I/O: octets of the transport in, octets of the session out, and back.

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError,
    UnbufferedStatus, WriteTraffic,
};
use rustls::{Error, HandshakeKind, ProtocolVersion};
use rustls_pki_types::UnixTime;

use super::Secured;
use super::certificate::Certificate;
use super::failure::Failure;
use super::parameters::Terms;

/// A connection, from the first octet of its handshake on.
pub(super) struct Channel {
    connection: UnbufferedClientConnection,
    terms: Terms,
    /// What came and is not a whole record yet.
    incoming: Vec<u8>,
    /// What is to be sent to the server, encrypted.
    outgoing: Vec<u8>,
    /// The handshake is done.
    established: bool,
    /// The server said that nothing follows.
    ended: bool,
}

/// What came of octets.
#[derive(Default)]
pub(super) struct Received {
    /// The handshake has just been done.
    pub(super) secured: Option<Box<Secured>>,
    /// Decrypted.
    pub(super) octets: Vec<u8>,
    /// TLS is over, and so is all trust in what comes.
    pub(super) failure: Option<Failure>,
    /// The server said that nothing follows (RFC 8446 section 6.1).
    pub(super) ended: bool,
}

impl Received {
    /// Octets that were not encrypted.
    pub(super) fn in_clear(octets: Vec<u8>) -> Self {
        Self {
            octets,
            ..Self::default()
        }
    }
}

/// What is to be done with a connection that may send.
enum Wish<'a> {
    Nothing,
    Send(&'a [u8]),
    End,
}

impl Channel {
    /// Starts a handshake: there is something to send at once.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub(super) fn new(terms: &Terms) -> Result<Self, Failure> {
        let Terms {
            parameters,
            host,
            alpn,
        } = terms.clone();
        let protocols = match alpn {
            true => parameters.config.alpn_protocols.clone(),
            false => Vec::new(),
        };
        let connection =
            UnbufferedClientConnection::new_with_alpn(parameters.config, host, protocols)
                .map_err(|error| Failure::of(&error, false))?;
        let mut channel = Self {
            connection,
            terms: terms.clone(),
            incoming: Vec::new(),
            outgoing: Vec::new(),
            established: false,
            ended: false,
        };
        channel
            .advance(&Wish::Nothing, &mut Vec::new())
            .map_err(|error| Failure::of(&error, false))?;
        Ok(channel)
    }

    /// Takes what the transport brought.
    pub(super) fn receive(&mut self, octets: Vec<u8>) -> Received {
        if self.incoming.is_empty() {
            self.incoming = octets;
        } else {
            self.incoming.extend_from_slice(&octets);
        }
        let mut received = Received::default();
        let outcome = self.advance(&Wish::Nothing, &mut received.octets);
        if !self.established && !self.connection.is_handshaking() {
            self.established = true;
            match self.describe() {
                Ok(secured) => received.secured = Some(Box::new(secured)),
                Err(failure) => {
                    received.octets.clear();
                    received.failure = Some(failure);
                    return received;
                }
            }
        }
        if let Err(error) = outcome {
            received.failure = Some(Failure::of(&error, self.established));
            self.part();
        }
        received.ended = self.ended;
        received
    }

    /// Encrypts octets of the session.
    pub(super) fn send(&mut self, octets: &[u8]) {
        // A connection that has failed has said so where it did.
        let _ = self.advance(&Wish::Send(octets), &mut Vec::new());
    }

    /// Tells the server that nothing follows.
    pub(super) fn end(&mut self) {
        let _ = self.advance(&Wish::End, &mut Vec::new());
    }

    /// What is to be sent to the server.
    pub(super) fn take_outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    /// What it means that the transport has ended now; `None` for a good end.
    pub(super) fn cut(&self) -> Option<Failure> {
        match (self.established, self.ended) {
            (true, true) => None,
            (true, false) => Some(Failure::Truncated),
            // A goodbye in clear is anybody's.
            (false, _) => Some(Failure::EndedInHandshake),
        }
    }

    /// Works off what came, then does as wished if the connection may send.
    fn advance(&mut self, wish: &Wish<'_>, plaintext: &mut Vec<u8>) -> Result<(), Error> {
        let mut done = 0;
        let outcome = loop {
            let rest = self.incoming.get_mut(done..).unwrap_or_default();
            let UnbufferedStatus { discard, state } = self.connection.process_tls_records(rest);
            let goes_on = match state {
                Err(error) => break Err(error),
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    let mut outcome = Ok(true);
                    while let Some(record) = traffic.next_record() {
                        match record {
                            Ok(record) => plaintext.extend_from_slice(record.payload),
                            Err(error) => outcome = Err(error),
                        }
                    }
                    outcome
                }
                Ok(ConnectionState::EncodeTlsData(data)) => {
                    encode(data, &mut self.outgoing);
                    Ok(true)
                }
                Ok(ConnectionState::TransmitTlsData(data)) => {
                    data.done();
                    Ok(true)
                }
                Ok(ConnectionState::PeerClosed) => {
                    self.ended = true;
                    Ok(true)
                }
                Ok(ConnectionState::WriteTraffic(traffic)) => {
                    fulfil(wish, traffic, &mut self.outgoing);
                    Ok(false)
                }
                Ok(_) => Ok(false),
            };
            done += discard;
            match goes_on {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.incoming.drain(..done.min(self.incoming.len()));
        outcome
    }

    /// Lets the server know why, as far as TLS has words for it.
    ///
    /// The alert is the first thing to be had. Nothing is asked for after that, and what came stays as it
    /// is until then: rustls remembers places in it, and would look there again.
    fn part(&mut self) {
        let UnbufferedStatus { state, .. } =
            self.connection.process_tls_records(&mut self.incoming);
        if let Ok(ConnectionState::EncodeTlsData(data)) = state {
            encode(data, &mut self.outgoing);
        }
        self.incoming.clear();
    }

    /// What was agreed on. A certificate that is known from an earlier connection is judged again,
    /// since its time may have passed.
    fn describe(&self) -> Result<Secured, Failure> {
        let chain = self.connection.peer_certificates().unwrap_or_default();
        let resumed = self.connection.handshake_kind() == Some(HandshakeKind::Resumed);
        if resumed {
            let verifier = &self.terms.parameters.verifier;
            verifier.judge(chain, &self.terms.host, UnixTime::now())?;
        }
        let suite = self.connection.negotiated_cipher_suite();
        let version = match self.connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "TLSv1.2",
        };
        let own = chain.first();
        Ok(Secured {
            server: self.terms.host.to_str().into_owned(),
            version,
            cipher: suite
                .and_then(|suite| suite.suite().as_str())
                .unwrap_or_default(),
            resumed,
            certificate: own.and_then(|own| Certificate::read(own, &self.terms.host)),
        })
    }
}

fn encode(mut data: EncodeTlsData<'_, ClientConnectionData>, outgoing: &mut Vec<u8>) {
    append(outgoing, |room| match data.encode(room) {
        Err(EncodeError::InsufficientSize(size)) => Err(Some(size)),
        Err(EncodeError::AlreadyEncoded) => Err(None),
        Ok(written) => Ok(written),
    });
}

fn fulfil(
    wish: &Wish<'_>,
    mut traffic: WriteTraffic<'_, ClientConnectionData>,
    outgoing: &mut Vec<u8>,
) {
    let size = |error| match error {
        EncryptError::InsufficientSize(size) => Some(size),
        EncryptError::EncryptExhausted => None,
    };
    match wish {
        Wish::Nothing => {}
        Wish::Send(octets) => {
            append(outgoing, |room| traffic.encrypt(octets, room).map_err(size));
        }
        Wish::End => append(outgoing, |room| {
            traffic.queue_close_notify(room).map_err(size)
        }),
    }
}

/// Has something written to the end of a buffer, which says how much room it needs.
fn append(
    buffer: &mut Vec<u8>,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<InsufficientSizeError>>,
) {
    let start = buffer.len();
    let written = write(&mut []).or_else(|wanted| {
        let size = wanted.ok_or(None)?.required_size;
        buffer.resize(start.saturating_add(size), 0);
        write(buffer.get_mut(start..).unwrap_or_default())
    });
    buffer.truncate(start.saturating_add(written.unwrap_or(0)));
}

#[cfg(test)]
mod tests;
