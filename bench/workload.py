#!/usr/bin/env python3
"""The mixed-length workload of the benchmarks: one query of 12 tokens, 100 documents of log-normal lengths, as a line of JSON.

    python bench/workload.py [--out build/bench/workload.jsonl] [--documents 4:4000] TOKENIZER_FOLDER ...

Lengths are the 100 percentiles' midpoints of a log-normal distribution (median 80 tokens, sigma 1), cut to 10..500, in an order
shuffled with a fixed seed. Texts are of words that are one token each under every tokenizer given, so that all models see the same
lengths; with the query and three special tokens a pair is of 25 to 515 tokens (a model of 512 cuts the longest). `--documents N:TOKENS` makes N
documents of one length instead, so that a whole pair has TOKENS.
"""

import argparse
import json
import math
import random
import statistics
from pathlib import Path

from tokenizers import Tokenizer

SPECIAL_TOKENS = 3
QUERY_TOKENS, DOCUMENTS, MEDIAN, SIGMA, SHORTEST, LONGEST, SEED = 12, 100, 80, 1.0, 10, 500, 20261123


def document_lengths():
    """Content tokens of each document, in the workload's order."""
    normal = statistics.NormalDist()
    points = [normal.inv_cdf((i + 0.5) / DOCUMENTS) for i in range(DOCUMENTS)]
    lengths = [min(LONGEST, max(SHORTEST, round(MEDIAN * math.exp(SIGMA * z)))) for z in points]
    random.Random(SEED).shuffle(lengths)
    return lengths


def one_token_words(tokenizers):
    """Lower-case words that are one token in the middle of a text and at its start, under every tokenizer."""
    words = None
    for tokenizer in tokenizers:
        pieces = {piece.lstrip("Ġ") for piece in tokenizer.get_vocab()}
        usable = {piece for piece in pieces if 3 <= len(piece) <= 12 and piece.isascii() and piece.isalpha() and piece.islower()}
        words = usable if words is None else words & usable
    kept = [word for word in sorted(words) if all(len(t.encode(text, add_special_tokens=False).ids) == n
                                                  for t in tokenizers for text, n in ((word, 1), (f"the {word}", 2)))]
    if len(kept) < 500:
        raise SystemExit(f"workload: only {len(kept)} words are one token under every tokenizer")
    return kept


def equal_lengths(asked):
    """Content tokens of the documents of "N:TOKENS"."""
    count, tokens = (int(number) for number in asked.split(":"))
    return [tokens - QUERY_TOKENS - SPECIAL_TOKENS] * count


def make_workload(tokenizers, lengths):
    """The request: {"query", "documents", "lengths"}; lengths are checked under every tokenizer."""
    for tokenizer in tokenizers:
        tokenizer.no_truncation()
        tokenizer.no_padding()
    words, draw = one_token_words(tokenizers), random.Random(SEED + 1)
    query = " ".join(draw.choice(words) for _ in range(QUERY_TOKENS))
    documents = [" ".join(draw.choice(words) for _ in range(length)) for length in lengths]
    for tokenizer in tokenizers:
        found = [len(tokenizer.encode(text, add_special_tokens=False).ids) for text in [query] + documents]
        if found != [QUERY_TOKENS] + lengths:
            raise SystemExit("workload: a text has another number of tokens than its words")
    return {"query": query, "documents": documents, "lengths": lengths}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, help="folders with a tokenizer.json")
    parser.add_argument("--out", type=Path, default=Path("build/bench/workload.jsonl"))
    parser.add_argument("--documents", metavar="N:TOKENS", help="N pairs of TOKENS each instead of the mix")
    arguments = parser.parse_args()
    tokenizers = [Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in arguments.folders]
    workload = make_workload(tokenizers, equal_lengths(arguments.documents) if arguments.documents else document_lengths())
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(workload) + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(workload['documents'])} documents, {sum(workload['lengths'])} tokens")


if __name__ == "__main__":
    main()
