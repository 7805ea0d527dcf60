//! Tokens where nobody has counted: before a call, and of answers that broke off.
//!
//! A stated estimate, on the high side: one token for every three bytes of text, four for each message,
//! 1,600 for an image. Vendors' tokenizers give four bytes for English and about three for German or
//! code; what is settled is always what the provider counted, if it told.

use serde_json::json;

use crate::chat::{ChatRequest, Part};

const BYTES: u64 = 3;
const IMAGE: u64 = 1_600;
const MESSAGE: u64 = 4;

/// Of a text.
pub fn of_text(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES)
}

/// Of everything that the model reads.
pub fn of_request(request: &ChatRequest) -> u64 {
    let messages = request.messages.iter().map(|message| {
        let parts = message.parts().into_iter().map(|part| match part {
            Part::Text(text) => of_text(text.len()),
            Part::Image(_) => IMAGE,
        });
        let calls = message.tool_calls.iter().map(|call| of_text(call.to_string().len()));
        MESSAGE + parts.sum::<u64>() + calls.sum::<u64>()
    });
    let tools = if request.tools.is_empty() { 0 } else { json!(request.tools).to_string().len() };
    let format = request.response_format.as_ref().map_or(0, |format| format.to_string().len());
    messages.sum::<u64>() + of_text(tools + format)
}
