use super::*;
use crate::format::spec;

const FORMAT: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;
const HEAD: &str = r#"192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8""#;

fn edit(format: &str, lines: &[&str]) -> Option<(String, usize)> {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    one_edit(&spec::parse(format).unwrap(), &lines).map(|edit| (edit.words, edit.matched))
}

#[test]
fn the_edit_is_the_one_that_undoes_a_mistake() {
    for (line, words) in [
        (format!("{HEAD} 0.021"), "add a field at the end, behind user_agent"),
        (format!("{HEAD} \"192.0.2.1, ::1\""), "add a field in double quotes at the end, behind user_agent"),
        (format!("www.example.org {HEAD}"), "add a field at the beginning"),
        (HEAD.replace(" 200 5 ", " 200 0.021 5 "), "add a field behind status"),
        (HEAD.replace(" \"curl/8\"", ""), "leave out user_agent: the lines have no such field"),
        (HEAD.replace(" \"-\" ", " "), "leave out user_agent: the lines have no such field"),
        (HEAD.replace("200 5", "200"), "leave out bytes: the lines have no such field"),
        (HEAD.replace("200", "\"200\""), "put status in double quotes"),
        (
            HEAD.replace("[21/Nov/2026:10:15:32 +0000]", "21/Nov/2026:10:15:32"),
            "take time out of its square brackets",
        ),
        (HEAD.replace("200 5", "200  5"), "write a space more behind status"),
        (HEAD.replace("- - [", "- -["), "leave out a space behind user"),
        (
            format!("{HEAD} a b c d"),
            "add a space and a field that takes the rest at the end, behind user_agent",
        ),
    ] {
        assert_eq!(edit(FORMAT, &[&line]).as_ref().map(|(words, _)| words.as_str()), Some(words), "{line}");
    }
    assert_eq!(
        edit("$remote_addr $status $request_time", &["192.0.2.7\t200\t0.1"])
            .map(|(words, _)| words)
            .as_deref(),
        Some("write tabs for the spaces between fields")
    );
}

#[test]
fn an_edit_has_to_help_most_lines() {
    let more = format!("{HEAD} 0.021");
    assert_eq!(edit(FORMAT, &[&more, &more, "garbage"]).map(|(_, matched)| matched), Some(2));
    assert_eq!(edit(FORMAT, &[&more, "garbage", "more of it"]), None);
    assert_eq!(edit("json", &["garbage"]), None);
}
