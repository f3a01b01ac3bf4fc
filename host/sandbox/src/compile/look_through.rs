//! Looks through a component before it is compiled, and refuses what is plainly too large. It reads every instruction once, which takes a
//! hundredth of the time of compiling.
//!
//! The limits are several times what compilers of several languages produce. Measured, at their largest:
//!
//! | | `ics` | Python (componentize-py) | JavaScript (StarlingMonkey) | Go (esbuild) | Ruby with its library |
//! | --- | --- | --- | --- | --- | --- |
//! | file, bytes | 13 M | 18 M | 11 M | 14 M | 36 M, 54 M with debug information |
//! | functions | 2,200 | 13,351 | 12,584 | 5,307 | 17,490 |
//! | code, bytes | 1.4 M | 6.5 M | 9.2 M | 10 M | 11 M |
//! | largest function, bytes | 49,489 | 426,843 | 171,628 | 199,780 | 100,196 |
//! | nested blocks | 622 | 781 | 456 | 3,289 | 608 |
//! | variables of a function | 452 | 271 | 118 | 19 | 155 |
//! | modules | 3 | 14 | | | |
//! | instances | 26 | 65 | | | |
//! | types | 197 | 1,212 | 140 | 11 | 116 |

use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// The largest file that is read at all, in bytes.
pub const LARGEST_FILE: u64 = 128 << 20;

/// The error that a component has more of something than may be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: it has {has}, the limit is {most}; ask its author for a smaller connector")]
pub struct Overlarge {
    what: &'static str,
    has: u64,
    most: u64,
}

/// The limit of one thing.
#[derive(Debug, Clone, Copy)]
struct Most(u64, &'static str);

const FILE: Most = Most(LARGEST_FILE, "bytes");
const FUNCTIONS: Most = Most(200_000, "functions");
const CODE: Most = Most(64 << 20, "bytes of code");
const FUNCTION: Most = Most(2 << 20, "bytes of one function");
const DEPTH: Most = Most(16_384, "nested blocks");
const VARIABLES: Most = Most(4_096, "variables of one function");
/// The way modules, components and instances create each other is worked out before anything is compiled.
const MODULES: Most = Most(200, "modules");
const COMPONENTS: Most = Most(200, "components");
const INSTANCES: Most = Most(2_000, "instances");
const TYPES: Most = Most(50_000, "types");
/// The contract and WASI together have some thirty.
const INTERFACES: Most = Most(1_000, "imports and exports");

impl Most {
    fn check(self, has: u64) -> Result<(), Overlarge> {
        let Self(most, what) = self;
        if has > most {
            return Err(Overlarge { what, has, most });
        }
        Ok(())
    }
}

/// The counts so far.
#[derive(Debug, Default)]
struct Counted {
    functions: u64,
    code: u64,
    modules: u64,
    components: u64,
    instances: u64,
    types: u64,
    interfaces: u64,
}

/// Looks through a component. It does not report invalid or incomplete components: the compiler has the words for that.
///
/// # Errors
/// The component has too much of something.
pub(crate) fn look_through(bytes: &[u8]) -> Result<(), Overlarge> {
    FILE.check(bytes.len() as u64)?;
    let mut counted = Counted::default();
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        counted.add(&payload)?;
    }
    Ok(())
}

impl Counted {
    fn add(&mut self, payload: &Payload<'_>) -> Result<(), Overlarge> {
        let (count, more, most) = match payload {
            Payload::CodeSectionEntry(body) => {
                function(body)?;
                self.code = self.code.saturating_add(size(body));
                CODE.check(self.code)?;
                (&mut self.functions, 1, FUNCTIONS)
            }
            Payload::ModuleSection { .. } => (&mut self.modules, 1, MODULES),
            Payload::ComponentSection { .. } => (&mut self.components, 1, COMPONENTS),
            Payload::InstanceSection(section) => (&mut self.instances, section.count(), INSTANCES),
            Payload::ComponentInstanceSection(section) => (&mut self.instances, section.count(), INSTANCES),
            Payload::TypeSection(section) => (&mut self.types, section.count(), TYPES),
            Payload::CoreTypeSection(section) => (&mut self.types, section.count(), TYPES),
            Payload::ComponentTypeSection(section) => (&mut self.types, section.count(), TYPES),
            Payload::ComponentImportSection(section) => (&mut self.interfaces, section.count(), INTERFACES),
            Payload::ComponentExportSection(section) => (&mut self.interfaces, section.count(), INTERFACES),
            _ => return Ok(()),
        };
        *count = count.saturating_add(u64::from(more));
        most.check(*count)
    }
}

fn size(body: &FunctionBody<'_>) -> u64 {
    body.range().len() as u64
}

/// Looks through a function. Its cost depends on more than its size: on how deeply its blocks are nested, and how many variables each of
/// them may change.
fn function(body: &FunctionBody<'_>) -> Result<(), Overlarge> {
    FUNCTION.check(size(body))?;
    let mut variables: u64 = 0;
    for group in body
        .get_locals_reader()
        .into_iter()
        .flatten()
        .map_while(Result::ok)
    {
        variables = variables.saturating_add(u64::from(group.0));
        VARIABLES.check(variables)?;
    }
    let mut depth: u64 = 0;
    for operator in body
        .get_operators_reader()
        .into_iter()
        .flatten()
        .map_while(Result::ok)
    {
        match operator {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Try { .. }
            | Operator::TryTable { .. } => {
                depth += 1;
                DEPTH.check(depth)?;
            }
            // The last one ends the function.
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with a module of these parts.
    fn component(module: &str) -> Vec<u8> {
        wat::parse_str(format!("(component (core module {module}))")).unwrap()
    }

    fn refused(bytes: &[u8]) -> String {
        look_through(bytes).map_or_else(|error| error.to_string(), |()| "taken".into())
    }

    fn nested(depth: usize) -> String {
        format!("(func {} {})", "loop ".repeat(depth), "end ".repeat(depth))
    }

    #[test]
    fn blocks_are_inside_each_other_so_far_and_no_further() {
        assert_eq!(refused(&component(&nested(16_384))), "taken");
        assert_eq!(
            refused(&component(&nested(16_385))),
            "nested blocks: it has 16385, the limit is 16384; ask its author for a smaller connector"
        );
        // One after the other they are not deep.
        let flat = format!("(func {})", "loop end ".repeat(20_000));
        assert_eq!(refused(&component(&flat)), "taken");
    }

    #[test]
    fn a_function_is_so_large_and_no_larger() {
        let function = |steps: usize| format!("(func {})", "nop ".repeat(steps));
        assert_eq!(refused(&component(&function(2_000_000))), "taken");
        let said = refused(&component(&function(3_900_000)));
        assert!(said.starts_with("bytes of one function: it has 39000"), "{said}");
    }

    #[test]
    fn variables_are_counted_over_all_their_groups() {
        let variables = |count: usize| format!("(func (local {}))", "i32 i64 ".repeat(count / 2));
        assert_eq!(refused(&component(&variables(4_096))), "taken");
        assert!(refused(&component(&variables(4_098))).starts_with("variables of one function: it has 4097"));
    }

    #[test]
    fn functions_modules_instances_and_types_are_counted_over_the_whole_file() {
        let functions = "(func)".repeat(101_000);
        assert_eq!(refused(&component(&functions)), "taken");
        let two = wat::parse_str(format!(
            "(component (core module {functions}) (core module {functions}))"
        ))
        .unwrap();
        assert!(refused(&two).starts_with("functions: it has 200001, "));

        let modules =
            |count: usize| wat::parse_str(format!("(component {})", "(core module)".repeat(count))).unwrap();
        assert_eq!(refused(&modules(200)), "taken");
        assert!(refused(&modules(201)).starts_with("modules: it has 201, "));
        let components = wat::parse_str(format!("(component {})", "(component)".repeat(201))).unwrap();
        assert!(refused(&components).starts_with("components: it has 201, "));
        let instances = wat::parse_str(format!("(component {})", "(core instance)".repeat(2_001))).unwrap();
        assert!(refused(&instances).starts_with("instances: it has 2001, "));
        let types = wat::parse_str(format!("(component {})", "(type string)".repeat(50_001))).unwrap();
        assert!(refused(&types).starts_with("types: it has 50001, "));
        let exports: String = (0..1_001).map(|n| format!("(import \"a{n}\" (func))")).collect();
        let interfaces = wat::parse_str(format!("(component {exports})")).unwrap();
        assert!(refused(&interfaces).starts_with("imports and exports: it has 1001, "));
    }

    #[test]
    fn what_is_not_whole_is_left_to_the_compiler() {
        let whole = component(&nested(3));
        for length in 0..whole.len() {
            let _ = look_through(&whole[..length]);
        }
        assert_eq!(refused(b"no component"), "taken");
    }

    #[test]
    fn our_own_connectors_are_far_from_every_limit() {
        for name in ["o365", "ics", "template", "hostile"] {
            let bytes = std::fs::read(e2e::component(name).unwrap()).unwrap();
            assert_eq!(refused(&bytes), "taken", "{name}");
        }
    }
}
