//! What is on a disk after a power cut, from the log that shim.c wrote.
//!
//! Flushed is kept. Of what was written and not flushed a disk may have kept anything: each file draws
//! whether nothing, everything or about half of it survives, sector by sector. Of changes to the folder
//! that were not flushed the first so many survive, as file systems journal them in order.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const HEAD: usize = 23;
const SECTOR: usize = 512;

/// One record of the log.
#[derive(Debug)]
pub struct Record<'a> {
    pub kind: u8,
    file: u32,
    offset: u64,
    pub path: &'a str,
    data: &'a [u8],
}

/// A record of the test's own, to be appended to the log.
pub fn note(kind: u8, what: &str) -> Vec<u8> {
    let mut record = vec![kind];
    record.extend(u16::try_from(what.len()).unwrap().to_le_bytes());
    record.extend([0; 20]);
    record.extend(what.as_bytes());
    record
}

/// The records; the last may be torn by the kill.
pub fn records(log: &[u8]) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    let mut at = 0;
    while let Some(head) = log.get(at..at + HEAD) {
        let path_length = usize::from(u16::from_le_bytes([head[1], head[2]]));
        let number = |from: usize| u64::from_le_bytes(head[from..from + 8].try_into().unwrap());
        let kind = head[0];
        let length = if kind == b'w' { usize::try_from(number(15)).unwrap() } else { 0 };
        let (path, data) = (at + HEAD, at + HEAD + path_length);
        let (Some(path), Some(data)) = (log.get(path..data), log.get(data..data + length)) else {
            break;
        };
        at += HEAD + path_length + length;
        let file = u32::from_le_bytes(head[3..7].try_into().unwrap());
        let path = std::str::from_utf8(path).unwrap();
        records.push(Record { kind, file, offset: number(7), path, data });
    }
    records
}

enum Op<'a> {
    Write(usize, &'a [u8]),
    Cut(usize),
}

/// What happened to the contents of one file (by inode, not by name).
#[derive(Default)]
struct Content<'a> {
    base: Vec<u8>,
    ops: Vec<Op<'a>>,
    flushed: usize,
}

enum Naming<'a> {
    Made(&'a str, u32),
    Linked(&'a str, &'a str),
    Moved(&'a str, &'a str),
    Gone(&'a str),
}

/// The folder after a cut behind the last of `records`; `base` is what it held before the first.
pub fn after_cut(
    base: &BTreeMap<String, Vec<u8>>,
    records: &[Record<'_>],
    seed: u64,
) -> BTreeMap<String, Vec<u8>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut contents: HashMap<u32, Content<'_>> = HashMap::new();
    let mut names: BTreeMap<&str, u32> = BTreeMap::new();
    let mut pending: Vec<Naming<'_>> = Vec::new();
    let mut begun: HashMap<u64, usize> = HashMap::new();
    let mut unopened = base.clone();
    for record in records {
        let content = contents.entry(record.file).or_default();
        let offset = usize::try_from(record.offset).unwrap();
        match record.kind {
            b'o' => {
                content.base = unopened.remove(record.path).unwrap();
                names.insert(record.path, record.file);
            }
            b'n' => pending.push(Naming::Made(record.path, record.file)),
            b'w' => content.ops.push(Op::Write(offset, record.data)),
            b't' => content.ops.push(Op::Cut(offset)),
            b'b' => drop(begun.insert(record.offset, content.ops.len())),
            b's' => {
                content.flushed = content.flushed.max(begun[&record.offset]);
                // A new file that is flushed has its name, too: ext4, XFS and Btrfs see to it.
                let made = pending.iter().position(
                    |naming| matches!(naming, Naming::Made(_, file) if *file == record.file),
                );
                if let Some(made) = made {
                    rename(&mut names, &pending.remove(made));
                }
            }
            b'd' => pending.drain(..).for_each(|naming| rename(&mut names, &naming)),
            b'u' => pending.push(Naming::Gone(record.path)),
            b'r' | b'l' => {
                let (from, to) = record.path.split_once('\0').unwrap();
                let moved = record.kind == b'r';
                pending.push(if moved {
                    Naming::Moved(from, to)
                } else {
                    Naming::Linked(from, to)
                });
            }
            b'a' | b'e' => {}
            other => panic!("a record of kind {other}"),
        }
    }
    let survive = random.random_range(0..=pending.len());
    pending.iter().take(survive).for_each(|naming| rename(&mut names, naming));
    let mut folder = unopened;
    for (name, file) in names {
        let content = &contents[&file];
        folder.insert(name.to_owned(), surviving(content, &mut random));
    }
    folder
}

fn rename<'a>(names: &mut BTreeMap<&'a str, u32>, naming: &Naming<'a>) {
    match naming {
        Naming::Made(name, file) => drop(names.insert(name, *file)),
        Naming::Linked(from, to) => {
            if let Some(file) = names.get(from).copied() {
                names.insert(to, file);
            }
        }
        Naming::Moved(from, to) => {
            if let Some(file) = names.remove(from) {
                names.insert(to, file);
            }
        }
        Naming::Gone(name) => drop(names.remove(name)),
    }
}

fn surviving(content: &Content<'_>, random: &mut StdRng) -> Vec<u8> {
    let mut bytes = content.base.clone();
    let kept = [0.0, 0.5, 1.0][random.random_range(0..3)];
    for (number, op) in content.ops.iter().enumerate() {
        let flushed = number < content.flushed;
        match op {
            Op::Write(offset, data) if flushed => write(&mut bytes, *offset, data),
            Op::Write(offset, data) => {
                let mut from = *offset;
                while from < offset + data.len() {
                    let to = ((from / SECTOR + 1) * SECTOR).min(offset + data.len());
                    if random.random_bool(kept) {
                        write(&mut bytes, from, &data[from - offset..to - offset]);
                    }
                    from = to;
                }
            }
            Op::Cut(length) => {
                if flushed || random.random_bool(kept) {
                    bytes.resize(*length, 0);
                }
            }
        }
    }
    bytes
}

fn write(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(data);
}

/// The files below a folder, without the index of the write-ahead log.
pub fn read_folder(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with("-shm") {
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    files
}

/// Makes a folder with these files, readable by the owner only as the server's are.
pub fn write_folder(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(folder).unwrap();
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
