#!/usr/bin/env python3
"""The reference's trainer on labelled pairs, as a program: a line of JSON a step, and one of the whole at the end.

    python bench/peers/training_peer.py --model FOLDER --data PAIRS.jsonl [--batch 16] [--precision fp32|bf16] [--steps 5] [--threads 2]

A step's line has the loss and the lengths of its pairs in tokens, one a word, as bench/workload.py makes them. The last line's rates are
medians over the steps after the first, tokenization included. Under jemalloc: LD_PRELOAD=.../libjemalloc.so.2.
"""

import argparse
import json
import logging
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="JSON Lines of query, document and label")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=2e-5)
    parser.add_argument("--seed", type=int, default=12)
    return parser.parse_args()


def main():
    options = parse()
    os.environ |= {"RAYON_NUM_THREADS": str(options.threads), "TOKENIZERS_PARALLELISM": "true", "HF_HUB_OFFLINE": "1"}
    import torch
    import transformers
    from datasets import Dataset, disable_progress_bars
    from sentence_transformers.cross_encoder import CrossEncoder, CrossEncoderTrainer, CrossEncoderTrainingArguments, losses

    torch.set_num_threads(options.threads)
    logging.disable(logging.WARNING)
    disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    times = []

    class Clock(transformers.TrainerCallback):
        """Prints a line when a step is logged: right after its update."""

        def on_train_begin(self, args, state, control, **_):
            times.append(time.perf_counter())

        def on_log(self, args, state, control, logs=None, **_):
            if "loss" in logs:
                times.append(time.perf_counter())
                print(json.dumps({"step": state.global_step, "loss": logs["loss"], "lengths": trainer.lengths}), flush=True)

    class MeasuredTrainer(CrossEncoderTrainer):
        """Keeps the lengths of the batch at hand."""

        lengths = ()

        def training_step(self, model, inputs, *others):
            self.lengths = [min(model.max_seq_length, len(query.split()) + len(document.split()) + 3)
                            for query, document in zip(inputs["query"], inputs["document"])]
            return super().training_step(model, inputs, *others)

    with options.data.open(encoding="utf-8") as lines:
        dataset = Dataset.from_list([json.loads(line) for line in lines])
    model = CrossEncoder(str(options.model), device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32})
    with tempfile.TemporaryDirectory() as output:
        arguments = CrossEncoderTrainingArguments(
            output_dir=output, use_cpu=True, report_to="none", save_strategy="no", disable_tqdm=True, logging_steps=1, max_steps=options.steps,
            per_device_train_batch_size=options.batch, learning_rate=options.learning_rate, warmup_steps=0.1, seed=options.seed,
            bf16=options.precision == "bf16")
        trainer = MeasuredTrainer(model=model, args=arguments, train_dataset=dataset, loss=losses.BinaryCrossEntropyLoss(model),
                                  callbacks=[Clock()])
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
    seconds = [end - start for start, end in zip(times, times[1:])]
    timed = seconds[1:] or seconds
    print(json.dumps({"precision": options.precision, "batch": options.batch, "threads": options.threads, "seconds": seconds,
                      "pairs_per_second": options.batch / statistics.median(timed),
                      "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                      "preloaded": os.environ.get("LD_PRELOAD", "")}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
