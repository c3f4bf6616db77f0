"""Writes tests/goldens/eval: what the reference's evaluators make of given scores, and of tiny models.

    .venv/bin/python tools/make_eval_goldens.py

- metrics.json: random cases with many ties, equal scores and single relevant documents, and what scikit-learn, SciPy and the
  evaluators' own functions give for them.
- evaluators.json: the four evaluators on samples with every oddity, with scores from a table instead of a model: metrics and
  the CSV files after two calls.
- program/: small data sets and what the evaluators reach on them with two of the tiny models in tests/goldens/models.

NumPy orders equal scores differently on processors with and without AVX2. Its vector instructions are switched off here, which
makes lists of up to 16 scores stable; for longer ones MRR is taken from a stable sort, as crossrank takes it.
"""

import importlib.metadata
import json
import os
import random
import shutil
import tempfile
import warnings
from pathlib import Path
from unittest import mock

os.environ["NPY_DISABLE_CPU_FEATURES"] = "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"

import numpy as np  # noqa: E402
from scipy.stats import pearsonr, spearmanr  # noqa: E402
from sentence_transformers import CrossEncoder  # noqa: E402
from sentence_transformers.cross_encoder.evaluation import (  # noqa: E402
    CrossEncoderClassificationEvaluator,
    CrossEncoderCorrelationEvaluator,
    CrossEncoderNanoBEIREvaluator,
    CrossEncoderRerankingEvaluator,
)
from sentence_transformers.sentence_transformer.evaluation import BinaryClassificationEvaluator  # noqa: E402
from sklearn.metrics import average_precision_score, f1_score  # noqa: E402

ROOT = Path(__file__).parents[1]
OUT = ROOT / "tests" / "goldens" / "eval"
STABLE_UP_TO = 16  # scores that NumPy sorts by insertion
VERSIONS = {name: importlib.metadata.version(name) for name in ("sentence-transformers", "numpy", "scikit-learn", "scipy")}
ARGSORT = np.argsort


def stable_argsort(values, *arguments, **options):
    options.setdefault("kind", "stable")
    return ARGSORT(values, *arguments, **options)


def floats(values) -> list:
    """The shortest decimals of float32 values."""
    return [float(str(np.float32(v))) for v in values]


def scores_of(rng: np.random.Generator, size: int, kind: str) -> np.ndarray:
    """Scores as models give them: all different, few levels, all equal, saturated."""
    if kind == "distinct":
        return rng.permutation(size * 7)[:size].astype(np.float32) / np.float32(size * 7)
    if kind == "levels":
        return rng.integers(0, max(2, size // 4), size).astype(np.float32) / np.float32(8)
    if kind == "equal":
        return np.full(size, 0.25, dtype=np.float32)
    return (1 / (1 + np.exp(-rng.normal(0, 12, size)))).astype(np.float32)


def ranking_cases(rng: np.random.Generator) -> list[dict]:
    """MAP, MRR@k and nDCG@k of single queries."""
    evaluate = CrossEncoderRerankingEvaluator([])
    cases = []
    sizes = [2, 2, 3, 3, 4, 5, 6, 8, 10, 11, 13, 16, 17, 30, 64, 120, 300]
    for size in sizes:
        for kind in ("distinct", "levels", "equal", "saturated"):
            if size > 64 and kind != "levels":
                continue
            scores = np.array(floats(scores_of(rng, size, kind)), dtype=np.float32)
            positives = int(rng.integers(1, max(2, size // 3)))
            relevant = [0] * size
            for place in rng.choice(size, positives, replace=False):
                relevant[int(place)] = 1
            k = int(rng.choice([1, 3, 10, 10, 10, size + 5]))
            evaluate.at_k = k
            with mock.patch.object(np, "argsort", stable_argsort):
                mrr, ndcg, ap = evaluate.compute_metrics(relevant, scores)
            if size <= STABLE_UP_TO:
                assert (mrr, ndcg, ap) == evaluate.compute_metrics(relevant, scores)
            cases.append({"k": k, "relevant": relevant, "scores": floats(scores), "map": ap, "mrr": mrr, "ndcg": ndcg})
    return cases


def binary_cases(rng: np.random.Generator) -> list[dict]:
    """Best accuracy, best F1 and average precision of two classes."""
    cases = []
    for size in (1, 2, 3, 5, 9, 20, 60, 200):
        for kind in ("distinct", "levels", "equal", "saturated"):
            if size > 60 and kind != "levels":
                continue
            scores = np.array(floats(scores_of(rng, size, kind)), dtype=np.float32)
            labels = rng.integers(0, 2, size)
            if size <= 5:
                labels[0] = kind != "equal"
            accuracy, accuracy_threshold = BinaryClassificationEvaluator.find_best_acc_and_threshold(scores, labels, True)
            f1, precision, recall, f1_threshold = BinaryClassificationEvaluator.find_best_f1_and_threshold(scores, labels, True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ap = average_precision_score(labels, scores)
            numbers = [accuracy, accuracy_threshold, f1, f1_threshold, precision, recall, ap]
            cases.append({"labels": labels.tolist(), "scores": floats(scores), "numbers": [float(n) for n in numbers]})
    return cases


def class_cases(rng: np.random.Generator) -> list[dict]:
    """Averages of F1 of many classes, some of which are never a label, or never predicted."""
    cases = []
    for size, classes in ((1, 2), (4, 3), (10, 3), (25, 5), (80, 4), (100, 12)):
        labels, predicted = rng.integers(0, classes, size), rng.integers(0, classes + 1, size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            averages = [float(f1_score(labels, predicted, average=average)) for average in ("macro", "micro", "weighted")]
        cases.append({"labels": labels.tolist(), "predicted": predicted.tolist(), "averages": averages})
    return cases


def correlation_cases(rng: np.random.Generator) -> list[dict]:
    """Pearson and Spearman; null where they are not defined."""
    cases = []
    for size in (2, 3, 5, 12, 50, 150):
        for kind in ("distinct", "levels", "equal"):
            gold = rng.integers(0, 6, size) / 2 if size > 3 else np.arange(size) / 2
            scores = np.array(floats(scores_of(rng, size, kind)), dtype=np.float32)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                numbers = [float(pearsonr(gold.tolist(), scores)[0]), float(spearmanr(gold.tolist(), scores)[0])]
            cases.append({"gold": gold.tolist(), "scores": floats(scores), "numbers": [None if np.isnan(n) else n for n in numbers]})
    return cases


def number_cases() -> dict:
    """Numbers as they come to stand in a CSV file."""
    doubles = [0.0, 1.0, -1.0, 0.1, 1 / 3, 1e-4, 9.9e-5, 1e-7, 123456.0, 1e15, 1e16, 1.5e16, 2.5e-310, 0.7104656857184184, -1e22]
    singles = [0.0, 1.0, 0.1, 1 / 3, 0.99999994, 1e-4, 1.5e-4, 9.9e-5, 3e-8, 1.5, -7.25, 1234.5, 123456.7, 999999.9, 1e6, 9999999.0, -16777216.0]
    return {
        "float64": [[n, str(np.float64(n))] for n in doubles],
        "float32": [[float(np.float32(n)), str(np.float32(n))] for n in singles],
    }


class TableModel:
    """Scores pairs from a table; what an evaluator asks of a model."""

    def __init__(self, table: dict, num_labels: int = 1):
        self.table, self.num_labels = table, num_labels
        self.model_card_data = mock.Mock()

    def predict(self, pairs, **_):
        return np.array([self.table[query, document] for query, document in pairs], dtype=np.float32)


def random_table(rng: np.random.Generator, pairs: list[tuple], num_labels: int = 1) -> dict:
    """A score of few levels for each pair, so that ties are common."""
    scores = rng.integers(0, 12, (len(pairs), num_labels)) / 16
    return {pair: row.tolist() if num_labels > 1 else float(row[0]) for pair, row in zip(pairs, scores)}


def evaluated(evaluator, model) -> dict:
    """Metrics, the primary one, and the CSV files after a call outside training and one inside."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluator(model, folder)
        metrics = evaluator(model, folder, epoch=0.5, steps=120)
        files = {path.name: path.read_bytes().decode() for path in sorted(Path(folder).iterdir())}
    card = model.model_card_data.set_evaluation_metrics.call_args.args[1] if isinstance(model, TableModel) else {}
    return {
        "metrics": [[name, None if np.isnan(value) else value] for name, value in metrics.items()],
        "primary_metric": evaluator.primary_metric,
        "config": evaluator.get_config_dict(),
        "description": evaluator.description,
        "card": {name: text for name, text in card.items() if isinstance(text, str)},
        "files": files,
    }


def odd_samples() -> dict[str, list[dict]]:
    """Reranking samples with the oddities that the reference takes."""
    documents = [f"d{i}" for i in range(12)]
    return {
        "negatives": [
            {"query": "q0", "positive": ["d0"], "negative": ["d1", "d2"]},
            {"query": "q1", "positive": "d1", "negative": ["d2", "d3", "d4", "d5"]},
            {"query": "q2", "positive": [], "negative": ["d1", "d2"]},
            {"query": "q3", "positive": ["d3", "d3"], "negative": []},
            {"query": "q4", "positive": ["d1"], "negative": ["d1", "d1", "d2"]},
            {"query": "q5", "positive": ["d7", "d8"], "negative": documents[:6]},
        ],
        "documents": [
            {"query": "q0", "positive": ["d3"], "documents": documents},
            {"query": "q1", "positive": ["d3", "none of them"], "documents": documents[:5]},
            {"query": "q2", "positive": ["none of them"], "documents": documents[:5]},
            {"query": "q3", "positive": [], "documents": documents[:5]},
            {"query": "q4", "positive": ["d1"], "documents": ["d0", "d1", "d1", "d1", "d2"]},
            {"query": "q5", "positive": ["d1", "d1"], "documents": ["d0", "d1", "d4"]},
            {"query": "q6", "positive": "d2", "documents": ["d0", "d1", "d2"]},
            {"query": "q7", "positive": ["elsewhere"], "documents": ["d0"]},
            {"query": "q8", "positive": ["d0", "d5", "d9"], "documents": documents[::-1]},
        ],
    }


def table_cases(rng: np.random.Generator) -> list[dict]:
    """The evaluators on scores from tables."""
    cases = []
    for kind, samples in odd_samples().items():
        texts = {t for s in samples for t in s.get("negative", s.get("documents")) + (s["positive"] if isinstance(s["positive"], list) else [s["positive"]])}
        table = random_table(rng, [(s["query"], text) for s in samples for text in sorted(texts)])
        for at_k, always, name in ((10, True, "odd"), (2, False, ""), (1, True, "a,b"), (10, False, "x_y")):
            evaluator = CrossEncoderRerankingEvaluator(samples, at_k=at_k, always_rerank_positives=always, name=name)
            result = evaluated(evaluator, TableModel(table))
            options = {"at_k": at_k, "always_rerank_positives": always, "name": name}
            cases.append({"task": "reranking", "samples": samples, "options": options, "scores": [[*pair, s] for pair, s in table.items()], **result})

    def pair_case(task, make, labels, name, num_labels=1):
        pairs = [(f"a{i}", f"b{i}") for i in range(len(labels))]
        table = random_table(rng, pairs, num_labels)
        result = evaluated(make([list(p) for p in pairs], labels, name=name), TableModel(table, num_labels))
        rows = [[*pair, label] for pair, label in zip(pairs, labels)]
        scores = [[*pair, s] for pair, s in table.items()]
        cases.append({"task": task, "pairs": rows, "options": {"name": name}, "num_labels": num_labels, "scores": scores, **result})

    classify, correlate = CrossEncoderClassificationEvaluator, CrossEncoderCorrelationEvaluator
    pair_case("classification", classify, rng.integers(0, 2, 40).tolist(), "two")
    pair_case("classification", classify, [0, 0, 0], "")
    pair_case("classification", classify, [1, 1], "ones")
    pair_case("classification", classify, rng.integers(0, 3, 40).tolist(), "three", 3)
    pair_case("classification", classify, rng.integers(0, 5, 30).tolist(), "", 3)
    pair_case("correlation", correlate, (rng.integers(0, 11, 30) / 2).tolist(), "sts")
    pair_case("correlation", correlate, [1.0, 1.0, 1.0], "")
    return cases


WORDS = """river mountain engine tea harvest copper violin winter signal bridge garden market lantern paper salt compass forest
island rocket library coffee thunder pepper harbour clock desert mirror orchard planet ticket""".split()


def sentence(rand: random.Random, words: int, about: list[str]) -> str:
    chosen = [rand.choice(WORDS) for _ in range(words)] + about
    rand.shuffle(chosen)
    return " ".join(chosen).capitalize() + "."


def write_lines(path: Path, rows: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def make_data(rand: random.Random) -> None:
    """program/: data sets of made-up sentences."""
    folder = OUT / "program"
    shutil.rmtree(folder, ignore_errors=True)
    negatives, documents = [], []
    for i in range(24):
        about = rand.sample(WORDS, 2)
        query = f"Where is the {about[0]} of the {about[1]}?"
        positives = [sentence(rand, 5, about) for _ in range(rand.choice([1, 1, 2]))]
        others = [sentence(rand, rand.randint(3, 12), []) for _ in range(rand.randint(3, 9))]
        negatives.append({"query": query, "positive": positives, "negative": others})
        ranked = others + positives[: rand.choice([1, len(positives)])]
        rand.shuffle(ranked)
        documents.append({"query": query, "positive": positives, "documents": ranked})
    write_lines(folder / "negatives.jsonl", negatives)
    write_lines(folder / "documents.jsonl", documents)
    pairs = [{"sentence1": sentence(rand, 5, []), "sentence2": sentence(rand, 6, []), "label": rand.randint(0, 1)} for _ in range(40)]
    write_lines(folder / "classes.jsonl", pairs)
    write_lines(folder / "three_classes.jsonl", [{**pair, "label": rand.randint(0, 2)} for pair in pairs])
    gold = [{"sentence1": p["sentence1"], "sentence2": p["sentence2"], "score": rand.randint(0, 10) / 2} for p in pairs]
    write_lines(folder / "gold.jsonl", gold)
    make_nano_beir(rand, folder / "nano")


def make_nano_beir(rand: random.Random, folder: Path) -> None:
    """Two NanoBEIR sets in the Hub's layout."""
    configs = ""
    for config in ("corpus", "queries", "qrels", "bm25"):
        files = "".join(f"  - split: {split}\n    path: {config}/{split}.jsonl\n" for split in ("NanoMSMARCO", "NanoNQ"))
        configs += f"- config_name: {config}\n  data_files:\n{files}"
    for split in ("NanoMSMARCO", "NanoNQ"):
        corpus = [{"_id": f"d{i}", "text": sentence(rand, rand.randint(4, 10), [])} for i in range(30)]
        queries = [{"_id": f"q{i}", "text": f"What of the {rand.choice(WORDS)}?"} for i in range(8)]
        ids = [document["_id"] for document in corpus]
        write_lines(folder / "corpus" / f"{split}.jsonl", corpus)
        write_lines(folder / "queries" / f"{split}.jsonl", queries)
        qrels = [{"query-id": q["_id"], "corpus-id": d} for q in queries for d in rand.sample(ids, rand.randint(1, 3))]
        write_lines(folder / "qrels" / f"{split}.jsonl", qrels)
        write_lines(folder / "bm25" / f"{split}.jsonl", [{"query-id": q["_id"], "corpus-ids": rand.sample(ids, 15)} for q in queries])
    (folder / "README.md").write_text(f"---\nconfigs:\n{configs}---\n", encoding="utf-8")


def program_cases() -> list[dict]:
    """What the reference reaches with tiny models on program/."""
    read = lambda name: [json.loads(line) for line in (OUT / "program" / name).read_text(encoding="utf-8").splitlines()]  # noqa: E731
    pairs = lambda rows: [[row["sentence1"], row["sentence2"]] for row in rows]  # noqa: E731
    cases = []
    for model_name in ("bert-512", "modernbert-2026"):
        model = CrossEncoder(str(ROOT / "tests" / "goldens" / "models" / model_name), device="cpu", model_kwargs={"dtype": "float32"})
        for data in ("negatives", "documents"):
            for always in (True, False):
                evaluator = CrossEncoderRerankingEvaluator(read(f"{data}.jsonl"), at_k=5, always_rerank_positives=always, name=data)
                flags = ["--at-k", "5", f"--always-rerank-positives={str(always).lower()}", "--name", data]
                cases.append({"task": "reranking", "model": model_name, "data": f"{data}.jsonl", "flags": flags, **evaluated(evaluator, model)})
        rows = read("classes.jsonl")
        evaluator = CrossEncoderClassificationEvaluator(pairs(rows), [row["label"] for row in rows], name="classes")
        cases.append({"task": "classification", "model": model_name, "data": "classes.jsonl", "flags": ["--name", "classes"], **evaluated(evaluator, model)})
        rows = read("gold.jsonl")
        evaluator = CrossEncoderCorrelationEvaluator(pairs(rows), [row["score"] for row in rows], name="gold")
        cases.append({"task": "correlation", "model": model_name, "data": "gold.jsonl", "flags": ["--name", "gold"], **evaluated(evaluator, model)})
        evaluator = CrossEncoderNanoBEIREvaluator(["msmarco", "NQ"], dataset_id=str(OUT / "program" / "nano"), rerank_k=12, at_k=5)
        result = evaluated(evaluator, model)
        del result["config"]["dataset_id"]
        cases.append({"task": "nano-beir", "model": model_name, "data": "nano", "flags": ["--dataset-names", "msmarco,NQ", "--rerank-k", "12", "--at-k", "5"], **result})
    model = CrossEncoder(str(ROOT / "tests" / "goldens" / "models" / "modernbert-mean-labels3"), device="cpu", model_kwargs={"dtype": "float32"})
    rows = read("three_classes.jsonl")
    evaluator = CrossEncoderClassificationEvaluator(pairs(rows), [row["label"] for row in rows])
    cases.append({"task": "classification", "model": "modernbert-mean-labels3", "data": "three_classes.jsonl", "flags": [], **evaluated(evaluator, model)})
    return cases


def write(name: str, contents: dict) -> None:
    """A golden, one case a line."""
    parts = []
    for key, value in contents.items():
        if isinstance(value, list):
            parts.append(f'"{key}": [\n' + ",\n".join(json.dumps(case, ensure_ascii=False) for case in value) + "\n]")
        else:
            parts.append(f'"{key}": {json.dumps(value)}')
    (OUT / name).write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def main() -> None:
    rng = np.random.default_rng(20261123)
    OUT.mkdir(parents=True, exist_ok=True)
    metrics = {
        "ranking": ranking_cases(rng),
        "binary": binary_cases(rng),
        "classes": class_cases(rng),
        "correlation": correlation_cases(rng),
        "numbers": number_cases(),
    }
    write("metrics.json", {"versions": VERSIONS, **metrics})
    with mock.patch.object(np, "argsort", stable_argsort):
        write("evaluators.json", {"versions": VERSIONS, "cases": table_cases(rng)})
        make_data(random.Random(7))
        write("program.json", {"versions": VERSIONS, "cases": program_cases()})


if __name__ == "__main__":
    main()
