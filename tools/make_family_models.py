#!/usr/bin/env python3
r"""The bundled reranker's weights as models of other families, to see what a precision costs where no trained model of the family is at hand.

    python tools/make_family_models.py OUT_FOLDER [FAMILY ...]          roberta, electra, distilbert, mpnet, deberta

Writes OUT_FOLDER/FAMILY: layers, embeddings and tokenizer are the bundled model's. What a family lacks is left out (segments of DistilBERT and
MPNet), what it has besides is drawn small (DeBERTa's relative embeddings, MPNet's biases), and ELECTRA's and DistilBERT's heads have another
activation: only RoBERTa gives the bundled model's scores at once, the others rank again after some training:

    crossrank train recipes/crossrank-minilm-l6.toml --model OUT_FOLDER/FAMILY --output-dir TRAINED --max-steps 100 \
        --learning-rate 5e-5 --freeze FAMILY.embeddings.word_embeddings
    python tools/check_precision.py --precision int8 --model TRAINED --selqa selqa/test.jsonl.gz --vaswani vaswani

Needs tools/requirements.txt.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

BUNDLED = Path(__file__).resolve().parent.parent / "models" / "crossrank-minilm-l6-v1"
SPAN = 64          # buckets of DeBERTa's relative positions
SMALL = 0.05       # standard deviation of what is drawn
LAYER = {"attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v", "attention.output.dense": "o",
         "attention.output.LayerNorm": "attention_norm", "intermediate.dense": "up", "output.dense": "down", "output.LayerNorm": "mlp_norm"}
OWN_NAMES = {
    "distilbert": {"q": "attention.q_lin", "k": "attention.k_lin", "v": "attention.v_lin", "o": "attention.out_lin",
                   "attention_norm": "sa_layer_norm", "up": "ffn.lin1", "down": "ffn.lin2", "mlp_norm": "output_layer_norm"},
    "mpnet": {"q": "attention.attn.q", "k": "attention.attn.k", "v": "attention.attn.v", "o": "attention.attn.o",
              "attention_norm": "attention.LayerNorm"},
    "deberta-v2": {"q": "attention.self.query_proj", "k": "attention.self.key_proj", "v": "attention.self.value_proj"},
}
CONFIGS = {
    "roberta": {"architectures": ["RobertaForSequenceClassification"], "model_type": "roberta", "max_position_embeddings": 513},
    "electra": {"architectures": ["ElectraForSequenceClassification"], "model_type": "electra", "embedding_size": 384},
    "distilbert": {"architectures": ["DistilBertForSequenceClassification"], "model_type": "distilbert", "dim": 384, "hidden_dim": 1536, "n_layers": 6,
                   "n_heads": 12, "activation": "gelu", "seq_classif_dropout": 0.0, "dropout": 0.0, "attention_dropout": 0.0},
    "mpnet": {"architectures": ["MPNetForSequenceClassification"], "model_type": "mpnet", "max_position_embeddings": 514,
              "relative_attention_num_buckets": 32},
    "deberta": {"architectures": ["DebertaV2ForSequenceClassification"], "model_type": "deberta-v2", "relative_attention": True,
                "pos_att_type": "c2p|p2c", "position_buckets": SPAN, "max_relative_positions": 512, "share_att_key": True, "norm_rel_ebd": "none",
                "position_biased_input": True, "pooler_hidden_act": "tanh", "pooler_hidden_size": 384, "pooler_dropout": 0},
}
HEADS = {"roberta": ("classifier.dense", "classifier.out_proj"), "electra": ("classifier.dense", "classifier.out_proj"),
         "mpnet": ("classifier.dense", "classifier.out_proj"), "distilbert": ("pre_classifier", "classifier"),
         "deberta": ("pooler.dense", "classifier")}
PREFIXES = {"roberta": "roberta.", "electra": "electra.", "distilbert": "distilbert.", "mpnet": "mpnet.", "deberta": "deberta."}
ROWS_BEFORE = {"roberta": 1, "mpnet": 2}  # of positions: up to padding's own


def layer_name(model_type, name):
    """`attention.self.query.weight` under the family's own name."""
    stem, _, part = name.rpartition(".")
    own = OWN_NAMES.get(model_type, {}).get(LAYER[stem])
    return f"{own or stem}.{part}"


def family_state(family, state):
    """The tensors of the bundled model under a family's names."""
    prefix, model_type = PREFIXES[family], CONFIGS[family]["model_type"]
    without_segments = family in ("distilbert", "mpnet")
    result = {}
    for name, tensor in state.items():
        head, _, rest = name.partition(".")
        if name.startswith("bert.encoder.layer."):
            number, _, inner = name.removeprefix("bert.encoder.layer.").partition(".")
            layers = "transformer.layer" if family == "distilbert" else "encoder.layer"
            if family == "deberta" and ".query." in name:
                tensor = tensor * 3 ** 0.5  # three parts, divided by the root of three heads' sizes
            result[f"{prefix}{layers}.{number}.{layer_name(model_type, inner)}"] = tensor
        elif name == "bert.embeddings.position_embeddings.weight":
            before = torch.zeros(ROWS_BEFORE.get(family, 0), tensor.shape[1], dtype=tensor.dtype)
            segment = state["bert.embeddings.token_type_embeddings.weight"].mean(0) if without_segments else 0
            result[prefix + rest] = torch.cat([before, tensor + segment])
        elif name.startswith("bert.embeddings.") and not (without_segments and "token_type" in name):
            result[prefix + rest] = tensor
        elif name.startswith("bert.pooler.dense."):
            result[name.replace("bert.pooler.dense", HEADS[family][0])] = tensor
        elif head == "classifier":
            result[f"{HEADS[family][1]}.{rest}"] = tensor
    generator = torch.Generator().manual_seed(12)
    if family == "deberta":
        result[prefix + "encoder.rel_embeddings.weight"] = SMALL * torch.randn(2 * SPAN, 384, generator=generator)
    if family == "mpnet":
        result[prefix + "encoder.relative_attention_bias.weight"] = SMALL * torch.randn(32, 12, generator=generator)
    return result


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out, families = Path(sys.argv[1]), sys.argv[2:] or list(CONFIGS)
    state = {name: tensor.float() for name, tensor in load_file(BUNDLED / "model.safetensors").items()}
    shared = json.loads((BUNDLED / "config.json").read_text()) | {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
                                                                  "classifier_dropout": 0.0, "dtype": "float32"}
    for family in families:
        folder = out / family
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(BUNDLED / name, folder)
        (folder / "config.json").write_text(json.dumps(shared | CONFIGS[family], indent=2) + "\n")
        save_file({name: tensor.contiguous() for name, tensor in family_state(family, state).items()}, folder / "model.safetensors",
                  metadata={"format": "pt"})
        print(folder)


if __name__ == "__main__":
    main()
