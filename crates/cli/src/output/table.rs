//! Columns of text that fit a terminal.

use std::borrow::Cow;
use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::{Paint, Style};

/// Between two columns.
const GAP: usize = 2;

/// A column is never wider: one long name must not widen every row. Where nothing is cut, a longer text pushes its row's
/// next columns to the right.
const MAX_WIDTH: usize = 100;

/// How a column gives way when the table is wider than the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shrink {
    /// It keeps its width: a severity, an id.
    Never,
    /// It may be cut to this many columns.
    To(usize),
}

/// One column.
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) shrink: Shrink,
}

/// A cell: harmless text and how to paint it.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) style: Style,
}

impl Cell {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            style: Style::Plain,
        }
    }

    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

/// A table with a heading line.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row; it has as many cells as there are columns.
    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the table, in at most `limit` terminal columns where that is given and possible.
    pub(crate) fn render(&self, out: &mut dyn Write, paint: Paint, limit: Option<usize>) -> io::Result<()> {
        let widths = self.widths(limit);
        let heading: Vec<Cell> = self
            .columns
            .iter()
            .map(|column| Cell::styled(column.title.clone(), Style::Heading))
            .collect();
        for row in std::iter::once(&heading).chain(&self.rows) {
            let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
            for (index, (cell, &width)) in row.iter().zip(&widths).enumerate().take(last + 1) {
                let text = match limit {
                    Some(_) => cut(&cell.text, width),
                    None => Cow::Borrowed(cell.text.as_str()),
                };
                let padding = if index == last {
                    0
                } else {
                    width.saturating_sub(text.width()) + GAP
                };
                write!(out, "{}{:padding$}", paint.apply(&text, cell.style), "")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// Takes from the widest column that may still shrink, until the row fits.
    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                self.rows
                    .iter()
                    .map(|row| row[index].text.width())
                    .chain([self.columns[index].title.width()])
                    .max()
                    .unwrap_or(0)
                    .min(MAX_WIDTH)
            })
            .collect();
        let Some(limit) = limit else { return widths };
        let mut excess =
            (widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)).saturating_sub(limit);
        while excess > 0 {
            let slack = |index: usize| match self.columns[index].shrink {
                Shrink::Never => 0,
                Shrink::To(least) => widths[index].saturating_sub(least),
            };
            let Some(widest) = (0..widths.len())
                .filter(|&index| slack(index) > 0)
                .max_by_key(|&index| widths[index])
            else {
                break;
            };
            // Down to the next widest at once: a cell may have a megabyte.
            let next = (0..widths.len())
                .filter(|&index| index != widest && slack(index) > 0)
                .map(|index| widths[index])
                .max()
                .unwrap_or(0);
            let step = slack(widest)
                .min(excess)
                .min((widths[widest] - next.min(widths[widest])).max(1));
            widths[widest] -= step;
            excess -= step;
        }
        widths
    }
}

/// The text in at most `width` columns, with an ellipsis where it was cut.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        out.push(c);
        used += wide;
    }
    if width > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let column = |title: &str, shrink| Column {
            title: title.to_owned(),
            shrink,
        };
        let mut table = Table::new(vec![
            column("ID", Shrink::Never),
            column("PACKAGE", Shrink::To(6)),
            column("FIXED", Shrink::To(4)),
        ]);
        table.push(vec![
            Cell::plain("CVE-2024-1"),
            Cell::plain("org.apache.logging.log4j:log4j-core"),
            Cell::plain("2.17.1"),
        ]);
        table.push(vec![
            Cell::plain("CVE-2024-22"),
            Cell::plain("名前名前"),
            Cell::plain(""),
        ]);
        table
    }

    fn render(width: Option<usize>) -> String {
        let mut out = Vec::new();
        table().render(&mut out, Paint::new(false), width).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn without_a_width_nothing_is_cut() {
        insta::assert_snapshot!(render(None), @r"
        ID           PACKAGE                              FIXED
        CVE-2024-1   org.apache.logging.log4j:log4j-core  2.17.1
        CVE-2024-22  名前名前
        ");
    }

    #[test]
    fn a_narrow_terminal_cuts_what_may_be_cut() {
        let text = render(Some(32));
        assert!(text.lines().all(|line| line.width() <= 32), "{text}");
        insta::assert_snapshot!(text, @r#"
    ID           PACKAGE      FIXED
    CVE-2024-1   org.apache…  2.17.1
    CVE-2024-22  名前名前
    "#);
        assert!(render(Some(5)).contains("CVE-2024-22"));
    }

    #[test]
    fn one_long_name_does_not_widen_every_row() {
        let mut table = table();
        table.push(vec![
            Cell::plain("x".repeat(1_000_000)),
            Cell::plain("p"),
            Cell::plain("f"),
        ]);
        for width in [None, Some(80)] {
            let mut out = Vec::new();
            table.render(&mut out, Paint::new(false), width).unwrap();
            assert!(out.len() < 1_002_000, "{}", out.len());
        }
    }
}
