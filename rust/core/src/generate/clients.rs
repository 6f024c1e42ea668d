//! Who asks: addresses that come back, each with its agents, chosen by Zipf's law.

use std::net::{Ipv4Addr, Ipv6Addr};

use fastrand::Rng;

use super::{
    agents::AGENTS,
    distribution::{Weighted, zipf_within_groups},
    request::Protocol,
};

/// What kind of program asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// A person's browser.
    Browser,
    /// A crawler of a search engine and the like.
    Crawler,
    /// An application or a script that calls the API.
    App,
    /// A probe that asks again and again whether the site is there.
    Monitor,
    /// A machine that looks for weak spots; sends the broken requests only.
    Scanner,
}

impl ClientKind {
    /// How many there are: clients and share of the requests.
    const POPULATION: [(ClientKind, usize, f64); 5] = [
        (ClientKind::Browser, 15_500, 0.74),
        (ClientKind::Crawler, 60, 0.10),
        (ClientKind::App, 700, 0.135),
        (ClientKind::Monitor, 4, 0.025),
        (ClientKind::Scanner, 120, 0.0),
    ];
    /// How many kinds there are.
    pub const COUNT: usize = Self::POPULATION.len();
}

/// One address and what is always the same about it.
#[derive(Debug)]
pub struct Client {
    /// What kind of program asks from there.
    pub kind: ClientKind,
    /// Index into [`AGENTS`] of the usual user agent and of a rarer second one (a household, a
    /// company); the same for programs.
    pub agents: [u16; 2],
    /// Protocol that it speaks.
    pub protocol: Protocol,
    /// Index into [`TLS`].
    pub tls: u8,
    /// Index into [`USERS`].
    pub user: u8,
}

/// TLS protocols and ciphers; the first is no TLS.
pub const TLS: &[(&str, &str, f64)] = &[
    ("-", "-", 0.02),
    ("TLSv1.3", "TLS_AES_256_GCM_SHA384", 0.55),
    ("TLSv1.3", "TLS_AES_128_GCM_SHA256", 0.25),
    ("TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256", 0.08),
    ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", 0.07),
    ("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", 0.03),
];

/// Users of basic authentication; the first is nobody.
pub const USERS: &[&str] = &["-", "alice", "bob", "deploy", "j.doe@example.com", "reporting", "svc-import"];

/// All clients.
#[derive(Debug)]
pub struct Clients {
    /// The clients, kind by kind.
    pub all: Vec<Client>,
    /// Address of each client.
    pub addresses: Vec<String>,
    choice: Weighted,
    first_scanner: usize,
}

impl Clients {
    /// Draws the clients.
    pub fn new(rng: &mut Rng) -> Clients {
        let agents_of = ClientKind::POPULATION.map(|(kind, ..)| {
            AGENTS.iter().map(|&(of, _, share)| if of == kind { share } else { 0.0 }).collect::<Vec<_>>()
        });
        let tls_choice = Weighted::new(&TLS.iter().map(|&(_, _, share)| share).collect::<Vec<_>>());
        let mut all = Vec::new();
        let mut groups = Vec::new();
        for (group, (kind, count, _)) in ClientKind::POPULATION.into_iter().enumerate() {
            // Scanners bring the agents of their requests.
            let agents = (kind != ClientKind::Scanner).then(|| Weighted::new(&agents_of[group]));
            for _ in 0..count {
                let mut agent = || agents.as_ref().map_or(0, |agents| agents.pick(rng) as u16);
                let usual = agent();
                let second = if kind == ClientKind::Browser { agent() } else { usual };
                let logs_in = matches!(kind, ClientKind::Browser | ClientKind::App) && rng.u8(..) < 8;
                let user = if logs_in { rng.usize(1..USERS.len()) as u8 } else { 0 };
                let tls = tls_choice.pick(rng) as u8;
                let protocol = protocol(kind, tls, rng);
                all.push(Client { kind, agents: [usual, second], protocol, tls, user });
                groups.push(group);
            }
        }
        let shares = ClientKind::POPULATION.map(|(_, _, share)| share);
        let choice = Weighted::new(&zipf_within_groups(&groups, &shares, 0.75));
        let addresses = all.iter().map(|client| address(client.kind, rng)).collect();
        let first_scanner = all.iter().position(|client| client.kind == ClientKind::Scanner).unwrap_or(0);
        Clients { all, addresses, choice, first_scanner }
    }

    /// Index of a client that asks for something.
    #[inline]
    pub fn pick(&self, rng: &mut Rng) -> usize {
        self.choice.pick(rng)
    }

    /// Index of a client that sends broken requests.
    pub fn pick_scanner(&self, rng: &mut Rng) -> usize {
        rng.usize(self.first_scanner..self.all.len())
    }
}

/// What a client of this kind speaks: new versions need TLS.
fn protocol(kind: ClientKind, tls: u8, rng: &mut Rng) -> Protocol {
    let dice = rng.u8(..100);
    match kind {
        _ if tls == 0 => Protocol::Http11,
        ClientKind::Browser if dice < 15 => Protocol::Http3,
        ClientKind::Browser | ClientKind::App if dice < 80 => Protocol::Http2,
        ClientKind::Crawler if dice < 30 => Protocol::Http2,
        _ if dice < 99 => Protocol::Http11,
        _ => Protocol::Http10,
    }
}

/// An address: of a private network for probes, else IPv6 (documentation prefix) for one in twelve.
fn address(kind: ClientKind, rng: &mut Rng) -> String {
    if kind == ClientKind::Monitor {
        return Ipv4Addr::new(10, 0, rng.u8(..4), rng.u8(1..255)).to_string();
    }
    if kind != ClientKind::Scanner && rng.u8(..12) == 0 {
        let [site, net, a, b] = [0; 4].map(|_: u16| rng.u16(..));
        // Servers have short, hand-written interface parts; people have random ones.
        let tail =
            if kind == ClientKind::Crawler { [0, 0, 0, b % 64] } else { [a, b, rng.u16(..), rng.u16(..)] };
        return Ipv6Addr::new(0x2001, 0xdb8, site, net, tail[0], tail[1], tail[2], tail[3]).to_string();
    }
    // Unicast, without the networks 10 and 127.
    let first = loop {
        let first = rng.u8(1..224);
        if first != 10 && first != 127 {
            break first;
        }
    };
    Ipv4Addr::new(first, rng.u8(..), rng.u8(..), rng.u8(1..255)).to_string()
}
