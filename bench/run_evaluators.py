#!/usr/bin/env python3
"""`crossrank evaluate reranking` and the reference's evaluator on the same data, whole processes in turns: medians and the ratio.

    .venv/bin/python bench/run_evaluators.py DATA.jsonl.gz --program build/release/crossrank [--model FOLDER] [--rounds 3] [--precision bf16]

The reference is Sentence Transformers with batches of 64, in the same arithmetic. Where the weights are stored in bfloat16, as the bundled
model's, bf16 is its default. Both read the file, load the model, score and print. A number other than the reference's by more than its arithmetic explains
ends the run. The first round warms caches and is not counted.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLOSE = {"fp32": 1e-4, "bf16": 5e-3}  # of metrics
DTYPE = {"fp32": "float32", "bf16": "bfloat16"}  # the reference's names

REFERENCE = """
import gzip, json, sys
from sentence_transformers import CrossEncoder
from sentence_transformers.cross_encoder.evaluation import CrossEncoderRerankingEvaluator
path, model, dtype = sys.argv[1:]
with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
    samples = [json.loads(line) for line in lines]
print(json.dumps(CrossEncoderRerankingEvaluator(samples, name="bench")(CrossEncoder(model, device="cpu", model_kwargs={"dtype": dtype}))))
"""


def timed(command):
    start = time.perf_counter()
    output = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    return time.perf_counter() - start, json.loads(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", default=str(ROOT / "models" / "crossrank-minilm-l6-v1"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=list(CLOSE), default="fp32")
    arguments = parser.parse_args()
    ours = [arguments.program, "evaluate", "reranking", "-m", arguments.model, "--data", arguments.data, "--name", "bench", "--precision", arguments.precision]
    reference = [sys.executable, "-c", REFERENCE, arguments.data, arguments.model, DTYPE[arguments.precision]]
    rounds = []
    for number in range(arguments.rounds + 1):
        (our_time, our_metrics), (their_time, their_metrics) = timed(ours), timed(reference)
        if any(abs(our_metrics[name] - value) > CLOSE[arguments.precision] for name, value in their_metrics.items()):
            sys.exit(f"other numbers: {our_metrics} and {their_metrics}")
        if number > 0:
            rounds.append((our_time, their_time))
            print(f"round {number}: {our_time:.1f} s, reference {their_time:.1f} s", file=sys.stderr)
    mine, theirs = (statistics.median(side) for side in zip(*rounds))
    print("| data | model | precision | rounds | crossrank s | Sentence Transformers s | ratio |\n|---|---|---|---|---|---|---|")
    print(f"| {pathlib.Path(arguments.data).name} | {pathlib.Path(arguments.model).name} | {arguments.precision} | {len(rounds)} | {mine:.1f} | {theirs:.1f} | {theirs / mine:.1f} |")


if __name__ == "__main__":
    main()
