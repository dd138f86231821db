//! What S3 says in XML: a list of versions, a refusal.

use std::iter::once;

use anyhow::{Context, Result, bail, ensure};
use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Elements within each other; an answer has four.
const DEPTH: usize = 16;

/// One version of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    pub key: String,
    pub version_id: String,
}

/// Part of a list, which goes by names, and by the newest version of each.
#[derive(Debug, Default)]
pub struct Page {
    /// What was put, without marks of deletion.
    pub versions: Vec<Version>,
    /// What the next page goes on from; none on the last one.
    pub next: Option<Version>,
}

/// Reads a page, whether or not its names are encoded as was asked: the page says it.
pub fn page(list: &str) -> Result<Page> {
    let (mut versions, mut entry, mut next) = (Vec::new(), Version::default(), Version::default());
    let (mut is_truncated, mut is_encoded) = (false, false);
    walk(list, |path, text| match path {
        ["ListVersionsResult", "EncodingType"] => is_encoded = text == "url",
        ["ListVersionsResult", "IsTruncated"] => is_truncated = text == "true",
        ["ListVersionsResult", "NextKeyMarker"] => next.key = text.to_owned(),
        ["ListVersionsResult", "NextVersionIdMarker"] => next.version_id = text.to_owned(),
        ["ListVersionsResult", "Version", "Key"] => entry.key = text.to_owned(),
        ["ListVersionsResult", "Version", "VersionId"] => entry.version_id = text.to_owned(),
        ["ListVersionsResult", "Version"] => versions.push(std::mem::take(&mut entry)),
        _ => {}
    })?;
    ensure!(!is_truncated || !next.key.is_empty(), "its list breaks off");
    if is_encoded {
        versions.iter_mut().chain(once(&mut next)).for_each(|version| version.key = decoded(&version.key));
    }
    Ok(Page { versions, next: is_truncated.then_some(next) })
}

/// As S3 encodes names, with a plus for a space. What is no text then is nobody's name of ours.
fn decoded(name: &str) -> String {
    percent_decode_str(&name.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Code and message of a refusal.
pub fn reason(body: &str) -> Option<String> {
    let mut words = Vec::new();
    let is_read = walk(body, |path, text| {
        if let ["Error", "Code" | "Message"] = path {
            words.push(text.trim().to_owned());
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
            Event::GeneralRef(name) => text.push(character(&name)?),
            Event::End(_) => {
                let names = path.iter().map(String::as_str).collect::<Vec<_>>();
                tell(&names, &text);
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

/// What a reference stands for. A number that is no character may stand in a name of somebody else's.
fn character(name: &BytesRef<'_>) -> Result<char> {
    if name.is_char_ref() {
        return Ok(name.resolve_char_ref().ok().flatten().unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    match &**name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => bail!("its answer has an entity of its own"),
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

    fn list(entries: &[String]) -> String {
        format!(
            "<?xml version=\"1.0\"?><ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             {}</ListVersionsResult>",
            entries.concat()
        )
    }

    fn names(list: &str) -> Vec<String> {
        page(list).unwrap().versions.into_iter().map(|version| version.key).collect()
    }

    #[test]
    fn what_was_put_is_read_in_its_order_without_marks_of_deletion() {
        let entries = [deleted("a"), version("b", "2"), version("b", "1"), deleted("c"), version("d", "0")];
        let found = page(&list(&entries)).unwrap();
        let found = found.versions.iter().map(|one| (one.key.as_str(), one.version_id.as_str()));
        assert_eq!(found.collect::<Vec<_>>(), [("b", "2"), ("b", "1"), ("d", "0")]);
    }

    #[test]
    fn a_page_says_what_the_next_one_goes_on_from() {
        let truncated = "<IsTruncated>true</IsTruncated>".to_owned();
        let next = "<NextKeyMarker>b</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker>".to_owned();
        let found = page(&list(&[truncated.clone(), next, version("b", "1")])).unwrap();
        assert_eq!(found.next, Some(Version { key: "b".to_owned(), version_id: "1".to_owned() }));
        let last = list(&["<IsTruncated>false</IsTruncated>".to_owned(), version("b", "1")]);
        assert_eq!(page(&last).unwrap().next, None);
        assert!(page(&list(&[truncated])).is_err(), "it breaks off");
    }

    #[test]
    fn names_are_decoded_where_the_page_says_that_they_are_encoded() {
        let encoded = "<EncodingType>url</EncodingType>".to_owned();
        let entries = [version("a%01+%2B%C3%B1", "0"), version("%FF", "0"), encoded];
        assert_eq!(names(&list(&entries)), ["a\u{1} +ñ", "\u{fffd}"]);
        assert_eq!(names(&list(&[version("a%01+", "0")])), ["a%01+"]);
    }

    #[test]
    fn names_that_are_not_encoded_are_taken_to_the_last_letter() {
        let entries = [version("a ", "0"), version("&#x1;&#34;&amp;&#0;", "0")];
        assert_eq!(names(&list(&entries)), ["a ", "\u{1}\"&\u{fffd}"]);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["<!DOCTYPE x><ListVersionsResult/>", "<a>&b;</a>", "<a></b>", &"<a>".repeat(100)] {
            assert!(page(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_read() {
        let text = "<Error><Code>NoSuchBucket</Code><Message>a &amp; b</Message></Error>";
        assert_eq!(reason(text).as_deref(), Some("NoSuchBucket: a & b"));
        assert_eq!(reason("nonsense"), None);
    }
}
