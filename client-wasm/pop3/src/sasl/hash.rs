//! The two hashes that SCRAM comes with, and what it makes of them
//! ([RFC 5802 section 2.2](https://www.rfc-editor.org/rfc/rfc5802#section-2.2)).

use alloc::vec;
use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::sasl::Broken;

/// The hash that gives a mechanism its name.
#[derive(Clone, Copy)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

/// Octets from which the password's hash could be reckoned.
pub(super) type Key = Zeroizing<Vec<u8>>;

impl Hash {
    /// A digest without a key.
    pub(super) fn digest(self, octets: &[u8]) -> Key {
        match self {
            Self::Sha1 => Key::new(Sha1::digest(octets).to_vec()),
            Self::Sha256 => Key::new(Sha256::digest(octets).to_vec()),
        }
    }

    /// `Hi` of the standard.
    pub(super) fn salted(self, password: &[u8], salt: &[u8], iterations: u32) -> Key {
        let mut key;
        match self {
            Self::Sha1 => {
                key = Key::new(vec![0; 20]);
                pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut key);
            }
            Self::Sha256 => {
                key = Key::new(vec![0; 32]);
                pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut key);
            }
        }
        key
    }

    /// A keyed digest. HMAC takes a key of any length, so the error never comes.
    pub(super) fn mac(self, key: &[u8], octets: &[u8]) -> Result<Key, Broken> {
        match self {
            Self::Sha1 => keyed::<Hmac<Sha1>>(key, octets),
            Self::Sha256 => keyed::<Hmac<Sha256>>(key, octets),
        }
    }

    /// Is this the keyed digest? Compares in a time that does not tell where the first difference is.
    pub(super) fn verifies(self, key: &[u8], octets: &[u8], mac: &[u8]) -> bool {
        match self {
            Self::Sha1 => matches::<Hmac<Sha1>>(key, octets, mac),
            Self::Sha256 => matches::<Hmac<Sha256>>(key, octets, mac),
        }
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8], octets: &[u8]) -> Result<Key, Broken> {
    let mac = <M as KeyInit>::new_from_slice(key).map_err(|_| Broken::Challenge)?;
    let mac = mac.chain_update(octets).finalize().into_bytes();
    Ok(Key::new(mac.to_vec()))
}

fn matches<M: Mac + KeyInit>(key: &[u8], octets: &[u8], mac: &[u8]) -> bool {
    let keyed = <M as KeyInit>::new_from_slice(key);
    keyed.is_ok_and(|keyed| keyed.chain_update(octets).verify_slice(mac).is_ok())
}
