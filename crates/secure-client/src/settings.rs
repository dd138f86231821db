//! Who calls, with what, and where to.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http::Uri;
use zeroize::Zeroizing;

use crate::egress::Egress;

/// What a [`Client`](crate::Client) is made of.
pub struct Settings {
    /// The service's id, which is its `client_id`.
    pub service: String,
    /// Where its tokens come from, such as `https://soc.internal:8443`.
    pub sts_url: String,
    /// Without a certificate a secret proves who it is; beside one it may.
    pub secret: Option<Zeroizing<String>>,
    /// Certificate and key, PEM, in one file as `cibercase certs` writes them or in two.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Whom it trusts, PEM; empty: the authorities that browsers believe.
    pub authorities: PathBuf,
    pub egress: Egress,
    /// Hosts with their ports, beside that of `sts_url`, whose calls carry its token: others than CiberCase never see it.
    pub token_for: Vec<String>,
    pub names: Names,
    /// Of a call, with whatever is repeated for it.
    pub deadline: Duration,
    /// How often a call is tried.
    pub attempts: u32,
    pub answer_bytes: usize,
}

/// Who says which addresses a name has.
pub enum Names {
    System,
    /// These and no others.
    Fixed(HashMap<String, Vec<IpAddr>>),
}

impl Settings {
    pub fn new(service: &str, sts_url: &str, authorities: PathBuf, egress: Egress) -> Self {
        Self {
            service: service.to_owned(),
            sts_url: sts_url.trim_end_matches('/').to_owned(),
            secret: None,
            certificate: None,
            authorities,
            egress,
            token_for: Vec::new(),
            names: Names::System,
            deadline: Duration::from_secs(30),
            attempts: 4,
            answer_bytes: 16 * 1024 * 1024,
        }
    }

    /// Calls in nobody's name: no token is asked for, and none is shown.
    pub fn anonymous(authorities: PathBuf, egress: Egress) -> Self {
        Self::new("", "", authorities, egress)
    }

    /// Whether a call there carries the token.
    pub(crate) fn shows_token_to(&self, uri: &Uri) -> bool {
        let place = |uri: &Uri| Some((uri.host()?.to_ascii_lowercase(), uri.port_u16().unwrap_or(443)));
        let ours = self.sts_url.parse::<Uri>().ok().as_ref().and_then(place);
        let also = self.token_for.iter().filter_map(|named| place(&format!("https://{named}").parse().ok()?));
        place(uri).is_some_and(|called| ours.into_iter().chain(also).any(|one| one == called))
    }

    /// From `STS_URL`, `MTLS_ENABLED`, `MTLS_CERTIFICATE_FILE`, `MTLS_KEY_FILE` (the same file when left out), `MTLS_CA_FILE`,
    /// `EGRESS_ALLOW` and `{SERVICE}_CLIENT_SECRET`, as `variable` has them.
    pub fn from_variables(service: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let required = |name: &str| variable(name).with_context(|| format!("{name} is not set"));
        let egress = Egress::read(&required("EGRESS_ALLOW")?)?;
        let mut settings =
            Self::new(service, &required("STS_URL")?, required("MTLS_CA_FILE")?.into(), egress);
        let secret = format!("{}_CLIENT_SECRET", service.to_uppercase().replace('-', "_"));
        settings.secret = variable(&secret).map(Zeroizing::new);
        if variable("MTLS_ENABLED").as_deref() == Some("true") {
            let certificate = PathBuf::from(required("MTLS_CERTIFICATE_FILE")?);
            let key = variable("MTLS_KEY_FILE").map_or_else(|| certificate.clone(), PathBuf::from);
            settings.certificate = Some((certificate, key));
        }
        let has_proof = settings.secret.is_some() || settings.certificate.is_some();
        ensure!(
            has_proof,
            "nothing proves {service}: set MTLS_ENABLED=true and MTLS_CERTIFICATE_FILE, or {secret}"
        );
        Ok(settings)
    }
}
