"""Embeddings of texts, made by `crossrank mine` and kept in its cache, whose files numpy reads."""
import hashlib
import json
import os
import subprocess

import numpy as np


def write_json_lines(path, rows):
    """Beside, then renamed: whoever reads `path` sees all of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    os.replace(beside, path)


def embed(queries, documents, steps, program, embedder):
    """Unit vectors of distinct texts, not as many queries as documents: [queries, dimensions] and [documents, dimensions]. They stay in the folder
    `steps`, so that a second call reads them; the negatives that `crossrank mine` finds besides are not used."""
    if len(queries) == len(documents):
        raise ValueError(f"{len(queries)} queries and as many documents: their embeddings are told apart by their number; leave one text out")
    folder = steps / hashlib.sha256(json.dumps([queries, documents]).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    write_json_lines(folder / "queries.jsonl", [{"query": text, "document": documents[0]} for text in queries])
    write_json_lines(folder / "documents.jsonl", [{"text": text} for text in documents])
    command = [program, "mine", "--embedder", embedder, "--data", folder / "queries.jsonl", "--corpus", folder / "documents.jsonl",
               "--num-negatives", "1", "--cache-folder", folder]
    subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, check=True)
    made = {len(vectors): vectors for vectors in map(np.load, folder.glob("*.npy"))}
    return made[len(queries)], made[len(documents)]
