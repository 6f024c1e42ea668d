use super::{Header, Miner, Novelty, Reader};
use proptest::prelude::*;

fn learn(miner: &mut Miner, lines: &[String]) {
    let mut reader = Reader::new(Header::default(), 2026);
    for line in lines {
        miner.learn(&reader.read(line.as_bytes()));
    }
}

fn learnt(lines: &[String]) -> Miner {
    let mut miner = Miner::default();
    learn(&mut miner, lines);
    miner
}

/// What hosts must agree on.
fn summary(miner: &mut Miner) -> Vec<(String, String, u64)> {
    let templates = miner.templates().into_iter();
    templates.map(|template| (template.id, template.text, template.count)).collect()
}

fn texts(lines: &[String]) -> Vec<String> {
    let mut texts: Vec<String> =
        learnt(lines).templates().into_iter().map(|template| template.text).collect();
    texts.sort();
    texts
}

fn logins() -> Vec<String> {
    let users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan"];
    let login =
        |(index, user)| format!("Failed password for user {user} from 10.0.0.{index} port {index}22 ssh2");
    users.iter().enumerate().map(login).collect()
}

#[test]
fn words_that_vary_are_variables() {
    assert_eq!(texts(&logins()), ["Failed password for user <*> from <*> port <*> ssh2"]);
}

#[test]
fn words_that_say_what_happened_are_text() {
    let lines = ["Connection opened by client 1", "Connection closed by client 2"].map(str::to_owned);
    assert_eq!(texts(&lines), ["Connection closed by client <*>", "Connection opened by client <*>"]);
}

#[test]
fn templates_are_written_in_several_ways() {
    let mut miner = learnt(&logins());
    let templates = miner.templates();
    let [template] = templates.as_slice() else { panic!("{templates:?}") };
    assert_eq!(template.typed, "Failed password for user <word> from <ip> port <num> ssh2");
    let names: Vec<&str> = template.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["user", "from", "port"]);
    assert!(template.grok.contains("from\\s+%{IPORHOST:from}"), "{}", template.grok);
    assert_eq!((template.count, template.examples.len()), (9, 8));
}

#[test]
fn what_is_new_is_said() {
    let mut miner = learnt(&logins());
    miner.settle();
    let mut reader = Reader::new(Header::default(), 2026);
    let mut novelty = |line: &str| miner.learn(&reader.read(line.as_bytes())).novelty;
    assert_eq!(novelty("Failed password for user bob from 10.9.9.9 port 1 ssh2"), Novelty::Known);
    assert_eq!(novelty("Failed password for user mallory from 10.9.9.9 port 1 ssh2"), Novelty::NewShape);
    assert_eq!(novelty("Out of memory: killed process 17"), Novelty::NewTemplate);
    assert_eq!(novelty("Out of memory: killed process 18"), Novelty::Known);
}

#[test]
fn models_come_back_as_they_were() {
    let mut miner = learnt(&logins());
    let json = miner.to_json();
    let mut again = Miner::from_json(&json).unwrap();
    assert_eq!(again.to_json(), json);
    assert_eq!(summary(&mut again), summary(&mut miner));
    for damaged in ["", "{}", "[]", "{\"version\":2}", &json.replace("\"count\":1,", "\"count\":0,")] {
        assert!(Miner::from_json(damaged).is_err(), "{damaged}");
    }
}

#[test]
fn ids_that_are_gone_lead_to_those_that_took_their_place() {
    let mut miner = Miner::default();
    learn(&mut miner, &logins()[..1]);
    let early = summary(&mut miner)[0].0.clone();
    learn(&mut miner, &logins());
    let late = summary(&mut miner)[0].0.clone();
    assert_ne!(early, late);
    assert_eq!(miner.alias(&early), Some(late.as_str()));
}

/// Random words, each line once or twice: what was established stays, and memory is bounded.
#[test]
fn a_flood_of_shapes_harms_nothing() {
    let mut miner = learnt(&logins());
    learn(&mut miner, &logins());
    for round in 0..8 {
        learn(&mut miner, &logins());
        let mut random = fastrand::Rng::with_seed(round);
        let mut word = || -> String { (0..random.usize(3..9)).map(|_| random.lowercase()).collect() };
        let flood: Vec<String> =
            (0..5000).map(|_| (0..8).map(|_| word()).collect::<Vec<_>>().join(" ")).collect();
        learn(&mut miner, &flood);
        if round % 2 == 1 {
            learn(&mut miner, &flood);
        }
        assert!(miner.held_bytes() <= 16 << 20);
    }
    assert_eq!(miner.lines(), 60_090);
    let templates = miner.templates();
    assert_eq!(templates[0].text, "Failed password for user <*> from <*> port <*> ssh2");
    assert_eq!(templates[0].count, 90);
    let counted: u64 = templates.iter().map(|template| template.count).sum();
    assert_eq!(counted + miner.forgotten_lines(), miner.lines());
}

/// Lines of a host: shapes of two words each, some of them those of its neighbour.
fn many_shapes(host: usize) -> Vec<String> {
    let word = |number: usize| {
        format!("w{}x", "abcdefghijklmnopqrstuvwxyz".repeat(1 + number / 26).split_at(number % 26).1)
    };
    (host * 4000..host * 4000 + 5000)
        .map(|number| format!("{} and {}", word(number % 130), word(number / 130)))
        .collect()
}

/// The tokens of a shape as text, its lines, and its exemplars.
type Known = (Vec<Vec<u8>>, u64, Vec<Box<[u8]>>);

/// What is known of each shape, whatever the order in which they came.
fn shapes(miner: &Miner) -> Vec<Known> {
    let words = &miner.shapes.words;
    let shape = |(_, leaf): (u32, &super::leaf::Leaf)| {
        let text = leaf.symbols.iter().map(|&symbol| words.shown(symbol)).collect();
        // Which they are, not in which order they came.
        let mut exemplars = leaf.exemplars.clone();
        exemplars.sort();
        (text, leaf.count, exemplars)
    };
    let mut shapes: Vec<_> = miner.shapes.living().map(shape).collect();
    shapes.sort();
    shapes
}

/// Beyond half of its room a miner that learns lets nobody in at once; merging does.
#[test]
fn merging_is_associative_beyond_half_of_the_room() {
    let [a, b, c] = [0, 1, 2].map(|host| learnt(&many_shapes(host)));
    let mut left = a.clone();
    left.merge(&b);
    left.merge(&c);
    let mut tail = c;
    tail.merge(&b);
    tail.merge(&a);
    assert!(left.is_filled(2) && !left.is_filled(1), "{}", left.held_bytes());
    assert_eq!((left.lines(), left.forgotten_lines()), (15_000, 0));
    assert!(shapes(&left) == shapes(&tail));
}

/// Lines of few words and values, so that shapes meet.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        4 => prop::sample::select(vec!["start", "stop", "user", "node", "of", "disk", "is", "full"]).prop_map(str::to_owned),
        2 => "[a-c]{1,2}",
        1 => "[0-9]{1,3}",
        1 => "k=[a-c]{0,2}",
        1 => "'[a-z]'",
        1 => "eth[0-9]",
        1 => "[(]x [0-9]{1,2}[)]",
    ];
    let line = prop::collection::vec(word, 1..7).prop_map(|words| words.join(" "));
    prop::collection::vec(line, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merging_is_associative_and_like_learning_all(one in lines(), two in lines(), three in lines()) {
        let (a, b, c) = (learnt(&one), learnt(&two), learnt(&three));
        let mut left = a.clone();
        left.merge(&b);
        left.merge(&c);
        let mut tail = b;
        tail.merge(&c);
        let mut right = a;
        right.merge(&tail);
        prop_assert_eq!(summary(&mut left), summary(&mut right));
        let ids = |miner: &mut Miner| {
            let mut ids: Vec<_> = summary(miner).into_iter().map(|(id, _, count)| (id, count)).collect();
            ids.sort();
            ids
        };
        let mut whole = learnt(&[one, two, three].concat());
        prop_assert_eq!(ids(&mut whole), ids(&mut left));
    }

    #[test]
    fn parts_are_cut_anywhere(lines in lines(), cuts in prop::collection::vec(0usize..60, 0..4)) {
        let learnt_part = |lines: &[String]| {
            let mut miner = Miner::of_part();
            learn(&mut miner, lines);
            miner
        };
        let (mut merged, mut start) = (Miner::of_part(), 0);
        let mut ends: Vec<usize> = cuts.into_iter().map(|cut| cut.min(lines.len())).collect();
        ends.sort_unstable();
        for end in ends.into_iter().chain([lines.len()]) {
            merged.merge(&learnt_part(&lines[start..end]));
            start = end;
        }
        let shown = |miner: &mut Miner| {
            let templates = miner.templates().into_iter();
            templates.map(|one| (one.id, one.text, one.count)).collect::<Vec<_>>()
        };
        prop_assert_eq!(shown(&mut merged), shown(&mut learnt_part(&lines)));
    }

    #[test]
    fn learning_is_deterministic(lines in lines()) {
        prop_assert_eq!(learnt(&lines).to_json(), learnt(&lines).to_json());
    }

    #[test]
    fn every_line_finds_its_template_and_regexes_match_examples(lines in lines()) {
        let mut miner = learnt(&lines);
        for template in miner.templates() {
            prop_assert!(!template.regex.is_empty());
            let regex = regex::bytes::RegexBuilder::new(&template.regex).unicode(false).build().unwrap();
            for example in &template.examples {
                prop_assert!(regex.is_match(example), "{} {:?}", template.regex, String::from_utf8_lossy(example));
            }
        }
        let mut reader = Reader::new(Header::default(), 2026);
        for line in &lines {
            prop_assert!(miner.find(&reader.read(line.as_bytes())).is_some());
        }
    }

    #[test]
    fn any_bytes_can_be_learnt(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..30)) {
        let mut miner = Miner::default();
        let header = Header::learn(lines.iter().map(Vec::as_slice));
        let mut reader = Reader::new(header, 2026);
        for line in &lines {
            miner.learn(&reader.read(line));
        }
        let json = miner.to_json();
        prop_assert_eq!(Miner::from_json(&json).unwrap().to_json(), json);
    }
}
