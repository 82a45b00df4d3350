//! The certificate for HTTPS, read anew when its files change, so that a renewal needs no restart
//! and ends no session.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::config::{ConfigError, Https};

/// How often the files are looked at. By what is in them, and not by their times: a link that is
/// bent to another file, a copy that keeps its time, and a file written twice in one tick of the
/// file system's clock are all noticed.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The certificate of the moment.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: Https,
    current: ArcSwap<CertifiedKey>,
    /// A hash of what was in the files when they were last looked at, good or not.
    seen: AtomicU64,
}

/// What the two files hold, or why they cannot be read.
type Content = [Result<Vec<u8>, std::io::ErrorKind>; 2];

impl Certificate {
    pub(crate) fn load(files: &Https) -> Result<Arc<Self>, ConfigError> {
        // Looked at before they are read: what changes in between is noticed the next time.
        let seen = fingerprint(&content(files));
        Ok(Arc::new(Self {
            files: files.clone(),
            current: ArcSwap::from_pointee(files.load()?),
            seen: AtomicU64::new(seen),
        }))
    }

    /// Looks at the files from time to time, for ever. A pair that is of no use is named in the log,
    /// once, and the one before stays.
    pub(crate) async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let looking = Arc::clone(&self);
            // It only fails when the runtime ends.
            let _ = tokio::task::spawn_blocking(move || looking.look()).await;
        }
    }

    fn look(&self) {
        let content = content(&self.files);
        let fingerprint = fingerprint(&content);
        if self.seen.swap(fingerprint, Ordering::Relaxed) == fingerprint {
            return;
        }
        let renewed = match &content {
            [Ok(certificate), Ok(key)] => self.files.certify(certificate, key),
            // For an error that names the file.
            _ => self.files.load(),
        };
        match renewed {
            Ok(renewed) => {
                self.current.store(Arc::new(renewed));
                tracing::info!("the certificate was renewed");
            }
            Err(error) => {
                tracing::error!("{error}; the certificate that was read before stays in use");
            }
        }
    }

    /// Accepts TLS 1.2 and 1.3 with the certificate of the moment.
    pub(crate) fn acceptor(self: &Arc<Self>) -> TlsAcceptor {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions();
        // ring's provider has suites for both versions, so the error cannot come about.
        #[expect(clippy::expect_used, reason = "depends on constants only")]
        let builder = builder.expect("ring's provider supports TLS 1.2 and 1.3");
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = [H2, HTTP_1_1].map(<[u8]>::to_vec).into();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// HTTP/2 by its name in ALPN ([RFC 9113 section 3.2]).
///
/// [RFC 9113 section 3.2]: https://www.rfc-editor.org/rfc/rfc9113#section-3.2
pub(crate) const H2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn content(files: &Https) -> Content {
    [&files.certificate, &files.key].map(|path| std::fs::read(path).map_err(|e| e.kind()))
}

fn fingerprint(content: &Content) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}
