//! What is asked for: the resources of a shop with its API, chosen by Zipf's law.

use fastrand::Rng;

use super::{
    clients::ClientKind,
    distribution::{LogNormal, Weighted, zipf_within_groups},
    hostile::HOSTILE,
    profile::{PROFILES, Profile, ResourceKind},
    request::Method,
};

/// One resource.
#[derive(Debug)]
pub struct Resource {
    /// What its kind is like.
    pub profile: &'static Profile,
    /// Request target, without its tail.
    pub target: Box<[u8]>,
    /// What each request appends to the target.
    pub tail: Tail,
    /// Whether the target is a request's: else it is all that was received, and no request.
    pub is_request: bool,
    /// Bytes of the whole of it.
    pub body_bytes: u64,
}

/// What each request appends to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// Nothing: the target is the same each time.
    None,
    /// A number of seven digits.
    Number,
    /// A token of 16 hexadecimal digits.
    Token,
}

impl Resource {
    /// The target's path and, after the `?`, its query.
    pub fn path_and_query(&self) -> (&[u8], Option<&[u8]>) {
        match self.target.iter().position(|&byte| byte == b'?') {
            Some(mark) => (&self.target[..mark], Some(&self.target[mark + 1..])),
            None => (&self.target, None),
        }
    }
}

/// All resources.
#[derive(Debug)]
pub struct Site {
    /// The resources; the last ones are [`HOSTILE`], in its order.
    pub resources: Vec<Resource>,
    /// One choice for each kind of client that asks for resources, in their order.
    choices: [Weighted; ClientKind::COUNT - 1],
}

impl Site {
    /// Draws the resources.
    pub fn new(rng: &mut Rng) -> Site {
        let body_bytes =
            PROFILES.iter().map(|&Profile { body_bytes: (median, sigma), .. }| LogNormal::new(median, sigma));
        let mut builder = Builder { resources: Vec::new(), body_bytes: body_bytes.collect(), rng };
        builder.add_pages();
        builder.add_products_and_images();
        builder.add_searches();
        builder.add_files();
        builder.add_calls();
        builder.add_account_and_probes();
        builder.add_lost_pages();
        builder.add_hostile();
        let resources = builder.resources;
        let kinds: Vec<usize> = resources.iter().map(|resource| resource.profile.kind as usize).collect();
        let choices = std::array::from_fn(|client| {
            let demand = PROFILES.each_ref().map(|profile| profile.demand[client]);
            Weighted::new(&zipf_within_groups(&kinds, &demand, 0.9))
        });
        Site { resources, choices }
    }

    /// Index of a resource that a client of this kind asks for; it is no scanner.
    #[inline]
    pub fn pick(&self, client: ClientKind, rng: &mut Rng) -> usize {
        self.choices[client as usize].pick(rng)
    }

    /// Index of a broken or hostile request, in the resources and in [`HOSTILE`].
    pub fn pick_hostile(&self, rng: &mut Rng) -> (usize, usize) {
        let index = rng.usize(..HOSTILE.len());
        (self.resources.len() - HOSTILE.len() + index, index)
    }
}

const SECTIONS: [&str; 14] = [
    "garden",
    "kitchen",
    "living-room",
    "bedroom",
    "bathroom",
    "office",
    "lighting",
    "textiles",
    "storage",
    "tools",
    "outdoor/camping",
    "outdoor/bikes",
    "kids/toys",
    "sale",
];
const MATERIALS: [&str; 12] = [
    "oak", "steel", "linen", "glass", "bamboo", "walnut", "ceramic", "cotton", "copper", "wool", "rattan",
    "cork",
];
const THINGS: [&str; 20] = [
    "chair", "desk", "lamp", "shelf", "mug", "blanket", "mirror", "basket", "rug", "stool", "vase", "table",
    "clock", "cushion", "bowl", "curtain", "bench", "planter", "tray", "drawer",
];
/// As browsers escape them: accents, other scripts, quotes, a percent sign.
const ESCAPED_QUERIES: [&str; 8] = [
    "caf%C3%A9+table",
    "gr%C3%BCner+stuhl",
    "l%C3%A1mpara+de+pie",
    "%E6%A4%85%E5%AD%90",
    "%D0%BB%D0%B0%D0%BC%D0%BF%D0%B0",
    "%22oak+desk%22",
    "20%25+off",
    "d%C3%A9co%20murale",
];

struct Builder<'a> {
    resources: Vec<Resource>,
    /// Sizes by kind, in their order.
    body_bytes: Vec<LogNormal>,
    rng: &'a mut Rng,
}

impl Builder<'_> {
    fn add(&mut self, kind: ResourceKind, target: impl Into<Vec<u8>>, tail: Tail) {
        let body_bytes = self.body_bytes[kind as usize].pick(self.rng);
        let target = target.into().into();
        self.resources.push(Resource {
            profile: &PROFILES[kind as usize],
            target,
            tail,
            is_request: true,
            body_bytes,
        });
    }

    fn choose<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.rng.usize(..texts.len())]
    }

    fn add_pages(&mut self) {
        self.add(ResourceKind::Front, "/", Tail::None);
        self.add(ResourceKind::Front, "/?utm_source=newsletter&utm_medium=email&mc_eid=", Tail::Token);
        for section in SECTIONS {
            self.add(ResourceKind::Page, format!("/shop/{section}"), Tail::None);
            self.add(ResourceKind::Page, format!("/shop/{section}?page=2"), Tail::None);
            self.add(ResourceKind::Page, format!("/shop/{section}?sort=price&order=asc&page=3"), Tail::None);
        }
        let campaign = "/shop/sale?utm_source=ads&utm_medium=cpc&utm_campaign=spring_sale_2025&utm_content=\
                        banner%20top&utm_term=garden%20furniture%2Coutdoor&gad_source=1&gclid=";
        self.add(ResourceKind::Page, campaign, Tail::Token);
        for page in ["delivery", "returns", "contact", "size-guide", "about", "imprint", "privacy"] {
            self.add(ResourceKind::Page, format!("/help/{page}"), Tail::None);
        }
        for _ in 0..150 {
            let (material, thing) = (self.choose(&MATERIALS), self.choose(&THINGS));
            let year = self.rng.u16(2019..2026);
            self.add(ResourceKind::Page, format!("/blog/{year}/the-{material}-{thing}"), Tail::None);
        }
    }

    fn add_products_and_images(&mut self) {
        for _ in 0..1_500 {
            let (material, thing) = (self.choose(&MATERIALS), self.choose(&THINGS));
            let id = self.rng.u32(10_000..99_999);
            self.add(ResourceKind::Product, format!("/product/{id}-{material}-{thing}"), Tail::None);
            for width in [320, 960] {
                self.add(ResourceKind::Image, format!("/p/{id}/{width}.webp"), Tail::None);
            }
        }
        for id in 1..=12 {
            self.add(ResourceKind::Image, format!("/films/{id}.mp4"), Tail::None);
        }
    }

    fn add_searches(&mut self) {
        for _ in 0..500 {
            let (material, thing) = (self.choose(&MATERIALS), self.choose(&THINGS));
            let page = self.rng.u8(1..5);
            self.add(ResourceKind::Search, format!("/search?q={material}+{thing}"), Tail::None);
            self.add(ResourceKind::Search, format!("/search?q={thing}&page={page}"), Tail::None);
        }
        for query in ESCAPED_QUERIES {
            self.add(ResourceKind::Search, format!("/search?q={query}"), Tail::None);
        }
        self.add(ResourceKind::Search, "/search?session=", Tail::Token);
    }

    fn add_files(&mut self) {
        for name in [
            "app", "vendor", "runtime", "shop", "checkout", "search", "i18n-en", "product", "consent",
            "charts",
        ] {
            for extension in ["js", "css", "js.map"] {
                let hash = self.rng.u32(..);
                self.add(ResourceKind::Asset, format!("/static/{name}.{hash:08x}.{extension}"), Tail::None);
            }
        }
        for file in ["fonts/inter-400.woff2", "fonts/inter-700.woff2", "icons.svg", "logo.svg"] {
            self.add(ResourceKind::Asset, format!("/static/{file}?v=20251104"), Tail::None);
        }
        self.add(ResourceKind::Asset, "/favicon.ico", Tail::None);
        for file in [
            "/robots.txt",
            "/sitemap.xml",
            "/sitemap-products-1.xml.gz",
            "/.well-known/security.txt",
            "/feed.xml",
        ] {
            self.add(ResourceKind::Robots, file, Tail::None);
        }
    }

    fn add_calls(&mut self) {
        let fixed = [
            "/v2/cart",
            "/v2/session",
            "/v2/recommendations?limit=12",
            "/v1/events",
            "/v2/stock?store=17",
            "/graphql",
        ];
        for target in fixed {
            self.add(ResourceKind::Api, target, Tail::None);
        }
        for prefix in ["/v2/orders/", "/v2/products/", "/v1/customers/"] {
            self.add(ResourceKind::Api, prefix, Tail::Number);
        }
        self.add(ResourceKind::Api, "/v2/suggest?q=oa&limit=8&request=", Tail::Token);
        for id in 10..200 {
            self.add(ResourceKind::Api, format!("/v2/stores/{id}/reservations"), Tail::None);
        }
    }

    fn add_account_and_probes(&mut self) {
        let account = [
            "/login",
            "/cart",
            "/checkout/payment",
            "/account/orders",
            "/checkout/address",
            "/account",
            "/logout",
        ];
        for target in account {
            self.add(ResourceKind::Account, target, Tail::None);
        }
        self.add(ResourceKind::Account, "/account/orders/", Tail::Number);
        for target in ["/healthz", "/readyz", "/status"] {
            self.add(ResourceKind::Health, target, Tail::None);
        }
    }

    fn add_lost_pages(&mut self) {
        for id in (101..2_200).step_by(7) {
            self.add(ResourceKind::Gone, format!("/catalog/item.php?id={id}"), Tail::None);
        }
    }

    fn add_hostile(&mut self) {
        for hostile in HOSTILE {
            self.add(ResourceKind::Hostile, hostile.target, Tail::None);
            if let Some(resource) = self.resources.last_mut() {
                resource.is_request = hostile.method != Method::None;
            }
        }
    }
}
