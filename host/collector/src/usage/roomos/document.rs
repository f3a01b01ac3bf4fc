//! A document of a RoomOS device as its leaves.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

/// The deepest branch. Those of RoomOS have up to ten levels.
const DEEPEST: usize = 32;
/// The longest name of a branch, in bytes.
const LONGEST_NAME: usize = 64;
/// The most leaves: a whole status has some thousand.
const MOST: usize = 20_000;
/// The most bytes of JSON, which takes a hundred times as much memory while it is read. A whole status has a tenth of this.
const LARGEST_JSON: usize = 512 << 10;
/// The longest text of a leaf, in bytes. Longer ones are left out; those that are of use have a few.
const LONGEST: usize = 256;

/// Why a document cannot be read. Nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    /// It is not UTF-8 text.
    #[error("the body is not UTF-8 text")]
    NotText,
    /// It is neither XML nor JSON.
    #[error("the body is neither well-formed XML nor a JSON object")]
    Malformed,
    /// It declares a document type, with which XML can be made to grow.
    #[error("the body declares a document type, which no RoomOS device does")]
    DocumentType,
    /// It is deeper, longer or has longer names than any status.
    #[error(
        "the body has more than {DEEPEST} levels, more than {MOST} values, names of more than {LONGEST_NAME} bytes, or more than {} KiB of JSON",
        LARGEST_JSON >> 10
    )]
    TooLarge,
}

/// A leaf of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    /// The names of its branches: `Status/RoomAnalytics/PeoplePresence`.
    pub(super) path: String,
    /// The number of the last of its branches that are numbered; 1 if none is.
    pub(super) item: u32,
    /// Its text; none if the branch is gone.
    pub(super) text: Option<String>,
}

/// Reads the leaves of a document.
///
/// # Errors
/// See [`DocumentError`].
pub(super) fn leaves(body: &[u8]) -> Result<Vec<Leaf>, DocumentError> {
    let text = std::str::from_utf8(body).map_err(|_| DocumentError::NotText)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut tree = Tree::default();
    if text.starts_with('{') {
        if text.len() > LARGEST_JSON {
            return Err(DocumentError::TooLarge);
        }
        let value: Value = serde_json::from_str(text).map_err(|_| DocumentError::Malformed)?;
        tree.json(&value)?;
    } else {
        tree.xml(text)?;
    }
    Ok(tree.leaves)
}

/// The document as far as it was read.
#[derive(Default)]
struct Tree {
    /// The branches from the root to here.
    branches: Vec<Branch>,
    leaves: Vec<Leaf>,
}

#[derive(Default)]
struct Branch {
    name: String,
    item: Option<u32>,
    gone: bool,
    text: String,
    /// It is a branch, so its text is the blanks between others.
    has_branches: bool,
}

impl Tree {
    fn enter(&mut self, branch: Branch) -> Result<(), DocumentError> {
        if self.branches.len() >= DEEPEST || branch.name.len() > LONGEST_NAME {
            return Err(DocumentError::TooLarge);
        }
        if let Some(above) = self.branches.last_mut() {
            above.has_branches = true;
        }
        self.branches.push(branch);
        Ok(())
    }

    fn add(&mut self, text: &str) {
        if let Some(branch) = self.branches.last_mut()
            && branch.text.len() <= LONGEST
        {
            branch.text.push_str(text);
        }
    }

    /// Leaves a branch, which is a leaf if nothing was below it.
    fn leave(&mut self) -> Result<(), DocumentError> {
        let path: Vec<&str> = self.branches.iter().map(|branch| branch.name.as_str()).collect();
        let path = path.join("/");
        let item = self.branches.iter().rev().find_map(|branch| branch.item);
        let Some(branch) = self.branches.pop() else {
            return Err(DocumentError::Malformed);
        };
        if branch.has_branches || branch.text.len() > LONGEST {
            return Ok(());
        }
        if self.leaves.len() >= MOST {
            return Err(DocumentError::TooLarge);
        }
        self.leaves.push(Leaf {
            path,
            item: item.unwrap_or(1),
            text: (!branch.gone).then(|| branch.text.trim().to_owned()),
        });
        Ok(())
    }

    fn xml(&mut self, text: &str) -> Result<(), DocumentError> {
        let malformed = |_| DocumentError::Malformed;
        let mut reader = Reader::from_str(text);
        let mut roots = 0;
        loop {
            match reader.read_event().map_err(malformed)? {
                Event::Start(start) => {
                    roots += usize::from(self.branches.is_empty());
                    self.enter(branch(&start)?)?;
                }
                Event::Empty(start) => {
                    roots += usize::from(self.branches.is_empty());
                    self.enter(branch(&start)?)?;
                    self.leave()?;
                }
                Event::End(_) => self.leave()?,
                Event::Text(text) => self.add(&text.xml10_content()),
                Event::CData(text) => self.add(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    match reference
                        .resolve_char_ref()
                        .map_err(|_| DocumentError::Malformed)?
                    {
                        Some(character) => self.add(character.encode_utf8(&mut [0; 4])),
                        None => self.add(
                            resolve_xml_entity(&reference.xml10_content()).ok_or(DocumentError::Malformed)?,
                        ),
                    }
                }
                Event::DocType(_) => return Err(DocumentError::DocumentType),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof if self.branches.is_empty() && roots == 1 => return Ok(()),
                Event::Eof => return Err(DocumentError::Malformed),
            }
        }
    }

    /// An object has branches, and a value is an object with the key `Value`. A branch that is numbered is a list of objects with the key
    /// `id`.
    fn json(&mut self, value: &Value) -> Result<(), DocumentError> {
        match value {
            Value::Object(object) => {
                for (name, below) in object {
                    match below {
                        Value::Array(items) => {
                            for (at, item) in (1_u32..).zip(items) {
                                self.json_branch(name, Some(number(item).unwrap_or(at)), item)?;
                            }
                        }
                        below => self.json_branch(name, number(below), below)?,
                    }
                }
                Ok(())
            }
            _ => Err(DocumentError::Malformed),
        }
    }

    fn json_branch(&mut self, name: &str, item: Option<u32>, value: &Value) -> Result<(), DocumentError> {
        let text = match value {
            Value::Object(object) => match object.get("Value") {
                Some(Value::Object(_) | Value::Array(_)) | None => None,
                Some(value) => Some(scalar(value)),
            },
            Value::Array(_) => Some(String::new()),
            value => Some(scalar(value)),
        };
        let gone = value.get("ghost").is_some_and(|ghost| is_true(&scalar(ghost)));
        self.enter(Branch {
            name: name.to_owned(),
            item,
            gone,
            ..Branch::default()
        })?;
        match text {
            Some(text) => self.add(&text),
            None if gone => {}
            None => self.json(value)?,
        }
        self.leave()
    }
}

/// The branch that a tag begins.
fn branch(start: &BytesStart<'_>) -> Result<Branch, DocumentError> {
    let mut branch = Branch {
        name: start.name().into_inner().to_owned(),
        ..Branch::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| DocumentError::Malformed)?;
        match attribute.key.into_inner() {
            "item" => branch.item = attribute.value.parse().ok(),
            "ghost" => branch.gone = is_true(&attribute.value),
            _ => {}
        }
    }
    Ok(branch)
}

fn number(item: &Value) -> Option<u32> {
    item.get("id").and_then(|id| scalar(id).parse().ok())
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is) => is.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn is_true(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}
