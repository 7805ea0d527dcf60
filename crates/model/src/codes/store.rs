codes! {
    UNAVAILABLE = "E-STORE-001", "The database cannot be written",
        "The database did not take a write within its time: the disk may be full or the file locked by another program. Nothing was lost: what was answered as accepted is on disk, what was not is refused. Free the disk or close the other program, and try again.";
    NOT_FOUND = "E-STORE-002", "There is no such row",
        "The thing that was asked for does not exist in this workspace, or was deleted meanwhile.";
    CONFLICT = "E-STORE-003", "The name, path or key is taken",
        "Something with the same unique name exists already. Choose another name, or change or remove the one that is there.";
    STALE = "E-STORE-004", "Somebody else changed it meanwhile",
        "What you changed is not what is stored now. Read it again, look at the difference, and repeat your change.";
    BAD = "E-STORE-005", "The database refused a statement",
        "This is a mistake in Codex-32, not of yours. The change was not made. Please report it with the trace id.";
    DATA_FOLDER = "E-STORE-006", "The data folder cannot be used",
        "The folder given by `--data` (or `CODEX32_DATA`) is missing, not writable, on a network file system, or in use by another server. One folder belongs to one server at a time.";
    NEWER = "E-STORE-007", "The database is from a newer version",
        "A newer Codex-32 has migrated this database. Start that version, or restore a backup that this one wrote.";
    DAMAGED = "E-STORE-008", "Stored data cannot be read",
        "A row or the database file is damaged. Stop the server, keep a copy of the data folder, and restore the last backup.";
    ADDRESS = "E-STORE-009", "The address of the database cannot be used",
        "The address given by `--database-url` (or `CODEX32_DATABASE_URL`) has a mistake, names a database or user that the server does not have, or the password is wrong. It has the form `postgres://user:password@host:port/database`; `?sslmode=` takes `disable`, `require` or `verify-full`, and `sslrootcert=` a file with certificates.";
    KEY = "E-STORE-020", "The key file does not belong to the database",
        "The connections' secrets in the database are sealed with the key in `secrets.key`, and the one in this data folder is another. Copy the file from the data folder of the server that the database is from: all servers on one PostgreSQL database need the same. If the key is lost, start once with `--new-key`: the server runs, and the secrets of the connections have to be entered again.";
}
