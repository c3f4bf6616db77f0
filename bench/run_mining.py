#!/usr/bin/env python3
"""Mining beside the reference, each as a whole process, in turns: wall time, peak memory, rows that are equal.

    python bench/run_mining.py medquad DATA --embedder MODEL [--rounds 3]     the 15,800 pairs of MedQuAD
    python bench/run_mining.py static DATA --embedder STATIC [--dimensions 1024] [--reference]     100,000 x 100,000 texts

DATA has the folders medquad and opentriviaqa. STATIC is a folder of model2vec; with --dimensions it may be any model: its tokens get random
vectors of that size. What is made lies under build/bench/mining. Needs tools/requirements.txt and a build of the preset `release`.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench" / "mining"
PEER = ROOT / "bench" / "peers" / "mining_peer.py"
COMPARE = ROOT / "tools" / "compare_mining.py"
STATIC_PAIRS = 100_000


def rows(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def unpacked(data):
    path = WORK / "medquad.jsonl"
    if not path.exists():
        path.write_bytes(gzip.decompress((data / "medquad" / "pairs.jsonl.gz").read_bytes()))
    return path


def static_pairs(data):
    """100,000 pairs with as many different queries as different positives: trivia questions with their answers, as far as these differ,
    then each sentence of MedQuAD's answers with the one after it."""
    path = WORK / "static.jsonl"
    if path.exists():
        return path

    def candidates():
        for row in rows(data / "opentriviaqa" / "pairs.jsonl.gz"):
            yield list(row.values())[:2]
        for row in rows(data / "medquad" / "pairs.jsonl.gz"):
            sentences = [s.strip() for s in re.split(r"(?<=[.?!:;]) ", row["answer"]) if len(s.strip()) > 8]
            yield from zip([row["question"], *sentences], sentences)

    queries, positives, lines = set(), set(), []
    for query, positive in candidates():
        if query not in queries and positive not in positives:
            queries.add(query)
            positives.add(positive)
            lines.append(json.dumps({"question": query, "answer": positive}, ensure_ascii=False) + "\n")
        if len(lines) == STATIC_PAIRS:
            break
    else:
        sys.exit(f"only {len(lines)} pairs could be made of {data}")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def static_model(folder, dimensions):
    """A model2vec folder with the tokenizer of `folder` and a random vector for each of its tokens."""
    import numpy as np
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer

    target = WORK / f"static-{dimensions}"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "tokenizer.json", target)
    (target / "config.json").write_text(json.dumps({"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": False}))
    tokens = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab_size()
    vectors = np.random.default_rng(1).standard_normal((tokens, dimensions), dtype=np.float32)
    save_file({"embeddings": vectors}, target / "model.safetensors")
    return target


def run(command):
    """Wall time and processor time in seconds and peak memory in MB of a whole process."""
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {status}:\n{errors[-2000:]}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def medians(measured):
    return [statistics.median(column) for column in zip(*measured)]


def report(title, ours, theirs):
    wall, processor, memory = medians(ours)
    print(f"{title}: crossrank {wall:.1f} s ({processor:.1f} s of processor), {memory:.0f} MB", end="")
    if theirs:
        reference_wall, reference_processor, reference_memory = medians(theirs)
        print(f"; reference {reference_wall:.1f} s ({reference_processor:.1f} s), {reference_memory:.0f} MB", end="")
        print(f"; time {wall / reference_wall:.2f}, memory {memory / reference_memory:.2f}", end="")
    print(f"  (medians of {len(ours)})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=["medquad", "static"])
    parser.add_argument("data", type=Path)
    parser.add_argument("--embedder", required=True, type=Path)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "release" / "crossrank")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--num-negatives", type=int, default=5)
    parser.add_argument("--dimensions", type=int, default=0)
    parser.add_argument("--reference", action="store_true", help="static: run the reference too, with FAISS; it takes many GB")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    pairs = unpacked(arguments.data) if arguments.task == "medquad" else static_pairs(arguments.data)
    model = static_model(arguments.embedder, arguments.dimensions) if arguments.dimensions else arguments.embedder
    ours_file, reference_file = WORK / "ours.jsonl", WORK / "reference.jsonl"
    ours = [arguments.program, "mine", "--embedder", model, "--data", pairs, "--num-negatives", arguments.num_negatives, "--output-scores",
            "--output", ours_file]
    theirs = [sys.executable, PEER, model, pairs, reference_file, f"num_negatives={arguments.num_negatives}", "output_scores=true"]
    with_reference = arguments.task == "medquad" or arguments.reference
    if arguments.task == "static":
        theirs.append("use_faiss=true")
    measured, reference = [], []
    for _ in range(arguments.rounds):
        measured.append(run(ours))
        if with_reference:
            reference.append(run(theirs))
    report(f"{arguments.task}, {model.name}", measured, reference)
    if with_reference:
        sys.exit(subprocess.run([sys.executable, COMPARE, ours_file, reference_file], check=False).returncode)


if __name__ == "__main__":
    main()
