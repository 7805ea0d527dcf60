//! Tables of values separated by commas, semicolons or tabs: a paragraph for each row, with the columns'
//! names.

use super::Extracted;
use crate::error::Error;

pub fn extract(text: &str) -> Result<Extracted, Error> {
    let first = text.lines().next().unwrap_or_default();
    let often = |mark: &u8| first.bytes().filter(|byte| byte == mark).count();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(often).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let bad = |error: csv::Error| Error::Unreadable(format!("the table cannot be read: {error}"));
    let names = reader.headers().map_err(bad)?.clone();
    let mut out = String::new();
    for row in reader.records() {
        let row = row.map_err(bad)?;
        for (index, value) in row.iter().enumerate().filter(|(_, value)| !value.trim().is_empty()) {
            if let Some(name) = names.get(index).filter(|name| !name.trim().is_empty()) {
                out.push_str(name.trim());
                out.push_str(": ");
            }
            out.push_str(value.trim());
            out.push('\n');
        }
        out.push('\n');
    }
    Ok(Extracted::whole(None, out, false))
}
