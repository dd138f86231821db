//! Who calls the token endpoints: a registered service that has proven who it is (RFC 6749, 2.3).

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mtls::{Arrival, Watch};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::peer::PeerCertificate;
use platform::principal::ActorKind;
use platform::{Actor, App, Public};
use policy::Service;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::assertion::{self, ASSERTION_TYPE};
use crate::clients::Clients;
use crate::oauth::{OauthError, OauthForm};
use crate::service::Sts;
use crate::store;

/// Whatever names no service is counted as one and the same.
const NOBODY: &str = "";

/// A service that has proven who it is.
pub(crate) struct Client {
    pub service: Service,
    pub actor: Actor,
    /// The thumbprint of its own certificate, where it showed that one.
    pub bound_to: Option<String>,
}

/// What a request brings as proof.
enum Proof<'a> {
    Secret {
        id: String,
        secret: String,
    },
    Assertion(&'a str),
    /// `tls_client_auth` (RFC 8705, 2.1): the handshake's certificate, and an id that says whose it is.
    Certificate {
        id: String,
        certificate: &'a PeerCertificate,
    },
}

/// The service that calls.
///
/// # Errors
/// `invalid_request` for two proofs at once, `invalid_client` for none, an unknown service or a wrong proof.
pub(crate) async fn authenticate(
    app: &App,
    caller: &Public,
    headers: &HeaderMap,
    form: &OauthForm,
) -> Result<Client, OauthError> {
    let clients = app.service::<Clients>();
    let Some(proof) = proof(headers, form, caller)? else { return Err(OauthError::invalid_client()) };
    let claimed = match &proof {
        Proof::Secret { id, .. } | Proof::Certificate { id, .. } => Some(id.clone()),
        Proof::Assertion(text) => assertion::claimed_subject(text),
    };
    let service = claimed.as_deref().and_then(|id| clients.find(id));
    let id = service.map_or(NOBODY, |service| service.id.as_str());
    let is_proven = match &proof {
        Proof::Secret { id, secret } => clients.is_secret(id, secret),
        Proof::Assertion(text) => is_asserted(app, &clients, id, text).await?,
        Proof::Certificate { certificate, .. } => clients.is_certificate_of(id, certificate),
    };
    let Some(service) = service.filter(|_| is_proven) else {
        // Nobody guesses 192 bits: what is slowed down is the trying and its records, never a service that is right.
        let attempt = clients.throttle.begin(id, caller.ip, true, app.clock.now());
        attempt.map_err(OauthError::too_many_attempts)?;
        refuse(app, caller, id, None).await?;
        return Err(OauthError::invalid_client());
    };
    let arrival = clients.arrival(id, caller.certificate.as_deref());
    if !app.service::<Watch>().meet(app, id, caller.ip, arrival).await {
        refuse(app, caller, id, Some(json!({ "certificate": arrival.as_str() }))).await?;
        return Err(OauthError::needs_certificate());
    }
    let own = caller.certificate.as_ref().filter(|_| arrival == Arrival::Certified);
    let bound_to = own.map(|certificate| certificate.thumbprint.clone());
    Ok(Client { service: service.clone(), actor: actor(&service.id, caller), bound_to })
}

fn proof<'a>(
    headers: &HeaderMap,
    form: &'a OauthForm,
    caller: &'a Public,
) -> Result<Option<Proof<'a>>, OauthError> {
    let basic = match headers.get(header::AUTHORIZATION) {
        Some(value) => Some(value.to_str().ok().and_then(basic).ok_or_else(OauthError::invalid_client)?),
        None => None,
    };
    let (secret, assertion) = (form.field("client_secret"), form.field("client_assertion"));
    if [basic.is_some(), secret.is_some(), assertion.is_some()].into_iter().filter(|is| *is).count() > 1 {
        return Err(OauthError::new("invalid_request", "Prove who you are in one way."));
    }
    let said = form.field("client_id");
    if let (Some(said), Some((id, _))) = (said, &basic)
        && said != id
    {
        return Err(OauthError::new("invalid_request", "client_id is another than in the header."));
    }
    if let Some((id, secret)) = basic {
        return Ok(Some(Proof::Secret { id, secret }));
    }
    if let (Some(id), Some(secret)) = (said, secret) {
        return Ok(Some(Proof::Secret { id: id.to_owned(), secret: secret.to_owned() }));
    }
    let Some(assertion) = assertion else {
        let shown = said.zip(caller.certificate.as_deref());
        return Ok(shown.map(|(id, certificate)| Proof::Certificate { id: id.to_owned(), certificate }));
    };
    if form.field("client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(OauthError::new(
            "invalid_request",
            "client_assertion_type is not that of a JWT (RFC 7523).",
        ));
    }
    if said.is_some() && assertion::claimed_subject(assertion).as_deref() != said {
        return Err(OauthError::invalid_client());
    }
    Ok(Some(Proof::Assertion(assertion)))
}

/// `client_secret_basic`: id and secret are encoded as in a form before they are joined (RFC 6749, 2.3.1).
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, text) = value.split_once(' ')?;
    let text = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(text.trim()).ok())??;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    // A form's decoder takes pairs; a value alone has no `&` or `=` of its own once encoded.
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8().ok().map(|text| text.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

/// Whether the assertion is the service's own, for us, and comes for the first time.
async fn is_asserted(app: &App, clients: &Clients, id: &str, text: &str) -> Result<bool, OauthError> {
    let (sts, now) = (app.service::<Sts>(), app.clock.now());
    let endpoint = format!("{}/sts/token", sts.issuer());
    let audiences = [sts.issuer(), endpoint.as_str()];
    let Some(assertion) = assertion::verify(text, id, clients.keys(id), &audiences, now) else {
        return Ok(false);
    };
    let hash = Sha256::digest(format!("{id}:{}", assertion.jti).as_bytes());
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let is_new = store::use_assertion(&mut tx, &hash, assertion.expires_at).await?;
    tx.commit().await?;
    Ok(is_new)
}

/// Keeps a failed attempt.
async fn refuse(app: &App, caller: &Public, id: &str, detail: Option<Value>) -> Result<(), OauthError> {
    let actor = Actor { ip: caller.ip, request_id: caller.request_id, ..Actor::system() };
    let deed = Deed {
        organization: None,
        action: "service.refused",
        object_kind: "service",
        object_id: None,
        object_reference: Some(id).filter(|id| !id.is_empty()),
        detail,
    };
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    record(&mut tx, &actor, deed).await?;
    tx.commit().await?;
    Ok(())
}

fn actor(id: &str, caller: &Public) -> Actor {
    Actor {
        kind: ActorKind::Service,
        id: Some(service_uuid(id)),
        name: Arc::from(id),
        ip: caller.ip,
        request_id: caller.request_id,
    }
}

/// A service's id as a UUID (version 8, RFC 9562), the same on every node and for ever.
pub fn service_uuid(id: &str) -> Uuid {
    let hash = Sha256::digest(format!("cibercase service {id}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
