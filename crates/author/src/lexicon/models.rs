//! Names by which people call language models, whoever runs them.

use crate::text::Token;

/// Families; a name may go on with a version: `gpt-5`, `llama3`.
const FAMILIES: &[&str] = &[
    "claude",
    "gpt",
    "gemini",
    "llama",
    "mistral",
    "chatgpt",
    "qwen",
    "deepseek",
    "sonnet",
    "opus",
    "haiku",
    "mixtral",
    "codestral",
    "gemma",
    "phi",
    "grok",
    "ollama",
    "vllm",
    "bedrock",
    "cohere",
    "azure-openai",
    "lm-studio",
    "llama.cpp",
    "llamacpp",
    "openrouter",
    "groq",
    "magistral",
    "kimi",
];

/// Words for any language model at all.
const GENERAL: &[&str] = &["ai", "ki", "llm", "sprachmodell"];

/// Makers of several words and what they are called in one: `azure openai`.
pub const JOINED: &[(&[&str], &str)] = &[
    (&["azure", "openai", "service"], "azure-openai"),
    (&["azure", "openai"], "azure-openai"),
    (&["azure", "ai"], "azure-openai"),
    (&["amazon", "bedrock"], "bedrock"),
    (&["aws", "bedrock"], "bedrock"),
    (&["google", "gemini"], "gemini"),
    (&["mistral", "ai"], "mistral"),
    (&["lm", "studio"], "lm-studio"),
];

/// Whether a word names a language model by a name of its own.
pub fn is_model_name(token: &Token) -> bool {
    token.is_word() && names_model(&token.low)
}

/// Whether a folded word is the name of a language model.
pub fn names_model(low: &str) -> bool {
    FAMILIES.iter().any(|name| {
        low.strip_prefix(name).is_some_and(|tail| {
            tail.is_empty()
                || tail.starts_with('-')
                || tail.starts_with(|c: char| c.is_ascii_digit())
        })
    })
}

/// Whether a word names a language model, by name or in general: `with AI`.
pub fn is_model(token: &Token) -> bool {
    token.any(GENERAL) || is_model_name(token)
}
