//! Calls to those who keep secrets elsewhere: TLS, short, bounded, never redirected.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use http::{HeaderMap, Request, Uri};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

const PATIENCE: Duration = Duration::from_secs(10);
const MOST_BYTES: u64 = 1 << 20;

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// A client that believes the authorities of `ca_file`, or those that browsers believe.
pub fn agent(ca_file: &Path) -> Result<Agent> {
    let roots = match ca_file.as_os_str().is_empty() {
        true => RootCerts::WebPki,
        false => RootCerts::Specific(Arc::new(certificates(ca_file)?)),
    };
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .root_certs(roots)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .max_redirects(0)
        // A vault lists with LIST.
        .allow_non_standard_methods(true)
        // One that the environment names would see what goes to this machine only.
        .proxy(None)
        .build();
    Ok(config.into())
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(certificate) =
            item.with_context(|| format!("{} is no PEM", path.display()))?
        {
            found.push(certificate);
        }
    }
    ensure!(!found.is_empty(), "{} holds no certificate", path.display());
    Ok(found)
}

/// An address over which secrets may go: TLS, or this machine.
pub fn base(setting: &str, address: &str) -> Result<String> {
    let uri: Uri = address.parse().ok().with_context(|| format!("{setting}: {address:?} is no address"))?;
    let host = uri.host().unwrap_or_default();
    let is_here = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if is_here => {}
        Some("http") => bail!("{setting}: without TLS secrets go no further than this machine; use https"),
        _ => bail!("{setting}: {address:?} is no address such as https://vault.example.org:8200"),
    }
    Ok(address.trim_end_matches('/').to_owned())
}

/// Asks once. What was said is not part of an error.
pub fn ask(agent: &Agent, request: Request<String>) -> Result<Answer> {
    let (method, place) = (request.method().clone(), request.uri().clone());
    let said = || format!("{method} {place}");
    let mut response = agent.run(request).with_context(said)?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = response.body_mut().with_config().limit(MOST_BYTES).read_to_string().with_context(said)?;
    Ok(Answer { status, headers, body })
}
