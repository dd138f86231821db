//! The rules that come with the program: `config/rules`, embedded.

use rust_embed::RustEmbed;
use sigma::Rule;
use uuid::Uuid;

#[derive(RustEmbed)]
#[folder = "../../config/rules"]
struct Files;

/// One of them. Its id stands in its text and never changes.
pub struct BuiltIn {
    pub id: Uuid,
    pub rule: Rule,
}

/// All of them, in the order of their names. A test shows that each can be read.
pub fn all() -> Vec<BuiltIn> {
    let mut names = Files::iter().collect::<Vec<_>>();
    names.sort();
    names.iter().filter_map(|name| read(name)).collect()
}

fn read(name: &str) -> Option<BuiltIn> {
    let file = Files::get(name)?;
    let rule = Rule::parse(std::str::from_utf8(&file.data).ok()?).ok()?;
    let id = Uuid::parse_str(rule.id.as_deref()?).ok()?;
    Some(BuiltIn { id, rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_rule_can_be_read_and_has_an_id_of_its_own() {
        let mut ids = all().iter().map(|built_in| built_in.id).collect::<Vec<_>>();
        assert_eq!(ids.len(), Files::iter().count());
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Files::iter().count());
    }
}
