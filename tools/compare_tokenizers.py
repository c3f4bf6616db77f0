#!/usr/bin/env python3
"""Compares crossrank's ids with those of the reference library on every text of a data folder, and on random hostile texts and pairs.

    python tools/compare_tokenizers.py DATA --binary build/dev/src/text/crossrank_tokenize_lines --tokenizer A.json [--tokenizer B.json]

DATA: a folder with .jsonl.gz files, whose strings are all taken. Prints the first differences and exits with 1 when there are any.
For development: needs tokenizers.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from tokenizers import Tokenizer

from make_tokenizer_goldens import data_texts

ALPHABETS = [[chr(c) for c in range(0x20, 0x7F)], list(" \n\t'"), list("aeiou\u0300\u0301\u0316\u0323\u0327\u0338\u0345"),
             ["\u1100", "\u1161", "\u11a7", "\u11a8", "\uac00", "\uac01", "\u1175", "\u11c2", "\u1176"],
             list("क़ािी्नुෞොේ"), list("กำาิ่้๐ "), list("Σσςİıſẞﬁ①½Ǆ"), list("中文漢\u3099か\u309aハﾞ㎏"), ["👩", "\u200d", "🏽", "\ufe0f", "🇩", "🇪"],
             ["\0", "\x01", "\u0085", "\u00a0", "\u200b", "\u2028", "\ufffd", "\ufeff", "\u00ad", "\ue000"]]


def random_text(rng, specials):
    parts = []
    for _ in range(rng.randint(0, 40)):
        kind = rng.random()
        if kind < 0.08:
            parts.append(rng.choice(specials))
        elif kind < 0.2:
            code_point = rng.choice([rng.randrange(0x20, 0x3000), rng.randrange(0x3000, 0x20000), rng.randrange(0x110000)])
            parts.append(chr(code_point) if not 0xD800 <= code_point <= 0xDFFF else "\ufffd")
        elif kind < 0.3:
            parts.append(rng.choice([" ", "\n", "a", "'"]) * rng.randint(1, 40))
        else:
            parts.append("".join(rng.choices(rng.choice(ALPHABETS), k=rng.randint(1, 6))))
    return "".join(parts)


def random_pairs(rng, texts, count):
    for _ in range(count):
        yield {"text": rng.choice(texts)[:3000], "pair": rng.choice(texts)[:3000], "max_length": rng.choice([rng.randint(8, 40), rng.randint(8, 600)]),
               "truncation": rng.choice(["longest_first", "only_second"])}


def expected(tokenizer, requests):
    texts = [r for r in requests if isinstance(r, str)]
    encodings = iter(tokenizer.encode_batch_fast(texts, add_special_tokens=False))
    for request in requests:
        if isinstance(request, str):
            yield {"ids": next(encodings).ids}
            continue
        tokenizer.enable_truncation(request["max_length"], strategy=request["truncation"])
        try:
            encoding = tokenizer.encode(request["text"], request["pair"])
            yield {"ids": encoding.ids, "type_ids": encoding.type_ids}
        except Exception:
            yield {"error": True}
        tokenizer.no_truncation()


def compare(binary, path, requests, title):
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with tempfile.TemporaryFile("w+") as lines:
        lines.writelines(json.dumps(r) + "\n" for r in requests)
        lines.seek(0)
        output = subprocess.run([binary, path], stdin=lines, capture_output=True, check=True).stdout
    answers = [json.loads(line) for line in output.splitlines()]
    differences, tokens = [], 0
    for request, ours, theirs in zip(requests, answers, expected(tokenizer, requests), strict=True):
        tokens += len(theirs.get("ids", []))
        same = ("error" in ours and "error" in theirs) or all(ours.get(key) == theirs[key] for key in theirs)
        if not same:
            differences.append((request, ours, theirs))
    print(f"{title}: {len(requests)} texts, {tokens} tokens, {len(differences)} differ", flush=True)
    for request, ours, theirs in differences[:3]:
        print("  text  ", json.dumps(request)[:1500], "\n  ours  ", str(ours)[:600], "\n  theirs", str(theirs)[:600])
    return len(differences)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path, nargs="?")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--tokenizer", type=pathlib.Path, action="append", required=True)
    parser.add_argument("--random", type=int, default=3000, help="random texts, and as many pairs")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    files = {p: list(data_texts(p)) for p in sorted(arguments.data.rglob("*.jsonl.gz"))} if arguments.data else {}
    differences = 0
    for path in arguments.tokenizer:
        rng = random.Random(arguments.seed)
        specials = [t["content"] for t in json.loads(path.read_text())["added_tokens"]] or ["[MASK]"]
        hostile = [random_text(rng, specials) for _ in range(arguments.random)]
        differences += compare(arguments.binary, path, hostile, f"{path.name}: random texts")
        pool = hostile + [text for texts in files.values() for text in texts[:200]]
        differences += compare(arguments.binary, path, list(random_pairs(rng, pool, arguments.random)), f"{path.name}: random pairs")
        for file, texts in files.items():
            differences += compare(arguments.binary, path, texts, f"{path.name}: {file.relative_to(arguments.data)}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
