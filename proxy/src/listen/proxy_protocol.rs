//! The PROXY protocol, versions 1 and 2, as a load balancer speaks it to us
//! ([its specification](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt)).

use std::io;
use std::net::SocketAddr;

use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt};

/// With so many octets begins each header of version 2, and none of version 1 is shorter.
const SIGNATURE: usize = v2::PROTOCOL_PREFIX.len();
/// The fixed part of version 2.
const FIXED: usize = 16;
/// The longest header of version 1 (section 2.1).
const LONGEST_TEXT: usize = 107;
/// The longest variable part of version 2 that is taken: addresses, and what load balancers add to
/// them. The format itself would allow 65,535 octets.
const LONGEST_REST: usize = 4096;

/// What a header says about the other end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The balancer connects for this client.
    Client(SocketAddr),
    /// The balancer connects for itself, to see whether we live.
    Balancer,
    /// The balancer connects for a client whose address it does not tell.
    Unknown,
}

/// Why there is no header to go by.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("it does not begin with a PROXY protocol header")]
    Missing,
    #[error("its PROXY protocol header is malformed")]
    Malformed,
    #[error("its PROXY protocol header could not be read: {0}")]
    Read(#[from] io::Error),
}

/// Reads exactly one header; what follows stays in the stream.
pub(super) async fn read<S>(stream: &mut S) -> Result<Origin, HeaderError>
where
    S: AsyncRead + Unpin,
{
    let mut header = vec![0; SIGNATURE];
    stream.read_exact(&mut header).await?;
    if header == v2::PROTOCOL_PREFIX {
        read_rest_of_binary(stream, &mut header).await?;
    } else if header.starts_with(v1::PROTOCOL_PREFIX.as_bytes()) {
        read_rest_of_text(stream, &mut header).await?;
    } else {
        return Err(HeaderError::Missing);
    }
    match HeaderResult::parse(&header) {
        HeaderResult::V1(Ok(header)) => Ok(of_text(&header)),
        HeaderResult::V2(Ok(header)) => of_binary(&header),
        _ => Err(HeaderError::Malformed),
    }
}

async fn read_rest_of_binary<S>(stream: &mut S, header: &mut Vec<u8>) -> Result<(), HeaderError>
where
    S: AsyncRead + Unpin,
{
    let mut fixed = [0; FIXED - SIGNATURE];
    stream.read_exact(&mut fixed).await?;
    header.extend(fixed);
    let [_, _, high, low] = fixed;
    let rest = usize::from(u16::from_be_bytes([high, low]));
    if rest > LONGEST_REST {
        return Err(HeaderError::Malformed);
    }
    header.resize(FIXED + rest, 0);
    let variable = header.get_mut(FIXED..).unwrap_or_default();
    stream.read_exact(variable).await?;
    Ok(())
}

/// Octet by octet: nothing says how long it is, and what follows belongs to somebody else.
async fn read_rest_of_text<S>(stream: &mut S, header: &mut Vec<u8>) -> Result<(), HeaderError>
where
    S: AsyncRead + Unpin,
{
    while !header.ends_with(b"\r\n") {
        if header.len() == LONGEST_TEXT {
            return Err(HeaderError::Malformed);
        }
        header.push(stream.read_u8().await?);
    }
    Ok(())
}

fn of_text(header: &v1::Header<'_>) -> Origin {
    match header.addresses {
        v1::Addresses::Tcp4(ip) => {
            Origin::Client(SocketAddr::from((ip.source_address, ip.source_port)))
        }
        v1::Addresses::Tcp6(ip) => {
            Origin::Client(SocketAddr::from((ip.source_address, ip.source_port)))
        }
        v1::Addresses::Unknown => Origin::Unknown,
    }
}

fn of_binary(header: &v2::Header<'_>) -> Result<Origin, HeaderError> {
    if header.command == v2::Command::Local {
        return Ok(Origin::Balancer);
    }
    match (header.protocol, header.addresses) {
        (v2::Protocol::Stream, v2::Addresses::IPv4(ip)) => Ok(Origin::Client(SocketAddr::from((
            ip.source_address,
            ip.source_port,
        )))),
        (v2::Protocol::Stream, v2::Addresses::IPv6(ip)) => Ok(Origin::Client(SocketAddr::from((
            ip.source_address,
            ip.source_port,
        )))),
        (v2::Protocol::Datagram, _) => Err(HeaderError::Malformed),
        _ => Ok(Origin::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    fn binary(rest: &[u8]) -> Vec<u8> {
        [SIGNATURE, rest].concat()
    }

    /// Reads a header cut at every octet, with a request right behind it, of which nothing may be
    /// taken.
    async fn read_from(octets: &[u8]) -> Result<Origin, HeaderError> {
        let mut outcomes = Vec::new();
        for cut in 0..=octets.len() {
            let (first, second) = octets.split_at(cut);
            let request = &b"GET / HTTP/1.1\r\n"[..];
            let mut stream = first.chain(second).chain(request);
            let outcome = read(&mut stream).await;
            if outcome.is_ok() {
                let mut left = Vec::new();
                stream.read_to_end(&mut left).await.unwrap();
                assert_eq!(left, request);
            }
            outcomes.push(outcome);
        }
        let last = outcomes.pop().unwrap();
        for outcome in outcomes {
            assert_eq!(outcome.as_ref().ok(), last.as_ref().ok());
        }
        last
    }

    #[tokio::test]
    async fn both_versions_name_the_client() {
        for (header, client) in [
            (
                b"PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n".to_vec(),
                "192.0.2.1:1",
            ),
            (
                b"PROXY TCP6 2001:db8::1 2001:db8::2 65535 443\r\n".to_vec(),
                "[2001:db8::1]:65535",
            ),
            (
                binary(b"\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\x01\xbb"),
                "192.0.2.1:1",
            ),
            // With a part of three octets and more that nobody needs to know.
            (
                binary(b"\x21\x11\0\x10\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\x01\xbb\x04\0\x01x"),
                "192.0.2.1:1",
            ),
            (
                binary(
                    b"\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\
                      \x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\xff\xff\x01\xbb",
                ),
                "[2001:db8::1]:65535",
            ),
        ] {
            let found = read_from(&header).await.unwrap();
            assert_eq!(found, Origin::Client(client.parse().unwrap()), "{header:?}");
        }
    }

    #[tokio::test]
    async fn a_balancer_may_speak_for_itself_or_keep_the_client_to_itself() {
        for (header, origin) in [
            (b"PROXY UNKNOWN\r\n".to_vec(), Origin::Unknown),
            (
                b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(),
                Origin::Unknown,
            ),
            (binary(b"\x20\0\0\0"), Origin::Balancer),
            (
                binary(b"\x20\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\x01\xbb"),
                Origin::Balancer,
            ),
            (binary(b"\x21\0\0\0"), Origin::Unknown),
        ] {
            assert_eq!(read_from(&header).await.unwrap(), origin, "{header:?}");
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for header in [
            b"GET /servers.json HTTP/1.1\r\n\r\n".to_vec(),
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03abc".to_vec(),
            b"proxy TCP4 192.0.2.1 192.0.2.2 1 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.256 192.0.2.2 1 443\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::1 2001:db8::2 1 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 443\r\n".to_vec(),
            b"PROXY UDP4 192.0.2.1 192.0.2.2 1 443\r\n".to_vec(),
            [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 200], b"\r\n"].concat(),
            b"PROXY \xff\xff\xff\xff\xff\xff\xff\r\n".to_vec(),
            // Another version, another command, datagrams, addresses cut short, and too long.
            binary(b"\x11\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\x01\xbb"),
            binary(b"\x22\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\x01\xbb"),
            binary(b"\x21\x12\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\x01\xbb"),
            binary(b"\x21\x11\0\x04\xc0\0\x02\x01"),
            binary(&[b"\x21\x11\xff\xff".as_slice(), &[0; 65_535]].concat()),
        ] {
            // Whatever it is, it ends here, and the connection with it.
            let outcome = read_from(header.get(..300).unwrap_or(&header)).await;
            assert!(outcome.is_err(), "{:?}", String::from_utf8_lossy(&header));
        }
    }

    #[tokio::test]
    async fn a_header_that_ends_early_is_an_error() {
        for header in [
            &b"PROXY TCP4 192.0.2.1 "[..],
            b"PROX",
            b"",
            &binary(b"\x21\x11\0\x0c\xc0"),
        ] {
            let outcome = read(&mut &*header).await;
            assert!(matches!(outcome, Err(HeaderError::Read(_))), "{header:?}");
        }
    }
}
