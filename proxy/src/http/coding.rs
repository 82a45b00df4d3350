//! Which content coding a client takes ([RFC 9110 section 12.5.3]).
//!
//! [RFC 9110 section 12.5.3]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// A coding of which the page has copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    pub(super) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in `Content-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What a compressed copy has behind the name of the file.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

/// The codings that a client takes, the one that it likes best first, and of two that it likes the
/// same the smaller one; those that it likes less than no coding at all are left out.
pub(super) fn accepted(headers: &HeaderMap) -> Vec<Coding> {
    let offered = Offered::read(headers);
    let none = offered.identity.unwrap_or(0);
    let mut liked: Vec<(u16, Coding)> = Coding::ALL
        .into_iter()
        .map(|coding| (offered.weight(coding), coding))
        .filter(|&(weight, _)| weight > 0 && weight >= none)
        .collect();
    // Stable, so that brotli stays first among equals.
    liked.sort_by_key(|&(weight, _)| std::cmp::Reverse(weight));
    liked.into_iter().map(|(_, coding)| coding).collect()
}

/// Weights in thousandths; `None` for what is not named.
#[derive(Default)]
struct Offered {
    brotli: Option<u16>,
    gzip: Option<u16>,
    identity: Option<u16>,
    others: Option<u16>,
}

impl Offered {
    fn read(headers: &HeaderMap) -> Self {
        let mut offered = Self::default();
        let lines = headers.get_all(ACCEPT_ENCODING).iter();
        let elements = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','));
        for element in elements {
            let mut parts = element.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = match parts.next() {
                None => Some(1000),
                Some(parameter) => weight(parameter).filter(|_| parts.next().is_none()),
            };
            // What cannot be read is no reason to send what may not be understood.
            let weight = Some(weight.unwrap_or(0));
            match name.as_str() {
                "br" => offered.brotli = weight,
                "gzip" | "x-gzip" => offered.gzip = weight,
                "identity" => offered.identity = weight,
                "*" => offered.others = weight,
                _ => {}
            }
        }
        offered
    }

    fn weight(&self, coding: Coding) -> u16 {
        let named = match coding {
            Coding::Brotli => self.brotli,
            Coding::Gzip => self.gzip,
        };
        named.or(self.others).unwrap_or(0)
    }
}

/// A weight such as `q=0.5`, in thousandths (section 12.4.2).
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let digits = decimals.bytes().all(|octet| octet.is_ascii_digit());
    if decimals.len() > 3 || !digits {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coding_that_is_liked_best_comes_first() {
        use Coding::{Brotli, Gzip};
        for (sent, expected) in [
            (&["gzip, deflate, br, zstd"][..], &[Brotli, Gzip][..]),
            (&["gzip"], &[Gzip]),
            (&["x-gzip"], &[Gzip]),
            (&["GZIP;Q=1.0"], &[Gzip]),
            (&["gzip", "br"], &[Brotli, Gzip]),
            (&["br;q=0.2, gzip;q=0.8"], &[Gzip, Brotli]),
            (&["br; q=0.999 ,gzip"], &[Gzip, Brotli]),
            (&["br;q=0"], &[]),
            (&["br;q=0.000, gzip"], &[Gzip]),
            (&["br;q=0.001"], &[Brotli]),
            (&["*"], &[Brotli, Gzip]),
            (&["*, br;q=0"], &[Gzip]),
            (&["*;q=0"], &[]),
            (&["*;q=0, gzip"], &[Gzip]),
            (&["identity"], &[]),
            (&["identity, gzip;q=0.5"], &[]),
            (&["identity;q=0.5, gzip"], &[Gzip]),
            (&["identity, br"], &[Brotli]),
            (&["identity;q=0"], &[]),
            (&["zstd, deflate"], &[]),
            (&[""], &[]),
            (&[], &[]),
            // A weight that is none is taken for a refusal.
            (&["br;q=2, gzip;q=x"], &[]),
            (&["br;q=0.1234"], &[]),
            (&["br;q=1.001"], &[]),
            (&["br;q"], &[]),
            (&["br;q=1;x=y"], &[]),
        ] {
            let mut headers = HeaderMap::new();
            for line in sent {
                headers.append(ACCEPT_ENCODING, line.parse().unwrap());
            }
            assert_eq!(accepted(&headers), expected, "{sent:?}");
        }
    }
}
