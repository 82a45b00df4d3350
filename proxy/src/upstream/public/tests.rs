//! The rule for public addresses, address by address, and at both ends of every block.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{IPV4, IPV6, IPV6_OUTSIDE, public};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// What the address is, if it is not public.
fn verdict(address: IpAddr) -> Option<String> {
    public(address).err().map(|what| what.to_string())
}

/// Hosts on the Internet, among them the neighbours of every block that is refused.
const PUBLIC: &[&str] = &[
    "1.0.0.0",
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.1.255",
    "192.0.3.0",
    "192.31.195.255",
    "192.31.197.0",
    "192.52.192.255",
    "192.52.194.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "192.175.47.255",
    "192.175.49.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "217.160.0.1",
    "223.255.255.255",
    "2000::",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2001:ffff::1",
    "2003::1",
    "2400:cb00:2048::1",
    "2606:4700::1111",
    "2620:4f:7fff::1",
    "2620:4f:8001::1",
    "2a00:1450:4001::1",
    "2a03:2880::25de",
    "3ffe::1",
    "3fff:1000::1",
    "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    // The interface identifier only looks like that of ISATAP.
    "2a00::5eff:808:808",
    "2a00::100:5efe:808:808",
    "2a00::5efe",
    // IPv4 inside that is public itself.
    "::ffff:8.8.8.8",
    "::ffff:93.184.216.34",
    "64:ff9b::8.8.8.8",
    "64:ff9b::93.184.216.34",
];

/// What is not public, and what the log says of it.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "unspecified",
        &["0.0.0.0", "0.0.0.1", "0.1.2.3", "0.255.255.255", "::"],
    ),
    (
        "loopback",
        &[
            "127.0.0.0",
            "127.0.0.1",
            "127.0.0.53",
            "127.1.2.3",
            "127.255.255.255",
            "::1",
        ],
    ),
    (
        "private",
        &[
            "10.0.0.0",
            "10.0.0.1",
            "10.255.255.255",
            "172.16.0.0",
            "172.17.0.1",
            "172.24.1.1",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.1.1",
            "192.168.255.255",
        ],
    ),
    (
        "behind a carrier's NAT",
        &["100.64.0.0", "100.100.100.200", "100.127.255.255"],
    ),
    ("a cloud's metadata", &["168.63.129.16"]),
    (
        "link-local",
        &[
            "169.254.0.0",
            "169.254.169.254",
            "169.254.170.2",
            "169.254.255.255",
            "fe80::",
            "fe80::1",
            "fe80::a9fe:a9fe",
            "fe80:1::1",
            "febf:ffff::1",
        ],
    ),
    (
        "for protocols",
        &[
            "192.0.0.0",
            "192.0.0.1",
            "192.0.0.8",
            "192.0.0.170",
            "192.0.0.192",
            "192.0.0.255",
            "192.31.196.1",
            "192.52.193.1",
            "192.175.48.6",
            "2001:1::1",
            "2001:1::2",
            "2001:2::1",
            "2001:3::1",
            "2001:4:112::1",
            "2001:10::1",
            "2001:20::1",
            "2001:2f:ffff::1",
            "2001:30::1",
            "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2620:4f:8000::6",
        ],
    ),
    (
        "for documentation",
        &[
            "192.0.2.0",
            "192.0.2.1",
            "192.0.2.255",
            "198.51.100.7",
            "203.0.113.0",
            "203.0.113.255",
            "2001:db8::",
            "2001:db8::1",
            "2001:db8:ffff:ffff::1",
            "3fff::",
            "3fff::1",
            "3fff:fff:ffff::1",
        ],
    ),
    (
        "a 6to4 relay",
        &["192.88.99.0", "192.88.99.1", "192.88.99.255"],
    ),
    (
        "for benchmarks",
        &["198.18.0.0", "198.18.0.1", "198.19.255.255"],
    ),
    (
        "multicast",
        &[
            "224.0.0.0",
            "224.0.0.1",
            "232.1.1.1",
            "233.252.0.1",
            "239.255.255.250",
            "239.255.255.255",
            "ff00::",
            "ff02::1",
            "ff02::fb",
            "ff05::2",
            "ff0e::1",
            "ffff::1",
        ],
    ),
    (
        "reserved",
        &["240.0.0.0", "240.0.0.1", "250.1.2.3", "255.255.255.254"],
    ),
    ("broadcast", &["255.255.255.255"]),
    (
        "unique local",
        &[
            "fc00::",
            "fc00::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd12:3456::1",
            "fd20:ce::254",
            "fdff:ffff::1",
        ],
    ),
    ("site-local", &["fec0::", "fec0::1", "feff:ffff::1"]),
    (
        "IPv4-compatible",
        &[
            "::2",
            "::127.0.0.1",
            "::10.0.0.1",
            "::8.8.8.8",
            "::169.254.169.254",
            "::ffff",
        ],
    ),
    (
        "local NAT64",
        &[
            "64:ff9b:1::1",
            "64:ff9b:1::8.8.8.8",
            "64:ff9b:1:ffff::7f00:1",
        ],
    ),
    (
        "for discarding",
        &["100::", "100::1", "100::ffff:ffff:ffff:ffff"],
    ),
    ("for segment routing", &["5f00::1"]),
    (
        "Teredo",
        &[
            "2001::",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:0:53aa:64c:0:ffff:80ff:fffe",
        ],
    ),
    (
        "6to4",
        &[
            "2002::",
            "2002:7f00:1::1",
            "2002:a9fe:a9fe::1",
            "2002:808:808::1",
            "2002:ffff::1",
        ],
    ),
    (
        "ISATAP",
        &[
            "2a00::5efe:7f00:1",
            "2a00::5efe:808:808",
            "2a00::200:5efe:a00:1",
            "2001:db8::5efe:1:1",
        ],
    ),
    (
        "not assigned",
        &[
            "::1:0:0",
            "::ffff:0:7f00:1",
            "::fffe:7f00:1",
            "64:ff9a::808:808",
            "64:ff9b:0:1::1",
            "64:ff9b:2::1",
            "100:0:0:1::1",
            "200::1",
            "400::1",
            "1000::1",
            "1fff:ffff::1",
            "4000::1",
            "8000::1",
            "c000::1",
            "e000::1",
            "f000::1",
            "f800::1",
            "fbff::1",
            "fe00::1",
            "fe7f:ffff::1",
        ],
    ),
];

#[test]
fn hosts_on_the_internet_are_public() {
    for text in PUBLIC {
        assert_eq!(verdict(ip(text)), None, "{text}");
    }
}

#[test]
fn everything_else_is_refused_by_its_name() {
    for (what, addresses) in REFUSED {
        for text in *addresses {
            assert_eq!(verdict(ip(text)).as_deref(), Some(*what), "{text}");
        }
    }
}

#[test]
fn both_ends_of_every_block_are_refused() {
    let v4 = IPV4.map(|(block, what)| (IpNet::V4(block), what));
    let v6 = IPV6.map(|(block, what)| (IpNet::V6(block), what));
    let outside = IPV6_OUTSIDE.map(|(block, what)| (IpNet::V6(block), what));
    for (block, what) in v4.iter().chain(&v6).chain(&outside) {
        for end in [block.network(), block.broadcast()] {
            assert!(
                verdict(end).is_some(),
                "{end}, an end of {block}, is {what}"
            );
        }
    }
}

/// IPv4 is no better for being written as IPv6.
#[test]
fn ipv4_inside_ipv6_is_judged_by_itself_or_refused() {
    let every = PUBLIC
        .iter()
        .copied()
        .chain(REFUSED.iter().flat_map(|(_, list)| list.iter().copied()));
    for inside in every.filter_map(|text| text.parse::<Ipv4Addr>().ok()) {
        let own = verdict(IpAddr::V4(inside));
        let [a, b, c, d] = inside.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let mapped = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low);
        assert_eq!(verdict(IpAddr::V6(mapped)), own, "{mapped}");
        let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low);
        assert_eq!(verdict(IpAddr::V6(nat64)), own, "{nat64}");
        for hidden in [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !high, !low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2a00, 1, 2, 3, 0, 0x5efe, high, low),
            Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0x5efe, high, low),
        ] {
            assert!(verdict(IpAddr::V6(hidden)).is_some(), "{hidden}");
        }
    }
}

#[test]
fn what_is_dialled_is_what_was_checked() {
    for (asked, dialled) in [
        ("93.184.216.34", "93.184.216.34"),
        ("::ffff:93.184.216.34", "93.184.216.34"),
        ("64:ff9b::93.184.216.34", "64:ff9b::93.184.216.34"),
        ("2a00::1", "2a00::1"),
    ] {
        assert_eq!(public(ip(asked)), Ok(ip(dialled)));
    }
}

/// The standard library's own tests for addresses, as far as they are stable, agree.
#[test]
fn the_standard_library_agrees() {
    let samples = |net: Ipv4Net| net.subnets(net.prefix_len().max(12)).unwrap();
    for block in samples(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0)) {
        for address in [block.network(), block.broadcast()] {
            let special = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_unspecified();
            assert!(
                !special || verdict(IpAddr::V4(address)).is_some(),
                "{address}"
            );
        }
    }
    for block in Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0)
        .subnets(12)
        .unwrap()
    {
        for address in [block.network(), block.broadcast()] {
            let special = address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_multicast()
                || address.is_loopback()
                || address.is_unspecified();
            assert!(
                !special || verdict(IpAddr::V6(address)).is_some(),
                "{address}"
            );
        }
    }
}
