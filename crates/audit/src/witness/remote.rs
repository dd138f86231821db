//! Another installation of CiberCase as a witness: it is shown each checkpoint with the proof that the log grew out of what it
//! knows.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{Signed, Witness, internal};
use crate::tls;

/// For showing one checkpoint.
const PATIENCE: Duration = Duration::from_secs(15);
/// Of an answer that is read.
const ANSWER_BYTES: usize = 64 * 1024;

pub struct RemoteWitness {
    address: String,
    authorities: PathBuf,
    /// How many records it has said that it knows.
    known: Mutex<u64>,
}

impl RemoteWitness {
    /// None where it is no address but a directory.
    pub fn at(text: &str, authorities: &Path) -> Option<Self> {
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        is_address.then(|| Self {
            address: text.trim_end_matches('/').to_owned(),
            authorities: authorities.to_path_buf(),
            known: Mutex::default(),
        })
    }

    async fn show(&self, body: &Value) -> Result<(StatusCode, Value)> {
        let uri: Uri = format!("{}/api/v1/audit/witness", self.address).parse()?;
        let host = uri.host().context("the address has no host")?.to_owned();
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let request = Request::builder()
            .method(Method::POST)
            .uri(uri.path())
            .header(header::HOST, uri.authority().context("the address has no host")?.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let stream = TcpStream::connect((host.as_str(), port)).await.context("cannot connect")?;
        if !is_tls {
            return exchange(stream, request).await;
        }
        ensure!(!self.authorities.as_os_str().is_empty(), "audit.witness_ca_file is not set");
        let connector = tls::connector(&self.authorities, None)?;
        exchange(connector.connect(ServerName::try_from(host)?, stream).await.context("TLS")?, request).await
    }
}

#[async_trait::async_trait]
impl Witness for RemoteWitness {
    fn name(&self) -> &str {
        &self.address
    }

    async fn follow(&self, signed: &Signed) -> Result<Option<u64>> {
        let Some(last) = signed.checkpoint(u64::MAX).await.map_err(internal)? else { return Ok(Some(0)) };
        let mut known = self.known.lock().await;
        // It is asked how much it knows by being shown something; another node may have shown it more meanwhile.
        for _ in 0..3 {
            if *known == last.size {
                return Ok(Some(last.size));
            }
            ensure!(*known < last.size, "it knows {known} records of a log that has {} now", last.size);
            let proof = signed.consistency(*known, last.size).await.map_err(internal)?;
            let proof = proof.iter().map(|hash| STANDARD.encode(hash)).collect::<Vec<_>>();
            let shown = json!({ "note": last.note, "old_size": *known, "proof": proof });
            let shown = tokio::time::timeout(PATIENCE, self.show(&shown)).await;
            let (status, answer) = shown.context("it does not answer")??;
            *known = match (status, answer["code"].as_str()) {
                (StatusCode::OK, _) => last.size,
                (StatusCode::CONFLICT, Some("checkpoint_stale")) => {
                    answer["context"]["size"].as_u64().context("it does not say what it knows")?
                }
                _ => bail!("it answers {status}: {}", answer["detail"].as_str().unwrap_or_default()),
            };
        }
        bail!("it says something else each time")
    }
}

/// One request on a connection of its own.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(StatusCode, Value)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answered = async move {
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| anyhow!("{error}"))?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    };
    let (answer, _) = tokio::join!(answered, connection);
    answer
}
