//! What a service is granted: tokens of its own (RFC 6749, 4.4) and tokens for those who came to it (RFC 8693).

use std::collections::BTreeSet;

use policy::Service;
use time::{Duration, OffsetDateTime};

use crate::client::Client;
use crate::oauth::{OauthError, OauthForm};
use crate::service::Sts;
use crate::token::{Act, Claims, NewToken, Subject};

/// The one scope of people's own tokens: everything that they may do.
pub const EVERYTHING: &str = "api";
/// How this API is called among the audiences of the file.
const API: &str = "api";
/// Who acts for whom, at most.
const LONGEST_CHAIN: usize = 3;

/// A token to be issued, but for its lifetime.
pub(crate) struct Grant {
    pub subject: Subject,
    pub audience: String,
    pub scope: String,
    pub act: Option<Act>,
    /// No later than what it was given for.
    pub not_after: Option<OffsetDateTime>,
}

impl Grant {
    pub fn token<'a>(&'a self, client: &'a Client, now: OffsetDateTime, lifetime: Duration) -> NewToken<'a> {
        let lifetime = self.not_after.map_or(lifetime, |not_after| lifetime.min(not_after - now));
        let client_id = &client.service.id;
        NewToken {
            subject: self.subject.clone(),
            audience: &self.audience,
            client_id,
            scope: &self.scope,
            act: self.act.clone(),
            bound_to: client.bound_to.as_deref(),
            now,
            lifetime,
        }
    }
}

/// A token of the service's own.
pub(crate) fn own(sts: &Sts, service: &Service, form: &OauthForm) -> Result<Grant, OauthError> {
    let allowed = service.scopes.iter().map(String::as_str).collect();
    Ok(Grant {
        subject: Subject::Service(service.id.clone()),
        audience: audience(sts, service, form)?,
        scope: narrowed(form, &allowed)?,
        act: None,
        not_after: None,
    })
}

/// A token for whoever's token the service was given: with less, for no longer, and saying who acts.
pub(crate) fn exchanged(
    sts: &Sts,
    client: &Client,
    subject: &Claims,
    form: &OauthForm,
) -> Result<Grant, OauthError> {
    let service = &client.service;
    if !service.may_exchange {
        return Err(OauthError::new("unauthorized_client", "This service may not exchange tokens."));
    }
    let is_for_us = subject.audience == sts.audience() || audiences(sts, service).contains(&subject.audience);
    if !is_for_us {
        return Err(OauthError::new("invalid_request", "The subject token is for somebody else."));
    }
    // What was bound to a certificate does not become anybody's.
    if subject.bound_to.is_some() && client.bound_to.is_none() {
        let description = "The subject token is bound to a certificate: show yours to exchange it.";
        return Err(OauthError::new("invalid_request", description));
    }
    let own = service.scopes.iter().map(String::as_str).collect::<BTreeSet<_>>();
    let theirs = subject.scope.split(' ').collect::<BTreeSet<_>>();
    let allowed = match subject.scope.as_str() {
        EVERYTHING => own,
        _ => own.intersection(&theirs).copied().collect(),
    };
    let act = Act { sub: service.id.clone(), act: subject.act.clone().map(Box::new) };
    if act.length() > LONGEST_CHAIN {
        return Err(OauthError::new("invalid_request", "Too many act for one another already."));
    }
    Ok(Grant {
        subject: subject.subject.clone(),
        audience: audience(sts, service, form)?,
        scope: narrowed(form, &allowed)?,
        act: Some(act),
        not_after: Some(subject.expires_at),
    })
}

/// The audiences of a service as they stand in tokens.
pub(crate) fn audiences(sts: &Sts, service: &Service) -> Vec<String> {
    let text = |name: &String| if name == API { sts.audience().to_owned() } else { name.clone() };
    service.audiences.iter().map(text).collect()
}

/// Whom the token shall address: `resource` (RFC 8707) or `audience` (RFC 8693), or the first of the file.
fn audience(sts: &Sts, service: &Service, form: &OauthForm) -> Result<String, OauthError> {
    let known = audiences(sts, service);
    let asked = match (form.field("resource"), form.field("audience")) {
        (Some(resource), Some(audience)) if resource != audience => return Err(invalid_target()),
        (resource, audience) => resource.or(audience),
    };
    let asked = asked.map(|asked| if asked == API { sts.audience() } else { asked });
    match asked {
        Some(asked) => known.into_iter().find(|audience| audience == asked).ok_or_else(invalid_target),
        None => known.into_iter().next().ok_or_else(invalid_target),
    }
}

fn invalid_target() -> OauthError {
    OauthError::new("invalid_target", "The service has no such audience.")
}

/// The scopes asked for, if all of them are allowed; all that are allowed when none is asked for.
fn narrowed(form: &OauthForm, allowed: &BTreeSet<&str>) -> Result<String, OauthError> {
    let asked = match form.field("scope") {
        Some(text) => text.split(' ').filter(|scope| !scope.is_empty()).collect::<BTreeSet<_>>(),
        None => allowed.clone(),
    };
    if asked.is_empty() || !asked.is_subset(allowed) {
        return Err(OauthError::new("invalid_scope", "A scope is not among those that may be granted here."));
    }
    Ok(asked.into_iter().collect::<Vec<_>>().join(" "))
}
