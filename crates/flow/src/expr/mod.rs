//! Expressions: one JavaScript expression inside `{{ … }}`.
