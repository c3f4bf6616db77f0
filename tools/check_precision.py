"""Measures what a precision costs and gives beside fp32: nDCG@10 of ranked lists, order of scores, seconds.

    python tools/check_precision.py --precision int8 --selqa selqa/test.jsonl.gz --vaswani vaswani [--program build/release/crossrank]

Prints, and ends with status 1 where one does not hold:

- nDCG@10 on SelQA (`crossrank evaluate reranking`) and on Vaswani (`crossrank evaluate beir`, BM25's best 100 ranked again): within 0.005 of fp32 (bf16: 0.002);
- Spearman's correlation of logits with those of fp32, over the pairs of SelQA's first questions (`crossrank predict`): at least 0.995 (bf16: 0.9995);

and, judged by nobody, the largest difference of a logit and the ratio of times on those pairs: whole processes, the precisions in turns,
medians of --rounds. `--only` takes one of the steps.
"""

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import numpy as np

LARGEST_LOSS = {"bf16": 0.002, "int8": 0.005}
SMALLEST_CORRELATION = {"bf16": 0.9995, "int8": 0.995}
STEPS = ("selqa", "vaswani", "scores")


def ranks(values: np.ndarray) -> np.ndarray:
    """Places by value from 1 on, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + 1 + ends) / 2)[inverse]


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def output_of(command: list, stdin: str = "") -> str:
    return subprocess.run([str(word) for word in command], input=stdin, stdout=subprocess.PIPE, text=True, check=True).stdout


def ndcg(command: list, precision: str) -> float:
    metrics = json.loads(output_of([*command, "--format", "json", "--precision", precision, "--quiet"]))
    names = [name for name in metrics if name.endswith("ndcg@10") and "base" not in name and "bm25" not in name]
    if len(names) != 1:
        raise SystemExit(f"{len(names)} metrics are called ndcg@10: {list(metrics)}")
    return metrics[names[0]]


def check_ndcg(task: str, command: list, precision: str) -> bool:
    exact, fast = ndcg(command, "fp32"), ndcg(command, precision)
    held = abs(exact - fast) <= LARGEST_LOSS[precision]
    print(f"{task}: nDCG@10 {exact:.4f} in fp32, {fast:.4f} in {precision}, {fast - exact:+.4f}: {'holds' if held else 'MISSED'}", flush=True)
    return held


def check_scores(program: str, model: str, path: Path, arguments: argparse.Namespace) -> bool:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        questions = [json.loads(line) for line in islice(file, arguments.questions)]
    lists = [row["positive"] + row["negative"] for row in questions]
    lines = "".join(json.dumps({"query": row["query"], "document": text}) + "\n" for row, texts in zip(questions, lists) for text in texts)
    seconds, logits = {"fp32": [], arguments.precision: []}, {}
    for _ in range(arguments.rounds):
        for precision in seconds:
            start = time.perf_counter()
            answer = output_of([program, "predict", "-m", model, "--precision", precision, "--quiet"], lines)
            seconds[precision].append(time.perf_counter() - start)
            logits[precision] = np.array([json.loads(line)["logit"] for line in answer.splitlines()])
    exact, fast = logits["fp32"], logits[arguments.precision]
    correlation = spearman(exact, fast)
    bounds = np.cumsum([0] + [len(texts) for texts in lists])
    same_best = sum(int(exact[a:b].argmax() == fast[a:b].argmax()) for a, b in zip(bounds, bounds[1:]))
    held = correlation >= SMALLEST_CORRELATION[arguments.precision]
    print(f"{len(exact)} pairs of {len(questions)} questions: Spearman {correlation:.5f}: {'holds' if held else 'MISSED'}; logits differ by at most "
          f"{np.abs(exact - fast).max():.3f}, on average by {np.abs(exact - fast).mean():.4f} of a spread of {exact.std():.2f}; "
          f"the same best document for {same_best} questions")
    medians = {precision: statistics.median(times) for precision, times in seconds.items()}
    times = ", ".join(f"{precision} {medians[precision]:.2f} ({', '.join(f'{s:.2f}' for s in seconds[precision])})" for precision in seconds)
    print(f"seconds: {times}; fp32 takes {medians['fp32'] / medians[arguments.precision]:.2f} times as long", flush=True)
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", choices=list(LARGEST_LOSS), default="int8")
    parser.add_argument("--selqa", type=Path, help="SelQA's test file")
    parser.add_argument("--vaswani", type=Path, help="Vaswani's folder")
    parser.add_argument("--program", default="build/release/crossrank")
    parser.add_argument("--model", default="models/crossrank-minilm-l6-v1")
    parser.add_argument("--questions", type=int, default=100, help="of SelQA, whose pairs are compared and timed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=STEPS)
    arguments = parser.parse_args()
    evaluate = [arguments.program, "evaluate"]
    model = ["-m", arguments.model]
    held = True
    for step in [arguments.only] if arguments.only else STEPS:
        if step == "vaswani" and arguments.vaswani:
            held &= check_ndcg("Vaswani", [*evaluate, "beir", arguments.vaswani, *model], arguments.precision)
        elif step == "selqa" and arguments.selqa:
            held &= check_ndcg("SelQA", [*evaluate, "reranking", "--data", arguments.selqa, *model], arguments.precision)
        elif step == "scores" and arguments.selqa:
            held &= check_scores(arguments.program, arguments.model, arguments.selqa, arguments)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
