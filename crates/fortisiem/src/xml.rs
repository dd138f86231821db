//! One XML element at a time as a small tree, within limits. No document type, no entity of its own making.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;

use crate::limits::Limits;
use crate::unreadable::code;

/// What is wrong and at which offset of the text; the caller knows the body and the path around it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub code: &'static str,
    pub message: Cow<'static, str>,
    pub offset: usize,
    /// The open elements within the tree, outermost first.
    pub path: String,
}

pub(crate) struct Node<'a> {
    /// Without a namespace prefix.
    pub name: &'a str,
    pub depth: usize,
    /// The text directly within, entities resolved.
    pub text: Cow<'a, str>,
    /// The markup between the tags, as written.
    inner: Range<usize>,
    attributes: Range<usize>,
}

/// An element with everything in it, in document order.
pub(crate) struct Tree<'a> {
    source: &'a str,
    nodes: Vec<Node<'a>>,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    /// The element in the text, its tags included.
    pub span: Range<usize>,
}

impl<'a> Tree<'a> {
    pub fn root(&self) -> Option<&Node<'a>> {
        self.nodes.first()
    }

    /// Every element below the root, with the elements below each.
    pub fn children(&self) -> impl Iterator<Item = (&Node<'a>, &[Node<'a>])> {
        children_of(self.nodes.get(1..).unwrap_or_default(), 1)
    }

    pub fn attributes(&self, node: &Node<'a>) -> impl Iterator<Item = (&'a str, &Cow<'a, str>)> {
        let range = node.attributes.clone();
        self.attributes.get(range).unwrap_or_default().iter().map(|(name, value)| (*name, value))
    }

    pub fn attribute(&self, node: &Node<'a>, name: &str) -> Option<&Cow<'a, str>> {
        self.attributes(node).find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The text of an element; its markup as written where it holds elements.
    pub fn text(&self, node: &Node<'a>, below: &[Node<'a>]) -> Cow<'a, str> {
        match below {
            [] => node.text.clone(),
            _ => Cow::Borrowed(self.source.get(node.inner.clone()).unwrap_or_default()),
        }
    }
}

/// The nodes of `depth` in a run of nodes, each with those below it.
pub(crate) fn children_of<'n, 'a>(
    nodes: &'n [Node<'a>],
    depth: usize,
) -> impl Iterator<Item = (&'n Node<'a>, &'n [Node<'a>])> {
    let mut rest = nodes;
    std::iter::from_fn(move || {
        let (node, after) = rest.split_first()?;
        let below = after.iter().position(|next| next.depth <= depth).unwrap_or(after.len());
        let (below, after) = after.split_at_checked(below)?;
        rest = after;
        Some((node, below))
    })
}

/// A tag that opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag<'a> {
    pub name: &'a str,
    /// Name and attributes, as written.
    content: &'a str,
    name_length: usize,
    pub start: usize,
    end: usize,
    is_empty: bool,
}

/// What stands outside the trees.
pub(crate) enum Step<'a> {
    Open(Tag<'a>),
    Close,
    Text { offset: usize },
    End,
}

pub(crate) struct Walker<'a, 'l> {
    source: &'a str,
    /// Where in the source the reader began.
    base: usize,
    reader: Reader<&'a [u8]>,
    limits: &'l Limits,
}

impl Tag<'_> {
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }
}

impl<'a, 'l> Walker<'a, 'l> {
    pub fn new(source: &'a str, limits: &'l Limits) -> Self {
        Self { source, base: 0, reader: Reader::from_str(source), limits }
    }

    fn offset(&self) -> usize {
        self.in_source(self.reader.buffer_position())
    }

    fn in_source(&self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        self.base.saturating_add(position).min(self.source.len())
    }

    fn event(&mut self) -> Result<Event<'a>, Fault> {
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => {
                Err(fault(code::XML_DOCTYPE, "a document type is not accepted", self.offset()))
            }
            Ok(event) => Ok(event),
            Err(error) => {
                let offset = self.in_source(self.reader.error_position());
                // The library's words may quote the body; these do not.
                let message = match error {
                    quick_xml::Error::Syntax(error) => Cow::Owned(error.to_string()),
                    quick_xml::Error::IllFormed(_) => {
                        "a tag does not match, or a `&` begins no reference".into()
                    }
                    _ => "the markup is not well-formed".into(),
                };
                Err(fault(code::XML_MALFORMED, message, offset))
            }
        }
    }

    /// The next step outside of any tree.
    pub fn step(&mut self) -> Result<Step<'a>, Fault> {
        loop {
            let start = self.offset();
            let event = self.event()?;
            match event {
                Event::Start(tag) => {
                    return self.tag(start, tag.name().as_ref().len(), false).map(Step::Open);
                }
                Event::Empty(tag) => return self.tag(start, tag.name().as_ref().len(), true).map(Step::Open),
                Event::End(_) => return Ok(Step::Close),
                Event::Eof => return Ok(Step::End),
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Ok(Step::Text { offset: start });
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn tag(&self, start: usize, name_length: usize, is_empty: bool) -> Result<Tag<'a>, Fault> {
        let end = self.offset();
        let tail = if is_empty { 2 } else { 1 };
        let content = self.source.get(start + 1..end.saturating_sub(tail));
        let name = content.and_then(|content| content.get(..name_length));
        let (Some(content), Some(name)) = (content, name.filter(|name| !name.is_empty())) else {
            return Err(fault(code::XML_MALFORMED, "a tag has no name", start));
        };
        Ok(Tag { name: local(name), content, name_length, start, end, is_empty })
    }

    /// Reads the element a tag has opened, up to its end. After a fault [`Walker::resume_behind`] may find that end.
    pub fn tree(&mut self, tag: Tag<'a>) -> Result<Tree<'a>, Fault> {
        let mut tree = Tree {
            source: self.source,
            nodes: Vec::with_capacity(32),
            attributes: Vec::new(),
            span: tag.start..tag.end,
        };
        let mut open = Vec::with_capacity(8);
        match self.fill(&mut tree, &mut open, tag) {
            Ok(()) => Ok(tree),
            Err(mut fault) => {
                let names = open.iter().filter_map(|at| tree.nodes.get(*at)).map(|node| node.name);
                fault.path = names.collect::<Vec<_>>().join("/");
                Err(fault)
            }
        }
    }

    fn fill(&mut self, tree: &mut Tree<'a>, open: &mut Vec<usize>, root: Tag<'a>) -> Result<(), Fault> {
        self.push(tree, open, root)?;
        while !open.is_empty() {
            let start = self.offset();
            match self.event()? {
                Event::Start(tag) => {
                    let tag = self.tag(start, tag.name().as_ref().len(), false)?;
                    self.push(tree, open, tag)?;
                }
                Event::Empty(tag) => {
                    let tag = self.tag(start, tag.name().as_ref().len(), true)?;
                    self.push(tree, open, tag)?;
                }
                Event::End(_) => {
                    if let Some(node) = open.pop().and_then(|at| tree.nodes.get_mut(at)) {
                        node.inner.end = start;
                    }
                }
                Event::Text(text) => append(tree, open, text.into_inner()),
                Event::CData(text) => append(tree, open, text.into_inner()),
                Event::GeneralRef(name) => append_character(tree, open, resolve(&name, start)?),
                Event::Eof => {
                    return Err(fault(code::XML_MALFORMED, "the end of an element is missing", start));
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        tree.span.end = self.offset();
        Ok(())
    }

    fn push(&self, tree: &mut Tree<'a>, open: &mut Vec<usize>, tag: Tag<'a>) -> Result<(), Fault> {
        if open.len() >= self.limits.depth {
            return Err(fault(code::TOO_DEEP, "the elements nest too deep", tag.start));
        }
        if tree.nodes.len() >= self.limits.members {
            return Err(fault(code::TOO_MANY_MEMBERS, "the incident has too many elements", tag.start));
        }
        let first = tree.attributes.len();
        for (count, attribute) in Attributes::new(tag.content, tag.name_length).enumerate() {
            if count >= self.limits.attributes_per_element || first + count >= self.limits.attributes {
                return Err(fault(code::TOO_MANY_ATTRIBUTES, "there are too many attributes", tag.start));
            }
            let Ok(attribute) = attribute else {
                return Err(fault(code::XML_MALFORMED, "an attribute is not well-formed", tag.start));
            };
            let value = unescape(attribute.value, tag.start)?;
            tree.attributes.push((local(attribute.key.0), value));
        }
        let attributes = first..tree.attributes.len();
        let node = Node {
            name: tag.name,
            depth: open.len(),
            text: Cow::Borrowed(""),
            inner: tag.end..tag.end,
            attributes,
        };
        if !tag.is_empty {
            open.push(tree.nodes.len());
        }
        tree.nodes.push(node);
        Ok(())
    }

    /// Whether an incident may follow.
    pub fn has_more(&self) -> bool {
        self.source.get(self.offset()..).is_some_and(|rest| rest.contains('<'))
    }

    /// Goes on behind the end tag of an element whose tree failed, wherever the fault left the reader. Returns the
    /// offset behind that tag; `None` where there is none, and then nothing behind the fault can be trusted.
    pub fn resume_behind(&mut self, tag: &Tag<'a>, fault: &Fault) -> Option<usize> {
        let qualified = tag.content.get(..tag.name_length)?;
        let mut at = fault.offset.max(tag.end);
        loop {
            let found = at + self.source.get(at..)?.find("</")? + 2;
            let rest = self.source.get(found..)?;
            let behind = rest.strip_prefix(qualified).map(str::trim_ascii_start);
            if let Some(behind) = behind.and_then(|rest| rest.strip_prefix('>')) {
                self.base = self.source.len() - behind.len();
                self.reader = Reader::from_str(behind);
                self.reader.config_mut().allow_unmatched_ends = true;
                return Some(self.base);
            }
            at = found;
        }
    }
}

fn fault(code: &'static str, message: impl Into<Cow<'static, str>>, offset: usize) -> Fault {
    Fault { code, message: message.into(), offset, path: String::new() }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn append<'a>(tree: &mut Tree<'a>, open: &[usize], text: Cow<'a, str>) {
    let Some(node) = open.last().and_then(|at| tree.nodes.get_mut(*at)) else { return };
    match node.text.is_empty() {
        true => node.text = text,
        false => node.text.to_mut().push_str(&text),
    }
}

fn append_character(tree: &mut Tree<'_>, open: &[usize], character: char) {
    let Some(node) = open.last().and_then(|at| tree.nodes.get_mut(*at)) else { return };
    node.text.to_mut().push(character);
}

/// The character of `lt`, `#60` or `#x3c`. Even `#0` has one here: it is made visible later.
fn resolve(name: &str, offset: usize) -> Result<char, Fault> {
    let number = match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => name.strip_prefix('#'),
    };
    let Some(number) = number else {
        return Err(fault(code::XML_ENTITY, "an entity is used that XML does not define", offset));
    };
    let value = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    value
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| fault(code::XML_MALFORMED, "a character reference names no character", offset))
}

fn unescape<'a>(value: Cow<'a, str>, offset: usize) -> Result<Cow<'a, str>, Fault> {
    if !value.contains('&') {
        return Ok(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut rest = &*value;
    while let Some((before, after)) = rest.split_once('&') {
        let Some((name, behind)) = after.split_once(';') else {
            return Err(fault(code::XML_MALFORMED, "a `&` begins no reference", offset));
        };
        text.push_str(before);
        text.push(resolve(name, offset)?);
        rest = behind;
    }
    text.push_str(rest);
    Ok(Cow::Owned(text))
}
