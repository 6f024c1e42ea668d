use super::{join, lex};
use crate::template::token::{Kind, Token};
use proptest::prelude::*;

fn tokens(text: &str) -> Vec<Token> {
    let (mut lexed, mut joined) = (Vec::new(), Vec::new());
    lex(text.as_bytes(), &mut lexed);
    join(text.as_bytes(), &lexed, &mut joined);
    joined
}

/// Tokens with spaces between: `<*>` a variable, `~` before soft ones.
fn shape(text: &str) -> String {
    let show = |token: &Token| {
        let text = String::from_utf8_lossy(token.text(text.as_bytes())).into_owned();
        match token.kind {
            Kind::Hole => "<*>".to_owned(),
            Kind::Soft => format!("~{text}"),
            Kind::Word | Kind::Punctuation => text,
        }
    };
    tokens(text).iter().map(show).collect::<Vec<_>>().join(" ")
}

#[test]
fn variables_by_their_looks() {
    for variable in [
        "17",
        "-17",
        "1,234.5",
        "12ms",
        "<1 sec",
        "2048 KB (2 MB)",
        "0x1f",
        "10.0.0.9",
        "/10.0.0.9:80",
        "10.0.0.0/8",
        "00:1b:44:11:3a:b7",
        "fe80::1:2",
        "123e4567-e89b-12d3-a456-426614174000",
        "2026-10-10T13:55:36.123Z",
        "Sat Oct 10 13:55:36 2026",
        "10 Oct 2026",
        "13:55:36",
        "https://example.org/a?b=c",
        "/usr/lib/x",
        "C:\\x",
        "frank@example.org",
        "true",
        "deadbeef",
        "blk_123",
        "a1b2",
        "1.2.3",
    ] {
        assert_eq!(shape(&format!("is {variable} now")), "is <*> now", "{variable}");
    }
}

#[test]
fn soft_tokens_and_words() {
    assert_eq!(shape("loading org.example.Main from eth0"), "loading ~org.example.Main from ~eth0");
    assert_eq!(shape("user 'frank' unknown."), "user ' ~frank ' unknown .");
    assert_eq!(shape("Oct was cold; May I?"), "Oct was cold ; May I ?");
}

#[test]
fn values_are_joined() {
    assert_eq!(shape("uid=0 tty=ssh ruser= end"), "uid = <*> tty = <*> ruser = <*> end");
    assert_eq!(shape("a=f(x, y) b=\"c d\""), "a = <*> b = <*>");
    assert_eq!(shape("from 1, 2:3 and [] done"), "from <*> and [ <*> ] done");
    assert_eq!(shape("(x 1) (x 2) (x 3)"), "( x <*> )");
    assert_eq!(shape("no no no"), "no no no");
}

#[test]
fn long_lines_end_in_a_variable() {
    let long = "word ".repeat(2000);
    assert_eq!(tokens(&long).len(), super::MAX_TOKENS);
    assert_eq!(shape(&"x".repeat(1000)), "<*>");
}

/// Repetitions that could be looked at again and again.
#[test]
fn hostile_lines_take_linear_time() {
    for piece in ["1,", "a:", "a.b.c%", "<1", "\"' ", "a=x(", "((", "1 a ", "~/", "Oct ", "Sat  "] {
        let line = piece.repeat((1 << 20) / piece.len());
        assert!(!tokens(&(line + "_")).is_empty());
    }
}

proptest! {
    #[test]
    fn tokens_are_in_order_and_inside(text in "[a-f0-9 .:=/'\"<>(){}\\[\\],@xZOct_-]{0,80}|.{0,40}") {
        let mut end = 0;
        for token in tokens(&text) {
            prop_assert!(token.start >= end && token.end >= token.start);
            prop_assert!(token.end as usize <= text.len());
            end = token.end;
        }
    }
}
