//! What S3 says in XML: a list of versions, a refusal.

use anyhow::{Context, Result, bail, ensure};
use quick_xml::Reader;
use quick_xml::events::Event;

/// Elements within each other; an answer has four.
const DEPTH: usize = 16;

/// One version of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    pub key: String,
    pub version_id: String,
}

/// The first version ever put under the first key that has one. Newer ones are laid over it, and marks of deletion hide it; neither
/// takes it away.
pub fn first_version(list: &str) -> Result<Option<Version>> {
    let (mut entry, mut found, mut is_truncated) = (Version::default(), None::<Version>, false);
    let mut last_key = String::new();
    walk(list, |path, text| match path {
        ["ListVersionsResult", "IsTruncated"] => is_truncated = text == "true",
        ["ListVersionsResult", "Version" | "DeleteMarker", "Key"] => {
            last_key = text.to_owned();
            entry.key = text.to_owned();
        }
        ["ListVersionsResult", "Version", "VersionId"] => entry.version_id = text.to_owned(),
        ["ListVersionsResult", "Version"] => {
            let entry = std::mem::take(&mut entry);
            if found.as_ref().is_none_or(|found| found.key == entry.key) {
                found = Some(entry);
            }
        }
        ["ListVersionsResult", "DeleteMarker"] => entry = Version::default(),
        _ => {}
    })?;
    let is_whole = found.as_ref().map_or(!is_truncated, |found| !is_truncated || found.key != last_key);
    ensure!(is_whole, "one object has more versions or deletions than are looked at");
    if let Some(found) = &found {
        ensure!(!found.version_id.is_empty(), "its objects have no versions: it has no Object Lock");
    }
    Ok(found)
}

/// Code and message of a refusal.
pub fn reason(body: &str) -> Option<String> {
    let mut words = Vec::new();
    let is_read = walk(body, |path, text| {
        if let ["Error", "Code" | "Message"] = path {
            words.push(text.to_owned());
        }
    });
    is_read.ok()?;
    (!words.is_empty()).then(|| words.join(": "))
}

/// Tells each element at its end, with the names that lead to it and its text.
fn walk(xml: &str, mut tell: impl FnMut(&[&str], &str)) -> Result<()> {
    let mut reader = Reader::from_str(xml);
    let (mut path, mut text) = (Vec::<String>::new(), String::new());
    loop {
        match reader.read_event().context("its answer is no XML")? {
            Event::Start(start) => {
                ensure!(path.len() < DEPTH, "its answer is too deep");
                path.push(start.local_name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(piece) => text.push_str(&piece),
            Event::GeneralRef(name) => match name.as_ref() {
                "amp" => text.push('&'),
                "lt" => text.push('<'),
                "gt" => text.push('>'),
                "quot" => text.push('"'),
                "apos" => text.push('\''),
                _ => bail!("its answer has an entity of its own"),
            },
            Event::End(_) => {
                let names = path.iter().map(String::as_str).collect::<Vec<_>>();
                tell(&names, text.trim());
                path.pop();
                text.clear();
            }
            Event::Empty(_) => {}
            Event::DocType(_) => bail!("its answer has a document type"),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(key: &str, id: &str) -> String {
        format!("<Version><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>true</IsLatest></Version>")
    }

    fn deleted(key: &str) -> String {
        format!("<DeleteMarker><Key>{key}</Key><VersionId>gone</VersionId></DeleteMarker>")
    }

    fn list(is_truncated: bool, entries: &[String]) -> String {
        format!(
            "<?xml version=\"1.0\"?><ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <IsTruncated>{is_truncated}</IsTruncated>{}</ListVersionsResult>",
            entries.concat()
        )
    }

    fn found(list: &str) -> Option<(String, String)> {
        first_version(list).unwrap().map(|version| (version.key, version.version_id))
    }

    #[test]
    fn what_was_first_put_under_a_key_is_found_behind_what_was_laid_over_it_and_deleted() {
        let entries = [deleted("a"), deleted("b"), version("b", "2"), version("b", "1"), version("c", "0")];
        assert_eq!(found(&list(false, &entries)), Some(("b".to_owned(), "1".to_owned())));
        assert_eq!(found(&list(true, &entries)), Some(("b".to_owned(), "1".to_owned())));
        assert_eq!(found(&list(false, &[])), None);
    }

    #[test]
    fn a_flood_of_versions_or_deletions_hides_nothing_silently() {
        assert!(first_version(&list(true, &[deleted("a"), version("a", "2")])).is_err());
        assert!(first_version(&list(true, &[deleted("a"), deleted("a")])).is_err());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["<!DOCTYPE x><ListVersionsResult/>", "<a>&b;</a>", "<a></b>", &"<a>".repeat(100)] {
            assert!(first_version(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_read() {
        let text = "<Error><Code>NoSuchBucket</Code><Message>a &amp; b</Message></Error>";
        assert_eq!(reason(text).as_deref(), Some("NoSuchBucket: a & b"));
        assert_eq!(reason("nonsense"), None);
    }
}
