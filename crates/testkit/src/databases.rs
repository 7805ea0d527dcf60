//! Database servers of this machine, started for one test and ended with it.
//!
//! They are Debian's packages `postgresql` and `mariadb-server-core`, which `make test` installs as
//! root. Where they cannot be found, the test that needs them says so and passes.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// `nobody`: servers refuse to run as root.
const NOBODY: u32 = 65_534;
pub const PASSWORD: &str = "pa:ss'w\"ord";

pub struct Database {
    pub port: u16,
    /// PEM of the certificate for `localhost`, where it speaks TLS.
    pub certificate: String,
    child: Child,
    folder: TempDir,
}

impl Database {
    /// The address of PostgreSQL's own database, for the user `bots`.
    pub fn url(&self) -> String {
        let password: String = url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect();
        format!("postgres://bots:{password}@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends the server as a crash does, and starts it again on what it left; PostgreSQL only.
    pub fn crash_and_restart(&mut self) {
        self.crash();
        self.start_again();
    }

    /// Ends the server and all of its processes at once.
    pub fn crash(&mut self) {
        let data = self.folder.path().join("data");
        let mut stop = command(&find("pg_ctl").expect("beside postgres"));
        stop.args(["stop", "-m", "immediate", "-D"]).arg(data);
        run(stop);
        let _ = self.child.wait();
    }

    pub fn start_again(&mut self) {
        self.child = start_postgres(self.folder.path(), self.port);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn root() -> bool {
    rustix::process::getuid().is_root()
}

fn own(path: &Path) {
    if root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
}

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    if root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.stdin(Stdio::null()).current_dir("/");
    command
}

/// The program in one of the folders where distributions put it.
fn find(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let versions = versions.map(|entry| entry.path().join("bin"));
    let fixed = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/libexec", "/opt/homebrew/bin"];
    versions.chain(fixed.map(PathBuf::from)).map(|at| at.join(name)).find(|at| at.exists())
}

/// Reads what the server says until it is ready, then goes on reading so that it never waits for us.
#[expect(clippy::panic, reason = "a test that cannot go on fails")]
fn wait(child: &mut Child, ready: &'static str) {
    let mut said = BufReader::new(child.stderr.take().expect("its errors")).lines();
    let mut all = String::new();
    for line in said.by_ref().map_while(Result::ok) {
        if line.contains(ready) {
            std::thread::spawn(move || said.for_each(drop));
            return;
        }
        all.push_str(&line);
        all.push('\n');
    }
    panic!("the server did not start:\n{all}");
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

fn run(mut command: Command) {
    let done = command.output().expect("the program starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its mode");
    own(path);
}

/// PostgreSQL with the user `bots`, over TLS and without.
pub fn postgres() -> Option<Database> {
    let (Some(initdb), Some(_)) = (find("initdb"), find("postgres")) else {
        eprintln!("SKIPPED: PostgreSQL is not installed (Debian: postgresql)");
        return None;
    };
    let folder = tempfile::tempdir().expect("a folder");
    own(folder.path());
    let password = folder.path().join("password");
    write(&password, PASSWORD, 0o600);
    let data = folder.path().join("data");
    let mut copy = command(Path::new("/bin/cp"));
    copy.arg("-R").arg(template(&initdb, &password)).arg(&data);
    run(copy);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    let certificate = made.cert.pem();
    write(&data.join("server.crt"), &certificate, 0o600);
    write(&data.join("server.key"), &made.signing_key.serialize_pem(), 0o600);
    let port = free_port();
    let child = start_postgres(folder.path(), port);
    Some(Database { port, certificate, child, folder })
}

/// A database cluster to copy: making one takes a second.
fn template(initdb: &Path, password: &Path) -> PathBuf {
    let version = initdb.parent().and_then(Path::parent).and_then(Path::file_name);
    let version = version.unwrap_or_default().to_string_lossy().into_owned();
    let place = std::env::temp_dir().join(format!("codex32-test-postgres-{version}"));
    if place.exists() {
        return place;
    }
    let made = tempfile::tempdir().expect("a folder");
    own(made.path());
    let data = made.path().join("data");
    let mut init = command(initdb);
    init.arg("-D").arg(&data).arg("--pwfile").arg(password);
    init.args([
        "-U",
        "bots",
        "--auth=scram-sha-256",
        "--locale=C",
        "--encoding=UTF8",
        "--no-sync",
        "--wal-segsize=1",
    ]);
    run(init);
    // Another test may have been faster.
    let _ = std::fs::rename(&data, &place);
    place
}

fn start_postgres(folder: &Path, port: u16) -> Child {
    let mut start = command(&find("postgres").expect("it was there"));
    start.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    start.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", "ssl=on"]);
    start.args(["-c", "shared_buffers=32MB", "-c", "max_connections=60"]);
    start.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = start.spawn().expect("postgres starts");
    wait(&mut child, "ready to accept connections");
    child
}

/// MariaDB with the user `bots` and the database `shop`.
pub fn mariadb() -> Option<Database> {
    let (Some(install), Some(server)) = (find("mariadb-install-db"), find("mariadbd")) else {
        eprintln!("SKIPPED: MariaDB is not installed (Debian: mariadb-server-core)");
        return None;
    };
    let folder = tempfile::tempdir().expect("a folder");
    own(folder.path());
    let data = folder.path().join("data");
    let mut init = command(&install);
    init.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
    init.args(["--skip-test-db", "--auth-root-authentication-method=normal"]);
    run(init);
    let first = folder.path().join("first.sql");
    let quoted = PASSWORD.replace('\'', "''");
    let users = format!(
        "CREATE DATABASE shop CHARACTER SET utf8mb4;\nCREATE USER bots@'%' IDENTIFIED BY '{quoted}';\nGRANT ALL ON shop.* TO bots@'%';\n"
    );
    write(&first, &users, 0o600);
    let port = free_port();
    let mut start = command(&server);
    start.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
    start.arg(format!("--socket={}", folder.path().join("socket").display()));
    start.arg(format!("--pid-file={}", folder.path().join("pid").display()));
    start.arg(format!("--init-file={}", first.display()));
    start.args(["--bind-address=127.0.0.1", &format!("--port={port}"), "--skip-name-resolve"]);
    start.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = start.spawn().expect("mariadbd starts");
    wait(&mut child, "ready for connections");
    Some(Database { port, certificate: String::new(), child, folder })
}
