//! Networks in CIDR notation (RFC 4632, RFC 4291 §2.3).

use std::net::IpAddr;

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Of IPv4: first address and mask.
    V4(u32, u32),
    /// Of IPv6.
    V6(u128, u128),
}

impl Network {
    /// Reads `10.0.0.0/8`, `fd00::/8` or a lone address. Bits behind the prefix do not matter.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let bits = |width: u32| match prefix {
            None => Some(width),
            Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_digit()) => {
                prefix.parse().ok().filter(|bits| *bits <= width)
            }
            Some(_) => None,
        };
        match address.parse().ok()? {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(u32::BITS - bits(u32::BITS)?).unwrap_or(0);
                Some(Network::V4(address.to_bits() & mask, mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(u128::BITS - bits(u128::BITS)?).unwrap_or(0);
                Some(Network::V6(address.to_bits() & mask, mask))
            }
        }
    }

    /// Whether an address lies in it; one of IPv4 that is written as IPv6 (`::ffff:10.0.0.1`) is one
    /// of IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self, address.to_canonical()) {
            (Network::V4(first, mask), IpAddr::V4(address)) => address.to_bits() & mask == *first,
            (Network::V6(first, mask), IpAddr::V6(address)) => address.to_bits() & mask == *first,
            _ => false,
        }
    }
}

/// The address that `text` is, if it is one.
pub fn address(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
