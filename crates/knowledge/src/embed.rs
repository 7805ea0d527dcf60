//! Texts as vectors. Built in is a static model: a text is the sum of its tokens' vectors, which
//! `scripts/embedding-model.py` took out of all-MiniLM-L6-v2. It takes microseconds and no network.
//!
//! What is kept of any model is one signed byte for each dimension; the vectors have length one before
//! that, so that the product of two is the cosine of their angle but for a constant.

use std::sync::OnceLock;

use codex32_llm::{Caller, Gateway};
use codex32_model::Scope;
use codex32_store::knowledge::Base;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::wordpiece::Vocabulary;

static FILE: &[u8] = include_bytes!("../model/minilm-static-128.bin");
/// The name that passages carry which it embedded: a new file has a new one, and all is embedded anew.
pub const NAME: &str = "minilm-static-128";
const DIMENSIONS: usize = 128;
/// Texts for one request to a provider.
const AT_ONCE: usize = 64;

/// By what passages of a base are embedded and stemmed: what they carry, so that a change of either has
/// them made anew, also one of what a name of the workspace stands for.
///
/// # Errors
/// [`Error::Model`] when there is no model of that name.
pub async fn maker(gateway: &Gateway, scope: Scope, base: &Base) -> Result<String, Error> {
    let model = if base.model == crate::BUILT_IN {
        NAME.to_owned()
    } else {
        gateway.embeds_by(scope, &base.model).await.map_err(refused)?
    };
    Ok(format!("{model} {}", base.language))
}

fn refused(error: codex32_llm::Error) -> Error {
    Error::Model { message: error.to_string(), again: error.is_retryable() }
}

struct Static {
    vocabulary: Vocabulary,
    scales: Vec<f32>,
    rows: &'static [u8],
}

fn built_in() -> Option<&'static Static> {
    static MODEL: OnceLock<Option<Static>> = OnceLock::new();
    MODEL.get_or_init(read).as_ref()
}

/// Reads the file: a line of JSON, the tokens, their scales, their rows.
fn read() -> Option<Static> {
    let end = FILE.iter().position(|byte| *byte == b'\n')?;
    let head: Value = serde_json::from_slice(FILE.get(..end)?).ok()?;
    let tokens = usize::try_from(head.get("tokens")?.as_u64()?).ok()?;
    let numbers = tokens * 4 + tokens * DIMENSIONS;
    let texts = FILE.get(end + 1..FILE.len().checked_sub(numbers)?)?;
    let vocabulary = Vocabulary::new(std::str::from_utf8(texts).ok()?.split_terminator('\n'));
    let (scales, rows) = FILE.get(FILE.len() - numbers..)?.split_at(tokens * 4);
    let scales =
        scales.chunks_exact(4).filter_map(|four| Some(f32::from_le_bytes(four.try_into().ok()?)));
    Some(Static { vocabulary, scales: scales.collect(), rows })
}

/// The vector of a text by the built-in model.
///
/// # Errors
/// [`Error::Model`] when the program was built with a broken file.
pub fn embed(text: &str) -> Result<Vec<i8>, Error> {
    let broken = || Error::Model { message: "the built-in model is damaged".into(), again: false };
    let model = built_in().ok_or_else(broken)?;
    let mut sum = [0_f32; DIMENSIONS];
    model.vocabulary.pieces(text, |id| {
        let id = id as usize;
        let row = model.rows.get(id * DIMENSIONS..(id + 1) * DIMENSIONS);
        let (Some(row), Some(scale)) = (row, model.scales.get(id)) else { return };
        for (sum, byte) in sum.iter_mut().zip(row) {
            *sum += f32::from(byte.cast_signed()) * scale;
        }
    });
    Ok(in_bytes(&sum))
}

/// The built-in model, as the gateway asks it which questions mean the same.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn;

impl codex32_llm::semantic::Embed for BuiltIn {
    fn name(&self) -> &str {
        NAME
    }

    fn embed(&self, text: &str) -> Option<Vec<i8>> {
        embed(text).ok()
    }
}

/// A vector in signed bytes, whatever its length was.
pub fn in_bytes(vector: &[f32]) -> Vec<i8> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    // Of a vector of length one the parts are about 1/√n; four of that is seldom passed.
    let most = 4.0 / (vector.len().max(1) as f32).sqrt();
    let part = |x: &f32| {
        if length > 0.0 {
            (x / length / most * 127.0).round().clamp(-127.0, 127.0) as i8
        } else {
            0
        }
    };
    vector.iter().map(part).collect()
}

/// How near two vectors are; both in bytes and of one length.
pub fn nearness(one: &[u8], other: &[i8]) -> i32 {
    one.iter().zip(other).map(|(a, b)| i32::from(a.cast_signed()) * i32::from(*b)).sum()
}

/// The vectors of texts by a model of the gateway.
///
/// # Errors
/// [`Error::Model`].
pub async fn by_gateway(
    gateway: &Gateway,
    scope: Scope,
    model: &str,
    texts: &[String],
) -> Result<Vec<Vec<i8>>, Error> {
    let mut out = Vec::with_capacity(texts.len());
    for texts in texts.chunks(AT_ONCE) {
        let answer = gateway
            .embed(Caller::new(scope), model.to_owned(), texts.to_vec(), Map::new())
            .await
            .map_err(refused)?;
        let odd = |what: &str| Error::Model { message: what.to_owned(), again: false };
        let data = answer.reply.body.get("data").and_then(Value::as_array);
        let data = data.ok_or_else(|| odd("the answer has no vectors"))?;
        let mut vectors: Vec<Option<Vec<i8>>> = vec![None; texts.len()];
        for (place, item) in data.iter().enumerate() {
            let index = item.get("index").and_then(Value::as_u64).and_then(|n| n.try_into().ok());
            let numbers = item.get("embedding").and_then(Value::as_array);
            let numbers = numbers.ok_or_else(|| odd("an answer has no vector"))?;
            let numbers: Vec<f32> =
                numbers.iter().filter_map(Value::as_f64).map(|x| x as f32).collect();
            if numbers.is_empty() || numbers.len() > 8_192 {
                return Err(odd("a vector has no dimensions, or more than 8192"));
            }
            if let Some(slot) = vectors.get_mut(index.unwrap_or(place)) {
                *slot = Some(in_bytes(&numbers));
            }
        }
        for vector in vectors {
            out.push(vector.ok_or_else(|| odd("the answer has fewer vectors than texts"))?);
        }
    }
    Ok(out)
}
