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
    NO_BACKUP = "E-STORE-010", "The file is not a backup",
        "`codex32 restore` takes a file that `codex32 backup` wrote, by this version or an earlier one. This file is something else, or was written by a newer version. Nothing was changed.";
    DAMAGED_BACKUP = "E-STORE-011", "The backup is damaged",
        "The file is not what `codex32 backup` wrote: rows are missing, were changed, or cannot be read, and the checksums show it. Nothing was changed. Take another backup; if this one was transferred, transfer it again.";
    BACKUP_FILE = "E-STORE-012", "The backup cannot be written there",
        "A file of that name exists, and a backup does not replace one, or the folder cannot be written, or the disk is full. Choose another name or folder.";
    NOT_EMPTY = "E-STORE-013", "The store is not empty",
        "Restoring and copying fill an empty store. With `--replace` what is there gives way: the file of a SQLite database is kept beside the new one under another name, the tables of a PostgreSQL database are dropped. Take a backup of it first. A server that has started once has written its workspace, so its store is not empty.";
    DIFFERS = "E-STORE-014", "What was written is not what was read",
        "Every table is counted and summed while it is read, and again after it was written; the two differ. Nothing was changed: the new file or the transaction was thrown away. Check the disk and the memory of the machine, and try again.";
    IN_USE = "E-STORE-015", "The database is in use",
        "A server of Codex-32 is connected to this database. Stop all servers that use it, then repeat the command. `codex32 backup` alone works beside a running server.";
    SEALED = "E-STORE-016", "The data of this store went elsewhere",
        "`codex32 copy` copied this store and sealed it, so that no bot runs in two places. Start the server on the database that it names. To go back to this one, and leave the copy unused, remove the seal: `codex32 copy --from sqlite:FOLDER --unseal` (or `--from postgres://…`).";
    HELD = "E-STORE-017", "The store is held until somebody releases it",
        "It was restored from a backup or copied, and nothing runs in it until a person says so, because the original may still run: no schedule fires, no queued or interrupted run goes on, webhooks and starts are refused. Make sure that the original is stopped, look at bots and connections, then release it: `codex32 release`, or `POST /api/v1/server/release`.";
    BLOBS = "E-STORE-018", "The blob storage cannot be used",
        "Values larger than 64 KiB are kept in blob storage: the folder `blobs` in the data folder, or what `--blobs` (`CODEX32_BLOBS`) names, a folder or `s3://bucket/prefix`. It cannot be opened or written, or it belongs to another store: every database has a blob storage of its own, and all servers on one PostgreSQL database use the same. If the blobs of this database are lost, start once with `--new-blobs`: the server runs, and runs that need a lost value fail with [E-STORE-019](E-STORE-019.md).";
    BLOB_LOST = "E-STORE-019", "A large value is lost",
        "The journal of a run refers to a value in blob storage that is not there, or is not what was written (its SHA-256 is another). Somebody removed or changed it; Codex-32 never does while a run refers to it. Bring the file back from a backup of the storage; a run that cannot go on without the value ends with this error.";
    KEY = "E-STORE-020", "The key file does not belong to the database",
        "The connections' secrets in the database are sealed with the key in `secrets.key`, and the one in this data folder is another. Copy the file from the data folder of the server that the database is from: all servers on one PostgreSQL database need the same. If the key is lost, start once with `--new-key`: the server runs, and the secrets of the connections have to be entered again.";
}
