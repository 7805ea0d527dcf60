//! From the typed definition back to YAML and JSON.
