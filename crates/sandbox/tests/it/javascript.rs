//! Tests.
use crate::{pool, value};
use codex32_model::definition::Language::JavaScript;

#[tokio::test]
async fn first() {
    let pool = pool(1);
    println!("{:?}", pool.defences().await);
    println!("{:?}", value(&pool, JavaScript, "return inputs.days + 1").await);
}
