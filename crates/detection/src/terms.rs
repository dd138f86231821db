//! The words by which a text is found again.

/// One thing a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryTerm {
    pub text: String,
    /// Whether a term that only begins with the text will do. Quoted words ask for the whole term.
    pub is_prefix: bool,
}

/// The terms of texts, folded and without repeats, at most `max`.
pub fn terms(texts: &[&str], max: usize) -> Vec<String> {
    let _ = (texts, max);
    Vec::new()
}

/// What a query asks for, folded as [`terms`] folds.
pub fn query_terms(text: &str) -> Vec<QueryTerm> {
    let _ = text;
    Vec::new()
}
