//! From a spanned tree to the typed definition.
