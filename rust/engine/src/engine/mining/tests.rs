use super::lines;

#[test]
fn lines_are_those_that_scanners_see() {
    let of = |block: &'static str| -> Vec<&[u8]> { lines(block.as_bytes()).collect() };
    assert_eq!(of("a\nb\r\n"), [b"a", b"b"]);
    assert_eq!(of("a\n\nb"), [&b"a"[..], b"", b"b"]);
    assert_eq!(of("\n"), [b""]);
    assert!(of("").is_empty());
}
