#!/usr/bin/env python3
"""Writes tests/goldens/models: tiny models in Hugging Face's formats, with the scores that the reference gives for them.

    python tools/make_goldens.py            every golden (some minutes)
    python tools/make_goldens.py NAME ...   some of them

The reference is Sentence Transformers' CrossEncoder (SentenceTransformer for bi-encoders) in fp32 with eager attention, one pair at
a time, so that no padding enters. Each is computed in fp64 as well: cases.json records how far the reference itself is off.
Needs tools/requirements.txt.
"""

import argparse
import json
import math
import shutil
import sys
from pathlib import Path

import numpy as np
import sentence_transformers
import tokenizers
import torch
import transformers
from safetensors.torch import save_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers.models.modernbert import modeling_modernbert

from golden_folders import begin_folder, write_json
from golden_models import GOLDENS, named

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "goldens" / "models"
STORED = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
TOLERATED_REFERENCE_ERROR = 2e-5      # of |logit| + 1: a fifth of what the parity test allows
SPREAD = 2.0                          # standard deviation wanted of a model's logits over its cases

PAIRS = [  # texts of every golden, beside those made to a length
    ("what are the characteristics and elements of poetry?", "poetry is a form of writing that uses sound, rhythm and images."),
    ("what are the characteristics and elements of poetry?", "bread needs flour, water, salt and time."),
    ("how tall is the mountain?", "It stands 8,611 metres above the sea, the second highest in the WORLD."),
    ("who wrote it", "naïve café owners in Zürich: crème brûlée — 4.50 € \u0301 🙂"),
    ("", "a document without a query"),
    ("a query without a document", ""),
    ("", ""),
]
TEXTS = ["what are the elements of poetry?", "Bread needs flour, water & salt.", "naïve café 🙂", "", "the river"]
LONG = ("the river runs north past the old mill and trains leave every twenty minutes; who asked the doctor? "
        "wind, rain and 1,969 stars over the second bridge of the capital: cats sleep, bread rises. ")
QUERY = "how tall is the mountain?"


def expand(text):
    """The text that a case's field stands for: a string, or parts, of which some are repeated."""
    if isinstance(text, str):
        return text
    return "".join(part if isinstance(part, str) else part["repeat"] * part["times"] for part in text)


def pair_of_length(tokenizer, wanted):
    """A query and a document of exactly `wanted` tokens with the special ones, the document in repeated parts."""
    query = QUERY if wanted > 20 else ""

    def length(document):
        return len(tokenizer.encode(query, expand(document)).ids)

    times = 0
    while length([{"repeat": LONG, "times": times + 1}]) < wanted - 12:
        times = max(times + 1, math.floor(times * 1.01))
    document = [{"repeat": LONG, "times": times}] if times else []
    for fill in range(1, 200):
        candidate = document + [{"repeat": " the", "times": fill}]
        if length(candidate) == wanted:
            return query, candidate
    raise ValueError(f"no document of {wanted} tokens")


def random_state(model, seed):
    """Weights that make logits vary: attention far from uniform, norms and biases far from one and zero."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, tensor in model.state_dict().items():
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith("bias"):
            state[name] = 0.2 * noise
        elif tensor.dim() == 1:
            state[name] = 1.0 + 0.2 * noise
        elif "embeddings." in name and "embed_proj" not in name:
            state[name] = noise * (0.5 if "position" in name or "type" in name else 1.0)
        else:
            state[name] = noise * 1.2 / math.sqrt(tensor[0].numel())
            if name.endswith("Wqkv.weight"):
                state[name][: 2 * tensor.shape[1]] *= 1.4
            elif name.endswith(("query.weight", "key.weight", "q_lin.weight", "k_lin.weight", "query_proj.weight", "key_proj.weight",
                                "attn.q.weight", "attn.k.weight")):
                state[name] *= 1.4
    return state


def empty_model(golden, folder):
    """An instance of the class that config.json names, for the names and shapes of its tensors."""
    config = transformers.AutoConfig.from_pretrained(folder)
    return getattr(transformers, golden.config["architectures"][0])(config)


def stored_names(golden, state):
    """The tensors under the names, in the type, and with the extras of the golden's checkpoint."""
    tensors = {}
    for name, tensor in state.items():
        for old, new in golden.rename:
            name = name.replace(old, new)
        tensors[name] = tensor.to(STORED[golden.stored]).contiguous()
    prefix = next((name.partition("embeddings.")[0] for name in state if "embeddings." in name), "")
    if golden.position_ids:
        tensors[prefix + "embeddings.position_ids"] = torch.arange(golden.config["max_position_embeddings"]).unsqueeze(0)
    for name, shape in golden.unread.items():
        tensors[prefix + name] = torch.full(shape, 7.0, dtype=STORED[golden.stored])
    return tensors


def save_weights(golden, state, folder):
    """model.safetensors, or its shards and their index."""
    tensors = stored_names(golden, state)
    if golden.shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names, weight_map = sorted(tensors), {}
    for shard in range(golden.shards):
        file = f"model-{shard + 1:05d}-of-{golden.shards:05d}.safetensors"
        part = names[shard::golden.shards]
        save_file({name: tensors[name] for name in part}, folder / file, metadata={"format": "pt"})
        weight_map |= {name: file for name in part}
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": size}, "weight_map": dict(sorted(weight_map.items()))})


def module_state(golden, seed):
    """Random tensors of the modules after the Transformer: path -> tensors."""
    generator = torch.Generator().manual_seed(1000 + seed)
    states = {}
    for _, path, _, shapes in golden.modules:
        states[path] = {name: torch.randn(shape, generator=generator) *
                        (1.0 / math.sqrt(shape[1]) if len(shape) == 2 else 0.2) + (1.0 if name == "norm.weight" else 0.0)
                        for name, shape in shapes.items()}
    return states


def save_modules(golden, states, folder):
    """modules.json and a folder a module."""
    types = {"Pooling": "sentence_transformers.models.Pooling", "Dense": "sentence_transformers.base.modules.dense.Dense",
             "LayerNorm": "sentence_transformers.sentence_transformer.modules.layer_norm.LayerNorm",
             "Normalize": "sentence_transformers.models.Normalize"}
    listed = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]
    for index, (kind, path, config, _) in enumerate(golden.modules, start=1):
        listed.append({"idx": index, "name": str(index), "path": path, "type": types[kind]})
        (folder / path).mkdir(exist_ok=True)
        if config is not None:
            write_json(folder / path / "config.json", config)
        if states.get(path):
            save_file({name: tensor.to(STORED[golden.stored]) for name, tensor in states[path].items()},
                      folder / path / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "modules.json", listed)


def write_folder(golden, folder):
    """Configuration and tokenizer of a golden; returns the tokenizer."""
    vocab_size = 320 if golden.config["model_type"] == "modernbert" else golden.config["vocab_size"]
    tokenizer = begin_folder(folder, golden.config, vocab_size, golden.tokenizer_config, golden.tokenizer)
    for path, content in golden.files.items():
        write_json(folder / path, content)
    if golden.modules and not golden.bi_encoder and "config_sentence_transformers.json" not in golden.files:
        write_json(folder / "config_sentence_transformers.json", {
            "__version__": {"sentence_transformers": "6.2.0", "transformers": "5.23.0"}, "activation_fn": "torch.nn.modules.activation.Sigmoid",
            "default_prompt_name": None, "model_type": "CrossEncoder", "prompts": {}})
    return tokenizer


def reference(golden, folder):
    """The model as its users load it, in fp32 with eager attention."""
    kwargs = {"model_kwargs": {"dtype": torch.float32, "attn_implementation": "eager"}, "device": "cpu", "local_files_only": True}
    return SentenceTransformer(str(folder), **kwargs) if golden.bi_encoder else CrossEncoder(str(folder), **kwargs)


def outputs(golden, model, inputs):
    """Logits (or embeddings) of inputs one at a time: no padding, no neighbours."""
    if golden.bi_encoder:
        return np.stack([model.encode([text], convert_to_tensor=True)[0].double().numpy() for text in inputs])
    identity = torch.nn.Identity()
    rows = [model.predict([pair], batch_size=1, activation_fn=identity, convert_to_tensor=True).double().numpy() for pair in inputs]
    return np.stack([row.reshape(-1) for row in rows])


def in_fp64(golden, folder, inputs):
    """The outputs with every sum in fp64; angles of the rotary embedding stay those of the fp32 definition."""
    model = reference(golden, folder).double()
    plain = modeling_modernbert.apply_rotary_pos_emb, torch.nn.functional.softmax

    def rotary(q, k, cos, sin, unsqueeze_dim=1):
        cos, sin = cos.unsqueeze(unsqueeze_dim), sin.unsqueeze(unsqueeze_dim)
        half = modeling_modernbert.rotate_half
        return q * cos + half(q) * sin, k * cos + half(k) * sin

    modeling_modernbert.apply_rotary_pos_emb = rotary
    torch.nn.functional.softmax = lambda x, dim=None, dtype=None, **_: torch.softmax(x, dim)
    try:
        return outputs(golden, model, inputs)
    finally:
        modeling_modernbert.apply_rotary_pos_emb, torch.nn.functional.softmax = plain


def spread_logits(golden, folder, state, states, pairs):
    """Scales the last matrix so that logits spread around zero, in its stored type."""
    owner = states[golden.modules[-1][1]] if golden.modules else state
    names = ("linear",) if golden.modules else ("classifier.out_proj", "classifier")
    prefix = next(name for name in names if f"{name}.weight" in owner)
    logits = outputs(golden, reference(golden, folder), pairs)
    scale = SPREAD / np.maximum(logits.std(axis=0), 1e-3)
    owner[f"{prefix}.weight"] = owner[f"{prefix}.weight"] * torch.tensor(scale, dtype=torch.float32)[:, None]
    if f"{prefix}.bias" in owner:
        bias = owner[f"{prefix}.bias"]
        owner[f"{prefix}.bias"] = ((bias - torch.tensor(logits.mean(axis=0), dtype=torch.float32)) *
                                   torch.tensor(scale, dtype=torch.float32) + 0.3 * bias)


def case_fields(golden, tokenizer):
    """The inputs of a golden, as cases.json has them."""
    if golden.bi_encoder:
        long = [pair_of_length(tokenizer, n)[1] for n in golden.lengths if n > 20]
        return [{"text": text} for text in TEXTS + long]
    cases = [{"query": query, "document": document} for query, document in (*PAIRS, *golden.more_pairs)]
    for length in golden.lengths:
        query, document = pair_of_length(tokenizer, length)
        cases.append({"query": query, "document": document})
    both_long = [{"repeat": LONG, "times": 3}]
    return cases + [{"query": both_long, "document": [{"repeat": "river bread ", "times": 4}]}] if max(golden.lengths) < 1000 else cases


def inputs_of(golden, cases):
    return [expand(case["text"]) if golden.bi_encoder else (expand(case["query"]), expand(case["document"])) for case in cases]


def add_ids(golden, model, folder, cases, inputs):
    """Ids as the reference gives them to the model, checked against tokenizer.json alone; long ones are left out of the file."""
    alone = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    alone.no_truncation()
    for case, text in zip(cases, inputs):
        features = model.preprocess([text])
        ids = features["input_ids"][0].tolist()
        whole = alone.encode(*((text,) if golden.bi_encoder else text))
        alone.enable_truncation(model.max_seq_length)
        encoding = alone.encode(*((text,) if golden.bi_encoder else text))
        alone.no_truncation()
        if encoding.ids != ids:
            raise ValueError(f"{golden.name}: the reference's ids are not those of tokenizer.json for {text!r}")
        case["tokens"], case["truncated"] = len(ids), len(whole.ids) - len(ids)
        if len(ids) <= 40:
            case["ids"] = ids
            case["type_ids"] = features["token_type_ids"][0].tolist() if "token_type_ids" in features else [0] * len(ids)


def floats(row):
    """Numbers that give the same fp32 when read."""
    return [float(f"{value:.9g}") for value in row]


def spelled(activation):
    """The activation's name as crossrank prints it."""
    return type(activation).__name__.lower()


def make(golden):
    """Writes one golden's folder."""
    folder = FOLDER / golden.name
    tokenizer = write_folder(golden, folder)
    cases = case_fields(golden, tokenizer)
    inputs = inputs_of(golden, cases)
    source = named(golden.weights_of) if golden.weights_of else golden
    state, states = random_state(empty_model(golden, folder), source.seed), module_state(golden, golden.seed)
    save_weights(golden, state, folder)
    if golden.modules:
        save_modules(golden, states, folder)
    if golden.weights_of:
        shutil.copy(FOLDER / golden.weights_of / "model.safetensors", folder / "model.safetensors")
    elif not golden.bi_encoder:
        spread_logits(golden, folder, state, states, [pair for pair in inputs if len(pair[1]) < 5000])
        save_weights(golden, state, folder)
        if golden.modules:
            save_modules(golden, states, folder)
    if golden.resave:
        resave(folder)
    if not golden.weights_of:
        check_loaded(golden, folder, state)
    write_cases(golden, folder, cases, inputs)


def check_loaded(golden, folder, state):
    """The reference must have read every tensor: what it cannot find, it makes up with no more than a warning."""
    loaded = reference(golden, folder)[0].model.state_dict()
    for name, tensor in state.items():
        if not torch.equal(loaded[name], tensor.to(STORED[golden.stored]).float()):
            raise ValueError(f"{golden.name}: the reference did not load {name}")


def resave(folder):
    """The folder as the reference writes it."""
    model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    shutil.rmtree(folder)
    model.save_pretrained(str(folder), create_model_card=False)


def write_cases(golden, folder, cases, inputs):
    """cases.json, after checks that the reference's own error leaves the parity test its room."""
    model = reference(golden, folder)
    add_ids(golden, model, folder, cases, inputs)
    logits, exact = outputs(golden, model, inputs), in_fp64(golden, folder, inputs)
    error = float(np.max(np.abs(logits - exact) / (1 + np.abs(exact))))
    if error > TOLERATED_REFERENCE_ERROR:
        raise ValueError(f"{golden.name}: the reference is {error:.1e} off its own fp64 result")
    record = {
        "about": golden.about,
        "made_by": {"script": "tools/make_goldens.py", "torch": torch.__version__, "transformers": transformers.__version__,
                    "sentence_transformers": sentence_transformers.__version__, "tokenizers": tokenizers.__version__},
        "reference_error": float(f"{error:.2g}"), "max_length": model.max_seq_length,
    }
    if golden.bi_encoder:
        for case, row in zip(cases, logits):
            case["embedding"] = floats(row)
        record |= {"embedding_size": logits.shape[1], "embeddings": cases}
    else:
        scores = model.activation_fn(torch.tensor(logits, dtype=torch.float32)).numpy()  # as predict() does, on [pairs, labels]
        for case, logit, score in zip(cases, logits, scores):
            case["logits"], case["scores"] = floats(logit), floats(score)
        record |= {"activation": spelled(model.activation_fn), "num_labels": model.num_labels, "cases": cases}
    (folder / "cases.json").write_text(one_case_a_line(record), encoding="utf-8")
    print(f"{golden.name}: {len(cases)} cases, reference error {error:.1e}, logits {exact.min():.2f} to {exact.max():.2f}, "
          f"spread {exact.std(axis=0).min():.2f}, {size_kib(folder)} KiB", flush=True)


def one_case_a_line(record):
    """JSON that a diff shows case by case."""
    key = "embeddings" if "embeddings" in record else "cases"
    head = json.dumps({k: v for k, v in record.items() if k != key}, ensure_ascii=False, indent=2)[:-2]
    rows = ",\n".join("    " + json.dumps(case, ensure_ascii=False) for case in record[key])
    return f'{head},\n  "{key}": [\n{rows}\n  ]\n}}\n'


def size_kib(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="goldens to write; all where none is named")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - {golden.name for golden in GOLDENS}
    if unknown:
        sys.exit(f"make_goldens: no golden is called {sorted(unknown)[0]}")
    torch.manual_seed(0)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for golden in GOLDENS:
        if not arguments.names or golden.name in arguments.names:
            make(golden)


if __name__ == "__main__":
    main()
