#!/usr/bin/env python3
"""Writes tests/goldens/training/gradients.json: gradients of tiny models, and heads that Transformers draws for checkpoints without one.

    python tools/make_gradient_goldens.py

The models are those of tests/goldens/models, in fp32 without dropout; the loss is the mean square of (logit - target) over the first
cases, targets +1 and -1 in turn. Of each parameter's gradient: its length, and up to 32 elements at equal steps.
Needs tools/requirements.txt.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "tests" / "goldens" / "models"
OUTPUT = ROOT / "tests" / "goldens" / "training" / "gradients.json"
CASES = 7
LONGEST = 400  # tokens
SAMPLE = 32
SEED = 12

# A checkpoint without its trained head: the golden model, the class it is said to be, which names are taken out, whether the prefix goes.
BARE = [
    ("bert-512", "BertModel", ("classifier.",), "bert."),
    ("bert-512", "BertForMaskedLM", ("classifier.", "bert.pooler."), ""),
    ("modernbert-2026", "ModernBertModel", ("classifier.", "head."), "model."),
    ("modernbert-2026", "ModernBertForMaskedLM", ("classifier.",), ""),
    ("roberta-514", "RobertaModel", ("classifier.",), "roberta."),
    ("camembert-sigmoid", "CamembertForMaskedLM", ("classifier.",), ""),
    ("electra-512", "ElectraForPreTraining", ("classifier.",), ""),
    ("distilbert-512", "DistilBertModel", ("classifier.", "pre_classifier."), "distilbert."),
    ("deberta-v2-labels3", "DebertaV2Model", ("classifier.", "pooler."), "deberta."),
    ("deberta-v2-labels3", "DebertaV2ForMaskedLM", ("classifier.", "pooler."), ""),
    ("mpnet-labels3-40-buckets", "MPNetModel", ("classifier.",), "mpnet."),
]
GRADIENTS = ("bert-512", "modernbert-2026", "modernbert-mean-labels3", "roberta-labels3-padding-in-text", "electra-512", "distilbert-512",
             "deberta-v3-512", "deberta-v2-labels3", "deberta-c2p", "deberta-p2c-labels3", "mpnet-514", "mpnet-labels3-40-buckets")


def sample(tensor):
    """Up to SAMPLE elements, the first and then every step-th."""
    flat = tensor.detach().flatten()
    step = max(1, flat.numel() // SAMPLE)
    return flat[::step][:SAMPLE].tolist()


def gradients_of(name):
    """The loss, and every parameter's gradient in the order of named_parameters()."""
    model = AutoModelForSequenceClassification.from_pretrained(MODELS / name, attn_implementation="eager", dtype=torch.float32).eval()
    record = json.loads((MODELS / name / "cases.json").read_text())
    cases = [case for case in record["cases"] if case.get("ids") and case["tokens"] <= LONGEST][:CASES]
    losses = []
    for i, case in enumerate(cases):
        inputs = {"input_ids": torch.tensor([case["ids"]])}
        if case.get("type_ids"):
            inputs["token_type_ids"] = torch.tensor([case["type_ids"]])
        losses.append(((model(**inputs).logits - (1 if i % 2 == 0 else -1)) ** 2).mean())
    loss = torch.stack(losses).mean()
    loss.backward()
    parameters = [
        {"name": key, "shape": list(value.shape), "norm": value.grad.norm().item(), "sample": sample(value.grad)}
        for key, value in model.named_parameters()
    ]
    return {"model": name, "cases": len(cases), "loss": loss.item(), "parameters": parameters}


def new_head_of(name, architecture, without, prefix, num_labels):
    """What from_pretrained draws at SEED for the tensors that the checkpoint lacks."""
    tensors = {key: value for key, value in load_file(MODELS / name / "model.safetensors").items() if not key.startswith(without)}
    bare = {key.removeprefix(prefix): value for key, value in tensors.items()}
    with tempfile.TemporaryDirectory() as folder:
        config = json.loads((MODELS / name / "config.json").read_text())
        config["architectures"] = [architecture]
        (Path(folder) / "config.json").write_text(json.dumps(config))
        save_file(bare, Path(folder) / "model.safetensors", {"format": "pt"})
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(MODELS / name / file, folder)
        torch.manual_seed(SEED)
        model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=num_labels, dtype=torch.float32)
    new = {key: sample(value) for key, value in model.named_parameters() if key not in tensors}
    return {"model": name, "architecture": architecture, "without": without, "prefix": prefix, "num_labels": num_labels, "new": new}


def main():
    golden = {
        "made_by": "tools/make_gradient_goldens.py",
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "seed": SEED,
        "gradients": [gradients_of(name) for name in GRADIENTS],
        "new_heads": [new_head_of(*entry, num_labels) for entry in BARE for num_labels in (1, 3)],
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(golden)
    OUTPUT.write_text(text.replace('{"name"', '\n{"name"').replace('{"model"', '\n{"model"') + "\n")


if __name__ == "__main__":
    main()
