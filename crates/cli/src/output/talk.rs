//! Standard error: errors, warnings, notes. Never data.

use std::io::{self, IsTerminal as _, Write as _};

use super::style::{Paint, Style};
use super::{escape, wants_color};
use crate::args::GlobalArgs;
use crate::error::Error;

/// Says things on standard error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Talk {
    paint: Paint,
    quiet: bool,
    verbose: bool,
    is_terminal: bool,
}

impl Talk {
    pub(crate) fn new(args: &GlobalArgs) -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self {
            paint: Paint::new(wants_color(args.color, is_terminal)),
            quiet: args.quiet,
            verbose: args.verbose,
            is_terminal,
        }
    }

    /// Whether progress may be drawn.
    pub(crate) fn shows_progress(self) -> bool {
        self.is_terminal && !self.quiet
    }

    /// Whether more was asked for.
    pub(crate) fn is_verbose(self) -> bool {
        self.verbose
    }

    /// An error with its causes, then the remedy. Printed even when quiet.
    pub(crate) fn error(self, error: &Error) {
        let text = escape::line(&crate::error::chain(error));
        self.say("error", Style::Bad, &text);
        if let Some(snippet) = error.snippet() {
            Self::print(&snippet);
        }
        if let Some(help) = error.help() {
            self.say("help", Style::Heading, &escape::line(&help));
        }
    }

    /// Something odd that did not stop the work.
    pub(crate) fn warning(self, text: &str) {
        if !self.quiet {
            self.say("warning", Style::Warning, &escape::line(text));
        }
    }

    /// More for those who ask for it.
    pub(crate) fn detail(self, text: &str) {
        if self.verbose {
            self.say("info", Style::Dim, &escape::line(text));
        }
    }

    fn say(self, label: &str, style: Style, text: &str) {
        Self::print(&format!(
            "{}: {}",
            self.paint.apply(label, style),
            escape::clip(text)
        ));
    }

    /// Nothing can be done where standard error is closed.
    fn print(text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}
