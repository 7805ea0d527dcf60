#!/usr/bin/env bash
# Learns crates/author/src/retrieval/weights.bin: scripts/learn-match.sh CASES.jsonl CATALOGUE.json
# With CHECK=1 it says by cross-validation how good such weights are, and changes nothing.
# Of the cases only hashes of words with a weight each are kept (docs/builder-accuracy.md).
set -euo pipefail
out=crates/author/src/retrieval/weights.bin
cases=$(realpath "$1") catalogue=$(realpath "$2")
cd "$(dirname "$0")/.."
[ -n "${CHECK:-}" ] || set -- "$cases" "$catalogue" "$out"
cargo run -q --locked -p codex32-author --example learn_match -- "$cases" "$catalogue" ${3:+"$3"}
