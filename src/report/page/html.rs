//! Markup and text, which cannot be confused: markup is written in the source, text is escaped.

use std::fmt::Write;

use crate::report::words::inert;

/// A page being written.
#[derive(Debug, Default)]
pub(in crate::report) struct Html(String);

impl Html {
    /// Appends markup; only text that is part of the program can be markup.
    pub(in crate::report) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends text from anywhere, as text or as the value of an attribute in double quotes.
    pub(in crate::report) fn text(&mut self, text: &str) -> &mut Self {
        for c in inert(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Appends text that may break after a slash.
    pub(in crate::report) fn breakable(&mut self, text: &str) -> &mut Self {
        for part in text.split_inclusive('/') {
            self.text(part);
            if part.ends_with('/') {
                self.raw("<wbr>");
            }
        }
        self
    }

    /// Appends a number.
    pub(in crate::report) fn number(&mut self, n: usize) -> &mut Self {
        let _ = write!(self.0, "{n}");
        self
    }

    /// Appends what another page part wrote.
    pub(in crate::report) fn part(&mut self, part: &Html) -> &mut Self {
        self.0.push_str(&part.0);
        self
    }

    /// Whether nothing was written.
    pub(in crate::report) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The page.
    pub(in crate::report) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let mut html = Html::default();
        html.raw("<a title=\"")
            .text("\"><script>'&\u{202E}")
            .raw("\">");
        assert_eq!(
            html.finish(),
            "<a title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\\u{202e}\">"
        );
    }
}
