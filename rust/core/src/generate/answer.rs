//! What comes back: how much, after how long, and from where.

use super::{
    profile::Backing,
    request::{Attempt, Cache, Method, Purpose, Request, UPSTREAMS},
    site::Resource,
};

/// Bytes of the body that answers `request` for `resource`.
pub fn body_bytes(request: &Request, resource: &Resource) -> u64 {
    if request.method == Method::Head {
        return 0;
    }
    let whole = resource.body_bytes;
    match request.status {
        200 | 201 => match resource.profile.backing {
            Backing::Disk => whole,
            // Generated answers differ a little from one time to the next.
            Backing::Cache | Backing::Upstream => whole + request.salted(Purpose::BodyBytes, whole / 16 + 1),
        },
        206 => request.salted(Purpose::BodyBytes, whole) + 1,
        204 | 304 | 408 | 499 => 0,
        301 | 302 => 162,
        404 | 410 if resource.profile.backing != Backing::Disk => 4_211,
        502..=504 => 157,
        _ => 146,
    }
}

/// Completes `request`, which has the duration that is usual for its resource, by how the server
/// came by the answer: the cache's part, the attempts upstream and the duration that follows.
pub fn answer_from(backing: Backing, request: &mut Request) {
    request.cache = cache(backing, request);
    let asks_upstream = match request.cache {
        Cache::Hit | Cache::Stale => request.status >= 499,
        Cache::None => false,
        Cache::Miss | Cache::Expired | Cache::Bypass => true,
    };
    request.duration_us = match request.status {
        500 => request.duration_us * 2,
        502 | 503 => request.duration_us / 8,
        504 => 60_000_000 + request.salted(Purpose::Timeout, 2_000),
        _ if asks_upstream || backing == Backing::Disk => request.duration_us,
        _ => request.duration_us / 64,
    };
    if asks_upstream {
        ask_upstream(request);
    }
    // The way to the client, at 80 MB/s.
    request.duration_us += request.body_bytes / 80 + request.salted(Purpose::Transfer, 300);
}

fn cache(backing: Backing, request: &Request) -> Cache {
    match backing {
        Backing::Disk => Cache::None,
        Backing::Upstream => Cache::Bypass,
        Backing::Cache => match request.salted(Purpose::Cache, 32) {
            0..=18 => Cache::Hit,
            19..=28 => Cache::Miss,
            29..=30 => Cache::Expired,
            _ => Cache::Stale,
        },
    }
}

/// One attempt, or two when the first server failed.
fn ask_upstream(request: &mut Request) {
    let server = request.salted(Purpose::Server, UPSTREAMS.len() as u64) as u8;
    let retries = match request.status {
        502 | 504 => request.salted(Purpose::Retry, 2) == 0,
        _ => request.salted(Purpose::Retry, 256) == 0,
    };
    // A client that left gets no answer from upstream either.
    let status = if request.status == 499 { 0 } else { request.status };
    let last = Attempt { server, status, duration_us: request.duration_us };
    if retries {
        let refused = Attempt {
            server: (server + 1) % UPSTREAMS.len() as u8,
            status: 502,
            duration_us: request.salted(Purpose::Refusal, 4_000),
        };
        request.attempts = [refused, last];
        request.duration_us += refused.duration_us;
    } else {
        request.attempts[0] = last;
    }
    request.attempt_count = 1 + u8::from(retries);
}
