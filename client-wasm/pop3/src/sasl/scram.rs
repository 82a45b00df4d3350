//! SCRAM ([RFC 5802](https://www.rfc-editor.org/rfc/rfc5802),
//! [RFC 7677](https://www.rfc-editor.org/rfc/rfc7677)), without channel binding: the transport is
//! not known here.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::argument::{Secret, UserName};
use crate::error::{ArgumentError, Error};
use crate::parse;
use crate::sasl::hash::{Hash, Key};
use crate::sasl::{Broken, Client, Response};

/// How often a server may have the password hashed. Below, whoever reads along could guess it; the
/// standard asks for 4,096 at least. Above, the session would stand still for seconds.
pub const SCRAM_ITERATIONS: RangeInclusive<u32> = 4_096..=1_000_000;

/// The header of a client without channel binding: `n,,`.
const HEADER: &str = "n,,";

/// The same in base64, as the client's last message repeats it.
const HEADER_BASE64: &str = "biws";

/// A random value of the client's, never used twice. It is not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// Takes octets from a source of randomness that is fit for cryptography: 18 are a good number.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for fewer than 12, or more than 64.
    pub fn new(random: &[u8]) -> Result<Self, Error> {
        if random.len() < 12 {
            return Err(Error::InvalidArgument(ArgumentError::TooShort));
        }
        if random.len() > 64 {
            return Err(Error::InvalidArgument(ArgumentError::TooLong));
        }
        // Base64 has no comma, which would end it.
        Ok(Self(Base64::encode_string(random)))
    }
}

/// A name in which `,` and `=` mean themselves.
pub(super) fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// Proves to know the password, and has the server prove it.
pub(super) struct Scram {
    hash: Hash,
    password: Secret,
    nonce: Nonce,
    /// The client's first message, its header left out.
    first: String,
    stage: Stage,
}

enum Stage {
    NothingSaid,
    /// The server is to send its nonce, the salt and the number of iterations.
    AwaitsSalt,
    /// The server is to send its signature: that of this text under this key.
    AwaitsSignature {
        key: Key,
        text: String,
    },
    Verified,
    /// The server has refused the proof; `-ERR` is to follow.
    Refused,
}

impl Scram {
    pub(super) fn new(hash: Hash, user: &UserName, password: Secret, nonce: Nonce) -> Self {
        Self {
            hash,
            password,
            first: format!("n={},r={}", escaped(user.as_str()), nonce.0),
            nonce,
            stage: Stage::NothingSaid,
        }
    }

    fn prove(&mut self, challenge: &str) -> Result<Response, Broken> {
        let (server_nonce, salt, iterations) = self.server_first(challenge)?;
        let hash = self.hash;
        let salted = hash.salted(self.password.expose(), &salt, iterations);
        let client_key = hash.mac(&salted, b"Client Key")?;
        let server_key = hash.mac(&salted, b"Server Key")?;

        let without_proof = format!("c={HEADER_BASE64},r={server_nonce}");
        let text = format!("{},{challenge},{without_proof}", self.first);
        let signature = hash.mac(&hash.digest(&client_key), text.as_bytes())?;
        let mut proof = client_key;
        proof
            .iter_mut()
            .zip(signature.iter())
            .for_each(|(octet, with)| *octet ^= with);
        let proof = Zeroizing::new(Base64::encode_string(&proof));
        self.stage = Stage::AwaitsSignature {
            key: server_key,
            text,
        };
        Ok(Response::new(
            [without_proof.as_bytes(), b",p=", proof.as_bytes()].concat(),
        ))
    }

    /// Reads `r=NONCE,s=SALT,i=ITERATIONS`, and perhaps extensions. One that must be understood
    /// comes first, so it is none of these.
    fn server_first<'a>(&self, challenge: &'a str) -> Result<(&'a str, Vec<u8>, u32), Broken> {
        let mut attributes = challenge.split(',');
        let mut value = |name| {
            let attribute = attributes.next().ok_or(Broken::Challenge)?;
            attribute.strip_prefix(name).ok_or(Broken::Challenge)
        };
        let (nonce, salt, iterations) = (value("r=")?, value("s=")?, value("i=")?);
        let own = nonce
            .strip_prefix(self.nonce.0.as_str())
            .ok_or(Broken::Challenge)?;
        let printable = own.bytes().all(|octet| octet.is_ascii_graphic());
        let salt = Base64::decode_vec(salt).map_err(|_| Broken::Challenge)?;
        if own.is_empty() || !printable || salt.is_empty() {
            return Err(Broken::Challenge);
        }
        let iterations = match parse::decimal::<u32>(iterations.as_bytes()) {
            Some(iterations) if SCRAM_ITERATIONS.contains(&iterations) => iterations,
            // A number beyond all bounds is still a number.
            _ if iterations.bytes().all(|octet| octet.is_ascii_digit()) => {
                return Err(Broken::Iterations);
            }
            _ => return Err(Broken::Challenge),
        };
        Ok((nonce, salt, iterations))
    }

    fn verify(&mut self, challenge: &str) -> Result<Response, Broken> {
        let stage = core::mem::replace(&mut self.stage, Stage::Refused);
        let Stage::AwaitsSignature { key, text } = stage else {
            return Err(Broken::Challenge);
        };
        let message = challenge.split(',').next().unwrap_or_default();
        if let Some(signature) = message.strip_prefix("v=") {
            let signature = Base64::decode_vec(signature).map_err(|_| Broken::Challenge)?;
            if !self.hash.verifies(&key, text.as_bytes(), &signature) {
                return Err(Broken::ServerSignature);
            }
            self.stage = Stage::Verified;
        } else if !message.starts_with("e=") {
            return Err(Broken::Challenge);
        }
        Ok(Response::default())
    }
}

impl Client for Scram {
    fn initial(&mut self) -> Option<Response> {
        self.stage = Stage::AwaitsSalt;
        Some(Response::new(
            [HEADER.as_bytes(), self.first.as_bytes()].concat(),
        ))
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Response, Broken> {
        let challenge = core::str::from_utf8(challenge).map_err(|_| Broken::Challenge)?;
        match self.stage {
            Stage::AwaitsSalt => self.prove(challenge),
            Stage::AwaitsSignature { .. } => self.verify(challenge),
            Stage::NothingSaid | Stage::Verified | Stage::Refused => Err(Broken::Challenge),
        }
    }

    fn complete(&self) -> bool {
        matches!(self.stage, Stage::Verified)
    }

    fn is_mutual(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alloc::string::String;

    use base64ct::{Base64, Encoding};

    use super::{Nonce, Scram};
    use crate::argument::{Secret, UserName};
    use crate::sasl::hash::Hash;
    use crate::sasl::{Broken, Client};

    fn client(hash: Hash, nonce: &str) -> Scram {
        let nonce = Nonce::new(&Base64::decode_vec(nonce).unwrap()).unwrap();
        let password = Secret::new("pencil").unwrap();
        Scram::new(hash, &UserName::new("user").unwrap(), password, nonce)
    }

    fn sha_1() -> Scram {
        let mut client = client(Hash::Sha1, "fyko+d2lbbFgONRv9qkxdawL");
        client.initial();
        client
    }

    fn text(octets: &[u8]) -> &str {
        core::str::from_utf8(octets).unwrap()
    }

    const SERVER_FIRST: &str =
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";

    /// The example of RFC 5802 section 5.
    #[test]
    fn the_example_for_sha_1() {
        let mut client = client(Hash::Sha1, "fyko+d2lbbFgONRv9qkxdawL");
        let first = client.initial().unwrap();
        assert_eq!(text(&first), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let proof = client.respond(SERVER_FIRST.as_bytes()).unwrap();
        assert_eq!(
            text(&proof),
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
        );
        assert!(!client.complete());
        let last = client.respond(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").unwrap();
        assert!(last.is_empty() && client.complete());
    }

    /// The example of RFC 7677 section 3.
    #[test]
    fn the_example_for_sha_256() {
        let mut client = client(Hash::Sha256, "rOprNGfwEbeRWgbNEkqO");
        let first = client.initial().unwrap();
        assert_eq!(text(&first), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let proof = client.respond(challenge.as_bytes()).unwrap();
        assert_eq!(
            text(&proof),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        let signature = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        client.respond(signature).unwrap();
        assert!(client.complete());
    }

    #[test]
    fn a_first_message_that_makes_no_sense_is_not_answered() {
        let nonce = "fyko+d2lbbFgONRv9qkxdawL";
        let from = |nonce: &str, rest: &str| [nonce, rest].concat();
        let broken: [(String, Broken); 15] = [
            ("".into(), Broken::Challenge),
            (
                "r=other3rfc,s=QSXCR+Q6sek8bf92,i=4096".into(),
                Broken::Challenge,
            ),
            // The client's own nonce and nothing of the server's.
            (
                ["r=", nonce, ",s=QSXCR+Q6sek8bf92,i=4096"].concat(),
                Broken::Challenge,
            ),
            (
                ["r=", nonce, "\u{e9},s=QSXCR+Q6sek8bf92,i=4096"].concat(),
                Broken::Challenge,
            ),
            (["r=", nonce, "x,s=,i=4096"].concat(), Broken::Challenge),
            (["r=", nonce, "x,s=QSX,i=4096"].concat(), Broken::Challenge),
            (
                ["r=", nonce, "x,i=4096,s=QSXCR+Q6sek8bf92"].concat(),
                Broken::Challenge,
            ),
            (
                ["r=", nonce, "x,s=QSXCR+Q6sek8bf92"].concat(),
                Broken::Challenge,
            ),
            (
                ["m=ext,r=", nonce, "x,s=QSXCR+Q6sek8bf92,i=4096"].concat(),
                Broken::Challenge,
            ),
            (from("r=", ",s=QSXCR+Q6sek8bf92,i=4096"), Broken::Challenge),
            (
                ["r=", nonce, "x,s=QSXCR+Q6sek8bf92,i=many"].concat(),
                Broken::Challenge,
            ),
            (
                ["r=", nonce, "x,s=QSXCR+Q6sek8bf92,i=4095"].concat(),
                Broken::Iterations,
            ),
            (
                ["r=", nonce, "x,s=QSXCR+Q6sek8bf92,i=0"].concat(),
                Broken::Iterations,
            ),
            (
                ["r=", nonce, "x,s=QSXCR+Q6sek8bf92,i=1000001"].concat(),
                Broken::Iterations,
            ),
            (
                ["r=", nonce, "x,s=QSXCR+Q6sek8bf92,i=99999999999999999999"].concat(),
                Broken::Iterations,
            ),
        ];
        for (challenge, expected) in broken {
            let result = sha_1().respond(challenge.as_bytes());
            assert_eq!(result.unwrap_err(), expected, "{challenge}");
        }
        assert_eq!(sha_1().respond(b"\xff").unwrap_err(), Broken::Challenge);
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_found_out() {
        for (last, expected) in [
            ("v=rmF9pqV8S7suAoZWja4dJRkFsKU=", Broken::ServerSignature),
            ("v=", Broken::ServerSignature),
            ("v=rmF9pqV8S7suAoZWja4dJRkFsA==", Broken::ServerSignature),
            ("v=%", Broken::Challenge),
            ("x=1", Broken::Challenge),
            ("", Broken::Challenge),
        ] {
            let mut client = sha_1();
            client.respond(SERVER_FIRST.as_bytes()).unwrap();
            assert_eq!(
                client.respond(last.as_bytes()).unwrap_err(),
                expected,
                "{last}"
            );
            assert!(!client.complete());
        }
        // An error message is answered, so that the server can refuse; it proves nothing.
        let mut client = sha_1();
        client.respond(SERVER_FIRST.as_bytes()).unwrap();
        assert!(client.respond(b"e=invalid-proof").is_ok());
        assert!(!client.complete());
    }

    #[test]
    fn commas_and_equals_signs_in_a_name_are_escaped() {
        let nonce = Nonce::new(&[0; 12]).unwrap();
        let user = UserName::new("a,b=c").unwrap();
        let mut client = Scram::new(Hash::Sha1, &user, Secret::new("p").unwrap(), nonce);
        let first = client.initial().unwrap();
        assert_eq!(text(&first), "n,,n=a=2Cb=3Dc,r=AAAAAAAAAAAAAAAA");
    }

    #[test]
    fn a_nonce_has_a_sensible_length() {
        for octets in [0, 11, 65] {
            assert!(Nonce::new(&[7; 65][..octets]).is_err());
        }
        for octets in [12, 64] {
            assert!(Nonce::new(&[7; 65][..octets]).is_ok());
        }
    }
}
