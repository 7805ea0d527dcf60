codes! {
    NOT_FOUND = "E-API-404", "There is no such thing",
        "The address names something that does not exist in this workspace, or that was deleted.";
}
