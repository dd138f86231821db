//! What a FortiSIEM sends.

use std::fmt::Write;

/// An incident as its notification policy tells it.
#[derive(Clone)]
pub struct Incident {
    pub id: String,
    pub organization: Option<String>,
    pub rule: String,
    pub name: String,
    pub severity: u8,
    pub count: String,
    pub status: String,
    pub sources: Vec<(String, String)>,
    pub targets: Vec<(String, String)>,
    /// What tells one telling from the next; FortiSIEM's time does.
    pub description: String,
}

impl Incident {
    pub fn number(id: impl ToString) -> Self {
        Self {
            id: id.to_string(),
            organization: None,
            rule: "PH_RULE_BRUTE_FORCE".to_owned(),
            name: "Many failed logons".to_owned(),
            severity: 7,
            count: "1".to_owned(),
            status: "0".to_owned(),
            sources: vec![("srcIpAddr".to_owned(), "198.51.100.23".to_owned())],
            targets: vec![("destIpAddr".to_owned(), "192.0.2.10".to_owned())],
            description: "Somebody guesses passwords".to_owned(),
        }
    }

    pub fn of(mut self, organization: &str) -> Self {
        self.organization = Some(organization.to_owned());
        self
    }

    pub fn rule(mut self, rule: &str) -> Self {
        self.rule = rule.to_owned();
        self
    }

    pub fn severity(mut self, severity: u8) -> Self {
        self.severity = severity;
        self
    }

    pub fn count(mut self, count: impl ToString) -> Self {
        self.count = count.to_string();
        self
    }

    pub fn cleared(mut self) -> Self {
        self.status = "1".to_owned();
        self
    }

    pub fn from(mut self, address: &str) -> Self {
        self.sources = vec![("srcIpAddr".to_owned(), address.to_owned())];
        self
    }

    pub fn to(mut self, address: &str) -> Self {
        self.targets = vec![("destIpAddr".to_owned(), address.to_owned())];
        self
    }

    pub fn without_source(mut self) -> Self {
        self.sources.clear();
        self
    }

    pub fn without_target(mut self) -> Self {
        self.targets.clear();
        self
    }

    /// Told anew: other bytes, the same incident.
    pub fn told(mut self, what: impl ToString) -> Self {
        self.description = what.to_string();
        self
    }

    pub fn xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<incident");
        if !self.id.is_empty() {
            let _ = write!(xml, " incidentId=\"{}\"", self.id);
        }
        if let Some(organization) = &self.organization {
            let _ = write!(xml, " organization=\"{organization}\"");
        }
        let Self { rule, severity, count, status, name, description, .. } = self;
        let _ = write!(
            xml,
            " ruleType=\"{rule}\" severity=\"{severity}\" repeatCount=\"{count}\" status=\"{status}\">\n\
             <name>{name}</name><description>{description}</description>"
        );
        for (element, entries) in [("incidentSource", &self.sources), ("incidentTarget", &self.targets)] {
            let _ = write!(xml, "<{element}>");
            for (attribute, value) in entries {
                let _ = write!(xml, "<entry attribute=\"{attribute}\" name=\"\">{value}</entry>");
            }
            let _ = write!(xml, "</{element}>");
        }
        xml.push_str("<incidentDetails/></incident>");
        xml
    }
}
