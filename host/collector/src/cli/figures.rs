//! What reports and verdicts are asked for.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use collector_insights::group::By;
use collector_insights::profile::Profile;

use crate::output::Format;

/// A period of local dates, for some of the rooms.
#[derive(Debug, Args)]
pub struct Period {
    /// The first date, on the clock of each room's building, such as 2026-03-01.
    #[arg(long, value_name = "DATE")]
    pub from: String,
    /// The date after the last: 2026-04-01 for a period that ends with March.
    #[arg(long, value_name = "DATE")]
    pub to: String,
    /// Only rooms of this building, by its exact name; may be given several times. Default: all.
    #[arg(long = "building", value_name = "NAME")]
    pub buildings: Vec<String>,
    /// Only this room, by its calendar address; may be given several times. Default: all.
    #[arg(long = "room", value_name = "ADDRESS")]
    pub rooms: Vec<String>,
}

/// `report`.
#[derive(Debug, Args)]
pub struct ReportPeriod {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub period: Period,
    /// What the figures are broken down by.
    #[arg(long, value_name = "KEY", default_value = "all", value_parser = by())]
    pub by: By,
    /// Format on standard output.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Also show the same period under the definitions of these products, beside ours; several with commas between them. docs/definitions.md says
    /// what each of their figures is.
    #[arg(long = "profile", value_name = "NAME", value_delimiter = ',', value_parser = profile())]
    pub profiles: Vec<String>,
}

/// The word of `--profile` for all products.
const ALL_PROFILES: &str = "all";

impl ReportPeriod {
    /// The products whose definitions are asked for, each once.
    pub fn profiles(&self) -> Vec<Profile> {
        let is_asked = |profile: &Profile| {
            let mut words = self.profiles.iter();
            words.any(|word| word == ALL_PROFILES || word == profile.as_str())
        };
        Profile::ALL.into_iter().filter(is_asked).collect()
    }
}

/// How figures are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// The most important figures, for people.
    Table,
    /// All figures, as one JSON object.
    Json,
    /// All figures, a row for each group.
    Csv,
    /// The same as a file for DuckDB, ClickHouse and Trino: send standard output to one.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// `verdicts`.
#[derive(Debug, Args)]
pub struct ListVerdicts {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub period: Period,
    /// Format on standard output.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Reads the words of `--by`.
fn by() -> impl TypedValueParser<Value = By> {
    PossibleValuesParser::new(By::ALL.map(By::as_str)).map(|word| By::of(&word).unwrap_or_default())
}

/// Reads a word of `--profile`.
fn profile() -> PossibleValuesParser {
    let products = Profile::ALL.map(|profile| PossibleValue::new(profile.as_str()).help(profile.name()));
    let all = PossibleValue::new(ALL_PROFILES).help("All of them");
    PossibleValuesParser::new(products.into_iter().chain([all]))
}
