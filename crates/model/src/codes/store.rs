codes! {
    UNAVAILABLE = "E-STORE-001", "The database cannot be written",
        "The database did not take a write within its time: the disk may be full or the file locked. Nothing was lost: what was answered as accepted is on disk, what was not is refused. Free the disk or close the other program, and try again.";
}
