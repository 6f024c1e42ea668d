//! What Python declares of a command, and the parser that it stands for.

use std::ffi::OsString;
use std::ops::RangeInclusive;

use clap::builder::{PossibleValuesParser, RangedU64ValueParser, ValueParser};
use clap::{Arg, ArgAction};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::help;

/// `cli.command.Command`.
#[derive(FromPyObject)]
pub struct Command {
    about: String,
    examples: String,
    version: Option<String>,
    pub(super) parameters: Vec<Parameter>,
    commands: Vec<(String, Command)>,
    /// Whether it does nothing without one of its commands.
    is_group: bool,
}

/// `cli.command.Parameter`.
#[derive(FromPyObject)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// With their hyphens; none for an argument.
    flags: Vec<String>,
    metavar: String,
    help: String,
    pub(super) arity: Arity,
    is_required: bool,
    is_global: bool,
    default: Option<String>,
    choices: Vec<String>,
    pub(super) within: Option<Range>,
}

/// How many values there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arity {
    Flag,
    One,
    Many,
}

impl FromPyObject<'_, '_> for Arity {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        match object.extract::<&str>()? {
            "flag" => Ok(Self::Flag),
            "one" => Ok(Self::One),
            "many" => Ok(Self::Many),
            other => Err(PyValueError::new_err(format!("there is no arity `{other}`"))),
        }
    }
}

/// The least and the greatest number; whole ones may have no end.
#[derive(FromPyObject)]
pub(super) enum Range {
    Whole(u64, Option<u64>),
    Decimal(f64, f64),
}

impl Command {
    /// The declaration of the command of this name.
    pub(super) fn command(&self, name: &str) -> Option<&Self> {
        self.commands.iter().find(|(known, _)| known == name).map(|(_, command)| command)
    }

    /// The parser; `path` is how people call the command, whose help is folded to `columns`.
    pub(super) fn parser(&self, path: &str, columns: usize) -> clap::Command {
        let name = path.rsplit(' ').next().unwrap_or(path).to_owned();
        let mut parser = clap::Command::new(name)
            .bin_name(path)
            .display_name(path)
            // What the command's own help says, and what that of its group says of it.
            .before_help(help::unfolded(&self.about))
            .about(help::summary(&self.about))
            .after_help(help::examples(&self.examples))
            .help_template(help::TEMPLATE)
            .term_width(columns)
            .styles(help::styles())
            .args_override_self(true)
            .disable_help_subcommand(true)
            .disable_help_flag(true)
            .disable_version_flag(true)
            .subcommand_required(self.is_group)
            .subcommand_help_heading("Commands")
            .args(self.parameters.iter().map(Parameter::arg))
            .arg(help::flag());
        if let Some(version) = &self.version {
            parser = parser.version(version.clone()).arg(help::version_flag());
        }
        let inner = |(name, command): &(String, Command)| command.parser(&format!("{path} {name}"), columns);
        parser.subcommands(self.commands.iter().map(inner))
    }
}

impl Parameter {
    /// How it is called on the command line: its longest flag, or its metavar.
    pub(super) fn shown(&self) -> &str {
        self.flags.iter().max_by_key(|flag| flag.len()).unwrap_or(&self.metavar)
    }

    /// Whether its values are some words.
    pub(super) fn has_choices(&self) -> bool {
        !self.choices.is_empty()
    }

    fn arg(&self) -> Arg {
        let mut arg = Arg::new(self.name.clone())
            .help(self.help.clone())
            .required(self.is_required)
            .global(self.is_global);
        for flag in &self.flags {
            arg = match flag.strip_prefix("--") {
                Some(long) => arg.long(long.to_owned()),
                None => arg.short(flag.trim_start_matches('-').chars().next().unwrap_or('?')),
            };
        }
        if self.arity == Arity::Flag {
            return arg.action(ArgAction::SetTrue);
        }
        arg = arg.value_name(self.metavar.clone()).value_parser(self.value_parser());
        arg = match (self.arity, self.flags.is_empty()) {
            (Arity::Many, true) => arg.action(ArgAction::Append).num_args(0..),
            (Arity::Many, false) => arg.action(ArgAction::Append),
            _ => arg.action(ArgAction::Set),
        };
        if let Some(default) = &self.default {
            arg = arg.default_value(default.clone()).hide_default_value(default.is_empty());
        }
        // `--since -1h`: whatever follows an option is its value.
        arg.allow_hyphen_values(!self.flags.is_empty())
    }

    fn value_parser(&self) -> ValueParser {
        if self.has_choices() {
            return PossibleValuesParser::new(self.choices.clone()).into();
        }
        match self.within {
            Some(Range::Whole(least, most)) => {
                RangedU64ValueParser::<u64>::new().range(least..=most.unwrap_or(u64::MAX)).into()
            }
            Some(Range::Decimal(least, most)) => ValueParser::new(decimal(least..=most)),
            None => clap::value_parser!(OsString),
        }
    }
}

fn decimal(range: RangeInclusive<f64>) -> impl Fn(&str) -> Result<f64, String> + Clone {
    move |text| {
        let number = text.parse().map_err(|_| "not a number".to_owned())?;
        let (least, most) = (range.start(), range.end());
        range.contains(&number).then_some(number).ok_or_else(|| format!("{text} is not in {least}..={most}"))
    }
}
