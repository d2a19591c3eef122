//! Comma-separated values as RFC 4180 has them: quoted fields may hold commas, quotes and line ends.

use std::borrow::Cow;

use super::FeedError;

/// A field without the blanks and quotes around it. For headers and numbers, which hold no comma.
pub(super) fn bare(field: &str) -> &str {
    let field = field.trim();
    field
        .strip_prefix('"')
        .and_then(|field| field.strip_suffix('"'))
        .unwrap_or(field)
}

/// The records of a text, one after the other.
pub(super) struct Records<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    /// Reads the next record that is not blank into `fields`, and gives the line it begins on; `None` at the end.
    pub(super) fn next(&mut self, fields: &mut Vec<Cow<'a, str>>) -> Result<Option<usize>, FeedError> {
        loop {
            fields.clear();
            if self.rest.is_empty() {
                return Ok(None);
            }
            let line = self.line;
            self.record(fields)?;
            if !matches!(fields.as_slice(), [only] if only.trim().is_empty()) {
                return Ok(Some(line));
            }
        }
    }

    fn record(&mut self, fields: &mut Vec<Cow<'a, str>>) -> Result<(), FeedError> {
        loop {
            let field = if let Some(quoted) = self.rest.strip_prefix('"') {
                self.quoted(quoted)?
            } else {
                let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
                let (field, rest) = self.rest.split_at(end);
                self.rest = rest;
                Cow::Borrowed(field.strip_suffix('\r').unwrap_or(field))
            };
            fields.push(field);
            match self.rest.as_bytes().first() {
                Some(b',') => self.rest = &self.rest[1..],
                Some(_) => {
                    self.rest = &self.rest[1..];
                    self.line += 1;
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
    }

    /// A quoted field whose opening quote has been read; leaves `rest` at the comma, the line end or the end.
    fn quoted(&mut self, mut rest: &'a str) -> Result<Cow<'a, str>, FeedError> {
        let opened = self.line;
        let mut field = Cow::Borrowed("");
        loop {
            let end = rest.find('"').ok_or_else(|| FeedError::Row {
                line: opened,
                problem: "a quote is not closed".to_owned(),
            })?;
            let part = &rest[..end];
            self.line += part.matches('\n').count();
            if field.is_empty() {
                field = Cow::Borrowed(part);
            } else {
                field.to_mut().push_str(part);
            }
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(after) => {
                    field.to_mut().push('"');
                    rest = after;
                }
                None => break,
            }
        }
        rest = rest.strip_prefix('\r').unwrap_or(rest);
        if !rest.is_empty() && !rest.starts_with([',', '\n']) {
            return Err(FeedError::Row {
                line: self.line,
                problem: "text after a closing quote".to_owned(),
            });
        }
        self.rest = rest;
        Ok(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(usize, Vec<String>)>, FeedError> {
        let (mut records, mut fields, mut all) = (Records::new(text), Vec::new(), Vec::new());
        while let Some(line) = records.next(&mut fields)? {
            all.push((line, fields.iter().map(ToString::to_string).collect()));
        }
        Ok(all)
    }

    #[test]
    fn quotes_commas_and_line_ends() {
        let strings = |fields: &[&str]| fields.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            read("a,b\r\n\r\n\"x, \"\"y\"\"\nz\",2\n,\n\"\"\"q\",3").unwrap(),
            [
                (1, strings(&["a", "b"])),
                (3, strings(&["x, \"y\"\nz", "2"])),
                (5, strings(&["", ""])),
                (6, strings(&["\"q", "3"])),
            ]
        );
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn damage_names_its_line() {
        let check = |text: &str, at: usize| match read(text) {
            Err(FeedError::Row { line, .. }) => assert_eq!(line, at, "{text}"),
            other => panic!("{text}: {other:?}"),
        };
        check("a\nb,\"c", 2);
        check("a\nb\n\"c\"d,e", 3);
    }
}
