codes! {
    MALFORMED = "E-BOT-001", "The text is not YAML or JSON",
        "The file could not be read as YAML 1.2 or JSON. The place shows where reading stopped; the cause is often one line above: an unclosed quote or bracket, or indentation with tabs.";
}
