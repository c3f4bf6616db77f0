#!/usr/bin/env python3
"""Writes tests/goldens/mining: small random embeddings, and what the reference mines from them with every option.

    python tools/make_mining_goldens.py

The reference is Sentence Transformers' mine_hard_negatives, given a model that has the embeddings ready; candidates by FAISS as well as
by torch, which must agree. Also random.json: what Python's random module draws. Needs tools/requirements.txt.
"""

import contextlib
import io
import json
import platform
import random
from pathlib import Path
from types import SimpleNamespace

import faiss
import numpy as np
import sentence_transformers
import torch
from datasets import Dataset
from sentence_transformers.util import cos_sim, mine_hard_negatives, pairwise_cos_sim

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "goldens" / "mining"
DIMENSIONS = 12
FORMATS = ["triplet", "n-tuple", "labeled-pair", "labeled-list"]
SEED = 12


class ReadyModel:
    """A SentenceTransformer whose embeddings are there already, by text."""

    device = torch.device("cpu")
    model_card_data = SimpleNamespace(base_model="ready")

    def __init__(self, queries, corpus):
        self.queries, self.corpus = queries, corpus

    def encode_query(self, texts, **_):
        return np.stack([self.queries[text] for text in texts])

    def encode_document(self, texts, **_):
        return np.stack([self.corpus[text] for text in texts])

    def get_embedding_dimension(self):
        return DIMENSIONS

    def similarity(self, a, b):
        return cos_sim(a, b)

    def similarity_pairwise(self, a, b):
        return pairwise_cos_sim(a, b)


class ReadyCrossEncoder:
    """Scores that have nothing to do with the embeddings, by query and document."""

    def __init__(self, scores):
        self.scores = scores

    def predict(self, pairs, **_):
        return torch.tensor([self.scores[query][document] for query, document in pairs])


def unit_vectors(generator, texts):
    vectors = generator.standard_normal((len(texts), DIMENSIONS)) + 0.4     # not centred, so that scores of both signs occur, more above 0
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return dict(zip(texts, vectors))


def data_sets():
    """name -> rows, extra corpus; in the first column queries, which may repeat, in the second positives, which may be shared."""
    plain = [(f"q{i}", f"d{i}") for i in range(14)]
    several = [(f"q{i % 7}", f"d{(i * 5) % 12}") for i in range(15)] + [("q1", "d3"), ("q1", "d3"), ("q9", "d3")]
    return {
        "plain": (plain, None),
        "several": (several, None),
        "tiny": ([("q0", "d0"), ("q1", "d1"), ("q0", "d2")], None),
        "one": ([("q0", "d0")], None),
        "corpus": (plain[:8] + [("q3", "d40")], [f"d{i}" for i in (30, 31, 32, 30, 2, 33, 34, 35, 36, 40)]),
    }


def options():
    """Options of each case; every data set gets all of them."""
    yield from ({"output_format": f, "output_scores": s} for f in FORMATS for s in (False, True))
    for f in FORMATS:
        yield {"output_format": f, "relative_margin": 0.1, "num_negatives": 2}
        yield {"output_format": f, "absolute_margin": 0.05, "relative_margin": 0.02, "max_score": 0.6, "min_score": -0.05, "output_scores": True}
        yield {"output_format": f, "sampling_strategy": "random", "range_max": 9, "num_negatives": 2, "output_scores": True}
        yield {"output_format": f, "range_min": 2, "max_score": 0.4, "sampling_strategy": "random"}
        yield {"output_format": f, "cross_encoder": True, "relative_margin": 0.05, "range_min": 1, "output_scores": True}
    yield {"min_score": 0.3, "num_negatives": 1}
    yield {"cross_encoder": True, "min_score": 0.2}
    yield {"cross_encoder": True}
    yield {"range_min": 1, "range_max": 4}
    yield {"range_max": 25, "num_negatives": 20, "output_format": "labeled-list"}
    yield {"range_max": 40, "num_negatives": 8, "sampling_strategy": "random", "absolute_margin": -0.1}
    yield {"include_positives": True, "num_negatives": 4, "output_scores": True}
    yield {"include_positives": True, "output_format": "labeled-pair", "max_score": 0.7}
    yield {"output_format": "n-tuple-scores"}
    yield {"margin": 0.2}
    yield {"as_triplets": False}
    yield {"as_triplets": True, "num_negatives": 1}
    yield {"num_negatives": 0}
    yield {"range_min": -1}
    yield {"range_min": 3, "range_max": 3}
    yield {"range_min": 2, "range_max": 4}
    yield {"faiss_batch_size": 0}


def mine(dataset, model, cross_encoder, corpus, given, use_faiss):
    given = dict(given)
    if given.pop("cross_encoder", False):
        given["cross_encoder"] = cross_encoder
    random.seed(SEED)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            mined = mine_hard_negatives(dataset, model, corpus=corpus, use_faiss=use_faiss, **given)
    except ValueError as problem:
        return {"error": str(problem)}
    return {"columns": mined.column_names, "rows": [list(row.values()) for row in mined], "printed": printed.getvalue()}


def floats(vectors):
    return [[float(str(x)) for x in vector] for vector in vectors]


def same(a, b):
    """The rows are equal, scores to what their rounding may be."""
    def close(x, y):
        if isinstance(x, float):
            return abs(x - y) < 1e-6
        return len(x) == len(y) and all(map(close, x, y)) if isinstance(x, list) else x == y

    return a.get("error") == b.get("error") and close(a.get("rows", []), b.get("rows", []))


def golden(name, rows, corpus, seed):
    generator = np.random.default_rng(seed)
    query_texts = list(dict.fromkeys(query for query, _ in rows))
    corpus_texts = list(dict.fromkeys((corpus or []) + [positive for _, positive in rows]))
    queries, documents = unit_vectors(generator, query_texts), unit_vectors(generator, corpus_texts)
    scores = {q: {d: round(float(generator.uniform()), 6) for d in corpus_texts} for q in query_texts}
    dataset = Dataset.from_dict({"question": [q for q, _ in rows], "answer": [d for _, d in rows]})
    cases = []
    for given in options():
        results = [mine(dataset, ReadyModel(queries, documents), ReadyCrossEncoder(scores), corpus, given, faiss) for faiss in (False, True)]
        if not same(*results):
            raise SystemExit(f"{name} {given}: the reference's own two searches differ")
        cases.append({"options": given, **results[1]})
    return {"versions": {"sentence_transformers": sentence_transformers.__version__, "torch": torch.__version__, "faiss": faiss.__version__},
            "rows": rows, "corpus": corpus, "seed": SEED, "dimensions": DIMENSIONS,
            "query_embeddings": floats(queries.values()), "corpus_embeddings": floats(documents.values()),
            "cross_encoder": [list(row.values()) for row in scores.values()], "cases": cases}


def random_golden():
    samples = []
    for seed in (0, 1, 12, -12, 2**31 - 1, 2**32, 2**53 + 5):
        random.seed(seed)
        bits = [random.getrandbits(b) for b in (1, 7, 31, 32)]
        draws = [{"n": n, "k": k, "sample": random.sample(range(n), k=k)}
                 for n, k in [(3, 3), (10, 2), (21, 5), (22, 5), (100, 5), (84, 6), (85, 6), (86, 6), (1000, 20), (5, 0), (1, 1), (5_000_000_000, 3)]]
        samples.append({"seed": seed, "bits": bits, "draws": draws})
    return {"versions": {"python": platform.python_version()}, "seeds": samples}


def write(name, value):
    """A line for each case, so that a change can be read."""
    cases = value.pop("cases", None)
    text = json.dumps(value, ensure_ascii=False)
    if cases is not None:
        text = text[:-1] + ', "cases": [\n' + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]}"
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for seed, (name, (rows, corpus)) in enumerate(data_sets().items()):
        write(name, golden(name, rows, corpus, seed))
    write("random", random_golden())


if __name__ == "__main__":
    main()
