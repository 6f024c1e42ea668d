use std::time::{Duration, Instant};

use super::{BoundedRegex, Scratch};

const TEXT_BYTES: usize = 64 << 10;

/// A hundred regexes that cost some engine much: nested and stacked repetitions, large counts, many
/// alternatives, states that multiply, look-around at every byte.
fn hostile() -> Vec<String> {
    let mut regexes: Vec<String> = [
        "(a{1000}){1000}",
        "(x+x+)+y",
        "(a+)+b",
        "(a*)*b",
        "(a|a)*b",
        "(a|aa)+$",
        "(.*)*x",
        "(.*a){25}b",
        "([ab]*a){30}c",
        ".*.*.*.*=.*x",
        "(\\w+\\s?)+!",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(a?){60}a{60}b",
        "((a{0,30}){0,30}){0,30}",
        "[01]*1[01]{12}x",
        "[01]*1[01]{200}x",
        "[ab]*a[ab]{15}c",
        "(?:a|b)*a(?:a|b){90}$",
        "(?s)^.*a.{40}b.{40}c$",
        "\\b(\\w+\\b.){40}z",
        "(\\bx?){50}y",
        "(^|a)+b",
        "(a|$)+b",
        "(?:(?:(?:a*)*)*)*b",
        "(ab|a|b){100}c",
        "(.{1,100}){1,100}",
        "a{0,1000}",
        "[^x]{500}y",
        "(a.{20}|b.{20}|ab)c",
        "(?i)(a|b|ab){50}z",
    ]
    .map(str::to_owned)
    .to_vec();
    for i in 1..=35 {
        regexes.push(format!("[ab]*a[ab]{{{i}}}c"));
        regexes.push(format!("(?:a{{1,{}}}b?){{1,{i}}}c", 3 * i));
    }
    regexes
}

fn texts() -> Vec<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut of = |alphabet: &[u8]| -> Vec<u8> {
        (0..TEXT_BYTES).map(|_| alphabet[random.usize(..alphabet.len())]).collect()
    };
    vec![
        vec![b'a'; TEXT_BYTES],
        of(b"ab"),
        of(b"01"),
        of(b"ax"),
        of(b"ab c=!"),
        of(b"abcdefghijklmnopqrstuvwxyz /0189_-."),
    ]
}

/// The bound is ten milliseconds on the machine that it was measured on; here it is wide, for
/// builds without optimisation and busy machines.
#[test]
fn hostile_regexes_are_refused_or_quick() {
    let regexes = hostile();
    assert_eq!(regexes.len(), 100);
    let texts = texts();
    let (mut refused, mut slowest) = (0, (Duration::ZERO, String::new()));
    for regex in regexes {
        let Ok(compiled) = BoundedRegex::compile(&regex) else {
            refused += 1;
            continue;
        };
        let mut scratch = Scratch::default();
        for text in &texts {
            let start = Instant::now();
            compiled.is_match(&mut scratch, text);
            compiled.captures(&mut scratch, text);
            slowest = slowest.max((start.elapsed(), regex.clone()));
            assert!(scratch.held_bytes() < 16 << 20, "{regex}: {} bytes", scratch.held_bytes());
        }
    }
    println!("{refused} refused, the slowest took {slowest:?}");
    assert!(slowest.0 < Duration::from_millis(200), "{slowest:?}");
    assert!((10..90).contains(&refused), "{refused}");
}

#[test]
fn usual_regexes_are_taken() {
    for regex in [
        "_product_",
        "^/queuemetrics/([a-z0-9]+)/",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "(?i)\\.(?:css|js|png|jpe?g|gif|svg|ico|woff2?|ttf|map|webp|avif|mp4|webm|pdf|zip|gz|xml|txt|json)$",
        "^/(?:[a-z]{2}(?:-[A-Z]{2})?/)?(?:products?|articles?|categor(?:y|ies))/[^/]+/(?:reviews|images)/[0-9]+",
        "\\b(?:bot|crawler|spider|slurp|facebookexternalhit|bingpreview|headlesschrome|lighthouse|pingdom)\\b",
        "/[0-9]{4}-[0-9]{2}-[0-9]{2}/.*/[0-9]{1,10}(?:\\?.*)?$",
        "^(\\d{1,3}\\.){3}\\d{1,3}$",
    ] {
        assert!(BoundedRegex::compile(regex).is_ok(), "{regex}");
    }
}

#[test]
fn mistakes_have_their_place() {
    for (regex, at) in [("a(b", 1..2), ("a[z-b]", 2..5), ("x**(", 3..4), ("a\\p{L}", 1..6)] {
        assert_eq!(BoundedRegex::compile(regex).unwrap_err().span, at, "{regex}");
    }
}
