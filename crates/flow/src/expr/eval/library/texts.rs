//! Texts: hashes, encodings, tidy forms.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use codex32_model::{Value, codes};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::super::super::names::Function;
use super::super::call::Args;
use super::super::{Done, Eval, convert, issue, text, weigh};

impl Eval<'_> {
    pub(super) fn texts(&mut self, function: Function, args: &Args) -> Done<Value> {
        let name = function.name();
        match function {
            Function::Sha256 => {
                let input = convert::text(args.get(0), self.budget)?;
                self.budget.burn(input.len() as u64 / 8 + 100)?;
                encode(name, &Sha256::digest(input.as_bytes()), args, 1)
            }
            Function::Hmac => {
                let input = convert::text(args.get(0), self.budget)?;
                let key = args.str(name, 1)?;
                self.budget.burn((input.len() + key.len()) as u64 / 8 + 200)?;
                let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
                    .map_err(|_| issue(codes::expr::BAD_ARGUMENT, "`hmac` cannot use this key"))?;
                mac.update(input.as_bytes());
                encode(name, &mac.finalize().into_bytes(), args, 2)
            }
            Function::Base64 => {
                let input = convert::text(args.get(0), self.budget)?;
                weigh::text(input.len().saturating_mul(2), self.budget)?;
                let how = if args.get(1).is_null() { "base64" } else { args.str(name, 1)? };
                Ok(Value::from(match how {
                    "base64" => STANDARD.encode(input.as_bytes()),
                    "base64url" => URL_SAFE_NO_PAD.encode(input.as_bytes()),
                    "mime" => lines(&STANDARD.encode(input.as_bytes())),
                    _ => {
                        let message = "`base64` gives \"base64\", \"base64url\" or \"mime\"";
                        return Err(issue(codes::expr::BAD_ARGUMENT, message));
                    }
                }))
            }
            Function::Base64Decode => {
                let input = args.str(name, 0)?.trim();
                weigh::text(input.len(), self.budget)?;
                let kinds = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
                let bytes = kinds.iter().find_map(|kind| kind.decode(input).ok());
                let lossy = args.get(1).as_str() == Some("replace");
                let decoded = bytes.and_then(|bytes| match String::from_utf8(bytes) {
                    Err(error) if lossy => {
                        Some(String::from_utf8_lossy(error.as_bytes()).into_owned())
                    }
                    other => other.ok(),
                });
                decoded.map(Value::from).ok_or_else(|| {
                    let message = "`base64Decode` was given what is not the base64 of a text";
                    issue(codes::expr::BAD_ARGUMENT, message)
                })
            }
            Function::Slug => {
                let input = convert::text(args.get(0), self.budget)?;
                weigh::text(input.len().saturating_mul(2), self.budget)?;
                Ok(Value::from(slug(&input)))
            }
            Function::Truncate => {
                let input = convert::text(args.get(0), self.budget)?;
                let most = usize::try_from(args.int(name, 1)?.unwrap_or(0)).unwrap_or(0);
                if text::length(&input) <= most {
                    return Ok(Value::str(&*input));
                }
                let end = if args.get(2).is_null() { "…" } else { args.str(name, 2)? };
                weigh::text(input.len() + end.len(), self.budget)?;
                let keep = most.saturating_sub(text::length(end));
                Ok(Value::from(format!("{}{end}", text::part(&input, 0, keep).trim_end())))
            }
            Function::Capitalize => {
                let input = convert::text(args.get(0), self.budget)?;
                weigh::text(input.len() + 16, self.budget)?;
                let mut chars = input.chars();
                let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
                Ok(Value::from(first + chars.as_str()))
            }
            other => {
                let message = format!("There is no function `{}`", other.name());
                Err(issue(codes::expr::UNKNOWN_FUNCTION, message))
            }
        }
    }
}

/// Base64 in the lines of a mail (RFC 2045, 6.8): 76 letters each.
fn lines(encoded: &str) -> String {
    let mut out = String::with_capacity(encoded.len() + encoded.len() / 38 + 2);
    for (at, letter) in encoded.chars().enumerate() {
        if at > 0 && at % 76 == 0 {
            out.push_str("\r\n");
        }
        out.push(letter);
    }
    out
}

/// Bytes as `hex` (unless said otherwise), `base64` or `base64url`.
fn encode(name: &str, bytes: &[u8], args: &Args, at: usize) -> Done<Value> {
    let how = if args.get(at).is_null() { "hex" } else { args.str(name, at)? };
    Ok(Value::from(match how {
        "hex" => bytes.iter().map(|b| format!("{b:02x}")).collect::<String>(),
        "base64" => STANDARD.encode(bytes),
        "base64url" => URL_SAFE_NO_PAD.encode(bytes),
        _ => {
            let message = format!("`{name}` gives \"hex\", \"base64\" or \"base64url\"");
            return Err(issue(codes::expr::BAD_ARGUMENT, message));
        }
    }))
}

/// Lower case, letters and digits, single hyphens between.
fn slug(input: &str) -> String {
    let mut out = String::new();
    let mut gap = false;
    for c in input.chars().flat_map(char::to_lowercase) {
        let plain = plain(c);
        let known = match plain {
            Some(text) => text,
            None if c.is_alphanumeric() => "",
            None => {
                // An apostrophe joins: `don't` is `dont`. Combining marks belong to their letter.
                gap |= !matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}');
                continue;
            }
        };
        if gap && !out.is_empty() {
            out.push('-');
        }
        gap = false;
        if known.is_empty() { out.push(c) } else { out.push_str(known) }
    }
    out
}

/// A letter without its marks, in ASCII.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ė' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}
