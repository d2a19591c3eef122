//! Everything that is printed. No other module writes to standard output or standard error.

pub(crate) mod escape;
pub(crate) mod gate;
pub(crate) mod github;
pub(crate) mod image;
pub(crate) mod json_v1;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod policy_test;
pub(crate) mod progress;
pub(crate) mod rules;
pub(crate) mod sarif;
pub(crate) mod scan_view;
pub(crate) mod ship;
pub(crate) mod snippet;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod talk;
pub(crate) mod text;

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

pub(crate) use self::style::Paint;
pub(crate) use self::talk::Talk;

use crate::args::ColorChoice;
use crate::error::Error;

/// Renders to the file, or to standard output where none is named.
pub(crate) fn write(
    output: Option<&Path>,
    render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    match output {
        Some(path) if !crate::files::is_stdin(path) => crate::files::write_atomically(path, render),
        _ => {
            let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
            render(&mut out)
                .and_then(|()| out.flush())
                .map_err(|source| Error::Stdout { source })
        }
    }
}

/// As [`write`], for what writes elsewhere too and fails by that.
pub(crate) fn write_fallible(
    output: Option<&Path>,
    render: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut text = Vec::new();
    render(&mut text)?;
    write(output, |out| out.write_all(&text))
}

/// What clap has to say: help and version as they are, a mistake with the arguments that it repeats escaped, line by
/// line, since an argument can hold a line break and a workflow command.
pub(crate) fn usage(error: &clap::Error) {
    let is_plain = |argument: std::ffi::OsString| !argument.to_string_lossy().contains(char::is_control);
    if !error.use_stderr() || std::env::args_os().all(is_plain) {
        // Nobody is left to tell where standard error is closed.
        let _ = error.print();
        return;
    }
    let mut err = io::stderr().lock();
    for text in error.render().to_string().lines() {
        let _ = writeln!(err, "{}", escape::line(text));
    }
}

/// How text for people is laid out on standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) paint: Paint,
    /// Terminal columns; `None` where the output goes to a file or a pipe, which have no edge.
    pub(crate) width: Option<usize>,
}

impl Layout {
    /// The layout of standard output, or of a file.
    pub(crate) fn new(choice: ColorChoice, output: Option<&Path>) -> Self {
        let is_terminal = output.is_none() && io::stdout().is_terminal();
        Self {
            paint: Paint::new(wants_color(choice, is_terminal)),
            width: is_terminal
                .then(terminal_size::terminal_size)
                .flatten()
                .map(|(width, _)| usize::from(width.0)),
        }
    }
}

/// <https://no-color.org>: any value but an empty one turns colour off; a flag is stronger.
fn wants_color(choice: ColorChoice, is_terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            is_terminal
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}
