"""Writes tests/goldens/train/schedules.json: learning rates of transformers.get_scheduler, step by step.

    .venv/bin/python tools/make_schedule_goldens.py
"""

import importlib.metadata
import json
import warnings
from pathlib import Path

import torch
from transformers import TrainingArguments, get_scheduler

warnings.filterwarnings("ignore")
OUT = Path(__file__).parents[1] / "tests" / "goldens" / "train"
STEPS, PAST = 23, 4  # steps of the run, and some behind its end
TYPES = [
    ("linear", {}),
    ("cosine", {}),
    ("cosine", {"num_cycles": 1.5}),
    ("cosine_with_restarts", {}),
    ("cosine_with_restarts", {"num_cycles": 3}),
    ("polynomial", {}),
    ("polynomial", {"lr_end": 1e-6, "power": 2.5}),
    ("constant", {}),
    ("constant_with_warmup", {}),
    ("inverse_sqrt", {}),
    ("inverse_sqrt", {"timescale": 7}),
    ("cosine_with_min_lr", {"min_lr": 2e-6}),
    ("cosine_with_min_lr", {"min_lr_rate": 0.1, "num_cycles": 0.75}),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1}),
    ("cosine_warmup_with_min_lr", {"min_lr": 1e-6, "warmup_lr_rate": 0.25}),
    ("warmup_stable_decay", {"num_decay_steps": 9}),
    ("warmup_stable_decay", {"num_decay_steps": 9, "warmup_type": "cosine", "decay_type": "linear", "min_lr_ratio": 0.1}),
    ("warmup_stable_decay", {"num_decay_steps": 6, "num_stable_steps": 4, "warmup_type": "1-sqrt", "decay_type": "1-sqrt"}),
]


def learning_rates(kind: str, kwargs: dict, warmup: int) -> list[float]:
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=2e-5)
    schedule = get_scheduler(kind, optimizer, warmup, STEPS, scheduler_specific_kwargs=dict(kwargs))
    rates = []
    for _ in range(STEPS + PAST):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return rates


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    cases = [
        {"type": kind, "kwargs": kwargs, "warmup": warmup, "learning_rates": learning_rates(kind, kwargs, warmup)}
        for kind, kwargs in TYPES
        for warmup in (0, 5)
    ]
    warmups = []
    for warmup in (0, 0.1, 0.05, 0.999, 1, 7, 7.9):
        for steps in (1, 10, 30, 9038, 1_000_003):
            arguments = TrainingArguments(output_dir="unused", warmup_steps=warmup, use_cpu=True)
            warmups.append([warmup, steps, arguments.get_warmup_steps(steps)])
    versions = {name: importlib.metadata.version(name) for name in ("transformers", "torch")}
    golden = {"versions": versions, "learning_rate": 2e-5, "training_steps": STEPS, "schedules": cases, "warmups": warmups}
    (OUT / "schedules.json").write_text(json.dumps(golden, separators=(",", ":")).replace('{"type"', '\n{"type"') + "\n")


if __name__ == "__main__":
    main()
