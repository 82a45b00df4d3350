//! What connections of this module share: for each kind of trust, the tickets by which a later one
//! resumes.

use std::cell::RefCell;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::{ClientSessionMemoryCache, Resumption};
use rustls_pki_types::ServerName;

use super::Options;
use super::failure::Failure;
use super::provider::provider;
use super::trust::{Trust, Verifier};

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
        // It fails only for a provider that lacks what a version needs.
        let builder = ClientConfig::builder_with_provider(provider().into())
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
