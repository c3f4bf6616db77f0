#!/usr/bin/env python3
"""crossrank beside its peers, in one run: pairs a second, real tokens a second, peak memory, share of the machine's matrix peak.

    python bench/run_peers.py [--models NAME ...] [--precisions fp32 bf16 int8] [--rounds 5] [--threads 2] [--peers NAME ...] [--plot FILE.svg]

Makes what it needs under build/bench (models with random weights and real geometry, workload, ONNX exports, their quantized forms, each peer's best
variant) and keeps it for the next run. Every program loads one model and stays; then they take turns, so that a slow minute of the machine hits
all of them: round 1 A B C D, round 2 A B C D, ... Reported are medians. Answers are compared before anything is timed.
Needs tools/requirements.txt and a build of the preset `bench`; llama.cpp takes part where bench/peers/install_llama_cpp has built it.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from plot import plot_of

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "bench"
sys.path.insert(0, str(HERE / "peers"))
from driver import max_length  # noqa: E402  (its folder is no package)
from llama_cpp_driver import TYPES as GGUF_TYPES  # noqa: E402

MODELS = ("modernbert-base", "modernbert-large", "minilm-l6")
MORE_MODELS = ("xlm-roberta-base", "deberta-v3-base")  # where they are named
PEERS = {"crossrank": (None, ("fp32", "bf16", "int8")),  # the driver, and what it computes in
         "Sentence Transformers": ("sentence_transformers_driver.py", ("fp32", "bf16")),
         "Sentence Transformers by default": ("sentence_transformers_driver.py", ("fp32",)),
         "ONNX Runtime": ("onnxruntime_driver.py", ("fp32", "int8")),
         "OpenVINO": ("openvino_driver.py", ("fp32", "bf16", "int8")),
         "llama.cpp": ("llama_cpp_driver.py", ("fp32", "bf16", "int8"))}
EXPORTS = {"llama.cpp": "gguf"}  # onnx of the others
LEAST_AGREEMENT = {"llama.cpp": 1e-2}  # its gelu is a table in f16, whatever the weights are
OTHER_MODEL = {("llama.cpp", "minilm-l6"): "no pooler, no segments"}  # as large, but logits of its own: not compared
BASE = "Sentence Transformers fp32"  # what everyone is a multiple of
PEAK_NAMES = {"fp32": "f32", "bf16": "bf16", "int8": "int8"}  # as crossrank_matrix_peak calls them
FIXED_VARIANTS = {"crossrank": None, "Sentence Transformers by default": "batch 32"}  # not tuned; crossrank's is called as its precision
# Of a few documents of one length (--documents) nothing is tuned: one at a time on all threads wastes least, in time and in memory.
ONE_AT_A_TIME = {"Sentence Transformers": "batch 1", "ONNX Runtime": "dynamo, batch 1", "OpenVINO": "1 stream, batch 1", "llama.cpp": "batch 1"}
TUNED_AS = {"modernbert-large": "modernbert-base"}  # the same graph, wider: a peer's best variant is looked for on the smaller one
AGREEMENT = {"fp32": 1e-3, "bf16": 0.1, "int8": 0.5}  # of 1 + |logit|: in fp32 each sums in its own order; the others catch a model that is another


def flop_per_request(config, lengths, head_rows_only, distinct=None):
    """Operations of a request, a multiply-add being two, over real tokens: no padding, and of attention only the pairs that the
    window lets see each other. Linear layers: q, k, v, output and the MLP's matrices; attention: q k^T and p v. Norms, activations
    and the head's few rows are left out. With `head_rows_only` the last layer counts only the row that the head reads, past its keys
    and values: what an engine that skips the rest really does; without, what the whole model would do. `distinct` is the number of
    distinct tokens, where q, k and v of the first layer are formed once for each.
    """
    hidden, intermediate, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    modern = config["model_type"] == "modernbert"
    products = 2 + len(config["pos_att_type"].split("|")) if config["model_type"] == "deberta-v2" else 2  # a pair's: q k^T, p v, and DeBERTa's parts
    half_window = config["local_attention"] // 2 if modern else None
    matrices = 3 if modern else 2                      # a gated MLP has two matrices in and one out
    query_side = 2 * hidden * hidden + matrices * hidden * intermediate  # q, output, MLP: for each row that goes on
    total = 0
    for layer in range(layers):
        local = modern and layer % config["global_attn_every_n_layers"] != 0
        last = head_rows_only and layer == layers - 1
        for n in lengths:
            rows = 1 if last else n
            if local:
                seen = sum(min(n - 1, i + half_window) - max(0, i - half_window) + 1 for i in range(rows))
            else:
                seen = rows * n
            total += 2 * (rows * query_side + n * 2 * hidden * hidden + products * seen * hidden)
    return total - (0 if distinct is None else 2 * (sum(lengths) - distinct) * 3 * hidden * hidden)


class Program:
    """A loaded program that answers a line with a line of JSON."""

    def __init__(self, name, command, env=None):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr, text=True,
                                        env=os.environ | (env or {}))
        self.ready = self.answer()

    def answer(self):
        """The next line of JSON; other output is not ours."""
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"run_peers: {self.name} ended with exit code {self.process.wait()}")

    def ask(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def run_step(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr, env=os.environ | {"HF_HUB_OFFLINE": "1"})


def prepare(options, name):
    """Model folder, workload and exports of one model."""
    models = options.build / "models"
    extra = ["--modernbert-tokenizer", options.modernbert_tokenizer] if options.modernbert_tokenizer else []
    run_step(sys.executable, HERE / "make_models.py", "--out", models, *extra, *options.models)
    if not options.workload.exists():
        documents = ["--documents", options.documents] if options.documents else []
        run_step(sys.executable, HERE / "workload.py", "--out", options.workload, *documents, *(models / each for each in options.models))
    if {"ONNX Runtime", "OpenVINO"} & set(options.peers):
        run_step(sys.executable, HERE / "peers" / "export_onnx.py", models / name, options.build / "onnx" / name)
        if "int8" in options.precisions:
            run_step(sys.executable, HERE / "peers" / "quantize.py", models / name, options.build / "onnx" / name, options.workload)
    if "llama.cpp" in options.peers:
        run_step(sys.executable, HERE / "peers" / "export_gguf.py", models / name, options.build / "gguf" / name,
                 *(GGUF_TYPES[precision] for precision in options.precisions))


def entries(options):
    """(peer, precision) of everything that takes part."""
    return [(peer, precision) for precision in options.precisions for peer in options.peers if precision in PEERS[peer][1]]


def command_of(options, peer, precision, name, variant=None):
    """The command of a peer's driver on a model; without a variant it tunes itself and ends."""
    shared = ["--model", options.build / "models" / name, "--workload", options.workload, "--threads", options.threads]
    shared += ["--variant", variant] if variant else []
    if peer == "crossrank":
        return [str(part) for part in [options.programs / "crossrank_driver", *shared]]
    driver = [sys.executable, HERE / "peers" / PEERS[peer][0], "--precision", precision, "--exports",
              options.build / EXPORTS.get(peer, "onnx") / name]
    return [str(part) for part in driver + shared]


def best_variant(options, peer, precision, name):
    """The fastest variant of a peer on a model and this many threads, found once."""
    if peer in FIXED_VARIANTS:
        return FIXED_VARIANTS[peer] or precision
    if options.documents:
        return ONE_AT_A_TIME[peer]
    name = TUNED_AS.get(name, name)
    prepare(options, name)
    path = options.build / "tuned.json"
    tuned = json.loads(path.read_text()) if path.exists() else {}
    key = f"{peer} {precision}, {name}, {options.threads} threads"
    if key not in tuned or options.tune:
        print(f"tuning {key} ...", file=sys.stderr)
        tuning = Program(peer, command_of(options, peer, precision, name))
        tuned[key] = tuning.ready
        tuning.close()
        path.write_text(json.dumps(tuned, indent=2) + "\n")
    return tuned[key]["best"]


def check_agreement(programs, name):
    """Every peer must have given the same logits before its time means anything; those of OTHER_MODEL alone cannot."""
    answers = {program.name: program.ask("logits")["logits"] for program in programs}
    first = next(iter(answers))
    worst = {}
    for peer, logits in answers.items():
        program, _, precision = peer.rpartition(" ")
        if (program, name) in OTHER_MODEL:
            continue
        worst[peer] = max(abs(a - b) / (1 + abs(b)) for a, b in zip(logits, answers[first]))
        if worst[peer] > max(AGREEMENT[precision], LEAST_AGREEMENT.get(program, 0)):
            raise SystemExit(f"run_peers: on {name} {peer} and {first} differ by {worst[peer]:.1e} of 1 + |logit|")
    return worst


def measure(options, name):
    """Rounds in turns; the raw numbers of one model."""
    prepare(options, name)
    variants = {entry: best_variant(options, *entry, name) for entry in entries(options)}
    peaks = {precision: Program("matrix peak", [str(options.programs / "crossrank_matrix_peak"), str(options.threads), PEAK_NAMES[precision]])
             for precision in options.precisions}
    programs = [Program(" ".join(entry), command_of(options, *entry, name, variant)) for entry, variant in variants.items()]
    differences = check_agreement(programs, name)
    rounds = {program.name: [] for program in programs}
    peak_rounds = {precision: [] for precision in peaks}
    for number in range(options.rounds):
        for precision, peak in peaks.items():
            peak_rounds[precision].append(peak.ask("run"))
        for program in programs:
            rounds[program.name].append(program.ask("run"))
        print(f"{name}: round {number + 1} of {options.rounds}", file=sys.stderr)
    for program in [*peaks.values(), *programs]:
        program.close()
    return {"variants": {" ".join(entry): variant for entry, variant in variants.items()}, "differences": differences, "rounds": rounds,
            "peaks": peak_rounds}


def real_lengths(options, name):
    """Tokens of each pair with its special tokens, cut to the model's length."""
    workload = json.loads(options.workload.read_text())
    limit = max_length(options.build / "models" / name)
    return [min(limit, len(workload["query"].split()) + length + 3) for length in workload["lengths"]]


def distinct_tokens(options, config):
    """Of the whole request, whose words are one token each; None where the first layer reads positions or segments too."""
    if config["model_type"] != "modernbert":  # and DeBERTa-v3, which is measured beside Sentence Transformers alone
        return None
    workload = json.loads(options.workload.read_text())
    words = {(i == 0, word) for text in [workload["query"], *workload["documents"]] for i, word in enumerate(text.split())}  # a first one has no space
    return len(words) + 2  # [CLS], [SEP]


def table(options, name, result):
    """The lines of one model's table."""
    config = json.loads((options.build / "models" / name / "config.json").read_text())
    lengths = real_lengths(options, name)
    distinct = distinct_tokens(options, config)
    whole, done = flop_per_request(config, lengths, False), flop_per_request(config, lengths, True, distinct)
    peaks = {precision: statistics.median(entry["gops"] for entry in rounds) for precision, rounds in result["peaks"].items()}
    said = ", ".join(f"{peak:.0f} {'GOPS' if precision == 'int8' else 'GFLOP/s'} in {precision}" for precision, peak in peaks.items())
    lines = [f"### {name}: {len(lengths)} pairs, {sum(lengths):,} tokens, {whole / len(lengths) / 1e9:.2f} GFLOP a pair; matrix peak on {options.threads} "
             f"threads {said}", "",
             f"| | variant | pairs/s | tokens/s | times {BASE} | share of peak | peak RSS, MiB | logits differ by |",
             "|---|---|---|---|---|---|---|---|"]
    seconds = {entry: statistics.median(answer["seconds"] for answer in rounds) for entry, rounds in result["rounds"].items()}
    for entry, took in seconds.items():
        difference = f"{result['differences'][entry]:.0e}" if entry in result["differences"] else OTHER_MODEL[entry.rpartition(" ")[0], name]
        share = whole / took / 1e9 / peaks[entry.rpartition(" ")[2]]
        times = f"{seconds[BASE] / took:.2f}" if BASE in seconds else ""
        lines.append(f"| {entry} | {result['variants'][entry]} | {len(lengths) / took:.2f} | {sum(lengths) / took:,.0f} | {times} | {share:.1%} | "
                     f"{result['rounds'][entry][-1]['peak_rss_mib']:,} | {difference} |")
    shares = [f"{done / took / 1e9 / peaks[entry.rpartition(' ')[2]]:.1%} in {entry.rpartition(' ')[2]}"
              for entry, took in seconds.items() if entry.startswith("crossrank ")]
    if shares:
        left_out = "the rows of the last layer that the head does not read"
        if distinct is not None:
            left_out += " and the first layer's queries, keys and values of tokens that come again"
        lines += ["", f"Counted by what it does, without {left_out}, crossrank's share is {', '.join(shares)}."]
    return lines + [""], {entry: len(lengths) / took for entry, took in seconds.items()}


def precisions_here():
    """bf16 only where the processor multiplies it: elsewhere all convert, and the slowest conversion would be measured."""
    flags = set(Path("/proc/cpuinfo").read_text().split())
    return ["fp32", *(["bf16"] if flags & {"avx512_bf16", "amx_bf16"} else []), "int8"]


def peers_here():
    """llama.cpp only where it has been built: it is no package that tools/requirements.txt could name."""
    if importlib.util.find_spec("llama_cpp"):
        return list(PEERS)
    print("run_peers: without llama.cpp, which bench/peers/install_llama_cpp builds", file=sys.stderr)
    return [peer for peer in PEERS if peer != "llama.cpp"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS + MORE_MODELS)
    parser.add_argument("--peers", nargs="+", default=None, choices=list(PEERS))
    parser.add_argument("--precisions", nargs="+", default=precisions_here(), choices=("fp32", "bf16", "int8"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--documents", metavar="N:TOKENS", help="N pairs of TOKENS each instead of the mix of lengths")
    parser.add_argument("--plot", type=Path, default=None, help="a picture of the tables, as SVG")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tune", action="store_true", help="look for each peer's best variant again")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "bench", help="where models, exports and results are kept")
    parser.add_argument("--programs", type=Path, default=ROOT / "build" / "bench" / "bench", help="where crossrank_driver was built")
    parser.add_argument("--modernbert-tokenizer", type=Path, default=None, help="folder with ModernBERT's tokenizer.json")
    options = parser.parse_args()
    options.peers = options.peers or peers_here()
    families = sorted({name.split("-")[0] for name in options.models})  # a workload's words are single tokens under their tokenizers
    what = "-".join(families + ([options.documents.replace(":", "x")] if options.documents else []))
    options.workload = options.build / f"workload-{what}.jsonl"
    return options


def main():
    options = parse()
    options.build.mkdir(parents=True, exist_ok=True)
    results, lines, speeds = {}, [], {}
    for name in options.models:
        results[name] = measure(options, name)
        text, speeds[name] = table(options, name, results[name])
        lines += text
        (options.build / "peers.json").write_text(json.dumps(results, indent=1) + "\n")
    print("\n".join(lines))
    if options.plot:
        options.plot.write_text(plot_of(speeds), encoding="utf-8")


if __name__ == "__main__":
    main()
