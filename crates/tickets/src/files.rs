//! The bytes of attached files: streamed to generated names, hashed on the way, whole or not at all.

use std::io;
use std::path::PathBuf;

use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use http::HeaderValue;
use platform::{App, Error, Result};
use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use vocab::AttachmentId;

/// A file in its place; removed again unless [`Kept::settle`] says that the record of it is durable.
#[derive(Debug)]
pub struct Kept {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub size_bytes: i64,
    pub sha256: Vec<u8>,
    /// Set while nothing refers to the file.
    draft: Option<PathBuf>,
}

impl Kept {
    pub fn settle(mut self) {
        self.draft = None;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(path) = self.draft.take() {
            // Removing one file is quick, and there is nobody left to wait for it.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// `attachments/<2 hex>/<id>` under the data directory. The last digits of an id are random, so that directories fill
/// evenly.
pub fn path_of(app: &App, id: AttachmentId) -> PathBuf {
    let name = id.uuid().simple().to_string();
    let shelf = name.get(30..).unwrap_or("00").to_owned();
    app.config.data_directory.join("attachments").join(shelf).join(name)
}

/// Streams a form's file to its place.
pub async fn keep(app: &App, mut field: Field<'_>) -> Result<Kept> {
    let id = AttachmentId::new();
    let path = path_of(app, id);
    let mut kept = Kept {
        id,
        name: clean_name(field.file_name()),
        media_type: clean_media_type(field.content_type()),
        size_bytes: 0,
        sha256: Vec::new(),
        draft: Some(path.clone()),
    };
    let mut file = create(&path).await?;
    let mut digest = Sha256::new();
    let most = app.config.attachments.size_bytes;
    while let Some(chunk) = field.chunk().await.map_err(|error| unreadable(app, &error))? {
        kept.size_bytes += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
        if u64::try_from(kept.size_bytes).unwrap_or(u64::MAX) > most {
            return Err(too_large(app));
        }
        digest.update(&chunk);
        file.write_all(&chunk).await?;
    }
    if kept.size_bytes == 0 {
        return Err(Error::invalid_field("file", "is empty"));
    }
    file.sync_all().await?;
    // The name in the directory has to be durable too.
    if let Some(shelf) = path.parent() {
        fs::File::open(shelf).await?.sync_all().await?;
    }
    kept.sha256 = digest.finalize().to_vec();
    Ok(kept)
}

async fn create(path: &std::path::Path) -> io::Result<fs::File> {
    if let Some(shelf) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(shelf).await?;
    }
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).await
}

pub fn too_large(app: &App) -> Error {
    let most = app.config.attachments.size_bytes;
    Error::problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("A file has at most {most} bytes."))
}

pub fn unreadable(app: &App, error: &MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(app),
        _ => Error::bad_request("malformed_form", "The form could not be read to its end."),
    }
}

/// The last part of what the sender calls it, without control characters and without what file systems object to.
fn clean_name(name: Option<&str>) -> String {
    let last = name.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let clean = last.chars().filter(|c| !c.is_control() && !is_invisible(*c)).take(200).collect::<String>();
    let clean = clean.trim().trim_start_matches('.').trim();
    if clean.is_empty() { "file".to_owned() } else { clean.to_owned() }
}

/// Marks that turn the direction of text around make `exe.fdp` read `pdf.exe`.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn clean_media_type(media_type: Option<&str>) -> String {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-/".contains(&byte);
    match media_type.map(|text| text.split(';').next().unwrap_or_default().trim()) {
        Some(text) if !text.is_empty() && text.len() <= 100 && text.bytes().all(is_allowed) => {
            text.to_lowercase()
        }
        _ => "application/octet-stream".to_owned(),
    }
}

/// `attachment` with the name in plain ASCII and, for everybody else, in UTF-8 (RFC 6266, RFC 8187).
pub fn disposition(name: &str) -> HeaderValue {
    use std::fmt::Write;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect::<String>();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path() {
        for (given, kept) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system32\\evil.exe", "evil.exe"),
            ("..", "file"),
            ("", "file"),
            ("a\0b\r\nc.txt", "abc.txt"),
            ("informe \u{202e}fdp.exe", "informe fdp.exe"),
            (".bashrc", "bashrc"),
        ] {
            assert_eq!(clean_name(Some(given)), kept);
        }
    }

    #[test]
    fn a_disposition_cannot_carry_another_header() {
        let value = disposition("a\"; filename=b\u{f1}.txt");
        assert_eq!(
            value.to_str().ok(),
            Some(
                "attachment; filename=\"a__ filename_b_.txt\"; filename*=UTF-8''a%22%3B%20filename%3Db%C3%B1.txt"
            )
        );
    }
}
