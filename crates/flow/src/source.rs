//! YAML or JSON text as a tree that knows its places.
