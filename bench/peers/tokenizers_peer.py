#!/usr/bin/env python3
"""Milliseconds that Hugging Face's tokenizers take for a JSON Lines file of strings, on one thread: the fastest of its ways.

    python bench/peers/tokenizers_peer.py TOKENIZER.json TEXTS.jsonl

Prints one JSON object: per way the median of the passes, after one pass to warm its caches.
"""
import json
import os
import statistics
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from tokenizers import Tokenizer  # noqa: E402  (reads the variables above)

PASSES = 3


def main():
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with open(sys.argv[2], encoding="utf-8") as lines:
        texts = [json.loads(line) for line in lines]
    ways = {
        "encode": lambda: sum(len(tokenizer.encode(text, add_special_tokens=False)) for text in texts),
        "encode_batch": lambda: sum(map(len, tokenizer.encode_batch(texts, add_special_tokens=False))),
        "encode_batch_fast": lambda: sum(map(len, tokenizer.encode_batch_fast(texts, add_special_tokens=False))),
    }
    result = {}
    for name, way in ways.items():
        result["tokens"] = way()
        times = []
        for _ in range(PASSES):
            start = time.perf_counter()
            way()
            times.append((time.perf_counter() - start) * 1e3)
        result[name] = statistics.median(times)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
