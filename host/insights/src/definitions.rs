//! What every word, verdict and figure means: the one source of `docs/definitions.md` and of the portal's page. All numbers in the texts are
//! the constants that the code computes with.
//!
//! Texts are plain, but for code between backticks.

mod figures;
mod products;
mod time;
mod verdicts;

use std::fmt::Write as _;

use crate::report::DEFINITIONS;

/// Definitions of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading, and where links lead to.
    pub title: &'static str,
    /// What applies to all of it, in paragraphs.
    pub intro: Vec<String>,
    /// What one of its definitions is called: `Figure`.
    pub kind: &'static str,
    /// Whether their names are written in reports, and so shown as code.
    pub is_code: bool,
    /// Its definitions.
    pub definitions: Vec<Definition>,
}

impl Section {
    /// Its heading as a part of an address: lower case, with hyphens.
    pub fn slug(&self) -> String {
        self.title.to_lowercase().replace(' ', "-")
    }
}

/// What one word, verdict or figure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Where links lead to, unique among all definitions: that of a figure of ours is its key, such as `no_show_rate`.
    pub anchor: String,
    /// Its name.
    pub name: String,
    /// What it means: sentences.
    pub means: String,
}

/// All definitions, in the order in which they are read.
pub fn sections() -> Vec<Section> {
    let mut all = vec![time::section(), verdicts::section(), figures::section()];
    all.extend(products::sections());
    all
}

/// What is said before all of them.
pub fn intro() -> String {
    format!(
        "What the words, verdicts and figures of reports mean, exactly as this version of the collector computes them (version {DEFINITIONS} of \
         the definitions, `definitions` in each report)."
    )
}

/// `docs/definitions.md`.
pub fn markdown() -> String {
    let mut page = format!(
        "# Definitions\n\n{} The portal shows the same on its page **Definitions**.\n\n",
        intro()
    );
    let sections = sections();
    let mut write = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = page.write_fmt(text);
    };
    for section in &sections {
        write(format_args!("- [{}](#{})\n", section.title, section.slug()));
    }
    for section in &sections {
        write(format_args!("\n## {}\n\n", section.title));
        for paragraph in &section.intro {
            write(format_args!("{paragraph}\n\n"));
        }
        let kind = section.kind.to_lowercase();
        write(format_args!("| {kind} | means |\n| --- | --- |\n"));
        for definition in &section.definitions {
            let mark = if section.is_code { "`" } else { "**" };
            write(format_args!(
                "| {mark}{}{mark} | {} |\n",
                definition.name, definition.means
            ));
        }
    }
    write(format_args!(
        "\n`make definitions` writes this page from `host/insights`, and a test fails if it differs.\n"
    ));
    page
}

/// A length of time in its largest whole unit: `5 minutes`, `1 hour`, `450 seconds`.
fn length(seconds: i64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    // One day is 24 hours, and 65 minutes are no whole hour.
    let unit = units
        .iter()
        .find(|(size, word)| seconds % size == 0 && (*word != "day" || seconds > *size));
    let (size, word) = unit.copied().unwrap_or((1, "second"));
    match seconds / size {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    }
}

/// The definition of something whose name is its anchor, or is it after a prefix.
fn definition(prefix: &str, name: &str, means: impl Into<String>) -> Definition {
    Definition {
        anchor: format!("{prefix}{}", name.replace(' ', "-")),
        name: name.to_owned(),
        means: means.into(),
    }
}

#[cfg(test)]
mod tests;
