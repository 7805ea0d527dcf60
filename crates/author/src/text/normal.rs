//! A sentence as it came becomes one line in one spelling of marks.

use super::MAX_CHARS;

/// One kind of quote, one kind of space, no control characters, list items as clauses.
pub(super) fn normalise(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len().min(MAX_CHARS * 4));
    let mut bullet = false;
    let mut chars = sentence.chars().take(MAX_CHARS).peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            // `M–F`, `9–17`: a range and no pause.
            '–' if out.ends_with(char::is_alphanumeric)
                && chars.peek().is_some_and(|next| next.is_alphanumeric()) =>
            {
                '-'
            }
            '“' | '”' | '„' | '«' | '»' | '‟' => '"',
            '‘' | '’' | '‚' | '´' => '\'',
            '\n' => {
                bullet = true;
                ' '
            }
            '→' | '⇒' => {
                out.push(';');
                ';'
            }
            '–' | '—' => ';',
            '>' if matches!(out.chars().next_back(), Some('-' | '=')) && !out.ends_with("==") => {
                // An arrow, `->` or `=>`: what follows is done with what stands before.
                out.pop();
                out.push(';');
                ';'
            }
            '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => continue,
            c if c.is_control() || c.is_whitespace() => ' ',
            c => c,
        };
        if bullet && c != ' ' {
            bullet = false;
            if matches!(c, '-' | '*' | '•') {
                out.push(';');
                continue;
            }
        }
        out.push(c);
    }
    out
}
