//! The gate's rules for people.

use std::io::{self, Write};

use sealift_gate::{RuleDoc, RuleId, explain};

use super::Layout;
use super::table::{Cell, Column, Shrink, Table};

/// Writes a line for each rule.
pub(crate) fn list(layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let column = |title: &str, shrink| Column {
        title: title.to_owned(),
        shrink,
    };
    let mut table = Table::new(vec![
        column("RULE", Shrink::Never),
        column("WHAT IT ASKS", Shrink::To(20)),
    ]);
    for &rule in RuleId::ALL {
        table.push(vec![Cell::plain(rule.as_str()), Cell::plain(explain(rule).title)]);
    }
    table.render(out, layout.paint, layout.width)?;
    writeln!(out, "\n`sealift gate explain RULE` shows its page.")
}

/// Writes a rule's page; the pages are ours.
pub(crate) fn page(doc: RuleDoc, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", doc.page.trim_end())
}
