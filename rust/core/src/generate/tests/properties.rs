//! Any pattern, any seed, any cut.

use proptest::prelude::*;

use super::*;

/// Every name that the model knows, and some that it does not.
const NAMES: &[&str] = &[
    "remote_addr",
    "remote_port",
    "client_ip",
    "ident",
    "user",
    "time",
    "method",
    "target",
    "path",
    "query",
    "protocol",
    "request",
    "status",
    "bytes",
    "bytes_sent",
    "bytes_in",
    "referer",
    "user_agent",
    "vhost",
    "server_port",
    "scheme",
    "request_time",
    "request_processing_time",
    "response_processing_time",
    "time_to_first_byte",
    "upstream_addr",
    "upstream_host",
    "upstream_port",
    "upstream_status",
    "upstream_response_time",
    "upstream_connect_time",
    "x_forwarded_for",
    "cache_status",
    "content_type",
    "request_id",
    "trace_id",
    "ssl_protocol",
    "ssl_cipher",
    "unheard_of",
];

fn any_layout() -> impl Strategy<Value = Layout> {
    prop_oneof![
        Just(Layout::Clf),
        Just(Layout::Iso8601),
        Just(Layout::EpochSeconds),
        Just(Layout::EpochMilliseconds),
        Just(Layout::EpochMicroseconds),
        "(%[YmdHMSfjbs]|%3f|[-:/ \\]\"a,]){1,8}".prop_map(Layout::Strftime),
    ]
}

fn any_kind() -> impl Strategy<Value = Kind> {
    let units = [Unit::Seconds, Unit::Milliseconds, Unit::Microseconds, Unit::Nanoseconds];
    prop_oneof![
        Just(Kind::Text),
        Just(Kind::Integer),
        Just(Kind::Number),
        prop::sample::select(units.to_vec()).prop_map(Kind::Duration),
        any_layout().prop_map(Kind::Time),
    ]
}

fn any_field() -> impl Strategy<Value = Piece> {
    let classes = [
        Class::Word,
        Class::Digits,
        Class::Decimal,
        Class::List,
        Class::Quoted,
        Class::Bracketed,
        Class::Lazy,
    ];
    (prop::option::of(prop::sample::select(NAMES)), any_kind(), prop::sample::select(classes.to_vec()))
        .prop_map(|(name, kind, class)| Piece::Field(Field { name: name.map(str::to_owned), kind, class }))
}

fn any_pattern() -> impl Strategy<Value = Pattern> {
    let delimiter = prop_oneof![
        prop::sample::select(vec![" ", "\"", "\" \"", "] [", ",", "; ", "|", "\t", ":", "-"])
            .prop_map(literal),
        prop::collection::vec(any::<u8>().prop_filter("line feed", |&byte| byte != b'\n'), 1..4)
            .prop_map(|bytes| Piece::Literal(bytes.into())),
    ];
    prop::collection::vec(prop_oneof![2 => any_field(), 1 => delimiter], 0..12)
        .prop_map(|pieces| Pattern { pieces })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lines_match_their_pattern(pattern in any_pattern(), seed: u64) {
        let options = TrafficOptions { seed, broken_share: 0.3, ..TrafficOptions::default() };
        let out = lines(&Template::Pattern(pattern.clone()), &options, 50);
        let regex = regex(&pattern);
        let mut count = 0;
        for line in out.strip_suffix(b"\n").unwrap().split(|&byte| byte == b'\n') {
            prop_assert!(regex.is_match(line), "{} from {}", line.escape_ascii(), pattern.to_regex());
            count += 1;
        }
        prop_assert_eq!(count, 50);
    }

    #[test]
    fn calls_may_be_cut_anywhere(seed: u64, counts in prop::collection::vec(0..200_usize, 1..6)) {
        let options = TrafficOptions { seed, ..TrafficOptions::default() };
        let whole = lines(&combined(), &options, counts.iter().sum());
        let mut parts = Vec::new();
        let mut generator = Generator::new(&combined(), &options).unwrap();
        for &count in &counts {
            generator.write_lines(count, &mut parts);
        }
        prop_assert_eq!(&parts, &whole);
        let other = TrafficOptions { seed: seed.wrapping_add(1), ..options };
        if counts.iter().sum::<usize>() > 0 {
            prop_assert_ne!(&lines(&combined(), &other, counts.iter().sum()), &whole);
        }
    }
}
