#!/usr/bin/env python3
"""crossrank and Hugging Face's tokenizers on the same texts, one thread, in turns: prints a table of medians and ratios.

    python bench/run_tokenizers.py DATA --binary build/bench/bench/tokenizer_bench --tokenizer NAME=tokenizer.json [...]

DATA has the folders medquad, opentriviaqa and xquad-*. The reference counts with the fastest of its ways, caches warm.
"""
import argparse
import gzip
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

PEER = pathlib.Path(__file__).parent / "peers/tokenizers_peer.py"


def strings(paths, limit_bytes):
    size = 0
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                for text in json.loads(line).values():
                    if isinstance(text, str) and size < limit_bytes:
                        size += len(text.encode())
                        yield text


def workloads(data, limit_bytes):
    xquad = sorted(data.glob("xquad-*/corpus.jsonl.gz"))
    yield "medquad, long answers", strings([data / "medquad/pairs.jsonl.gz"], limit_bytes)
    yield "trivia, short texts", strings([data / "opentriviaqa/pairs.jsonl.gz"], limit_bytes)
    yield "xquad, 12 languages", (t for path in xquad for t in strings([path], limit_bytes // len(xquad)))


def ours(binary, tokenizer, texts):
    command = [binary, tokenizer, texts, "--benchmark_filter=^texts$", "--benchmark_format=json", "--benchmark_min_time=1"]
    result = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["benchmarks"][0]
    return result["real_time"], int(result["tokens"])


def theirs(tokenizer, texts):
    result = json.loads(subprocess.run([sys.executable, PEER, tokenizer, texts], capture_output=True, check=True).stdout)
    tokens = result.pop("tokens")
    return min(result.values()), tokens


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--tokenizer", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=float, default=2)
    arguments = parser.parse_args()
    print("| tokenizer | texts | MB | crossrank MB/s | tokenizers MB/s | ratio |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for title, texts in workloads(arguments.data, arguments.megabytes * 1e6):
            path = pathlib.Path(folder) / "texts.jsonl"
            texts = list(texts)
            path.write_text("".join(json.dumps(t, ensure_ascii=False) + "\n" for t in texts), encoding="utf-8")
            megabytes = sum(len(t.encode()) for t in texts) / 1e6
            for name, tokenizer in (t.split("=", 1) for t in arguments.tokenizer):
                rounds = [(ours(arguments.binary, tokenizer, path), theirs(tokenizer, path)) for _ in range(arguments.rounds)]
                if any(a[1] != b[1] for a, b in rounds):
                    sys.exit(f"{name}, {title}: the numbers of tokens differ: {rounds[0]}")
                mine, reference = (statistics.median(r[side][0] for r in rounds) for side in (0, 1))
                print(f"| {name} | {title} | {megabytes:.1f} | {megabytes / mine * 1e3:.1f} | {megabytes / reference * 1e3:.1f} | "
                      f"{reference / mine:.1f} |", flush=True)


if __name__ == "__main__":
    main()
