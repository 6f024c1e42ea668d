//! One request of the model: choices and amounts, not yet text.

/// One request. Its texts are the tables' (`clients`, `site`, `agents`) at these indices.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Unix nanoseconds.
    pub time_ns: i64,
    /// Which client asks.
    pub client: u32,
    /// Which resource is asked for.
    pub resource: u32,
    /// Which user agent is sent.
    pub agent: u16,
    /// Which page it comes from.
    pub referer: u16,
    /// Request method.
    pub method: Method,
    /// Protocol version.
    pub protocol: Protocol,
    /// Status of the answer.
    pub status: u16,
    /// Bytes of the answer's body.
    pub body_bytes: u64,
    /// From the first byte of the request to the last one of the answer, in microseconds.
    pub duration_us: u64,
    /// Which cache status.
    pub cache: Cache,
    /// What was tried upstream: `attempts[..attempt_count]`, the last one counts.
    pub attempts: [Attempt; 2],
    /// How many attempts were made; 0 when no upstream was asked.
    pub attempt_count: u8,
    /// Random bits for what belongs to this request alone (ids, ports).
    pub salt: u64,
}

/// What random bits of a request are for; different purposes are independent.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    Referer,
    OuterReferer,
    BodyBytes,
    HeadBytes,
    RequestBytes,
    Cache,
    Server,
    Retry,
    Refusal,
    Timeout,
    Transfer,
    Queueing,
    Processing,
    Port,
    TargetTail,
    RequestId,
    TraceId,
    /// Fields that the model does not know.
    Unknown,
}

/// One try at one upstream server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attempt {
    /// Which server: index into [`UPSTREAMS`].
    pub server: u8,
    /// Status that it answered.
    pub status: u16,
    /// How long it took, in microseconds.
    pub duration_us: u64,
}

/// Addresses of the upstream servers.
pub const UPSTREAMS: [&str; 6] = [
    "10.0.1.11:8080",
    "10.0.1.12:8080",
    "10.0.1.13:8080",
    "10.0.2.11:8080",
    "10.0.2.12:8080",
    "10.0.2.13:8080",
];

impl Request {
    /// Random bits for one purpose: an element of the sequence of `SplitMix64` (G. L. Steele,
    /// D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators", 2014).
    pub fn bits(&self, purpose: Purpose) -> u64 {
        let state = self.salt.wrapping_add((purpose as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A random number below `bound` for one purpose.
    pub fn salted(&self, purpose: Purpose, bound: u64) -> u64 {
        ((u128::from(self.bits(purpose)) * u128::from(bound)) >> 64) as u64
    }

    /// The attempts upstream, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts[..usize::from(self.attempt_count)]
    }
}

/// Request method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// What was received is no request.
    None,
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Connect,
    Propfind,
}

impl Method {
    /// Texts in the order of declaration.
    pub const TEXTS: [&str; 10] =
        ["-", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "PROPFIND"];
}

/// Protocol version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// What was received is no request.
    None,
    Http10,
    Http11,
    Http2,
    Http3,
}

impl Protocol {
    /// Texts in the order of declaration.
    pub const TEXTS: [&str; 5] = ["-", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0"];
}

/// What the cache did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// Not asked.
    None,
    Hit,
    Miss,
    Expired,
    Stale,
    Bypass,
}

impl Cache {
    /// Texts in the order of declaration.
    pub const TEXTS: [&str; 6] = ["-", "HIT", "MISS", "EXPIRED", "STALE", "BYPASS"];
}
