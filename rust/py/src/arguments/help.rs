//! How help looks.

use clap::builder::Styles;
use clap::builder::styling::Style;
use clap::{Arg, ArgAction};

/// What stands where; the text about the command comes before.
pub(super) const TEMPLATE: &str = "{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";
const HEADING: Style = Style::new().bold();
const NO_BREAK_SPACE: &str = "\u{a0}";

/// How the parts of help look.
pub(super) fn styles() -> Styles {
    Styles::plain().header(HEADING).usage(HEADING).literal(HEADING)
}

/// Help, or whatever else clap shows.
pub(super) fn text(shown: &clap::Error, coloured: bool) -> String {
    let text = shown.render();
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    text.replace(NO_BREAK_SPACE, " ")
}

/// The examples with their heading, each line as it is.
pub(super) fn examples(examples: &str) -> String {
    if examples.is_empty() {
        return String::new();
    }
    // To be copied, hence never folded.
    format!("{HEADING}Examples:{HEADING:#}\n{}", examples.replace(' ', NO_BREAK_SPACE))
}

/// `--help`.
pub(super) fn flag() -> Arg {
    Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Show this message and exit.")
}

/// `--version`.
pub(super) fn version_flag() -> Arg {
    Arg::new("version").long("version").action(ArgAction::Version).help("Show the version and exit.")
}

/// The first paragraph of a docstring, in one line.
pub(super) fn summary(docstring: &str) -> String {
    let text = unfolded(docstring);
    text.split_once('\n').map_or_else(|| text.clone(), |(first, _)| first.to_owned())
}

/// The paragraphs of a docstring, each in one line, for clap to fold.
pub(super) fn unfolded(docstring: &str) -> String {
    let mut text = String::with_capacity(docstring.len());
    for line in docstring.lines().map(str::trim) {
        match (line.is_empty(), text.is_empty() || text.ends_with('\n')) {
            (true, true) => {}
            (true, false) => text.push_str("\n\n"),
            (false, starts) => {
                if !starts {
                    text.push(' ');
                }
                text.push_str(line);
            }
        }
    }
    text.truncate(text.trim_end().len());
    text
}
