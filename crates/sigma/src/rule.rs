//! A rule as it was written: read, checked and described.

use rsigma_parser::{
    CorrelationCondition, CorrelationRule, Detection, Level, LogSource, Modifier, SigmaCollection, SigmaRule,
    parse_sigma_yaml,
};
use vocab::Severity;

use crate::fault::{Fault, line_with};

/// A longer text is no rule.
const MOST_BYTES: usize = 256 * 1024;

/// One Sigma document, or a correlation with the documents it refers to.
#[derive(Debug, Clone)]
pub struct Rule {
    pub title: String,
    /// The author's own id.
    pub id: Option<String>,
    pub description: Option<String>,
    pub author: Option<String>,
    pub severity: Severity,
    pub tags: Vec<String>,
    pub references: Vec<String>,
    pub false_positives: Vec<String>,
    /// Which events it is for.
    pub sources: Vec<Source>,
    pub correlation: Option<Correlation>,
    pub yaml: String,
    pub(crate) documents: SigmaCollection,
}

/// A log source in the words of Sigma, in small letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Source {
    pub product: Option<String>,
    pub service: Option<String>,
    pub category: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correlation {
    pub kind: &'static str,
    pub group_by: Vec<String>,
    pub timespan_seconds: u64,
    pub threshold: Option<u64>,
}

impl Rule {
    /// Reads one rule: one document, or a correlation with those it refers to.
    pub fn parse(yaml: &str) -> Result<Rule, Fault> {
        let mut rules = Self::parse_many(yaml);
        match (rules.pop(), rules.is_empty()) {
            (Some(rule), true) => rule,
            (None, _) => Err(Fault::at(1, "there is no rule")),
            _ => Err(Fault::at(1, "there is more than one rule: import them instead")),
        }
    }

    /// Reads documents one by one: a bad one does not sink its neighbours. Documents that a correlation refers to are
    /// part of it.
    pub fn parse_many(yaml: &str) -> Vec<Result<Rule, Fault>> {
        let mut parts = documents(yaml);
        let mut rules = Vec::new();
        while let Some(at) = outermost(&parts) {
            let mut chosen = vec![parts.remove(at)];
            let mut next = 0;
            while let Some(part) = chosen.get(next) {
                let wanted = part.wanted();
                while let Some(at) = parts.iter().position(|part| part.is_among(&wanted)) {
                    chosen.push(parts.remove(at));
                }
                next += 1;
            }
            rules.push(whole(chosen));
        }
        rules.extend(parts.into_iter().map(|part| whole(vec![part])));
        rules
    }

    /// MITRE ATT&CK techniques among the tags, as `T1110.001`.
    pub fn techniques(&self) -> Vec<String> {
        let is_technique =
            |tag: &&str| tag.starts_with(['t', 'T']) && tag[1..].starts_with(|c: char| c.is_ascii_digit());
        self.attack_tags().filter(is_technique).map(str::to_ascii_uppercase).collect()
    }

    /// MITRE ATT&CK tactics among the tags, as people write them: `Initial Access`.
    pub fn tactics(&self) -> Vec<String> {
        let is_name = |tag: &&str| !tag.bytes().any(|byte| byte.is_ascii_digit());
        self.attack_tags().filter(is_name).map(title_case).collect()
    }

    fn attack_tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().filter_map(|tag| tag.strip_prefix("attack."))
    }
}

fn title_case(tag: &str) -> String {
    let words = tag.split(['-', '_']).map(|word| {
        if word == "and" {
            return word.to_owned();
        }
        let mut characters = word.chars();
        let first = characters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(characters).collect()
    });
    words.collect::<Vec<String>>().join(" ")
}

/// One document of a text.
struct Part {
    /// The line it begins at, from 1.
    first: usize,
    yaml: String,
    read: Result<SigmaCollection, Fault>,
}

impl Part {
    fn correlation(&self) -> Option<&CorrelationRule> {
        self.read.as_ref().ok()?.correlations.first()
    }

    /// What it refers to, by id or name.
    fn wanted(&self) -> Vec<String> {
        self.correlation().map(|rule| rule.rules.clone()).unwrap_or_default()
    }

    fn is_among(&self, wanted: &[String]) -> bool {
        self.names().any(|name| wanted.iter().any(|wanted| wanted == name))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let read = self.read.as_ref().ok();
        let rule = read.and_then(|read| read.rules.first());
        let correlation = self.correlation();
        let of_rule = rule.into_iter().flat_map(|rule| [&rule.id, &rule.name]);
        let of_correlation = correlation.into_iter().flat_map(|rule| [&rule.id, &rule.name]);
        of_rule.chain(of_correlation).filter_map(|name| name.as_deref())
    }
}

/// A correlation that no other refers to; of a circle, the first.
fn outermost(parts: &[Part]) -> Option<usize> {
    let correlations = || parts.iter().enumerate().filter(|(_, part)| part.correlation().is_some());
    let is_inner = |part: &Part| {
        correlations().any(|(_, other)| other.first != part.first && part.is_among(&other.wanted()))
    };
    let outer = correlations().find(|(_, part)| !is_inner(part));
    outer.or_else(|| correlations().next()).map(|(at, _)| at)
}

fn documents(yaml: &str) -> Vec<Part> {
    let mut parts: Vec<(usize, String)> = vec![(1, String::new())];
    for (index, line) in yaml.lines().enumerate() {
        if line.trim_end() == "---" {
            parts.push((index + 2, String::new()));
        } else if let Some((_, text)) = parts.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    let is_something =
        |text: &str| text.lines().any(|line| !matches!(line.trim().chars().next(), None | Some('#')));
    let parts = parts.into_iter().filter(|(_, text)| is_something(text));
    parts
        .map(|(first, yaml)| {
            let read = document(&yaml).map_err(|fault| Fault { line: fault.line + first - 1, ..fault });
            Part { first, yaml, read }
        })
        .collect()
}

fn document(yaml: &str) -> Result<SigmaCollection, Fault> {
    if yaml.len() > MOST_BYTES {
        return Err(Fault::at(1, "is longer than 256 KiB"));
    }
    if let Some(line) = yaml.lines().position(|line| line.starts_with("action:")) {
        return Err(Fault::unsupported(line + 1, "collections with `action` (global, repeat, reset)"));
    }
    let read = parse_sigma_yaml(yaml).map_err(|error| Fault::about(yaml, &error.to_string()))?;
    if let Some(complaint) = read.errors.first() {
        return Err(Fault::about(yaml, complaint));
    }
    if !read.filters.is_empty() {
        return Err(Fault::unsupported(line_with(yaml, "filter:").unwrap_or(1), "Sigma filters"));
    }
    for rule in &read.rules {
        check(yaml, rule)?;
    }
    Ok(read)
}

fn check(yaml: &str, rule: &SigmaRule) -> Result<(), Fault> {
    let line = |word: &str| line_with(yaml, word).unwrap_or(1);
    if rule.detection.timeframe.is_some() {
        return Err(Fault::unsupported(line("timeframe"), "`timeframe` (use a correlation)"));
    }
    if let Some(name) = rule.logsource.custom.keys().next() {
        return Err(Fault::unsupported(
            line(name),
            "log sources by anything but product, service and category",
        ));
    }
    if rule.detection.named.values().any(expands) {
        return Err(Fault::unsupported(line("|expand"), "placeholders (`|expand`)"));
    }
    if let Err(error) = rsigma_eval::compile_rule(rule) {
        return Err(Fault::about(yaml, &error.to_string()));
    }
    Ok(())
}

fn expands(detection: &Detection) -> bool {
    match detection {
        Detection::AllOf(items) => items.iter().any(|item| item.field.modifiers.contains(&Modifier::Expand)),
        Detection::AnyOf(parts) => parts.iter().any(expands),
        _ => false,
    }
}

/// A rule of its documents: the first is what it is called by.
fn whole(parts: Vec<Part>) -> Result<Rule, Fault> {
    let first = parts.first().map_or(1, |part| part.first);
    let mut yaml = Vec::new();
    let mut documents = SigmaCollection::new();
    for part in parts {
        let read = part.read?;
        documents.rules.extend(read.rules);
        documents.correlations.extend(read.correlations);
        yaml.push(part.yaml.trim_end().to_owned() + "\n");
    }
    for correlation in &documents.correlations {
        for wanted in &correlation.rules {
            let is_here = documents.rules.iter().any(|rule| is_named(&rule.id, &rule.name, wanted))
                || documents.correlations.iter().any(|rule| is_named(&rule.id, &rule.name, wanted));
            if !is_here {
                let line = yaml.first().and_then(|yaml| line_with(yaml, wanted)).unwrap_or(1) + first - 1;
                return Err(Fault::at(line, format!("refers to `{wanted}`, which is not in the same text")));
            }
        }
    }
    let mut rule = described(&documents).ok_or_else(|| Fault::at(first, "there is no rule"))?;
    rule.sources = sources(&documents);
    rule.yaml = yaml.join("---\n");
    rule.documents = documents;
    Ok(rule)
}

pub(crate) fn is_named(id: &Option<String>, name: &Option<String>, wanted: &str) -> bool {
    id.as_deref() == Some(wanted) || name.as_deref() == Some(wanted)
}

macro_rules! describe {
    ($rule:expr, $correlation:expr) => {
        Rule {
            title: $rule.title.clone(),
            id: $rule.id.clone(),
            description: $rule.description.clone(),
            author: $rule.author.clone(),
            severity: severity($rule.level),
            tags: $rule.tags.clone(),
            references: $rule.references.clone(),
            false_positives: $rule.falsepositives.clone(),
            sources: Vec::new(),
            correlation: $correlation,
            yaml: String::new(),
            documents: SigmaCollection::new(),
        }
    };
}

fn described(documents: &SigmaCollection) -> Option<Rule> {
    match documents.correlations.first() {
        Some(rule) => {
            let correlation = Correlation {
                kind: rule.correlation_type.as_str(),
                group_by: rule.group_by.clone(),
                timespan_seconds: rule.timespan.seconds,
                threshold: threshold(&rule.condition),
            };
            Some(describe!(rule, Some(correlation)))
        }
        None => documents.rules.first().map(|rule| describe!(rule, None)),
    }
}

fn threshold(condition: &CorrelationCondition) -> Option<u64> {
    match condition {
        CorrelationCondition::Threshold { predicates, .. } => predicates.first().map(|(_, value)| *value),
        CorrelationCondition::Extended(_) => None,
    }
}

fn sources(documents: &SigmaCollection) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for rule in &documents.rules {
        let source = Source::from(&rule.logsource);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

impl From<&LogSource> for Source {
    fn from(source: &LogSource) -> Self {
        let lower = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_lowercase());
        Source {
            product: lower(&source.product),
            service: lower(&source.service),
            category: lower(&source.category),
        }
    }
}

/// A rule without a level says that it is worth a look.
fn severity(level: Option<Level>) -> Severity {
    match level {
        Some(Level::Informational) => Severity::Informational,
        Some(Level::Low) => Severity::Low,
        Some(Level::Medium) | None => Severity::Medium,
        Some(Level::High) => Severity::High,
        Some(Level::Critical) => Severity::Critical,
    }
}
