#!/usr/bin/env bash
# Sees to what building needs: a C compiler and Rust. Installs Debian packages only as root; otherwise
# says exactly what to install. Prints nothing when all is there.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

missing=()
command -v cc >/dev/null 2>&1 || missing+=(build-essential)
command -v curl >/dev/null 2>&1 || missing+=(curl ca-certificates)

if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing ${missing[*]} …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
  elif command -v apt-get >/dev/null 2>&1; then
    say "Some packages are missing. Install them, then call make again:"
    say "  sudo apt-get install ${missing[*]}"
    exit 1
  else
    say "Some programs are missing: a C compiler (cc) and curl. On Debian they are in the packages"
    say "  ${missing[*]}"
    say "Install them with your system's package manager, then call make again."
    exit 1
  fi
fi

if ! command -v cargo >/dev/null 2>&1 && [ ! -x "$HOME/.cargo/bin/cargo" ]; then
  say "Rust is missing. Install it with rustup (https://rustup.rs), then call make again:"
  say "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal"
  exit 1
fi

# `setup.sh interface`: what building the web interface needs besides.
if [ "${1:-}" = interface ]; then
  major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
  if [ "${major:-0}" -lt 20 ] || ! command -v npm >/dev/null 2>&1; then
    if [ -z "$major" ]; then say "Node is missing; the web interface is built with it."
    else say "Node $major is too old; the web interface is built with Node 20 or newer, and npm."; fi
    say "Install it, then call make again. On Debian 13, Ubuntu 25.04 or newer:"
    say "  sudo apt-get install nodejs npm"
    say "On other systems: https://nodejs.org/en/download"
    say "Without it, \`cargo build --release -p codex32-app\` builds the server without its interface."
    exit 1
  fi
fi
