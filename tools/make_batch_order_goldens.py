"""Writes tests/goldens/train/batch_order.json: the batches that the reference's trainer makes of small data sets, epoch by epoch.

    .venv/bin/python tools/make_batch_order_goldens.py

The loaders are those of CrossEncoderTrainer, prepared by accelerate, whose SeedableRandomSampler orders the rows. CrossEncoderTrainer
leaves train_sampling_strategy unused; group_by_length is transformers' function under the same seed + epoch.
"""

import importlib.metadata
import json
import random
import tempfile
import warnings
from pathlib import Path

import torch
from accelerate.data_loader import BatchSamplerShard
from datasets import Dataset
from sentence_transformers import CrossEncoder
from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
from transformers.trainer_pt_utils import get_length_grouped_indices

warnings.filterwarnings("ignore")
ROOT = Path(__file__).parents[1]
OUT = ROOT / "tests" / "goldens" / "train"
MODEL = ROOT / "tests" / "goldens" / "models" / "bert-512"
EPOCHS = 3


def data_set(rows: int, texts: int, labels: int) -> Dataset:
    """Rows with `number`, by which a batch is known again; few texts, so that rows share them."""
    rng = random.Random(rows)
    return Dataset.from_dict(
        {
            "query": [f"query {rng.randrange(texts)}" for _ in range(rows)],
            "document": [f"document {rng.randrange(texts * 2)}" for _ in range(rows)],
            "label": [min(rng.randrange(labels), rng.randrange(labels)) for _ in range(rows)],
        }
    )


def epochs(model: CrossEncoder, data: Dataset, **arguments) -> list:
    """The batches of the sampler below the trainer's own loader."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = CrossEncoderTrainingArguments(output_dir=folder, use_cpu=True, report_to="none", **arguments)
        trainer = CrossEncoderTrainer(model=model, args=arguments, train_dataset=data, loss=BinaryCrossEntropyLoss(model))
        loader = trainer.get_train_dataloader()
        sampler = loader.batch_sampler
        batches = []
        for epoch in range(EPOCHS):
            # As Trainer._run_epoch does.
            loader.set_epoch(epoch)
            under = getattr(sampler, "batch_sampler", None)
            if hasattr(under, "set_epoch"):
                under.set_epoch(epoch)
            batches.append([list(map(int, batch)) for batch in sampler])
        return batches


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    model = CrossEncoder(str(MODEL), device="cpu")
    cases = []
    for rows, size in ((1, 4), (10, 4), (12, 4), (37, 8)):
        data = data_set(rows, texts=max(2, rows // 2), labels=3)
        for drop_last in (False, True):
            for sampler in ("batch_sampler", "no_duplicates", "group_by_label"):
                if drop_last and rows < size or sampler == "group_by_label" and rows < 10:
                    continue
                for seed, data_seed in ((12, None), (42, 7)):
                    arguments = {"per_device_train_batch_size": size, "dataloader_drop_last": drop_last, "batch_sampler": sampler}
                    made = epochs(model, data, seed=seed, data_seed=data_seed, **arguments)
                    case = {"rows": rows, "batch_size": size, "drop_last": drop_last, "sampler": sampler}
                    case |= {"seed": seed, "data_seed": data_seed, "data": data.to_dict(), "epochs": made}
                    cases.append(case)
    lengths = []
    for rows, group in ((5, 4), (37, 4), (150, 8)):
        values = [random.Random(rows * 1000 + i).randrange(3, 40) for i in range(rows)]
        for seed in (12, 13):
            order = get_length_grouped_indices(values, group, generator=torch.Generator().manual_seed(seed))
            lengths.append({"lengths": values, "group": group, "seed": seed, "order": [int(i) for i in order]})
    shards = []
    batches = epochs(model, data_set(37, 18, 3), per_device_train_batch_size=4, dataloader_drop_last=True, seed=12)[0]
    sampler = torch.utils.data.BatchSampler([row for batch in batches for row in batch], batch_size=4, drop_last=True)
    for processes in (1, 2, 3):
        shares = [list(BatchSamplerShard(sampler, processes, index, even_batches=False)) for index in range(processes)]
        shards.append({"processes": processes, "batches": batches, "shards": shares})
    packages = ("sentence-transformers", "transformers", "accelerate", "torch")
    golden = {"versions": {name: importlib.metadata.version(name) for name in packages}}
    golden |= {"cases": cases, "lengths": lengths, "shards": shards}
    text = json.dumps(golden, separators=(",", ":")).replace('{"rows"', '\n{"rows"').replace('{"lengths"', '\n{"lengths"')
    (OUT / "batch_order.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
