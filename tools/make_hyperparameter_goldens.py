"""Writes tests/goldens/train/hyperparameters.json: what the reference's model card lists for its defaults and for the GooAQ run.

    .venv/bin/python tools/make_hyperparameter_goldens.py
"""

import importlib.metadata
import json
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from sentence_transformers.base.model_card import BaseModelCardCallback
from sentence_transformers.cross_encoder import CrossEncoderTrainingArguments

OUT = Path(__file__).parents[1] / "tests" / "goldens" / "train"
GOOAQ = {
    "run_name": "reranker-ModernBERT-large-gooaq-bce",
    "num_train_epochs": 1,
    "per_device_train_batch_size": 64,
    "per_device_eval_batch_size": 64,
    "learning_rate": 2e-5,
    "warmup_ratio": 0.1,
    "seed": 12,
    "bf16": True,
    "dataloader_num_workers": 4,
    "eval_strategy": "steps",
    "eval_steps": 1000,
    "save_strategy": "steps",
    "save_steps": 1000,
    "save_total_limit": 2,
    "load_best_model_at_end": True,
    "metric_for_best_model": "gooaq-dev_ndcg@10",
    "logging_steps": 200,
    "logging_first_step": True,
}


def lists(arguments: dict) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        # bf16 is accepted as it is on a GPU that has it.
        with mock.patch("transformers.training_args.is_torch_bf16_gpu_available", return_value=True):
            made = CrossEncoderTrainingArguments(output_dir=folder, **arguments)
    defaults = CrossEncoderTrainingArguments(output_dir="unused")
    callback = BaseModelCardCallback(defaults.to_dict())
    card = SimpleNamespace()
    callback.on_train_begin(made, None, None, SimpleNamespace(model_card_data=card))
    return {
        "all": [[name, str(value)] for name, value in card.all_hyperparameters.items()],
        "non_default": [[name, str(value)] for name, value in card.non_default_hyperparameters.items()],
    }


def main() -> None:
    versions = {name: importlib.metadata.version(name) for name in ("sentence-transformers", "transformers", "torch")}
    golden = {"versions": versions, "defaults": lists({}), "gooaq": lists(GOOAQ)}
    (OUT / "hyperparameters.json").write_text(json.dumps(golden, indent=0) + "\n")


if __name__ == "__main__":
    main()
