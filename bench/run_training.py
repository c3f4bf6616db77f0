#!/usr/bin/env python3
"""Training beside the reference, in one run: pairs a second, peak memory, share of the machine's matrix peak.

    python bench/run_training.py [--models NAME ...] [--batches 16 64] [--precisions fp32 bf16] [--steps 4] [--rounds 2] [--without-crossrank]

For each model, batch size and precision the programs take turns, round by round: the reference with the default allocator, the
reference under jemalloc, crossrank, and the machine's matrix peak in that precision. Each is a whole process on the same rows, which
both shuffle alike by the same seed, so that step N is the same batch in all. A step's time is from one logged line to the next, seen
from outside; the first step is not counted; a step's time is its median over the rounds. Losses of the same steps are compared: where
the model has dropout they can agree only roughly. Needs tools/requirements.txt, libjemalloc2, and builds of the presets `bench` and `release`.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from run_peers import Program, flop_per_request

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "bench"
MODELS = ("minilm-l6", "modernbert-base")
PASSES = 3  # multiplications of a step are those of the forward pass three times: forward, gradients of inputs, gradients of weights
SEED, LEARNING_RATE = 12, 2e-5
# Freed memory is kept: the reference is fastest so.
JEMALLOC = "dirty_decay_ms:-1,muzzy_decay_ms:-1"


def run_step(*command):
    subprocess.run([str(part) for part in command], check=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})


def prepare(options):
    """Models and the workload whose words are one token each under all of them."""
    extra = ["--modernbert-tokenizer", options.modernbert_tokenizer] if options.modernbert_tokenizer else []
    run_step(sys.executable, HERE / "make_models.py", "--out", options.build / "models", *extra, *options.models)
    if not options.workload.exists():
        run_step(sys.executable, HERE / "workload.py", "--out", options.workload, *(options.build / "models" / name for name in options.models))


def write_rows(options, batch):
    """Labelled pairs for one epoch of the steps: the workload's documents in turn, every other one relevant."""
    workload = json.loads(options.workload.read_text(encoding="utf-8"))
    documents = workload["documents"]
    rows = [{"query": workload["query"], "document": documents[i % len(documents)], "label": i % 2} for i in range(batch * (options.steps + 1))]
    path = options.work / f"pairs-{batch}-{options.steps}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_recipe(options, name, batch, precision, rows):
    """The recipe of crossrank's run: what bench/peers/training_peer.py gives the reference."""
    output = options.work / f"{name}-{batch}-{precision}"
    path = output.with_suffix(".toml")
    lines = {"model": str(options.build / "models" / name), "output_dir": str(output), "loss": "binary_cross_entropy",
             "per_device_train_batch_size": batch, "learning_rate": LEARNING_RATE, "max_steps": options.steps + 1, "warmup_ratio": 0.1,
             "seed": SEED, "bf16": precision == "bf16", "logging_steps": 1, "eval_strategy": "no", "save_strategy": "no"}
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
    path.write_text(f"{text}\n[train_dataset]\npath = {json.dumps(str(rows))}\n", encoding="utf-8")
    return path


def run(command, env, memory):
    """A whole process: the steps it logged with the seconds since the step before, its peak memory; None where `memory` bytes are too few."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env=os.environ | env, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (memory, memory)))
    steps, before, other = [], None, ""
    for line in process.stdout:
        now = time.perf_counter()
        other = other if line.startswith("{") else (other + line)[-2000:]
        entry = json.loads(line) if line.startswith("{") else {}
        if "loss" in entry and "step" in entry:
            steps.append(entry | {"seconds": now - before if before else None})
            before = now
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0 and any(words in other for words in ("allocate memory", "bad_alloc", "MemoryError")):
        return None
    if status != 0 or not steps:
        sys.exit(f"run_training: {' '.join(map(str, command))}\nended with {status} after {len(steps)} steps:\n{other}")
    return {"steps": steps, "peak_rss_mib": usage.ru_maxrss // 1024}


def programs(options, name, batch, precision):
    """Name -> command and environment of each program."""
    rows = write_rows(options, batch)
    peer = [sys.executable, HERE / "peers" / "training_peer.py", "--model", options.build / "models" / name, "--data", rows, "--batch", batch,
            "--precision", precision, "--steps", options.steps + 1, "--threads", options.threads, "--learning-rate", LEARNING_RATE,
            "--seed", SEED]
    result = {"reference": (peer, {}), "reference, jemalloc": (peer, {"LD_PRELOAD": str(options.jemalloc), "MALLOC_CONF": JEMALLOC})}
    if not options.without_crossrank:
        recipe = write_recipe(options, name, batch, precision, rows)
        result["crossrank"] = ([options.program, "train", recipe], {})
    return result


def measure(options, name, batch, precision):
    """The raw numbers of one model, batch size and precision."""
    peak = Program("matrix peak", [str(options.peak), str(options.threads), {"fp32": "f32", "bf16": "bf16"}[precision]])
    rounds = {"peak": []}
    for number in range(options.rounds):
        rounds["peak"].append(peak.ask("run"))
        for program, (command, env) in programs(options, name, batch, precision).items():
            one = run(command, env, options.memory)
            if one is not None:
                rounds.setdefault(program, []).append(one)
            what = "does not fit into memory" if one is None else f"round {number + 1} of {options.rounds}"
            print(f"{name}, batch {batch}, {precision}: {program}, {what}", file=sys.stderr)
    peak.close()
    return rounds


def timed(runs):
    """Seconds of each step but the first, the median over the runs."""
    return [statistics.median(each["steps"][i]["seconds"] for each in runs) for i in range(1, len(runs[0]["steps"]))]


def loss_difference(runs, reference):
    if reference is None:
        return ""
    return f'{max(abs(a["loss"] - b["loss"]) / abs(b["loss"]) for a, b in zip(runs[0]["steps"], reference[0]["steps"])):.0e}'


def timed_lengths(options, config, batch, reference):
    """Tokens of each pair of the timed steps, as the reference counted them; where it has no run, of as many pairs of the file."""
    if reference is not None:
        return [length for step in reference[0]["steps"][1:] for length in step["lengths"]]
    rows = [json.loads(line) for line in write_rows(options, batch).read_text(encoding="utf-8").splitlines()]
    return [min(config["max_position_embeddings"], len(row["query"].split()) + len(row["document"].split()) + 3) for row in rows[batch:]]


def lines_of(options, name, batch, precision, rounds):
    """The rows of the table that belong to one measurement."""
    config = json.loads((options.build / "models" / name / "config.json").read_text())
    reference = rounds.get("reference")
    lengths = timed_lengths(options, config, batch, reference)
    flop = PASSES * flop_per_request(config, lengths, head_rows_only=False)
    peak = statistics.median(entry["gops"] for entry in rounds["peak"])
    seconds = {program: sum(timed(runs)) for program, runs in rounds.items() if program != "peak"}
    lines = []
    for program, took in seconds.items():
        runs = rounds[program]
        ratio = f"{took / seconds['crossrank']:.2f} x" if "crossrank" in seconds and program != "crossrank" else ""
        lines.append(f"| {name} | {batch} | {precision} | {program} | {len(lengths) / took:.2f} | {ratio} | {flop / took / 1e9 / peak:.1%} of {peak:.0f} | "
                     f"{max(each['peak_rss_mib'] for each in runs):,} | {loss_difference(runs, reference)} |")
    return lines


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--batches", nargs="+", type=int, default=[16, 64])
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"], choices=["fp32", "bf16"])
    parser.add_argument("--steps", type=int, default=4, help="timed steps; one more comes before them")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2, help="of the reference and of the peak; crossrank takes what the machine allows")
    parser.add_argument("--memory", type=float, default=21, help="GB that a program may take; one that needs more is left out of the table")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "bench", help="where models and results are kept")
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "release" / "crossrank")
    parser.add_argument("--peak", type=Path, default=ROOT / "build" / "bench" / "bench" / "crossrank_matrix_peak")
    parser.add_argument("--jemalloc", type=Path, default=Path("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"))
    parser.add_argument("--modernbert-tokenizer", type=Path, default=None, help="folder with ModernBERT's tokenizer.json")
    parser.add_argument("--without-crossrank", action="store_true", help="the reference alone")
    options = parser.parse_args()
    if not options.jemalloc.exists():
        parser.error(f"{options.jemalloc} is not there: apt-get install libjemalloc2, or name it with --jemalloc")
    families = sorted({name.split("-")[0] for name in options.models})
    options.memory = int(options.memory * 1e9)
    options.workload = options.build / f"workload-{'-'.join(families)}.jsonl"
    options.work = options.build / "training"
    return options


def main():
    options = parse()
    options.work.mkdir(parents=True, exist_ok=True)
    prepare(options)
    results = {}
    lines = ["| model | batch | precision | program | pairs/s | crossrank is | share of peak, GFLOP/s | peak RSS, MiB | losses differ by |",
             "|---|---|---|---|---|---|---|---|---|"]
    for name in options.models:
        for precision in options.precisions:
            for batch in options.batches:
                rounds = results[f"{name}, batch {batch}, {precision}"] = measure(options, name, batch, precision)
                lines += lines_of(options, name, batch, precision, rounds)
                (options.build / "training.json").write_text(json.dumps(results, indent=1) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
