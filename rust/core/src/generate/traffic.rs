//! The model of traffic: draws one request after the other, whatever format shows them.

use fastrand::Rng;

use super::{
    GenerateError,
    agents::AGENTS,
    answer,
    clients::{ClientKind, Clients},
    distribution::{LogNormal, Weighted, zipf_weight},
    hostile::HOSTILE,
    profile::{Draws, PROFILES, ResourceKind},
    request::{Attempt, Cache, Method, Protocol, Purpose, Request},
    site::{Resource, Site, Tail},
};

/// What the traffic is to be like.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficOptions {
    /// The same seed gives the same traffic.
    pub seed: u64,
    /// Time of the first request: Unix nanoseconds, not before 1970.
    pub start_ns: i64,
    /// Requests per second of logged time; request `i` comes at `start_ns + i / rate_per_s`.
    pub rate_per_s: f64,
    /// Offset of the logged times from UTC, in seconds.
    pub utc_offset_s: i32,
    /// Which statuses are answered.
    pub mix: Mix,
    /// Share of broken and hostile requests, 0 to 1.
    pub broken_share: f64,
}

impl Default for TrafficOptions {
    /// Seed 0; 1,000 requests a second from the start of 2025, UTC; two of 1,000 are broken.
    fn default() -> TrafficOptions {
        TrafficOptions {
            seed: 0,
            start_ns: 1_735_689_600_000_000_000,
            rate_per_s: 1_000.0,
            utc_offset_s: 0,
            mix: Mix::Default,
            broken_share: 0.002,
        }
    }
}

/// Which statuses are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// Statuses that depend on what is asked for.
    Default,
    /// 80 % 200, 5 % 301, 5 % 401, 8 % 404, 1 % 500, 1 % 503, for any resource.
    Edgesense,
}

const EDGESENSE: [(u16, f64); 6] =
    [(200, 0.80), (301, 0.05), (401, 0.05), (404, 0.08), (500, 0.01), (503, 0.01)];

/// Pages that requests come from: none, sites of others, then the site's own pages.
pub const OUTER_REFERERS: [&str; 8] = [
    "-",
    "https://www.google.com/",
    "https://duckduckgo.com/",
    "https://www.bing.com/",
    "https://l.instagram.com/",
    "https://www.pinterest.com/",
    "https://news.example.org/gift-guide?ref=home",
    "android-app://com.google.android.gm/",
];

/// Draws requests.
#[derive(Debug)]
pub struct Traffic {
    rng: Rng,
    start_ns: i64,
    interval_ns: f64,
    index: u64,
    broken_share: f64,
    /// Who asks.
    pub clients: Clients,
    /// What is asked for.
    pub site: Site,
    /// The site's pages that requests come from: indices of resources, by popularity.
    pub referring: Vec<usize>,
    referring_choice: Weighted,
    /// One per kind of resource, in their order.
    draws: Vec<Draws>,
    /// Overrides the statuses of the resources.
    statuses: Option<Weighted>,
    /// How long clients wait before they give up (status 499).
    patience_us: LogNormal,
}

impl Traffic {
    /// # Errors
    /// An option is out of its range.
    pub fn new(options: &TrafficOptions) -> Result<Traffic, GenerateError> {
        if !(options.rate_per_s.is_finite() && options.rate_per_s > 0.0) {
            return Err(GenerateError::Rate(options.rate_per_s));
        }
        if !(0.0..=1.0).contains(&options.broken_share) {
            return Err(GenerateError::BrokenShare(options.broken_share));
        }
        if options.start_ns < 0 {
            return Err(GenerateError::Start(options.start_ns));
        }
        let mut rng = Rng::with_seed(options.seed);
        let clients = Clients::new(&mut rng);
        let site = Site::new(&mut rng);
        let is_referring = |resource: &Resource| {
            let kinds =
                [ResourceKind::Front, ResourceKind::Page, ResourceKind::Product, ResourceKind::Search];
            kinds.contains(&resource.profile.kind) && resource.tail == Tail::None
        };
        let referring: Vec<usize> =
            (0..site.resources.len()).filter(|&index| is_referring(&site.resources[index])).collect();
        let weights: Vec<f64> = (0..referring.len()).map(|rank| zipf_weight(rank, 0.9)).collect();
        Ok(Traffic {
            rng,
            start_ns: options.start_ns,
            interval_ns: 1e9 / options.rate_per_s,
            index: 0,
            broken_share: options.broken_share,
            clients,
            site,
            referring,
            referring_choice: Weighted::new(&weights),
            draws: PROFILES.iter().map(Draws::new).collect(),
            statuses: match options.mix {
                Mix::Default => None,
                Mix::Edgesense => Some(Weighted::new(&EDGESENSE.map(|(_, share)| share))),
            },
            patience_us: LogNormal::new(6_000_000.0, 0.8),
        })
    }

    /// The next request.
    pub fn next_request(&mut self) -> Request {
        let time_ns = self.start_ns.saturating_add((self.index as f64 * self.interval_ns) as i64);
        self.index += 1;
        if self.rng.f64() < self.broken_share {
            return self.hostile(time_ns);
        }
        let client = self.clients.pick(&mut self.rng);
        let resource = self.site.pick(self.clients.all[client].kind, &mut self.rng);
        let profile = self.site.resources[resource].profile;
        let draws = &self.draws[profile.kind as usize];
        let salt = self.rng.u64(..);
        let method = profile.methods[draws.method.pick(&mut self.rng)].0;
        let status = match &self.statuses {
            Some(statuses) => EDGESENSE[statuses.pick(&mut self.rng)].0,
            None => suitable(profile.statuses[draws.status.pick(&mut self.rng)].0, method),
        };
        let duration_us = if status == 499 {
            self.patience_us.pick(&mut self.rng)
        } else {
            draws.duration_us.pick(&mut self.rng)
        };
        let asking = &self.clients.all[client];
        let mut request = Request {
            time_ns,
            client: client as u32,
            resource: resource as u32,
            // One of sixteen comes from the second agent behind an address.
            agent: asking.agents[usize::from(salt.is_multiple_of(16))],
            referer: 0,
            method,
            protocol: asking.protocol,
            status,
            body_bytes: 0,
            duration_us,
            cache: Cache::None,
            attempts: [Attempt::default(); 2],
            attempt_count: 0,
            salt,
        };
        request.body_bytes = answer::body_bytes(&request, &self.site.resources[resource]);
        request.referer = self.referer(asking.kind, profile.kind, &request);
        answer::answer_from(profile.backing, &mut request);
        request
    }

    fn hostile(&mut self, time_ns: i64) -> Request {
        let (resource, index) = self.site.pick_hostile(&mut self.rng);
        let hostile = &HOSTILE[index];
        let mut request = Request {
            time_ns,
            client: self.clients.pick_scanner(&mut self.rng) as u32,
            resource: resource as u32,
            agent: (AGENTS.len() + index) as u16,
            referer: 0,
            method: hostile.method,
            protocol: if hostile.method == Method::None { Protocol::None } else { Protocol::Http11 },
            status: hostile.status,
            body_bytes: 0,
            duration_us: self.draws[ResourceKind::Hostile as usize].duration_us.pick(&mut self.rng),
            cache: Cache::None,
            attempts: [Attempt::default(); 2],
            attempt_count: 0,
            salt: self.rng.u64(..),
        };
        request.body_bytes = answer::body_bytes(&request, &self.site.resources[resource]);
        request
    }

    /// Index of the page that a request comes from, [`OUTER_REFERERS`] first.
    fn referer(&mut self, client: ClientKind, kind: ResourceKind, request: &Request) -> u16 {
        use ResourceKind::{Account, Api, Asset, Front, Gone, Image, Page, Product, Search};
        const NONE: usize = 0;
        /// The front page comes first among the site's own. Other origins are shown no more.
        const ORIGIN: usize = OUTER_REFERERS.len();
        let dice = request.salted(Purpose::Referer, 16);
        let referer = match (client, kind) {
            (ClientKind::Browser, Image | Api) if dice > 0 => ORIGIN,
            (ClientKind::Browser, Front | Page | Product | Search | Gone) => match dice {
                0..=4 => NONE,
                5..=7 => request.salted(Purpose::OuterReferer, OUTER_REFERERS.len() as u64) as usize,
                _ => ORIGIN + self.referring_choice.pick(&mut self.rng),
            },
            (ClientKind::Browser, Asset | Account) => ORIGIN + self.referring_choice.pick(&mut self.rng),
            _ => NONE,
        };
        referer as u16
    }
}

/// `drawn` if it can answer `method`, else what usually does.
fn suitable(drawn: u16, method: Method) -> u16 {
    match (method, drawn) {
        (Method::Get, 201 | 204) | (Method::Head, 206) => 200,
        (Method::Options, _) | (Method::Delete, 200 | 201) => 204,
        _ => drawn,
    }
}
