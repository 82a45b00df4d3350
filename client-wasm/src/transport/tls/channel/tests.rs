//! Handshakes with a server in this process, and what comes of one that is posed or changed.

use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::super::certificate::sha256;
use super::super::{Options, Trust};
use super::*;

const WHOLE: usize = usize::MAX;
const NAME: &str = "pop.example.org";
const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// A server's certificate, with its key, and whoever signed it.
struct Sample {
    authority: String,
    certificate: CertificateDer<'static>,
    spki: Vec<u8>,
    key: KeyPair,
}

impl Sample {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = || KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key()).expect("an authority");
        let own = key();
        let params = CertificateParams::new(vec![NAME.to_owned()]).expect("a name");
        let signed = params.signed_by(&own, &issuer).expect("a certificate");
        Self {
            authority: issuer.pem(),
            certificate: signed.der().clone(),
            spki: rcgen::PublicKeyData::subject_public_key_info(&own),
            key: own,
        }
    }

    /// Each kind of trust in this certificate.
    fn trusted(&self) -> [Trust; 3] {
        [
            Trust {
                authorities: Some(self.authority.clone()),
                ..Trust::default()
            },
            Trust {
                certificates: sha256(&self.certificate).to_vec(),
                ..Trust::default()
            },
            Trust {
                keys: sha256(&self.spki).to_vec(),
                ..Trust::default()
            },
        ]
    }

    /// A server that shows the certificate, and proves that it has a key: the certificate's or not.
    fn server(
        &self,
        key: &KeyPair,
        version: &'static SupportedProtocolVersion,
    ) -> ServerConnection {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = ring::sign::any_supported_type(&key).expect("a key that signs");
        let shown = CertifiedKey::new(vec![self.certificate.clone()], key);
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
        // The handshake, and nothing after it.
        config.send_tls13_tickets = 0;
        ServerConnection::new(Arc::new(config)).expect("a server")
    }
}

fn client(trust: Trust) -> Channel {
    let options = Options {
        name: NAME.to_owned(),
        mode: None,
        trust,
        alpn: true,
    };
    let terms = Terms::new(options).expect("sound options");
    Channel::new(&terms).expect("a handshake that begins")
}

/// Lets both speak until neither has more to say; gives what the client made of it all, which comes to
/// it in pieces of so many octets. `way` stands between, and sees what the server says.
fn speak(
    client: &mut Channel,
    server: &mut ServerConnection,
    piece: usize,
    mut way: impl FnMut(&mut [u8]),
) -> Received {
    let mut all = Received::default();
    loop {
        let said = client.take_outgoing();
        let mut rest = said.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).expect("memory to be read");
            // What it thinks of a client that gives up is not asked.
            let _ = server.process_new_packets();
        }
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).expect("memory to be written");
        }
        if said.is_empty() && answer.is_empty() {
            return all;
        }
        way(&mut answer);
        for octets in answer.chunks(piece) {
            let received = client.receive(octets.to_vec());
            all.secured = all.secured.or(received.secured);
            all.octets.extend(received.octets);
            all.failure = all.failure.or(received.failure);
            if all.failure.is_some() {
                return all;
            }
        }
    }
}

#[test]
fn a_certificate_without_its_key_is_refused() {
    let sample = Sample::new();
    let another = KeyPair::generate().expect("a key");
    for version in VERSIONS {
        for trust in sample.trusted() {
            let mut server = sample.server(&sample.key, version);
            let outcome = speak(&mut client(trust.clone()), &mut server, WHOLE, |_| {});
            assert!(outcome.secured.is_some() && outcome.failure.is_none());

            let mut impostor = sample.server(&another, version);
            let mut deceived = client(trust);
            let outcome = speak(&mut deceived, &mut impostor, WHOLE, |_| {});
            assert!(outcome.secured.is_none());
            assert_eq!(outcome.failure, Some(Failure::Handshake), "{version:?}");
            // And the other side is told.
            let alert = deceived.take_outgoing();
            impostor
                .read_tls(&mut alert.as_slice())
                .expect("memory to be read");
            let heard = impostor.process_new_packets();
            assert!(matches!(heard, Err(Error::AlertReceived(_))), "{heard:?}");
        }
    }
}

/// Where in records the version stands, which is to be ignored (RFC 8446 section 5.1).
fn versions(octets: &[u8]) -> Vec<usize> {
    let (mut at, mut versions) = (0, Vec::new());
    while let Some([_, _, _, high, low]) = octets.get(at..at + 5) {
        versions.extend([at + 1, at + 2]);
        at += 5 + usize::from(u16::from_be_bytes([*high, *low]));
    }
    versions
}

#[test]
fn no_octet_of_a_handshake_can_be_changed() {
    let sample = Sample::new();
    let [trust, ..] = sample.trusted();
    for version in VERSIONS {
        let mut length = 0;
        let mut server = sample.server(&sample.key, version);
        speak(&mut client(trust.clone()), &mut server, WHOLE, |octets| {
            length += octets.len();
        });
        assert!(length > 500, "{length}");
        for at in 0..length {
            let (mut passed, mut changed) = (0, false);
            let mut server = sample.server(&sample.key, version);
            let piece = if at % 2 == 0 { WHOLE } else { 1 + at % 97 };
            let outcome = speak(&mut client(trust.clone()), &mut server, piece, |octets| {
                let here = at.checked_sub(passed).filter(|here| *here < octets.len());
                passed += octets.len();
                let Some(here) = here.filter(|here| !versions(octets).contains(here)) else {
                    return;
                };
                octets[here] ^= 1 << (at % 8);
                changed = true;
            });
            let secured = outcome.secured.is_some() && outcome.failure.is_none();
            assert!(!(changed && secured), "{version:?}: octet {at} of {length}");
            assert!(outcome.octets.is_empty());
        }
    }
}
