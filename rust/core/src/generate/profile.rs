//! What each kind of resource is like: who asks for it, how, and what comes back.

use super::{
    clients::ClientKind,
    distribution::{LogNormal, Weighted},
    request::Method,
};

/// A kind of resource of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceKind {
    /// The front page.
    Front,
    /// Sections of the shop, the blog, help.
    Page,
    /// Product pages.
    Product,
    /// Searches.
    Search,
    /// Scripts, styles, fonts: named by their hash.
    Asset,
    /// Pictures, a few films.
    Image,
    /// The API.
    Api,
    /// Log-in, account, cart, checkout.
    Account,
    /// Health checks.
    Health,
    /// What crawlers look for first.
    Robots,
    /// Links that once led somewhere.
    Gone,
    /// Broken and hostile requests.
    Hostile,
}

/// How the server comes by the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backing {
    /// From a file.
    Disk,
    /// From the cache, else from upstream.
    Cache,
    /// From upstream.
    Upstream,
}

/// What a kind of resource is like. Shares need not add up to 1.
#[derive(Debug)]
pub struct Profile {
    /// The kind that this describes.
    pub kind: ResourceKind,
    /// Share of the requests of browsers, crawlers, applications and monitors.
    pub demand: [f64; ClientKind::COUNT - 1],
    /// Host that serves it.
    pub vhost: &'static str,
    /// Media type of its answers.
    pub content_type: &'static str,
    /// How the server comes by it.
    pub backing: Backing,
    /// Methods and their shares.
    pub methods: &'static [(Method, f64)],
    /// Statuses and their shares.
    pub statuses: &'static [(u16, f64)],
    /// Bytes of a whole answer: median, and sigma of the logarithm.
    pub body_bytes: (f64, f64),
    /// Microseconds to answer: median, and sigma of the logarithm.
    pub duration_us: (f64, f64),
}

const WWW: &str = "shop.example";
const API: &str = "api.shop.example";
const MEDIA: &str = "media.shop.example";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

const READ: &[(Method, f64)] = &[(Method::Get, 0.99), (Method::Head, 0.01)];
const PAGE: &[(u16, f64)] = &[
    (200, 0.920),
    (304, 0.030),
    (301, 0.015),
    (302, 0.015),
    (404, 0.006),
    (499, 0.006),
    (500, 0.003),
    (502, 0.002),
    (503, 0.001),
    (504, 0.001),
    (403, 0.001),
];
const FILE: &[(u16, f64)] = &[(200, 0.755), (304, 0.23), (404, 0.01), (499, 0.003), (403, 0.002)];
const IMAGE: &[(u16, f64)] = &[(200, 0.79), (304, 0.17), (206, 0.025), (404, 0.01), (499, 0.005)];
const CALL: &[(u16, f64)] = &[
    (200, 0.880),
    (201, 0.025),
    (204, 0.025),
    (400, 0.012),
    (401, 0.022),
    (403, 0.004),
    (404, 0.012),
    (429, 0.005),
    (499, 0.005),
    (500, 0.005),
    (502, 0.002),
    (503, 0.002),
    (504, 0.001),
];

/// The profiles, in the order in which [`ResourceKind`] is declared.
#[rustfmt::skip]
pub const PROFILES: [Profile; 12] = [
    Profile { kind: ResourceKind::Front, demand: [0.05, 0.02, 0.0, 0.15], vhost: WWW, content_type: HTML, backing: Backing::Cache,
        methods: READ, statuses: PAGE, body_bytes: (18_000.0, 0.1), duration_us: (45_000.0, 0.6) },
    Profile { kind: ResourceKind::Page, demand: [0.13, 0.22, 0.0, 0.0], vhost: WWW, content_type: HTML, backing: Backing::Cache,
        methods: READ, statuses: PAGE, body_bytes: (14_000.0, 0.5), duration_us: (70_000.0, 0.7) },
    Profile { kind: ResourceKind::Product, demand: [0.15, 0.48, 0.0, 0.0], vhost: WWW, content_type: HTML, backing: Backing::Cache,
        methods: READ, statuses: PAGE, body_bytes: (11_000.0, 0.4), duration_us: (60_000.0, 0.7) },
    Profile { kind: ResourceKind::Search, demand: [0.05, 0.05, 0.0, 0.0], vhost: WWW, content_type: HTML, backing: Backing::Upstream,
        methods: READ, statuses: PAGE, body_bytes: (9_000.0, 0.5), duration_us: (180_000.0, 0.8) },
    Profile { kind: ResourceKind::Asset, demand: [0.23, 0.02, 0.0, 0.0], vhost: WWW, content_type: "text/javascript", backing: Backing::Disk,
        methods: READ, statuses: FILE, body_bytes: (16_000.0, 1.3), duration_us: (300.0, 1.5) },
    Profile { kind: ResourceKind::Image, demand: [0.25, 0.04, 0.08, 0.0], vhost: MEDIA, content_type: "image/webp", backing: Backing::Disk,
        methods: READ, statuses: IMAGE, body_bytes: (24_000.0, 1.0), duration_us: (500.0, 1.8) },
    Profile { kind: ResourceKind::Api, demand: [0.10, 0.0, 0.87, 0.05], vhost: API, content_type: JSON, backing: Backing::Upstream,
        methods: &[(Method::Get, 0.72), (Method::Post, 0.17), (Method::Put, 0.03), (Method::Patch, 0.02), (Method::Delete, 0.02), (Method::Options, 0.04)],
        statuses: CALL, body_bytes: (900.0, 1.2), duration_us: (35_000.0, 1.0) },
    Profile { kind: ResourceKind::Account, demand: [0.03, 0.0, 0.04, 0.0], vhost: WWW, content_type: HTML, backing: Backing::Upstream,
        methods: &[(Method::Get, 0.62), (Method::Post, 0.38)],
        statuses: &[(200, 0.62), (302, 0.27), (401, 0.05), (403, 0.02), (400, 0.01), (404, 0.01), (500, 0.01), (502, 0.01)],
        body_bytes: (7_000.0, 0.4), duration_us: (110_000.0, 0.7) },
    Profile { kind: ResourceKind::Health, demand: [0.0, 0.0, 0.0, 0.80], vhost: WWW, content_type: "text/plain", backing: Backing::Upstream,
        methods: &[(Method::Get, 0.9), (Method::Head, 0.1)], statuses: &[(200, 0.996), (503, 0.004)],
        body_bytes: (15.0, 0.0), duration_us: (1_200.0, 0.5) },
    Profile { kind: ResourceKind::Robots, demand: [0.003, 0.05, 0.0, 0.0], vhost: WWW, content_type: "text/plain", backing: Backing::Disk,
        methods: READ, statuses: &[(200, 0.95), (304, 0.05)], body_bytes: (1_100.0, 1.5), duration_us: (300.0, 1.0) },
    Profile { kind: ResourceKind::Gone, demand: [0.012, 0.12, 0.0, 0.0], vhost: WWW, content_type: HTML, backing: Backing::Upstream,
        methods: READ, statuses: &[(404, 0.72), (301, 0.22), (410, 0.06)], body_bytes: (4_200.0, 0.1), duration_us: (25_000.0, 0.6) },
    // What comes back is told with each request.
    Profile { kind: ResourceKind::Hostile, demand: [0.0; 4], vhost: WWW, content_type: HTML, backing: Backing::Disk,
        methods: READ, statuses: &[(400, 1.0)], body_bytes: (4_200.0, 0.1), duration_us: (400.0, 1.5) },
];

/// The tables to draw from, made from a [`Profile`].
#[derive(Debug)]
pub struct Draws {
    /// Index into the profile's methods.
    pub method: Weighted,
    /// Index into the profile's statuses.
    pub status: Weighted,
    /// Microseconds to answer.
    pub duration_us: LogNormal,
}

impl Draws {
    /// The tables of `profile`.
    pub fn new(profile: &Profile) -> Draws {
        let (median, sigma) = profile.duration_us;
        let method_shares: Vec<f64> = profile.methods.iter().map(|&(_, share)| share).collect();
        let status_shares: Vec<f64> = profile.statuses.iter().map(|&(_, share)| share).collect();
        Draws {
            method: Weighted::new(&method_shares),
            status: Weighted::new(&status_shares),
            duration_us: LogNormal::new(median, sigma),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_stand_at_their_kinds() {
        for (index, profile) in PROFILES.iter().enumerate() {
            assert_eq!(profile.kind as usize, index);
        }
    }
}
