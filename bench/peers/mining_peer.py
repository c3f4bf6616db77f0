#!/usr/bin/env python3
"""The reference's mining, as a program: python bench/peers/mining_peer.py MODEL PAIRS.jsonl OUTPUT.jsonl [OPTION=VALUE ...]

MODEL is a Sentence Transformers folder, or one of model2vec. Options are keyword arguments of mine_hard_negatives, values JSON.
"""
import json
import pathlib
import sys

from datasets import Dataset
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from sentence_transformers.util import mine_hard_negatives


def load(folder):
    if (pathlib.Path(folder) / "modules.json").exists():
        return SentenceTransformer(folder, device="cpu")
    return SentenceTransformer(modules=[StaticEmbedding.from_model2vec(folder)], device="cpu")


def main():
    model, pairs, output, *options = sys.argv[1:]
    with open(pairs, encoding="utf-8") as lines:
        dataset = Dataset.from_list([json.loads(line) for line in lines])
    given = {name: json.loads(value) for name, value in (option.split("=", 1) for option in options)}
    mined = mine_hard_negatives(dataset, load(model), **given)
    with open(output, "w", encoding="utf-8") as lines:
        for row in mined:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
