//! The life of signing keys: prepare, activate, taint, revoke. One key signs, one is prepared and published, the one
//! before still verifies what it signed.

use axum::http::{HeaderValue, StatusCode, header};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::{Actor, App, Error, Result, Tx};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::key::KeyPhase;
use crate::service::{Sts, commit};
use crate::store::{self, KeyRow};

/// A tainted key verifies this much longer than its last token lives.
const MARGIN: Duration = Duration::seconds(60);
/// What has run out is remembered this much longer, for nodes whose clocks are behind.
const KEPT: Duration = Duration::minutes(10);

/// The living keys; the first of an installation are made here.
pub(crate) async fn living(app: &App, sts: &Sts) -> Result<Vec<KeyRow>> {
    let mut tx = app.db.read(Scope::System).await?;
    let rows = store::living(&mut tx).await?;
    drop(tx);
    if find(&rows, KeyPhase::Active).is_some() {
        return Ok(rows);
    }
    let (mut tx, now) = (app.db.begin(Scope::System).await?, app.clock.now());
    store::lock(&mut tx).await?;
    let mut rows = store::living(&mut tx).await?;
    if find(&rows, KeyPhase::Active).is_none() {
        start_anew(&mut tx, sts, &rows, &Actor::system(), now).await?;
        rows = store::living(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(rows)
}

/// Since when the key signs that signs now; none where no key was ever asked for.
pub async fn active_since(tx: &mut Tx) -> Result<Option<OffsetDateTime>> {
    let rows = store::living(tx).await?;
    Ok(find(&rows, KeyPhase::Active).and_then(|active| active.activated_at))
}

/// The prepared key signs from now on, the active one only verifies, and the next is prepared.
pub(crate) async fn rotate(app: &App, sts: &Sts, mut tx: Tx, actor: &Actor) -> Result<()> {
    let now = app.clock.now();
    store::lock(&mut tx).await?;
    let rows = store::living(&mut tx).await?;
    let (Some(active), Some(prepared)) = (find(&rows, KeyPhase::Active), find(&rows, KeyPhase::Prepared))
    else {
        start_anew(&mut tx, sts, &rows, actor, now).await?;
        return commit(app, sts, tx).await;
    };
    let published = Duration::seconds(i64::from(app.config.tokens.publish_seconds));
    let ripe_in = prepared.prepared_at + published - now;
    if ripe_in > Duration::ZERO {
        return Err(too_young(ripe_in));
    }
    store::taint(&mut tx, &active.kid, now).await?;
    deed(&mut tx, actor, "signing_key.tainted", &active.kid).await?;
    store::activate(&mut tx, &prepared.kid, now).await?;
    deed(&mut tx, actor, "signing_key.activated", &prepared.kid).await?;
    prepare(&mut tx, sts, actor, now).await?;
    commit(app, sts, tx).await
}

/// Somebody else has the keys: none of them is believed any more, the prepared one included, and others take their place
/// at once.
pub(crate) async fn replace(app: &App, sts: &Sts, mut tx: Tx, actor: &Actor) -> Result<()> {
    store::lock(&mut tx).await?;
    let rows = store::living(&mut tx).await?;
    start_anew(&mut tx, sts, &rows, actor, app.clock.now()).await?;
    commit(app, sts, tx).await
}

/// Does what is due: keys grown old give way to the next, tainted ones are revoked when their last token has run out.
pub(crate) async fn tend(app: &App) -> Result<()> {
    let (sts, now, actor) = (app.service::<Sts>(), app.clock.now(), Actor::system());
    let mut tx = app.db.begin(Scope::System).await?;
    store::remove_over(&mut tx, now - KEPT).await?;
    tx.commit().await?;
    let rows = living(app, &sts).await?;
    let token_life = Duration::seconds(i64::try_from(app.config.session.access_token_seconds)?);
    let is_over = |row: &&KeyRow| row.tainted_at.is_some_and(|at| at + token_life + MARGIN <= now);
    let over = rows.iter().filter(|row| row.phase == KeyPhase::Tainted).filter(is_over).collect::<Vec<_>>();
    if !over.is_empty() {
        let mut tx = app.db.begin(Scope::System).await?;
        store::lock(&mut tx).await?;
        for row in over {
            store::revoke(&mut tx, &row.kid, now).await?;
            deed(&mut tx, &actor, "signing_key.revoked", &row.kid).await?;
        }
        commit(app, &sts, tx).await?;
    }
    let old = now - Duration::days(i64::from(app.config.tokens.key_days));
    let is_old = |row: &KeyRow| row.activated_at.is_some_and(|at| at <= old);
    if find(&rows, KeyPhase::Active).is_some_and(is_old) {
        let tx = app.db.begin(Scope::System).await?;
        return match rotate(app, &sts, tx, &actor).await {
            // Somebody did it by hand just now, or it is the next look's.
            Err(error) if error.code() == "key_too_young" => Ok(()),
            outcome => outcome,
        };
    }
    Ok(())
}

/// Seals every private key anew that another secret than the first seals; says how many.
pub async fn seal_anew(app: &App, tx: &mut Tx) -> Result<usize> {
    let sts = app.service::<Sts>();
    store::lock(tx).await?;
    let mut count = 0;
    for row in store::living(tx).await? {
        let Some(sealed) = &row.sealed_private_key else { continue };
        if let Some(anew) = sts.sealer().seal_anew(&row.kid, sealed)? {
            store::keep_sealed(tx, &row.kid, &anew).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Opens private keys with all of these secrets from now on, and seals with the first.
pub fn adopt_sealing_secret(app: &App, secrets: &[String]) -> anyhow::Result<()> {
    app.service::<Sts>().sealer().adopt(secrets)
}

/// The change of signing keys that somebody asks for by another way than `/sts/rotate-keys`.
pub async fn rotate_signing_keys(app: &App, actor: &Actor) -> Result<()> {
    let tx = app.db.begin(Scope::System).await?;
    rotate(app, &app.service::<Sts>(), tx, actor).await
}

fn find(rows: &[KeyRow], phase: KeyPhase) -> Option<&KeyRow> {
    rows.iter().find(|row| row.phase == phase)
}

async fn start_anew(
    tx: &mut Tx,
    sts: &Sts,
    rows: &[KeyRow],
    actor: &Actor,
    now: OffsetDateTime,
) -> Result<()> {
    for row in rows {
        store::revoke(tx, &row.kid, now).await?;
        deed(tx, actor, "signing_key.revoked", &row.kid).await?;
    }
    let kid = prepare(tx, sts, actor, now).await?;
    store::activate(tx, &kid, now).await?;
    deed(tx, actor, "signing_key.activated", &kid).await?;
    prepare(tx, sts, actor, now).await?;
    Ok(())
}

async fn prepare(tx: &mut Tx, sts: &Sts, actor: &Actor, now: OffsetDateTime) -> Result<String> {
    let key = sts.sealer().make_key()?;
    store::insert(tx, &key, now).await?;
    deed(tx, actor, "signing_key.prepared", &key.public.kid).await?;
    Ok(key.public.kid)
}

async fn deed(tx: &mut Tx, actor: &Actor, action: &'static str, kid: &str) -> Result<()> {
    let deed = Deed {
        organization: None,
        action,
        object_kind: "signing_key",
        object_id: None,
        object_reference: Some(kid),
        detail: None,
    };
    record(tx, actor, deed).await
}

fn too_young(ripe_in: Duration) -> Error {
    let seconds = ripe_in.whole_seconds() + 1;
    let detail =
        format!("The next key has not been published for long enough; it may sign in {seconds} seconds.");
    Error::problem(StatusCode::CONFLICT, "key_too_young", detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
        .with_context(json!({ "ripe_in_seconds": seconds }))
}
