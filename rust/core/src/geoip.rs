//! Country and autonomous system of an address, from a `MaxMind` DB file
//! (<https://maxmind.github.io/MaxMind-DB/>, version 2).

use std::fmt;
use std::io::Write as _;
use std::net::IpAddr;

use maxminddb::{PathElement, Reader, WithinOptions};

/// Networks that are looked at for a first fact when a database is opened.
const MOST_NETWORKS: usize = 100_000;

/// What a database is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// The country's ISO 3166-1 code, such as `DE`.
    Country,
    /// The number of the autonomous system, such as `AS3320`.
    Asn,
}

impl Fact {
    /// All of them.
    pub const ALL: [Fact; 2] = [Fact::Country, Fact::Asn];

    /// Its name as a key of `[geoip]` and as a category.
    pub const fn name(self) -> &'static str {
        match self {
            Fact::Country => "country",
            Fact::Asn => "asn",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Fact::Country => "country codes",
            Fact::Asn => "numbers of autonomous systems",
        }
    }

    /// Where it stands in the record of a network, as in `GeoLite2` and what follows it.
    const fn path(self) -> &'static [PathElement<'static>] {
        match self {
            Fact::Country => &[PathElement::Key("country"), PathElement::Key("iso_code")],
            Fact::Asn => &[PathElement::Key("autonomous_system_number")],
        }
    }
}

/// A database in memory that is asked for one fact; shared by threads.
pub struct Database {
    reader: Reader<Vec<u8>>,
    fact: Fact,
}

impl Database {
    /// The database that `bytes` are.
    ///
    /// # Errors
    /// One clause when they are none, or none that knows the fact.
    pub fn new(bytes: Vec<u8>, fact: Fact) -> Result<Database, String> {
        let reader =
            Reader::from_source(bytes).map_err(|error| format!("it is no MaxMind database: {error}"))?;
        let database = Database { reader, fact };
        if database.knows_anything() {
            return Ok(database);
        }
        let kind = &database.reader.metadata().database_type;
        Err(format!("it holds no {} (it is a database of type `{kind}`)", fact.words()))
    }

    /// Whether the fact is known for one of the first networks.
    fn knows_anything(&self) -> bool {
        // With the empty networks, so that each step ends even if the tree goes round in circles.
        let options = WithinOptions::default().include_networks_without_data();
        let Ok(networks) = self.reader.networks(options) else { return false };
        let mut fact = Vec::new();
        networks.take(MOST_NETWORKS).flatten().any(|network| {
            self.append_fact(&network, &mut fact);
            !fact.is_empty()
        })
    }

    /// Appends what is known of the address `text` to `out`: nothing if it is no address, or not in
    /// the database.
    pub fn append(&self, text: &[u8], out: &mut Vec<u8>) {
        if let Some(address) = address(text)
            && let Ok(found) = self.reader.lookup(address)
        {
            self.append_fact(&found, out);
        }
    }

    /// Appends the fact, unless the record lacks it or is malformed.
    fn append_fact(&self, found: &maxminddb::LookupResult<'_, Vec<u8>>, out: &mut Vec<u8>) {
        let path = self.fact.path();
        match self.fact {
            Fact::Country => {
                if let Ok(Some(code)) = found.decode_path::<&str>(path) {
                    out.extend_from_slice(code.as_bytes());
                }
            }
            Fact::Asn => {
                if let Ok(Some(number)) = found.decode_path::<u32>(path) {
                    let _ = write!(out, "AS{number}"); // a vector takes all
                }
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("fact", &self.fact).finish_non_exhaustive()
    }
}

/// How `name` would become known, if it is the name of a fact.
pub fn hint(name: &str) -> Option<String> {
    let fact = Fact::ALL.into_iter().find(|fact| fact.name() == name)?;
    Some(format!("name a MaxMind database: [geoip] with {name} = \"….mmdb\" (for {})", fact.words()))
}

/// The address that `text` is, as logs write it: `::1`, `fe80::1%eth0`, `[::1]:443`, `10.0.0.1:80`.
/// One of IPv4 that is written as IPv6 (`::ffff:10.0.0.1`) is one of IPv4.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let host = match (text.strip_prefix('['), text.split_once(':')) {
        (Some(bracketed), _) => bracketed.split_once(']')?.0,
        (None, Some((host, port))) if !port.contains(':') => host,
        _ => text,
    };
    let host = host.split_once('%').map_or(host, |(address, _zone)| address);
    host.parse().ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests;
