//! What a settings schema may contain, so that neither compiling it nor checking settings against it can take long.
//!
//! The validator is built from a copy that holds only the rules known here: titles, descriptions, examples and everything else that a
//! connector writes for forms and people never reach it. An unknown keyword that would change the meaning of a rule is refused.
//!
//! | what | how much |
//! | --- | --- |
//! | nested schemas, through `$ref` too | [`DEPTH`] |
//! | schemas, written out without `$ref` | [`SCHEMAS`] |
//! | bytes of the rules, written out without `$ref` | [`BYTES`] |
//! | patterns, written out without `$ref` | [`PATTERNS`], each of [`PATTERN_BYTES`] and, compiled, [`PATTERN_MEMORY`] |
//! | `$ref` | only to `#/$defs/NAME`, never in a circle |

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::short;

/// Nested schemas. Settings are tables in lists in tables: a handful.
const DEPTH: usize = 64;
/// Schemas, each counted once per reference. `o365` has ten.
const SCHEMAS: usize = 2_000;
/// Bytes of their rules, counted in the same way: as many as a connector may write for its whole schema.
const BYTES: usize = 262_144;
/// Patterns, counted in the same way.
const PATTERNS: usize = 64;
/// Bytes of a pattern.
const PATTERN_BYTES: usize = 1_024;
/// Bytes of memory that a compiled pattern may take, and again as many for its cache.
pub(super) const PATTERN_MEMORY: usize = 512 << 10;
/// The version of JSON Schema, as `$schema` names it.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// The place of a schema's own definitions, as a `$ref` names it.
const DEFINITIONS: &str = "#/$defs/";

/// Why a schema is refused. Each text says what to do about it; the connector's author reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// A part of it breaks the rules of JSON Schema.
    #[error("{}: {cause}", place(.at))]
    Invalid {
        /// The place, as a JSON pointer.
        at: String,
        /// The cause.
        cause: String,
    },
    /// It has a keyword that settings schemas may not have.
    #[error("{}: `{keyword}` is not supported; {remedy}", place(.at))]
    Keyword {
        /// The place, as a JSON pointer.
        at: String,
        /// The keyword.
        keyword: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
    /// It refers to something other than its own definitions.
    #[error("{}: `$ref` is {reference:?}; refer to a definition inside the schema, as in `#/$defs/NAME`", place(.at))]
    Reference {
        /// The place, as a JSON pointer.
        at: String,
        /// The target of the reference.
        reference: String,
    },
    /// A definition refers to itself, perhaps through others.
    #[error(
        "`$ref` {reference:?} leads back to itself; write the nested schemas out, as deep as settings may be"
    )]
    Circle {
        /// The reference that closes the circle.
        reference: String,
    },
    /// Making it ready took too long.
    #[error("reading it takes longer than {}; write a simpler schema", humantime::format_duration(*.0))]
    Slow(Duration),
    /// It has more of something than is allowed.
    #[error(
        "{what}: at most {most} are allowed; write a simpler schema, and check the rest in `authorization`"
    )]
    TooMuch {
        /// What it has too much of.
        what: &'static str,
        /// The limit.
        most: usize,
    },
}

fn place(at: &str) -> &str {
    if at.is_empty() { "the schema" } else { at }
}

/// How a keyword holds schemas.
enum Holds {
    One,
    Several,
    Named,
    /// Named, and each name is a pattern.
    Patterns,
}

/// The rules of a schema, without its other contents.
///
/// # Errors
/// It holds something that is not supported, or too much.
pub(super) fn restrict(written: &Value) -> Result<Value, SchemaError> {
    let mut reader = Reader::default();
    let rules = reader.schema(written, &mut String::new(), 0)?;
    let measured = reader.measure(Target::Whole)?;
    for (what, has, most) in [
        ("schemas, written out without `$ref`", measured.schemas, SCHEMAS),
        (
            "bytes of rules, written out without `$ref`",
            measured.bytes,
            BYTES,
        ),
        (
            "patterns, written out without `$ref`",
            measured.patterns,
            PATTERNS,
        ),
        ("nested schemas", measured.depth, DEPTH),
    ] {
        if has > most {
            return Err(SchemaError::TooMuch { what, most });
        }
    }
    Ok(rules)
}

/// The target of a measurement: the schema, or one of its definitions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Target {
    Whole,
    Definition(String),
}

/// The size of a schema.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    schemas: usize,
    bytes: usize,
    patterns: usize,
    depth: usize,
}

impl Measure {
    fn add(&mut self, other: Self) {
        self.schemas = self.schemas.saturating_add(other.schemas);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.patterns = self.patterns.saturating_add(other.patterns);
        self.depth = self.depth.max(other.depth);
    }
}

/// One target without the definitions that it refers to, and those definitions, each with the depth of the reference.
#[derive(Default)]
struct Part {
    own: Measure,
    references: Vec<(String, usize)>,
}

#[derive(Default)]
struct Reader {
    parts: HashMap<Target, Part>,
    /// The target being read; none: the whole schema.
    within: Option<String>,
    /// The depth in the target of the schema being read.
    base: usize,
    measured: HashMap<Target, Option<Measure>>,
}

impl Reader {
    /// Copies the rules of a schema at `at` (a JSON pointer), which is nested in `depth` others.
    fn schema(&mut self, written: &Value, at: &mut String, depth: usize) -> Result<Value, SchemaError> {
        if depth > DEPTH {
            return Err(SchemaError::TooMuch {
                what: "nested schemas",
                most: DEPTH,
            });
        }
        let within = depth - self.base;
        self.count(|own| {
            own.schemas += 1;
            own.depth = own.depth.max(within + 1);
        });
        let written = match written {
            Value::Object(written) => written,
            Value::Bool(_) => return Ok(written.clone()),
            _ => return Err(invalid(at, "a schema must be an object, true or false")),
        };
        let mut rules = Map::new();
        for (keyword, value) in written {
            let length = at.len();
            at.push('/');
            at.push_str(&escaped(keyword));
            if let Some(rule) = self.keyword(keyword, value, at, depth)? {
                self.count(|own| own.bytes = own.bytes.saturating_add(keyword.len()));
                rules.insert(keyword.clone(), rule);
            }
            at.truncate(length);
        }
        Ok(Value::Object(rules))
    }

    /// The rule of a keyword; none if the keyword is no rule.
    fn keyword(
        &mut self,
        keyword: &str,
        value: &Value,
        at: &mut String,
        depth: usize,
    ) -> Result<Option<Value>, SchemaError> {
        let holds = match keyword {
            "$ref" => return self.reference(value, at, depth).map(Some),
            "$schema" => {
                let known = value
                    .as_str()
                    .is_some_and(|uri| uri.trim_end_matches('#') == DIALECT);
                return if known {
                    Ok(None)
                } else {
                    let dialect = format!("it is not {DIALECT}, the only supported dialect");
                    Err(invalid(at, dialect))
                };
            }
            "$defs" => return self.definitions(value, at, depth).map(Some),
            "pattern" => {
                self.pattern(value.as_str().unwrap_or_default(), at)?;
                return Ok(Some(value.clone()));
            }
            "type" | "enum" | "const" | "multipleOf" | "maximum" | "exclusiveMaximum" | "minimum"
            | "exclusiveMinimum" | "maxLength" | "minLength" | "maxItems" | "minItems" | "uniqueItems"
            | "maxContains" | "minContains" | "maxProperties" | "minProperties" | "required"
            | "dependentRequired" => {
                let bytes = value.to_string().len();
                self.count(|own| own.bytes = own.bytes.saturating_add(bytes));
                return Ok(Some(value.clone()));
            }
            "items"
            | "additionalProperties"
            | "contains"
            | "propertyNames"
            | "not"
            | "if"
            | "then"
            | "else" => Holds::One,
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => Holds::Several,
            "properties" | "dependentSchemas" => Holds::Named,
            "patternProperties" => Holds::Patterns,
            _ => {
                return match not_taken(keyword) {
                    Some((keyword, remedy)) => Err(SchemaError::Keyword {
                        at: parent(at).to_owned(),
                        keyword,
                        remedy,
                    }),
                    // Words for people and forms.
                    None => Ok(None),
                };
            }
        };
        self.inner(&holds, value, at, depth + 1).map(Some)
    }

    fn inner(
        &mut self,
        holds: &Holds,
        value: &Value,
        at: &mut String,
        depth: usize,
    ) -> Result<Value, SchemaError> {
        match (holds, value) {
            (Holds::One, schema) => self.schema(schema, at, depth),
            (Holds::Several, Value::Array(schemas)) => {
                let mut rules = Vec::with_capacity(schemas.len());
                for (number, schema) in schemas.iter().enumerate() {
                    rules.push(self.below(&number.to_string(), schema, at, depth)?);
                }
                Ok(Value::Array(rules))
            }
            (Holds::Named | Holds::Patterns, Value::Object(schemas)) => {
                let mut rules = Map::new();
                for (name, schema) in schemas {
                    if matches!(holds, Holds::Patterns) {
                        self.pattern(name, at)?;
                    }
                    self.count(|own| own.bytes = own.bytes.saturating_add(name.len()));
                    rules.insert(name.clone(), self.below(name, schema, at, depth)?);
                }
                Ok(Value::Object(rules))
            }
            (Holds::Several, _) => Err(invalid(at, "it is not a list of schemas")),
            (Holds::Named | Holds::Patterns, _) => Err(invalid(at, "it is not a table of schemas")),
        }
    }

    fn below(
        &mut self,
        name: &str,
        schema: &Value,
        at: &mut String,
        depth: usize,
    ) -> Result<Value, SchemaError> {
        let length = at.len();
        at.push('/');
        at.push_str(&escaped(name));
        let rules = self.schema(schema, at, depth);
        at.truncate(length);
        rules
    }

    /// Reads the definitions: each is a target of its own, which counts wherever it is referred to.
    fn definitions(&mut self, value: &Value, at: &mut String, depth: usize) -> Result<Value, SchemaError> {
        if depth > 0 {
            return Err(SchemaError::Keyword {
                at: parent(at).to_owned(),
                keyword: "$defs",
                remedy: "put all definitions into the `$defs` of the whole schema",
            });
        }
        let Value::Object(definitions) = value else {
            return Err(invalid(at, "it is not a table of schemas"));
        };
        let mut rules = Map::new();
        for (name, schema) in definitions {
            self.within = Some(name.clone());
            self.base = 1;
            rules.insert(name.clone(), self.below(name, schema, at, 1)?);
        }
        self.within = None;
        self.base = 0;
        Ok(Value::Object(rules))
    }

    fn reference(&mut self, value: &Value, at: &str, depth: usize) -> Result<Value, SchemaError> {
        let reference = value.as_str().unwrap_or_default();
        // Only a plain name: no nested name, and no other spelling of one.
        let name = reference
            .strip_prefix(DEFINITIONS)
            .filter(|name| !name.is_empty() && !name.contains(['/', '~', '%']));
        let Some(name) = name else {
            return Err(SchemaError::Reference {
                at: parent(at).to_owned(),
                reference: short(reference.to_owned()),
            });
        };
        let within = depth - self.base;
        self.part().references.push((name.to_owned(), within + 1));
        Ok(value.clone())
    }

    fn pattern(&mut self, pattern: &str, at: &str) -> Result<(), SchemaError> {
        if pattern.len() > PATTERN_BYTES {
            return Err(invalid(
                at,
                format!(
                    "a pattern of {} bytes; at most {PATTERN_BYTES} are allowed",
                    pattern.len()
                ),
            ));
        }
        self.count(|own| {
            own.patterns += 1;
            own.bytes = own.bytes.saturating_add(pattern.len());
        });
        Ok(())
    }

    fn part(&mut self) -> &mut Part {
        let target = match &self.within {
            None => Target::Whole,
            Some(name) => Target::Definition(name.clone()),
        };
        self.parts.entry(target).or_default()
    }

    fn count(&mut self, count: impl FnOnce(&mut Measure)) {
        count(&mut self.part().own);
    }

    /// The size of a target with everything that it refers to, once per reference.
    fn measure(&mut self, target: Target) -> Result<Measure, SchemaError> {
        self.measure_below(target, 0)
    }

    fn measure_below(&mut self, target: Target, depth: usize) -> Result<Measure, SchemaError> {
        let circle = |target: &Target| SchemaError::Circle {
            reference: match target {
                Target::Whole => "#".to_owned(),
                Target::Definition(name) => short(format!("{DEFINITIONS}{name}")),
            },
        };
        match self.measured.get(&target) {
            Some(Some(measured)) => return Ok(*measured),
            Some(None) => return Err(circle(&target)),
            None => {}
        }
        if depth > DEPTH {
            return Err(SchemaError::TooMuch {
                what: "nested schemas",
                most: DEPTH,
            });
        }
        // Each target that is referred to exists once, or the schema is invalid.
        let Some(part) = self.parts.remove(&target) else {
            return match target {
                Target::Whole => Ok(Measure::default()),
                Target::Definition(name) => Err(SchemaError::Invalid {
                    at: String::new(),
                    cause: short(format!("a `$ref` names `{name}`, which is not in `$defs`")),
                }),
            };
        };
        self.measured.insert(target.clone(), None);
        let mut measured = part.own;
        for (name, within) in part.references {
            let mut referred = self.measure_below(Target::Definition(name), depth + 1)?;
            referred.depth = referred.depth.saturating_add(within);
            measured.add(referred);
        }
        self.measured.insert(target, Some(measured));
        Ok(measured)
    }
}

/// Keywords that change what rules mean, and what to write instead.
fn not_taken(keyword: &str) -> Option<(&'static str, &'static str)> {
    const NAMES: &str = "refer to `#/$defs/NAME`";
    const REST: &str = "write `additionalProperties` or `items` beside the properties or items";
    const OLD: &str = "it belongs to an older version of JSON Schema; use its 2020-12 equivalent";
    Some(match keyword {
        "$id" => ("$id", NAMES),
        "$anchor" => ("$anchor", NAMES),
        "$dynamicRef" => ("$dynamicRef", NAMES),
        "$dynamicAnchor" => ("$dynamicAnchor", NAMES),
        "$recursiveRef" => ("$recursiveRef", NAMES),
        "$recursiveAnchor" => ("$recursiveAnchor", NAMES),
        "$vocabulary" => ("$vocabulary", "leave it out"),
        "unevaluatedProperties" => ("unevaluatedProperties", REST),
        "unevaluatedItems" => ("unevaluatedItems", REST),
        "definitions" => ("definitions", OLD),
        "dependencies" => ("dependencies", OLD),
        "additionalItems" => ("additionalItems", OLD),
        _ => return None,
    })
}

fn invalid(at: &str, cause: impl Into<String>) -> SchemaError {
    SchemaError::Invalid {
        at: short(at.to_owned()),
        cause: cause.into(),
    }
}

/// A JSON pointer without its last part.
fn parent(at: &str) -> &str {
    at.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// A name as a JSON pointer has it.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
