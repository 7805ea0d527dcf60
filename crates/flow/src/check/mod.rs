//! The checker: a definition against the catalogue.
