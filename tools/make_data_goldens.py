#!/usr/bin/env python3
"""Writes tests/goldens/data/: what the reference makes of data sets, so that the room src/data can be held against it.

    python tools/make_data_goldens.py

- types.parquet, types.json: a column of every kind that Parquet files hold, and its rows as pyarrow gives them.
- groups.parquet: three row groups, for tests that damage one.
- layouts.json: trees of files, with and without a card, and which files `datasets` takes for which configuration and split.
- slices.json: what "train[10%:20%]" and the like take of how many rows.
- permutations.json: numpy's default_rng(seed).permutation(n), and what train_test_split makes of it.

Made with pyarrow 26.0.1, datasets 5.2.0, numpy 2.4.6.
"""
import json
import os
import pathlib
import tempfile
import zlib

os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import numpy
import pyarrow
import pyarrow.parquet
from datasets.arrow_reader import ReadInstruction

GOLDENS = pathlib.Path(__file__).parent.parent / "tests/goldens/data"


def write_json(name, value):
    (GOLDENS / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def parquet_types():
    columns = {
        "text": (pyarrow.string(), ["a", "", None, "é\U0001f600"]),
        "large_text": (pyarrow.large_string(), ["a", None, "b", "c"]),
        "coded": (pyarrow.dictionary(pyarrow.int8(), pyarrow.string()), ["x", "y", None, "x"]),
        "bytes": (pyarrow.binary(), [b"a", b"\xff", None, b""]),
        "bool": (pyarrow.bool_(), [True, False, None, True]),
        "int8": (pyarrow.int8(), [-128, 127, None, 0]),
        "uint64": (pyarrow.uint64(), [2**64 - 1, 0, None, 1]),
        "int64": (pyarrow.int64(), [-(2**63), 2**63 - 1, None, 0]),
        "half": (pyarrow.float16(), [0.5, -2.0, None, 65504.0]),
        "float": (pyarrow.float32(), [0.5, -2.0, None, 1.0]),
        "double": (pyarrow.float64(), [0.1, -1e300, None, 3.0]),
        "texts": (pyarrow.list_(pyarrow.string()), [["a", "b"], [], None, ["c", None]]),
        "large_list": (pyarrow.large_list(pyarrow.int32()), [[1], [], None, [2, 3]]),
        "pairs": (pyarrow.list_(pyarrow.float64(), 2), [[1.5, 2.5], [0.5, 0.25], None, [3.0, 4.0]]),
        "nested": (pyarrow.list_(pyarrow.list_(pyarrow.int64())), [[[1], []], [], None, [[2, 3], None]]),
        "struct": (pyarrow.struct([("a", pyarrow.int64()), ("b", pyarrow.list_(pyarrow.string()))]),
                   [{"a": 1, "b": ["x"]}, {"a": None, "b": []}, None, {"a": 2, "b": None}]),
        "nothing": (pyarrow.null(), [None] * 4),
    }
    table = pyarrow.table({name: pyarrow.array(values, type=kind) for name, (kind, values) in columns.items()})
    pyarrow.parquet.write_table(table, GOLDENS / "types.parquet", compression="snappy", row_group_size=3)
    rows = [[value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in row.values()]
            for row in pyarrow.parquet.read_table(GOLDENS / "types.parquet").to_pylist()]
    write_json("types.json", {"columns": list(columns), "rows": rows})


def parquet_groups():
    table = pyarrow.table({"id": list(range(300)), "text": [f"row {i} of three hundred" for i in range(300)]})
    pyarrow.parquet.write_table(table, GOLDENS / "groups.parquet", compression="zstd", row_group_size=100, write_page_checksum=True)


CARD = """---
configs:
- config_name: pairs
  data_files:
  - split: train
    path: pairs/part-*.jsonl
  - split: dev
    path:
    - extra/dev.jsonl
    - pairs/dev_*.jsonl
- config_name: triplets
  default: true
  data_files: triplets/**
- config_name: lists
  data_files:
  - lists/b.jsonl
  - lists/a.jsonl
- config_name: folder
  data_dir: folder
---
# A card
"""
CARD_WITH_ONE = "---\nlicense: mit\nconfigs:\n- config_name: only\n  data_files:\n  - split: test\n    path: \"*.csv\"\n---\n"
CARD_FILES = ["pairs/part-1.jsonl", "pairs/part-0.jsonl", "pairs/dev_2.jsonl", "extra/dev.jsonl", "triplets/a.jsonl", "triplets/x/y/b.jsonl",
              "triplets/.hidden.jsonl", "lists/a.jsonl", "lists/b.jsonl", "folder/train.jsonl", "folder/test.jsonl"]
LAYOUTS = [
    ("", ["", "default"], ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001-0123456789abcdef.parquet",
                           "data/odd_one-00000-of-00001.parquet", "README.md"]),
    ("", [""], ["train.jsonl", "dev.jsonl", "test.jsonl", "LICENSE"]),
    ("", [""], ["my-train.csv", "my-validation-2.csv", "sub/eval.csv", "trainer.csv"]),
    ("", [""], ["train/0.jsonl", "train/1.jsonl", "valid/0.jsonl", "x/testing 1/deep/er/0.jsonl"]),
    ("", [""], ["a.jsonl", "b/c.jsonl", ".git/d.jsonl", "__pycache__/e.jsonl", "config.json"]),
    ("", [""], ["b.parquet", "a.parquet", "notes.txt"]),
    (CARD, ["", "pairs", "triplets", "lists", "folder"], CARD_FILES),
    (CARD_WITH_ONE, ["", "only"], ["b.csv", "a.csv"]),
]


def fill(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), path)
    else:
        path.write_text({".jsonl": '{"a": 1}\n', ".csv": "a\n1\n"}.get(path.suffix, "{}\n"))


def layouts():
    cases = []
    for card, configs, files in LAYOUTS:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            for name in files:
                fill(root / name)
            if card:
                (root / "README.md").write_text(card)
            for config in configs:
                builder = datasets.load_dataset_builder(str(root), name=config or None, cache_dir=folder + "-cache")
                builder.config._resolve_data_files(base_path=str(root), download_config=datasets.DownloadConfig())
                splits = [[str(split), [str(pathlib.Path(f).relative_to(root)) for f in found]] for split, found in builder.config.data_files.items()]
                cases.append({"card": card, "files": sorted(files), "config": config, "splits": splits})
    write_json("layouts.json", cases)


def slices():
    cases = []
    for spec in ["train", "train[:10]", "train[10:]", "train[-5:]", "train[:-5]", "train[-7:-2]", "train[10%:20%]", "train[:33%]", "train[33%:66%]",
                 "train[-25%:]", "train[:-25%]", "train[50%:]", "train[2:5]", "train[:1_0]", "train[99%:]"]:
        for rows in [0, 1, 5, 7, 15, 25, 50, 99, 100, 101, 150, 999, 1000, 15809, 3012496]:
            instruction = ReadInstruction.from_spec(spec).to_absolute({"train": rows})[0]
            cases.append([spec, rows, instruction.from_, instruction.to])
    write_json("slices.json", cases)


def checksum(values):
    return zlib.crc32(",".join(map(str, values)).encode())


def permutations():
    cases = []
    for seed in [0, 1, 12, 42, 2**32 - 1, 2**32, 2**64 - 1, 1234567890123456789]:
        for rows in [0, 1, 2, 3, 10, 100, 4097, 70000]:
            order = numpy.random.default_rng(seed).permutation(rows).tolist()
            cases.append({"seed": seed, "rows": rows, "first": order[:8], "crc32": checksum(order)})
    splits = []
    for rows, test_size, train_size, seed, shuffle in [(10, 3, None, 12, True), (10, 0.25, None, 12, True), (10, None, 0.25, 12, True), (101, 0.1, 0.5, 42, True),
                                                      (101, 20, 30, 42, True), (7, None, None, 1, True), (10, 3, None, 12, False), (33, 0.33, None, 7, True)]:
        parts = datasets.Dataset.from_dict({"row": list(range(rows))}).train_test_split(test_size=test_size, train_size=train_size, seed=seed, shuffle=shuffle)
        splits.append({"rows": rows, "test_size": test_size, "train_size": train_size, "seed": seed, "shuffle": shuffle,
                       "train": parts["train"]["row"][:], "test": parts["test"]["row"][:]})
    write_json("permutations.json", {"permutations": cases, "splits": splits})


def main():
    GOLDENS.mkdir(parents=True, exist_ok=True)
    parquet_types()
    parquet_groups()
    layouts()
    slices()
    permutations()


if __name__ == "__main__":
    main()
