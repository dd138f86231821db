//! Calls to services of AWS and to what speaks like them, signed (Signature Version 4).
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>

use std::path::Path;

use anyhow::{Context, Result, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::Request;
use platform::config::variable;
use platform::secrets::Secret;
use ureq::Agent;

use crate::http::{Answer, agent, ask, base};

/// A service of a region, and who we are to it.
pub struct Service {
    agent: Agent,
    /// Without a slash at its end.
    pub endpoint: String,
    name: &'static str,
    region: String,
    credentials: Credentials,
}

/// Where a service is, by the settings.
pub struct Place<'a> {
    /// How the settings of it begin: `secrets.kms`.
    pub setting: &'a str,
    /// As the service's signatures call it: `kms`, `s3`.
    pub name: &'static str,
    pub region: &'a str,
    /// Empty: the region's own.
    pub endpoint: &'a str,
    pub ca_file: &'a Path,
}

/// Who we are, as the environment says it.
pub fn from_environment(asked_by: &str) -> Result<Credentials> {
    let needed = |name: &str| variable(name).with_context(|| format!("{asked_by}, and {name} is not set"));
    let (id, secret) = (needed("AWS_ACCESS_KEY_ID")?, needed("AWS_SECRET_ACCESS_KEY")?);
    Ok(Credentials::new(id, secret, variable("AWS_SESSION_TOKEN"), None, "environment"))
}

/// Who we are, with a secret that is kept here.
pub fn kept(access_key_id: &str, secret: &Secret) -> Credentials {
    Credentials::new(access_key_id, secret.expose(), None, None, "secrets")
}

impl Service {
    pub fn open(place: &Place<'_>, credentials: impl FnOnce() -> Result<Credentials>) -> Result<Self> {
        let Place { setting, name, region, .. } = *place;
        ensure!(!region.is_empty(), "{setting}.region is empty");
        let is_region = region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        ensure!(is_region, "{setting}.region: {region:?} is no region such as eu-west-1");
        let own = format!("https://{name}.{region}.amazonaws.com");
        let endpoint = if place.endpoint.is_empty() { &own } else { place.endpoint };
        Ok(Self {
            agent: agent(place.ca_file)?,
            endpoint: base(&format!("{setting}.endpoint"), endpoint)?,
            name,
            region: region.to_owned(),
            credentials: credentials()?,
        })
    }

    /// Signs and sends. Blocks for some seconds at most.
    pub fn send(&self, mut request: Request<String>) -> Result<Answer> {
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.name)
            .time(platform::clock::Clock::System.now().into())
            .settings(self.settings())
            .build()?;
        let headers =
            request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers,
            SignableBody::Bytes(request.body().as_bytes()),
        )?;
        let (instructions, _) = sign(signable, &params.into())?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        ask(&self.agent, request)
    }

    /// S3 takes paths as they are, and wants to know what is sent.
    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.name == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        settings
    }
}
