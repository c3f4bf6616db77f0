"""Holds crossrank's reranking evaluator against the reference's on a whole data set, and explains each difference.

    .venv/bin/python tools/check_evaluators.py --program build/release/crossrank DATA.jsonl.gz [...] [--model FOLDER ...]

Three comparisons a model and data set, printed as one line of a table:

- on equal scores: what `crossrank evaluate` prints against what the reference's evaluator makes of the scores that `crossrank predict`
  gives for the same pairs. Must agree to 1e-6; equal scores are sorted stably for MRR, as crossrank does.
- on its own scores: against the reference from end to end, in float32. Scores differ in their last bits, so that two documents may
  change places: the number of queries where they do is printed, and the largest difference of a score. Without such a query the
  numbers must agree to 1e-6 too.
- files: the CSV file is the reference's but for the numbers.

Ends with status 1 where one of them does not hold.
"""

import argparse
import csv
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
from sentence_transformers import CrossEncoder
from sentence_transformers.cross_encoder.evaluation import CrossEncoderRerankingEvaluator

ROOT = Path(__file__).parents[1]
GOLDENS = ROOT / "tests" / "goldens" / "models"
MODELS = [ROOT / "models" / "crossrank-minilm-l6-v1", GOLDENS / "modernbert-2026", GOLDENS / "bert-512"]
TOLERANCE = 1e-6
ARGSORT = np.argsort


def stable_argsort(values, *arguments, **options):
    options.setdefault("kind", "stable")
    return ARGSORT(values, *arguments, **options)


class Recorded:
    """A model that keeps what it was asked and what it answered."""

    num_labels = 1

    def __init__(self, predict):
        self.answer, self.model_card_data = predict, mock.Mock()

    def predict(self, pairs, batch_size=64, **_):
        self.pairs, self.scores = pairs, self.answer(pairs, batch_size)
        return self.scores


def read_json_lines(path: Path) -> list[dict]:
    """All rows of a JSON Lines file, packed or not."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def predicted(program: str, model: Path, pairs: list) -> np.ndarray:
    """The scores that `crossrank predict` gives."""
    lines = "".join(json.dumps({"query": query, "document": text}) + "\n" for query, text in pairs)
    answer = subprocess.run([program, "predict", "-m", model, "--precision", "fp32"], input=lines, stdout=subprocess.PIPE, text=True, check=True).stdout
    return np.array([json.loads(line)["score"] for line in answer.splitlines()], dtype=np.float32)


def evaluated(program: str, model: Path, data: Path, name: str, folder: str) -> dict:
    """What `crossrank evaluate reranking` prints."""
    command = [program, "evaluate", "reranking", "-m", model, "--data", data, "--name", name, "--output", folder, "--precision", "fp32", "--quiet"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def largest_difference(ours: dict, reference: dict) -> float:
    if list(ours) != list(reference):
        raise SystemExit(f"other metrics: {list(ours)} and {list(reference)}")
    return max(abs(ours[name] - reference[name]) for name in reference)


def reordered_queries(samples: list[dict], ours: np.ndarray, reference: np.ndarray) -> int:
    """Queries whose candidates stand in another order."""
    count = start = 0
    for sample in samples:
        size = len(sample["positive"]) + len(sample["negative"]) if sample["positive"] else 0
        here = slice(start, start + size)
        count += bool((stable_argsort(ours[here]) != stable_argsort(reference[here])).any())
        start += size
    return count


def same_files(mine: Path, reference: Path) -> bool:
    """The same files with the same rows, but for the digits of numbers."""
    names = sorted(path.name for path in mine.iterdir())
    if names != sorted(path.name for path in reference.iterdir()):
        return False
    tables = [[list(csv.reader((folder / name).read_text().splitlines())) for name in names] for folder in (mine, reference)]
    return all(a[0] == b[0] and [len(r) for r in a] == [len(r) for r in b] and a[1][:2] == b[1][:2] for a, b in zip(*tables))


def check(program: str, model: Path, data: Path) -> bool:
    samples = read_json_lines(data)
    name = f"{data.parent.name}-{data.name.split('.')[0]}"
    encoder = CrossEncoder(str(model), device="cpu", model_kwargs={"dtype": "float32"})
    reference = Recorded(lambda pairs, batch_size: encoder.predict(pairs, batch_size=batch_size))
    own = Recorded(lambda pairs, _: predicted(program, model, pairs))
    evaluator = lambda: CrossEncoderRerankingEvaluator(samples, name=name)  # noqa: E731
    with mock.patch.object(np, "argsort", stable_argsort), tempfile.TemporaryDirectory() as mine, tempfile.TemporaryDirectory() as theirs:
        ours = evaluated(program, model, data, name, mine)
        from_equal_scores = evaluator()(own)
        from_its_own = evaluator()(reference, theirs)
        files = same_files(Path(mine), Path(theirs))
    equal = largest_difference(ours, from_equal_scores)
    whole = largest_difference(ours, from_its_own)
    reordered = reordered_queries(samples, own.scores, reference.scores)
    holds = equal < TOLERANCE and files and (whole < TOLERANCE or reordered > 0)
    ndcg = f"{name}_ndcg@10"
    print(f"| {model.name} | {name} | {len(samples):,} | {len(own.pairs):,} | {ours[ndcg]:.6f} | {from_its_own[ndcg]:.6f} | {equal:.1e} | {whole:.1e} | "
          f"{reordered} | {np.abs(own.scores - reference.scores).max():.1e} | {'same' if files else 'OTHER'} | {'yes' if holds else 'NO'} |", flush=True)
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", type=Path, action="append", help="default: the bundled model and two tiny ones of the tests")
    arguments = parser.parse_args()
    print("| model | data | queries | pairs | nDCG@10 crossrank | reference | difference on equal scores | in all | queries reordered | "
          "largest difference of a score | CSV | holds |\n|" + "---|" * 12)
    results = [check(arguments.program, model, data) for data in arguments.data for model in arguments.model or MODELS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
