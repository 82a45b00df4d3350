//! What connections of this module share: the ciphers, and for each kind of trust the tickets by
//! which a later connection resumes.

use std::cell::RefCell;
use std::sync::Arc;

use rustls::client::{ClientSessionMemoryCache, Resumption};
use rustls::crypto::ring::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, SupportedCipherSuite};
use rustls_pki_types::ServerName;

use super::Options;
use super::failure::Failure;
use super::trust::{Trust, Verifier};

/// The fastest first: WebAssembly has no instructions for AES.
const CIPHERS: [SupportedCipherSuite; 9] = [
    TLS13_CHACHA20_POLY1305_SHA256,
    TLS13_AES_128_GCM_SHA256,
    TLS13_AES_256_GCM_SHA384,
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];

/// What POP3 is called in ALPN ([the registry](https://www.iana.org/assignments/tls-extensiontype-values)).
const ALPN: &[u8] = b"pop3";

/// Kinds of trust whose tickets are kept.
const KEPT: usize = 16;

/// Servers of one kind of trust whose tickets are kept.
const SERVERS: usize = 32;

/// What a connection is to be made with.
#[derive(Clone)]
pub(super) struct Terms {
    pub(super) parameters: Parameters,
    pub(super) host: ServerName<'static>,
    pub(super) alpn: bool,
}

impl Terms {
    /// # Errors
    /// What is wrong with the options.
    pub(super) fn new(options: Options) -> Result<Self, Failure> {
        Ok(Self {
            host: ServerName::try_from(options.name).map_err(|_| Failure::Name)?,
            parameters: Parameters::of(options.trust)?,
            alpn: options.alpn,
        })
    }
}

/// How to make connections with one kind of trust.
#[derive(Clone)]
pub(super) struct Parameters {
    trust: Trust,
    pub(super) config: Arc<ClientConfig>,
    pub(super) verifier: Arc<Verifier>,
}

thread_local! {
    /// The latest last.
    static PARAMETERS: RefCell<Vec<Parameters>> = const { RefCell::new(Vec::new()) };
}

impl Parameters {
    /// A connection resumes only one that was made with the same trust: a certificate is judged once
    /// for both.
    ///
    /// # Errors
    /// As [`Verifier::new`].
    fn of(trust: Trust) -> Result<Self, Failure> {
        PARAMETERS.with_borrow_mut(|kept| {
            let known = kept.iter().position(|known| known.trust == trust);
            let chosen = match known {
                Some(at) => kept.remove(at),
                None => Self::new(trust)?,
            };
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push(chosen.clone());
            Ok(chosen)
        })
    }

    fn new(trust: Trust) -> Result<Self, Failure> {
        let verifier = Arc::new(Verifier::new(&trust)?);
        let provider = CryptoProvider {
            cipher_suites: CIPHERS.to_vec(),
            ..ring::default_provider()
        };
        // It fails only for a provider that lacks what a version needs.
        let builder = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(|_| Failure::Version)?;
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Verifier>::clone(&verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.resumption = Resumption::store(Arc::new(ClientSessionMemoryCache::new(SERVERS)));
        Ok(Self {
            trust,
            config: config.into(),
            verifier,
        })
    }
}
