//! MITRE ATT&CK, as lists, as JSON, and as JSON inside a string that was escaped once or twice too often.

/// More ids or tactics than any rule has: beyond it a text is hostile, and comparing each with each would be slow.
const MOST: usize = 64;

/// Every technique id in a text (`T1110`, `T1110.001`), once each, in order. The ids are found wherever they stand, so
/// lists, JSON in a string and doubled escapes need no reading of their own.
pub(crate) fn techniques(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let bytes = text.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let are_digits = |from: usize, count: usize| {
        bytes.get(from..from + count).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    };
    for (at, _) in text.match_indices(['T', 't']) {
        let is_start = at == 0 || !is_word(at - 1);
        if !is_start || !are_digits(at + 1, 4) || is_word(at + 5) {
            continue;
        }
        let has_sub = bytes.get(at + 5) == Some(&b'.') && are_digits(at + 6, 3) && !is_word(at + 9);
        let Some(id) = text.get(at..if has_sub { at + 9 } else { at + 5 }) else { continue };
        let id = id.to_ascii_uppercase();
        if !found.contains(&id) {
            found.push(id);
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// The tactics of a list: commas or semicolons, perhaps in the brackets and quotes of JSON.
pub(crate) fn tactics(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split([',', ';']) {
        let name = part.trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"' | '\\'));
        if !name.is_empty() && !name.eq_ignore_ascii_case("null") && !found.iter().any(|known| known == name)
        {
            found.push(name.to_owned());
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(techniques(text), expected, "{text:?}");
    }

    #[test]
    fn technique_ids_are_found_in_every_writing() {
        check("T1110.001", &["T1110.001"]);
        check("T1110,T1078; T1021.002", &["T1110", "T1078", "T1021.002"]);
        check("T1110, T1110", &["T1110"]);
        check("t1059.003", &["T1059.003"]);
        check(r#"[{"name": "Invented: Sub", "techniqueid": "T1499.004"}]"#, &["T1499.004"]);
        check(r#"[{\"name\": \"Invented\", \"techniqueid\": \"T1499.004\"}]"#, &["T1499.004"]);
        check(
            r#"[{\\\"techniqueid\\\": \\\"T1046\\\"}, {\\\"techniqueid\\\": \\\"T1595.001\\\"}]"#,
            &["T1046", "T1595.001"],
        );
        check("T1110.", &["T1110"]);
    }

    #[test]
    fn what_only_looks_like_an_id_is_none() {
        for text in ["", "null", "T111", "T11101", "AT1110", "Password Guessing", "T1110a", "T"] {
            check(text, &[]);
        }
        check("T1110.0015", &["T1110"]);
    }

    #[test]
    fn tactics_are_split_and_stripped() {
        assert_eq!(
            tactics("Credential Access, Discovery;Impact"),
            ["Credential Access", "Discovery", "Impact"]
        );
        assert_eq!(tactics(r#"["Command And Control"]"#), ["Command And Control"]);
        assert_eq!(tactics("null"), Vec::<String>::new());
        assert_eq!(tactics("Impact, Impact,"), ["Impact"]);
    }
}
