//! A program that is nothing but the child, for the tests and the benchmark of this crate. The
//! product's own binary has a hidden subcommand instead.

fn main() -> std::process::ExitCode {
    codex32_sandbox::child_main()
}
