//! The original logs an incident carries.

/// Splits the text of `rawEvents`: a `[SubPattern]` line stands by itself, and every log is one event. Where a part has
/// lines that clearly begin a log (a syslog priority, `[PH_...]`, `<Event`), the other lines continue the log before.
pub(crate) fn raw_events(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    let mut events: Vec<String> = Vec::with_capacity(lines.len());
    for part in lines.chunk_by(|_, next| !is_sub_pattern(next)) {
        let has_starts = part.iter().any(|line| begins_log(line));
        let mut can_continue = false;
        for line in part {
            match events.last_mut() {
                Some(event) if has_starts && can_continue && !begins_log(line) => {
                    event.push('\n');
                    event.push_str(line);
                }
                _ => events.push(line.trim_start().to_owned()),
            }
            can_continue |= begins_log(line);
        }
    }
    events
}

/// `[FailedLogon]`: a line of brackets and one name.
fn is_sub_pattern(line: &str) -> bool {
    let name = line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['[', ']', '=', ':', ',']))
}

fn begins_log(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("[PH_") || line.starts_with("<Event") || begins_with_priority(line)
}

/// `<134>`: one to three digits.
pub(crate) fn begins_with_priority(line: &str) -> bool {
    let number = line.strip_prefix('<').and_then(|rest| rest.split_once('>')).map(|(number, _)| number);
    number.is_some_and(|number| {
        matches!(number.len(), 1..=3) && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(raw_events(text), expected, "{text:?}");
    }

    #[test]
    fn raw_events_keep_their_sub_pattern_and_stand_one_by_one() {
        check("", &[]);
        check(" \n\n ", &[]);
        check("\n[Down]\nfirst log\nsecond log\n", &["[Down]", "first log", "second log"]);
        check("[Down]\n[PH_DEV_MON_X]:[a]=1,[b]=2\n", &["[Down]", "[PH_DEV_MON_X]:[a]=1,[b]=2"]);
        check("[A]\n<13>one\n[B]\n<13>two", &["[A]", "<13>one", "[B]", "<13>two"]);
    }

    #[test]
    fn a_log_of_several_lines_stays_one_event() {
        check("[A]\n<13>one\n  more\n<13>two\n", &["[A]", "<13>one\n  more", "<13>two"]);
        check("<Event xmlns='x'>\n <System/>\n</Event>", &["<Event xmlns='x'>\n <System/>\n</Event>"]);
    }
}
