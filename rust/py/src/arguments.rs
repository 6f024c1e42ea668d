//! The command line: words become the keyword arguments of a command, or its help, by clap.
//!
//! Python declares each command beside the function that runs it (`cli/command.py`). Here the
//! declaration of the one that is called becomes a `clap::Command`.

mod declared;
mod found;
mod help;

use std::ffi::OsString;

use clap::error::ErrorKind;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use self::declared::Command;

/// What the words of a command line say.
#[pyclass(frozen, get_all, module = "logagent._core")]
pub struct Arguments {
    /// What is to be shown instead of running a command.
    help: Option<String>,
    /// The names of the sub-commands, outermost first.
    commands: Vec<String>,
    /// The value of each parameter of the last of them, by its name.
    values: Py<PyDict>,
    /// Which of these were given, and how each is called on the command line.
    given: Py<PyDict>,
}

/// Parses `words` by the declaration of the command that is called as `path`.
///
/// Help is folded to `columns`. Raises `logagent.errors.UsageError`.
#[pyfunction]
#[pyo3(signature = (command, path, words, *, columns, coloured))]
pub fn parse_arguments(
    py: Python<'_>,
    command: &Bound<'_, PyAny>,
    path: &str,
    words: Vec<OsString>,
    columns: usize,
    coloured: bool,
) -> PyResult<Arguments> {
    let command: Command = command.extract()?;
    let mut parser = command.parser(path, columns);
    let words = std::iter::once(OsString::from(path)).chain(words);
    let mut arguments = Arguments {
        help: None,
        commands: Vec::new(),
        values: PyDict::new(py).unbind(),
        given: PyDict::new(py).unbind(),
    };
    match parser.try_get_matches_from_mut(words) {
        Ok(matches) => {
            let (mut command, mut matches) = (&command, &matches);
            while let Some((name, inner)) = matches.subcommand() {
                let Some(next) = command.command(name) else { break };
                arguments.commands.push(name.to_owned());
                (command, matches) = (next, inner);
            }
            for parameter in &command.parameters {
                let value = found::value(py, parameter, matches)?;
                arguments.values.bind(py).set_item(&parameter.name, value)?;
                if found::is_given(parameter, matches) {
                    arguments.given.bind(py).set_item(&parameter.name, parameter.shown())?;
                }
            }
        }
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                arguments.help = Some(help::text(&error, coloured));
            }
            _ => return Err(found::usage_error(py, &error)),
        },
    }
    Ok(arguments)
}
