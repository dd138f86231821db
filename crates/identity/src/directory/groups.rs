//! Which roles groups of the directory stand for.

use platform::config::GroupConfig;
use platform::{Result, Tx};

use crate::model::Membership;
use crate::store::organizations;

/// What a group's organization says for all of them.
const EVERYWHERE: &str = "*";

/// What these groups amount to: of several for one organization, the first in the settings.
pub async fn memberships(
    tx: &mut Tx,
    settings: &[GroupConfig],
    groups: &[String],
) -> Result<Vec<Membership>> {
    let mut found: Vec<Membership> = Vec::new();
    for one in settings.iter().filter(|one| groups.iter().any(|group| is_same(group, &one.group))) {
        let organization_id = match one.organization.as_str() {
            EVERYWHERE => None,
            slug => match organizations::by_slug(tx, slug).await? {
                Some(id) => Some(id),
                None => {
                    tracing::warn!(
                        organization = slug,
                        "a group belongs to an organization that there is not"
                    );
                    continue;
                }
            },
        };
        if found.iter().all(|earlier| earlier.organization_id != organization_id) {
            found.push(Membership { organization_id, role: one.role.clone() });
        }
    }
    found.sort();
    Ok(found)
}

/// Names of groups are written with blanks and letters of either size: what differs in nothing else is the same.
fn is_same(one: &str, other: &str) -> bool {
    let plain = |name: &str| {
        let parts = name.split(',').map(|part| match part.split_once('=') {
            Some((key, value)) => format!("{}={}", key.trim(), value.trim()),
            None => part.trim().to_owned(),
        });
        parts.collect::<Vec<_>>().join(",").to_lowercase()
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_known_however_its_name_is_written() {
        assert!(is_same("cn=SOC,ou=Groups,dc=example,dc=org", "CN=soc, OU=groups, DC=example, DC=org"));
        assert!(!is_same("cn=soc,ou=groups,dc=example,dc=org", "cn=soc,dc=example,dc=org"));
        assert!(!is_same("cn=socx,dc=example", "cn=soc,dc=example"));
    }
}
