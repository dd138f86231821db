//! A row as an asset, as far as its columns go.

use detection::urgency::Criticality;
use platform::error::FieldError;
use vocab::OrganizationId;

use super::columns::Column;
use super::sheet::{Header, Row};
use super::{RowError, words};
use crate::address::Address;
use crate::cell::unguarded;
use crate::fields;
use crate::model::{self, AssetContent, AssetKind, AssetState};

/// What a row says. A column that the table lacks is None and leaves an asset's own value; so does an empty cell of
/// kind, criticality, state or exposure. Any other empty cell empties the value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub row: u32,
    pub name: String,
    pub kind: Option<AssetKind>,
    pub criticality: Option<Criticality>,
    pub state: Option<AssetState>,
    pub owner: Option<Option<String>>,
    pub department: Option<Option<String>>,
    pub description: Option<Option<String>>,
    pub is_internet_facing: Option<bool>,
    pub addresses: Option<Vec<Address>>,
    pub hostnames: Option<Vec<String>>,
    pub tags: Option<Vec<String>>,
}

impl Draft {
    /// Reads a row; every mistake in it is named.
    pub fn read(headers: &[Header], row: &Row, organization: OrganizationId) -> Result<Self, Vec<RowError>> {
        let mut draft = Draft { row: row.number, ..Draft::default() };
        let mut errors = Vec::new();
        for (index, header) in headers.iter().enumerate() {
            let Some(column) = header.column else { continue };
            let cell = unguarded(row.cells.get(index).unwrap_or_default().trim());
            if let Err(messages) = draft.take(column, &cell, organization) {
                errors.extend(messages.into_iter().map(|message| RowError {
                    row: row.number,
                    column: Some(header.text.clone()),
                    message,
                }));
            }
        }
        let beyond = row.cells.iter().skip(headers.len()).any(|cell| !cell.trim().is_empty());
        if beyond {
            let (cells, columns) = (row.cells.len(), headers.len());
            errors.push(RowError {
                row: row.number,
                column: None,
                message: format!(
                    "has {cells} cells under {columns} headers; is a text with a separator unquoted?"
                ),
            });
        }
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The asset this row makes of what is there.
    pub fn onto(&self, existing: Option<&AssetContent>) -> AssetContent {
        let text = |new: &Option<Option<String>>, old: fn(&AssetContent) -> &Option<String>| match new {
            Some(new) => new.clone(),
            None => existing.and_then(|content| old(content).clone()),
        };
        AssetContent {
            name: self.name.clone(),
            kind: self.kind.or(existing.map(|old| old.kind)).unwrap_or(model::default_kind()),
            criticality: self
                .criticality
                .or(existing.map(|old| old.criticality))
                .unwrap_or(model::default_criticality()),
            state: self.state.or(existing.map(|old| old.state)).unwrap_or(model::default_state()),
            owner: text(&self.owner, |old| &old.owner),
            department: text(&self.department, |old| &old.department),
            description: text(&self.description, |old| &old.description),
            is_internet_facing: self
                .is_internet_facing
                .or(existing.map(|old| old.is_internet_facing))
                .unwrap_or(false),
            addresses: list(&self.addresses, existing.map(|old| &old.addresses)),
            hostnames: list(&self.hostnames, existing.map(|old| &old.hostnames)),
            tags: list(&self.tags, existing.map(|old| &old.tags)),
        }
    }

    fn take(&mut self, column: Column, cell: &str, organization: OrganizationId) -> Result<(), Vec<String>> {
        match column {
            Column::Name => self.name = one(fields::name(cell))?,
            Column::Kind => self.kind = chosen(cell, words::kind)?,
            Column::Criticality => self.criticality = chosen(cell, words::criticality)?,
            Column::State => self.state = chosen(cell, words::state)?,
            Column::Owner => self.owner = Some(one(fields::line(cell, fields::NAME_CHARS))?),
            Column::Department => self.department = Some(one(fields::line(cell, fields::NAME_CHARS))?),
            Column::Description => {
                self.description = Some(one(fields::lines(cell, fields::DESCRIPTION_CHARS))?);
            }
            Column::IsInternetFacing => self.is_internet_facing = chosen(cell, words::boolean)?,
            Column::Addresses => self.addresses = Some(several(cell, is_list_separator, model::addresses)?),
            Column::Hostnames => self.hostnames = Some(several(cell, is_list_separator, model::hostnames)?),
            Column::Tags => self.tags = Some(several(cell, is_tag_separator, model::tags)?),
            Column::OrganizationId => {
                let is_this = cell.is_empty() || cell.parse() == Ok(organization);
                if !is_this {
                    return Err(vec!["is another organization than the one imported into".to_owned()]);
                }
            }
        }
        Ok(())
    }
}

fn one<T>(checked: Result<T, String>) -> Result<T, Vec<String>> {
    checked.map_err(|message| vec![message])
}

fn chosen<T>(cell: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Vec<String>> {
    if cell.is_empty() { Ok(None) } else { one(read(cell).map(Some)) }
}

fn several<T>(
    cell: &str,
    is_separator: fn(char) -> bool,
    check: impl Fn(&mut Vec<FieldError>, &[String]) -> Vec<T>,
) -> Result<Vec<T>, Vec<String>> {
    let texts = cell
        .split(is_separator)
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let mut errors = Vec::new();
    let values = check(&mut errors, &texts);
    if errors.is_empty() { Ok(values) } else { Err(errors.into_iter().map(|error| error.message).collect()) }
}

fn list<T: Clone>(new: &Option<Vec<T>>, old: Option<&Vec<T>>) -> Vec<T> {
    new.as_ref().or(old).cloned().unwrap_or_default()
}

fn is_list_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, ';' | '|' | ',')
}

/// A tag may hold spaces.
fn is_tag_separator(character: char) -> bool {
    matches!(character, ';' | '|' | ',' | '\n' | '\r')
}
