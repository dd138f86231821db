//! Which words find a text.

use detection::terms::{QueryTerm, query_terms, terms};
use proptest::prelude::*;

fn finds(query: &str, texts: &[&str]) -> bool {
    let known = terms(texts, 10_000);
    query_terms(query).iter().all(|asked| {
        known
            .iter()
            .any(|term| if asked.is_prefix { term.starts_with(&asked.text) } else { *term == asked.text })
    })
}

#[test]
fn an_address_is_one_word_and_is_not_taken_apart() {
    assert_eq!(
        terms(&["from 192.0.2.17 and 2001:db8::17"], 10),
        ["from", "192.0.2.17", "and", "2001:db8::17"]
    );
    for query in ["2.17", "17", "db8"] {
        assert!(!finds(query, &["192.0.2.17", "2001:db8::17"]), "{query:?}");
    }
    // With a port or a prefix it is found without them too.
    assert!(finds("\"192.0.2.17\"", &["192.0.2.17:443"]));
    assert!(finds("\"192.0.2.0\"", &["192.0.2.0/24"]));
}

#[test]
fn a_text_is_found_by_its_words_their_parts_and_their_beginnings() {
    let text = "Múltiple Logon Failures (night) from 192.0.2.17 to DC01.harbor.example:443 by ANA@corp.example, \
                C:\\Windows\\Temp\\evil-tool.exe, /etc/passwd, PH_RULE_FAILED_LOGON, 2001:db8::17, \
                https://files.example/a/b.zip?x=1";
    for query in [
        "multiple",
        "MÚLTIPLE",
        "mult",
        "logon failures",
        "night",
        "192.0.2.17",
        "192.0.2",
        "192.0.2.",
        "dc01",
        "dc01.harbor.example",
        "harbor.example",
        "dc01.harbor.example:443",
        "443",
        "ana@corp.example",
        "ana",
        "corp.example",
        "C:\\Windows\\Temp\\evil-tool.exe",
        "windows\\temp",
        "evil-tool.exe",
        "tool.exe",
        "/etc/passwd",
        "passwd",
        "PH_RULE_FAILED_LOGON",
        "ph_rule_failed",
        "failed_logon",
        "2001:db8::17",
        "2001:db8",
        "files.example",
        "https://files.example/a/b.zip",
        "b.zip",
        "\"ana\"",
        "\"harbor.example\"",
        "\"logon\" fail",
        "",
        "\"",
        "files.example/a",
    ] {
        assert!(finds(query, &[text]), "{query:?}");
    }
    for query in ["\"log\"", "ailures", "192.0.2.18", "logons", "logon day", "\"192.0.2\""] {
        assert!(!finds(query, &[text]), "{query:?}");
    }
}

#[test]
fn accents_and_case_make_no_difference() {
    for (text, query) in [
        ("Ñandú", "nandu"),
        ("nandu", "ÑANDÚ"),
        ("n\u{303}andu", "ñandu"),
        ("ΟΔΟΣ", "οδος"),
        ("Straße", "straße"),
        ("İstanbul", "istanbul"),
        ("数据 库", "数据"),
    ] {
        assert!(finds(query, &[text]), "{query:?} in {text:?}");
    }
}

#[test]
fn quoted_words_ask_for_the_whole_and_others_for_a_beginning() {
    let term = |text: &str, is_prefix| QueryTerm { text: text.to_owned(), is_prefix };
    assert_eq!(
        query_terms("Log \"On Off\" x"),
        [term("log", true), term("on", false), term("off", false), term("x", true)]
    );
    assert_eq!(query_terms("a \"b c"), [term("a", true), term("b", true), term("c", true)]);
    assert_eq!(query_terms("\"a\"b\"c"), [term("a", false), term("b", true), term("c", true)]);
    assert_eq!(query_terms("a a  ,;. a"), [term("a", true)]);
}

#[test]
fn whole_words_come_before_parts_when_there_is_little_room() {
    assert_eq!(terms(&["db-7.example down"], 2), ["db-7.example", "down"]);
    assert_eq!(terms(&["db-7.example down"], 3), ["db-7.example", "down", "db"]);
    assert_eq!(terms(&["anything"], 0), Vec::<String>::new());
    assert_eq!(terms(&["same Same", "SAME"], 9), ["same"]);
}

#[test]
fn a_term_is_cut_between_characters_and_still_found() {
    let long = "ñ漢".repeat(80);
    assert!(terms(&[&long], 5).iter().all(|term| term.len() <= 100));
    assert!(finds(&long, &[&long]));
    assert!(finds(&long.to_uppercase(), &[&long]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_whole_word_of_a_text_finds_it(text in "[a-zA-ZñÉ0-9.:@/_\\\\, ς\"(-]{0,60}|\\PC{0,30}") {
        for word in text.split_whitespace() {
            prop_assert!(finds(word, &[&text]), "{:?} in {:?}", word, text);
        }
    }

    #[test]
    fn any_beginning_of_a_word_finds_it(words in proptest::collection::vec("[a-z0-9]{1,8}([.@_:/-][a-z0-9]{1,8}){0,3}", 1..6)) {
        let text = words.join(" ");
        for word in &words {
            for end in 1..=word.len() {
                let beginning = &word[..end];
                prop_assert!(finds(beginning, &[&text]), "{:?} in {:?}", beginning, text);
            }
        }
    }

    #[test]
    fn terms_are_bounded_and_unique(texts in proptest::collection::vec("\\PC{0,200}", 0..4), max in 0usize..50) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut found = terms(&texts, max);
        prop_assert!(found.len() <= max && found.iter().all(|term| !term.is_empty() && term.len() <= 100));
        let count = found.len();
        found.sort();
        found.dedup();
        prop_assert_eq!(found.len(), count);
    }
}
