//! Which addresses are public: those that a stranger may have dialled for them.
//!
//! The rule is drawn from IANA's registries of special-purpose addresses ([RFC 6890]) and errs
//! towards refusal: what is reserved for anything but hosts on the Internet is not public, and of
//! IPv6 only 2000::/3 is, the one block from which addresses are handed out.
//!
//! [RFC 6890]: https://www.rfc-editor.org/rfc/rfc6890

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What an address is that is not public, in words for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotPublic(&'static str);

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// A block of IPv6 by its first three groups.
const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// The blocks of IPv4 that are not public. Where they overlap, the first names the reason.
const IPV4: [(Ipv4Net, &str); 20] = [
    (v4(0, 0, 0, 0, 8), "unspecified"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "behind a carrier's NAT"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    // Looks public, and is answered by the host of a virtual machine.
    (v4(168, 63, 129, 16, 32), "a cloud's metadata"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "for protocols"),
    (v4(192, 0, 2, 0, 24), "for documentation"),
    (v4(192, 31, 196, 0, 24), "for protocols"),
    (v4(192, 52, 193, 0, 24), "for protocols"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(192, 175, 48, 0, 24), "for protocols"),
    (v4(198, 18, 0, 0, 15), "for benchmarks"),
    (v4(198, 51, 100, 0, 24), "for documentation"),
    (v4(203, 0, 113, 0, 24), "for documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(255, 255, 255, 255, 32), "broadcast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

/// The addresses that IANA lets registries hand out to hosts.
const GLOBAL_UNICAST: Ipv6Net = v6(0x2000, 0, 0, 3);

/// The blocks inside [`GLOBAL_UNICAST`] that are not public.
const IPV6: [(Ipv6Net, &str); 6] = [
    (v6(0x2001, 0, 0, 32), "Teredo"),
    (v6(0x2001, 0, 0, 23), "for protocols"),
    (v6(0x2001, 0xdb8, 0, 32), "for documentation"),
    (v6(0x2002, 0, 0, 16), "6to4"),
    (v6(0x2620, 0x4f, 0x8000, 48), "for protocols"),
    (v6(0x3fff, 0, 0, 20), "for documentation"),
];

/// Names for the blocks outside of [`GLOBAL_UNICAST`]; without one they are refused all the same.
const IPV6_OUTSIDE: [(Ipv6Net, &str); 10] = [
    (
        Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128),
        "unspecified",
    ),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), "loopback"),
    (v6(0, 0, 0, 96), "IPv4-compatible"),
    (v6(0x64, 0xff9b, 1, 48), "local NAT64"),
    (v6(0x100, 0, 0, 64), "for discarding"),
    (v6(0x5f00, 0, 0, 16), "for segment routing"),
    (v6(0xfc00, 0, 0, 7), "unique local"),
    (v6(0xfe80, 0, 0, 10), "link-local"),
    (v6(0xfec0, 0, 0, 10), "site-local"),
    (v6(0xff00, 0, 0, 8), "multicast"),
];

/// IPv4 as IPv6 ([RFC 4291 section 2.5.5.2]): the system dials the IPv4 address inside.
///
/// [RFC 4291 section 2.5.5.2]: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
const MAPPED: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96);

/// NAT64's well-known prefix ([RFC 6052 section 2.1]). In a network without IPv4 it stands before
/// every address that only IPv4 has, so the address inside decides.
///
/// [RFC 6052 section 2.1]: https://www.rfc-editor.org/rfc/rfc6052#section-2.1
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);

/// The address to dial for `address`, which is the same but for IPv4 in the guise of IPv6.
///
/// # Errors
/// [`NotPublic`] if it is none that a stranger may reach through the proxy.
pub(crate) fn public(address: IpAddr) -> Result<IpAddr, NotPublic> {
    match address {
        IpAddr::V4(address) => public_v4(address).map(IpAddr::V4),
        IpAddr::V6(address) if MAPPED.contains(&address) => {
            public_v4(last_four(address)).map(IpAddr::V4)
        }
        IpAddr::V6(address) if NAT64.contains(&address) => {
            public_v4(last_four(address)).map(|_| IpAddr::V6(address))
        }
        IpAddr::V6(address) => public_v6(address).map(IpAddr::V6),
    }
}

fn public_v4(address: Ipv4Addr) -> Result<Ipv4Addr, NotPublic> {
    match IPV4.iter().find(|(block, _)| block.contains(&address)) {
        Some((_, what)) => Err(NotPublic(what)),
        None => Ok(address),
    }
}

fn public_v6(address: Ipv6Addr) -> Result<Ipv6Addr, NotPublic> {
    let in_table = |table: &[(Ipv6Net, &'static str)]| {
        let found = table.iter().find(|(block, _)| block.contains(&address));
        found.map(|(_, what)| NotPublic(what))
    };
    if !GLOBAL_UNICAST.contains(&address) {
        return Err(in_table(&IPV6_OUTSIDE).unwrap_or(NotPublic("not assigned")));
    }
    if is_isatap(address) {
        return Err(NotPublic("ISATAP"));
    }
    in_table(&IPV6).map_or(Ok(address), Err)
}

/// IPv4 in the interface identifier ([RFC 5214 section 6.1]), under any prefix at all.
///
/// [RFC 5214 section 6.1]: https://www.rfc-editor.org/rfc/rfc5214#section-6.1
fn is_isatap(address: Ipv6Addr) -> bool {
    let [.., high, low, _, _] = address.segments();
    matches!((high, low), (0 | 0x200, 0x5efe))
}

fn last_four(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests;
