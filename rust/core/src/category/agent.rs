//! The class of a user agent, as a category that is built in: `bot`, `browser`, `tool`, `monitor`.
//!
//! It goes by what programs say of themselves, so it tells honest bots from browsers and not
//! dishonest ones. Monitors come first, since many call themselves bots or browsers too.

use crate::spec::{CategorySpec, RuleSpec, Text};

/// Name of the category.
pub const AGENT_CLASS: &str = "agent_class";

/// Services and programs that ask whether a site is up.
const MONITORS: [&str; 26] = [
    "Amazon-Route53-Health-Check",
    "Better Uptime",
    "Better Stack",
    "Blackbox",
    "Catchpoint",
    "Checkly",
    "Consul Health Check",
    "DatadogSynthetics",
    "Datadog/Synthetics",
    "ELB-HealthChecker",
    "GoogleHC/",
    "GoogleStackdriverMonitoring",
    "HetrixTools",
    "NewRelicPinger",
    "NewRelicSynthetics",
    "Pingdom",
    "Prometheus/",
    "Site24x7",
    "StatusCake",
    "Uptime-Kuma",
    "UptimeRobot",
    "Zabbix",
    "check_http",
    "kube-probe/",
    "monitis",
    "updown.io",
];

/// Words of crawlers and link previewers that do not call themselves bots.
const BOTS: [&str; 22] = [
    "BingPreview",
    "ChatGPT-User",
    "Chrome-Lighthouse",
    "Claude-Web",
    "Crawler",
    "Google-Extended",
    "Google-Read-Aloud",
    "Google-InspectionTool",
    "GoogleOther",
    "Mediapartners-Google",
    "Nutch",
    "Perplexity-User",
    "Scrapy/",
    "Slurp",
    "Spider",
    "WhatsApp/",
    "archive.org",
    "crawler",
    "facebookexternalhit",
    "ia_archiver",
    "meta-externalagent",
    "spider",
];

/// Clients of the command line, libraries and test programs.
const TOOLS: [&str; 38] = [
    "Apache-HttpClient",
    "ApacheBench",
    "Dart/",
    "Go-http-client",
    "GuzzleHttp",
    "HTTPie",
    "HeadlessChrome",
    "JMeter",
    "Java-http-client",
    "Java/",
    "Nikto",
    "Nmap",
    "PhantomJS",
    "Playwright",
    "PostmanRuntime",
    "PycURL",
    "Python-urllib",
    "Ruby",
    "Wget",
    "aiohttp",
    "aria2",
    "axios",
    "aws-sdk",
    "curl/",
    "git/",
    "go-resty",
    "got (",
    "httpx",
    "k6/",
    "libwww-perl",
    "masscan",
    "node-fetch",
    "okhttp",
    "python-requests",
    "reqwest",
    "sqlmap",
    "undici",
    "zgrab",
];

/// What calls itself a bot; a telephone called Cubot is none.
const BOT: &str = "(?i)(?:^|[^u]|[^c]u)bot";

/// The category that is built in under `name`, if there is one.
pub fn built_in(name: &str) -> Option<CategorySpec> {
    let rule = |name: &str| RuleSpec {
        name: Text::from(name),
        exact: Vec::new(),
        prefix: Vec::new(),
        suffix: Vec::new(),
        contains: Vec::new(),
        regex: Vec::new(),
        when: None,
        span: 0..0,
    };
    let texts = |texts: &[&str]| texts.iter().copied().map(Text::from).collect();
    (name == AGENT_CLASS).then(|| CategorySpec {
        name: Text::from(AGENT_CLASS),
        on: Some(Text::from("user_agent")),
        replace: Vec::new(),
        rules: vec![
            RuleSpec { contains: texts(&MONITORS), ..rule("monitor") },
            RuleSpec { contains: texts(&BOTS), regex: texts(&[BOT]), ..rule("bot") },
            RuleSpec { contains: texts(&TOOLS), ..rule("tool") },
            RuleSpec { prefix: texts(&["Mozilla/", "Opera/"]), ..rule("browser") },
        ],
        default: None,
        mined: None,
    })
}
