//! Connections cut into frames.

use proptest::prelude::*;
use syslog::Framer;

/// The frames of chunks; a cut one ends in `~`.
fn frames(chunks: &[&[u8]], limit: usize) -> Vec<String> {
    let mut framer = Framer::new(limit);
    let mut found = Vec::new();
    let mut keep = |frame: syslog::Frame<'_>| {
        let cut = if frame.is_cut { "~" } else { "" };
        found.push(format!("{}{cut}", String::from_utf8_lossy(frame.bytes)));
    };
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(frame) = framer.next(&mut input) {
            keep(frame);
        }
        assert!(input.is_empty(), "a chunk is used up");
    }
    if let Some(frame) = framer.finish() {
        keep(frame);
    }
    found
}

#[track_caller]
fn check(stream: &str, expected: &[&str]) {
    assert_eq!(frames(&[stream.as_bytes()], 64), expected, "{stream:?} at once");
    let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
    assert_eq!(frames(&bytes, 64), expected, "{stream:?} byte by byte");
}

#[test]
fn counted_frames_may_hold_line_ends() {
    check("5 <1>ab6 <2>c\nd", &["<1>ab", "<2>c\nd"]);
    check("6 <1>ab\n6 <2>cd\n", &["<1>ab", "<2>cd"]);
    check("7 <1>ab\r\n", &["<1>ab"]);
    check("7 a<1>\n", &["7 a<1>"]);
    check("005 <1>ab5 <2>cd", &["<1>ab", "<2>cd"]);
    check("6  <1>ab5 <2>cd", &[" <1>ab", "<2>cd"]);
    check("5 <1>ab4 body", &["<1>ab", "body"]);
}

#[test]
fn lines_end_in_line_feed_carriage_return_or_nul() {
    check("<1>ab\n<2>cd\n", &["<1>ab", "<2>cd"]);
    check("<1>ab\r\n\r\n<2>cd", &["<1>ab", "<2>cd"]);
    check("<1>ab\0<2>cd\0", &["<1>ab", "<2>cd"]);
    check(" <1>ab\n  <2>cd\n", &["<1>ab", "<2>cd"]);
    check("no priority\n\n\n", &["no priority"]);
    check("", &[]);
    check("\n\r\0 ", &[]);
}

#[test]
fn the_two_kinds_may_mix_on_one_connection() {
    check("5 <1>ab<2>cd\n5 <3>ef", &["<1>ab", "<2>cd", "<3>ef"]);
    check("<1>ab\n5 <2>cd<3>ef", &["<1>ab", "<2>cd", "<3>ef"]);
    check("5 <1>ab\n\n5 <2>cd", &["<1>ab", "<2>cd"]);
}

#[test]
fn a_line_may_begin_with_a_number() {
    check("2026-10-11T22:14:15Z host x\n<1>ab\n", &["2026-10-11T22:14:15Z host x", "<1>ab"]);
    check("12 monkeys\n7\n", &["12 monkeys", "7"]);
    check("123456789 <1>ab\n<2>cd\n", &["123456789 <1>ab", "<2>cd"]);
    check("99999999 <1>ab\n<2>cd\n", &["99999999 <1>ab", "<2>cd"]);
    check("12", &["12"]);
    check("12 ", &["12 "]);
}

#[test]
fn a_count_of_zero_is_no_frame() {
    check("0 <1>ab\n", &["<1>ab"]);
    check("0 5 <1>ab0 5 <2>cd", &["<1>ab", "<2>cd"]);
    check("0 apples\n", &["0 apples"]);
}

#[test]
fn what_is_too_long_is_cut_and_its_rest_skipped() {
    let long = "x".repeat(100);
    let kept = format!("<1>{}~", "x".repeat(61));
    check(&format!("<1>{long}\n<2>cd\n"), &[&kept, "<2>cd"]);
    check(&format!("103 <1>{long}5 <2>cd"), &[&kept, "<2>cd"]);
    check(&format!("103 <1>{long}"), &[&kept]);
    check("64 <1>ab", &["<1>ab~"]);
}

#[test]
fn a_tls_handshake_to_a_plain_port_is_no_message() {
    let mut framer = Framer::new(64);
    let mut input: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\n<1>ab\n";
    assert!(framer.next(&mut input).is_none() && framer.is_tls() && input.is_empty());
    assert!(framer.finish().is_none());
    check("<1>ab\n\x16\x03\n", &["<1>ab", "\x16\x03"]);
}

#[test]
fn a_framer_takes_linear_time_and_keeps_no_more_than_its_limit() {
    // What is quadratic would not come to an end here.
    let body = vec![b'<'; 8 << 20];
    let chunks: Vec<&[u8]> = body.chunks(7).collect();
    assert_eq!(frames(&chunks, 1 << 20)[0].len(), (1 << 20) + 1);
    let digits = vec![b'1'; 4 << 20];
    assert_eq!(frames(&[&digits], 1 << 20).len(), 1);
    let spaces = b"0 ".repeat(1 << 20);
    assert_eq!(frames(&[&spaces], 64), ["0 "]);
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = proptest::sample::select(vec![
        "<1>ab",
        "<13>Oct 11 22:14:15 h t: x",
        "5 ",
        "12 ",
        "0 ",
        "00",
        "9",
        "99999999 ",
        " ",
        "\n",
        "\r\n",
        "\0",
        "x",
        "\u{16}\u{3}",
        "<",
        "ñ",
    ]);
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn framing_is_the_same_however_the_bytes_are_chunked(stream in pieces(), cuts in proptest::collection::vec(0usize..12, 1..60)) {
        let whole = frames(&[&stream], 24);
        let mut chunks = Vec::new();
        let mut rest = stream.as_slice();
        for cut in cuts.iter().cycle().take(stream.len() + cuts.len()) {
            let (chunk, behind) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk);
            rest = behind;
        }
        chunks.push(rest);
        prop_assert_eq!(frames(&chunks, 24), whole);
    }

    #[test]
    fn counted_frames_come_out_as_they_went_in(bodies in proptest::collection::vec("<1>[a-z\n0-9 ]{0,30}[a-z]", 1..9)) {
        let stream: String = bodies.iter().map(|body| format!("{} {body}", body.len())).collect();
        prop_assert_eq!(frames(&[stream.as_bytes()], 64), bodies);
    }
}
