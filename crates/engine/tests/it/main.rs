//! The engine on a real store, through its public interface.

mod bench_bot;
mod control;
mod events;
mod flows;
mod harness;
mod hooks;
mod writes;
