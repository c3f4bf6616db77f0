"""What every peer's driver shares: the workload, batches sorted by length, tuning, and the protocol of the harness.

A driver is a process that loads a model, warms up, prints a line of JSON ("ready"), and then answers lines on stdin with lines of
JSON: "run" does one timed pass over the workload, "logits" repeats the last pass's logits in the documents' order. The harness can so
keep all drivers loaded and let them take turns. Seconds include tokenization.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

from tokenizers import Tokenizer


def arguments(description, variants):
    """The options of every driver."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--exports", type=Path, default=None, help="folder of the model in the peer's own form, for the drivers that need it")
    parser.add_argument("--workload", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default="fp32", choices=("fp32", "bf16", "int8"))
    parser.add_argument("--variant", default="", help=f"one of {', '.join(variants)}; none: try all, print the times, and exit")
    return parser.parse_args()


def read_workload(path):
    """Query and documents."""
    request = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    return request["query"], request["documents"]


def max_length(folder):
    """The longest pair, as Sentence Transformers resolves it."""
    config = json.loads((folder / "config.json").read_text())
    return min(json.loads((folder / "tokenizer_config.json").read_text())["model_max_length"], config["max_position_embeddings"])


class PairTokenizer:
    """Pairs to encodings with the tokenizers library, cut to the model's length."""

    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(max_length(folder))
        self.tokenizer.no_padding()
        config = json.loads((folder / "config.json").read_text())
        self.pad_id, self.takes_types = config["pad_token_id"], config["model_type"] == "bert"

    def __call__(self, query, documents):
        return self.tokenizer.encode_batch([(query, document) for document in documents])


def sorted_batches(encodings, batch_size):
    """Indices in batches, longest first."""
    order = sorted(range(len(encodings)), key=lambda i: -len(encodings[i].ids))
    return [order[i:i + batch_size] for i in range(0, len(order), batch_size)]


def padded(encodings, indices, pad_id, takes_types):
    """Inputs of one batch as int64 arrays, padded to its longest."""
    import numpy as np

    longest = max(len(encodings[i].ids) for i in indices)
    ids = np.full((len(indices), longest), pad_id, dtype=np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    for row, i in enumerate(indices):
        length = len(encodings[i].ids)
        ids[row, :length], mask[row, :length], types[row, :length] = encodings[i].ids, 1, encodings[i].type_ids
    return {"input_ids": ids, "attention_mask": mask} | ({"token_type_ids": types} if takes_types else {})


def tune(load, variants, query, documents):
    """Times every variant on each third document by length, so that the mix stays; prints a line of JSON."""
    some = sorted(documents, key=len)[::3]
    times = {}
    for variant in variants:
        try:
            predict = load(variant)
        except Exception as problem:  # a variant that a peer cannot load is not its best
            print(f"{variant}: {problem}", file=sys.stderr)
            continue
        predict(query, some[:8])
        passes = []
        for _ in range(2):
            start = time.perf_counter()
            predict(query, some)
            passes.append(time.perf_counter() - start)
        times[variant] = round(min(passes), 3)
    print(json.dumps({"best": min(times, key=times.get), "seconds": times}), flush=True)


def serve(load, variants, options):
    """Tunes, or answers the harness until its pipe closes. `load(variant)` gives predict(query, documents) -> logits in order."""
    query, documents = read_workload(options.workload)
    if not options.variant:
        tune(load, variants, query, documents)
        return
    predict = load(options.variant)
    logits = predict(query, documents)
    print(json.dumps({"ready": options.variant}), flush=True)
    for line in sys.stdin:
        if line.strip() == "logits":
            print(json.dumps({"logits": [float(logit) for logit in logits]}), flush=True)
            continue
        start = time.perf_counter()
        logits = predict(query, documents)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak_rss_mib": round(peak)}), flush=True)
