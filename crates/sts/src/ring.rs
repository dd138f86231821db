//! The signing keys as one process has them in memory.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::key::{KeyPhase, KeySealer, PublicKey};
use crate::store::KeyRow;

/// The keys of this installation, ready for use: what signs, and what is published and believed.
pub(crate) struct KeyRing {
    pub active_kid: String,
    pub signing: EncodingKey,
    pub verifying: BTreeMap<String, DecodingKey>,
    pub published: Vec<PublicKey>,
}

impl KeyRing {
    /// Of rows that are not revoked.
    pub fn of(rows: &[KeyRow], sealer: &KeySealer) -> Result<Self> {
        let mut active = None;
        let (mut verifying, mut published) = (BTreeMap::new(), Vec::new());
        for row in rows.iter().filter(|row| row.phase != KeyPhase::Revoked) {
            let public = PublicKey::of(row.public_x.clone(), row.public_y.clone());
            ensure!(public.kid == row.kid, "a signing key has another key's name");
            verifying.insert(public.kid.clone(), DecodingKey::from_ec_components(&public.x, &public.y)?);
            if row.phase == KeyPhase::Active {
                let sealed = row.sealed_private_key.as_deref().context("the active key cannot sign")?;
                active =
                    Some((row.kid.clone(), EncodingKey::from_ec_der(&sealer.open_key(&row.kid, sealed)?)));
            }
            published.push(public);
        }
        let (active_kid, signing) = active.context("no signing key is active")?;
        Ok(Self { active_kid, signing, verifying, published })
    }
}
