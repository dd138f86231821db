//! Whatever the text, there is an answer: policies, or mistakes with places inside the file.

use policy::Policies;
use proptest::prelude::*;

use crate::RESTRICTED;

/// What the file names, so that many of its variants are right; a table of all permissions each time would take minutes.
const FEW: &[&str] = &["assets:read", "tickets:read", "tickets:write", "users:write"];

fn check_answer(text: &str) {
    let Err(mistakes) = Policies::from_yaml(text, FEW) else { return };
    let lines = text.lines().count();
    for mistake in mistakes.iter() {
        assert!((1..=lines + 1).contains(&mistake.at.line), "{mistake}");
        assert!(mistake.at.column >= 1 && !mistake.suggestion.is_empty(), "{mistake}");
    }
    assert!(mistakes.iter().count() > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        check_answer(&text);
    }

    #[test]
    fn any_text_of_yaml_signs_is_answered(text in "[-a:*&!{}\\[\\],'\"#|>%@?~ \n\t1]{0,60}") {
        check_answer(&text);
    }

    #[test]
    fn a_file_with_a_piece_replaced_is_answered(at in 0..RESTRICTED.len(), cut in 0usize..12, piece in "[-a:*&!{}\\[\\],'\"#|>\n ]{0,4}") {
        let end = (at + cut).min(RESTRICTED.len());
        check_answer(&format!("{}{piece}{}", &RESTRICTED[..at], &RESTRICTED[end..]));
    }

    #[test]
    fn a_file_cut_short_is_answered(at in 0..RESTRICTED.len()) {
        check_answer(&RESTRICTED[..at]);
    }
}
