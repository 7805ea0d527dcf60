//! The store on a real database in a folder of its own.

mod settings;
