#!/usr/bin/env python3
"""Writes tests/goldens/training: tiny models, data, and what the reference's trainer does with them, step by step.

    python tools/make_training_goldens.py               all (ten minutes)
    python tools/make_training_goldens.py NAME ...      some of the runs, from the folder's models and data

The reference is Sentence Transformers' CrossEncoderTrainer, fp32 on the CPU. Each run is made three times: as it is, in fp64, and from
weights moved by a millionth; `reference_error` says how far the other two are from the first, so that a test knows what its tolerances
have to do with rounding. How the log is to be read, as Transformers writes it:

- entry N is of the N-th update: `loss` is the mean of its batches' losses before the update, `grad_norm` the norm of the mean gradient
  before clipping, `learning_rate` the one that the update used: the first of a warm-up is 0, so that the first update changes nothing;
- the last update of an epoch may have fewer batches than gradient_accumulation_steps: the mean is over those there are;
- `epoch` is the part of the batches done.

Where `free_constant` is true, trained logits are to be compared less their mean: the loss sees differences alone (golden_training.py).
`new_heads.json` is what the reference makes of plain encoders under set_seed(12). Its draws, found by drawing the same bit for bit: new
matrices in the order of the model's modules, BERT's by normal_(0, initializer_range); ModernBERT's each so first, and then once more by
trunc_normal_ between two standard deviations either way (normal_ of all, and of all anew for what lies outside, until nothing does), the
deviation being initializer_range / sqrt(2 layers) for head.dense and hidden_size ** -0.5 for the classifier. Biases are 0, norms 1.

Needs tools/requirements.txt.
"""

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path

import accelerate
import datasets
import sentence_transformers
import torch
import transformers
from safetensors.torch import save_file
from sentence_transformers.cross_encoder import CrossEncoder, CrossEncoderTrainer, CrossEncoderTrainingArguments, losses

from golden_folders import begin_folder
from golden_training import LATER_MODELS, MODELS, PLAIN, RUNS, SHARED_RECIPE, data_sets

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "goldens" / "training"
TOLERATED = {"loss": 2e-4, "grad_norm": 1e-3, "logits": 1e-3}  # a fifth of what the parity test allows
MOVED = 1e-6
VERSIONS = {module.__name__: module.__version__ for module in (torch, transformers, sentence_transformers, accelerate, datasets)}
HEAD_SEED = 12


def initial_state(model, seed):
    """Weights with which layers and attention do something, near enough to a trained model's that 50 steps do not run wild."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, tensor in model.state_dict().items():
        noise = torch.randn(tensor.shape, generator=generator)
        if name.endswith("bias"):
            state[name] = 0.1 * noise
        elif tensor.dim() == 1:
            state[name] = 1.0 + 0.1 * noise
        else:
            state[name] = noise * (0.5 if "embeddings" in name else tensor.shape[1] ** -0.5)
    return state


def write_model(name, config, seed):
    """A model folder: configuration, tokenizer, weights."""
    folder = FOLDER / name
    begin_folder(folder, config, config["vocab_size"], {"model_max_length": config["max_position_embeddings"]})
    model = getattr(transformers, config["architectures"][0])(transformers.AutoConfig.from_pretrained(folder))
    tied = set(model.all_tied_weights_keys)  # a file holds what is shared once
    state = {key: tensor for key, tensor in initial_state(model, seed).items() if key not in tied}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


def read_lines(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_data():
    for name, rows in data_sets().items():
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (FOLDER / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


class RecordingTrainer(CrossEncoderTrainer):
    """The trainer, which also keeps the rows of each batch, and each parameter's gradient norm of the first update before clipping."""

    def __init__(self, rows, **arguments):
        super().__init__(**arguments)
        self.row_of = {row["query"]: i for i, row in enumerate(rows)}  # no query is there twice
        self.batches, self.first_gradients = [], None

    def training_step(self, model, inputs, *others):
        self.batches.append([self.row_of[query] for query in inputs["query"]])
        return super().training_step(model, inputs, *others)

    def _clip_grad_norm(self, model):
        if self.first_gradients is None:
            self.first_gradients = {name: parameter.grad.norm().item() for name, parameter in model.named_parameters()
                                    if parameter.grad is not None}
        return super()._clip_grad_norm(model)


def make_loss(run, model):
    arguments = dict(run.loss_arguments)
    if "pos_weight" in arguments:
        arguments["pos_weight"] = torch.tensor(arguments["pos_weight"])
    return getattr(losses, run.loss)(model, **arguments)


def train(run, model_name, double=False, moved=False):
    """One run of the reference; what it logged, the batches it took, and the trained model's logits."""
    recipe = SHARED_RECIPE | run.recipe
    model = CrossEncoder(str(FOLDER / model_name), device="cpu", max_length=recipe["max_length"], local_files_only=True,
                         model_kwargs={"dtype": torch.float32})
    if double:
        model.double()
    if moved:
        generator = torch.Generator().manual_seed(99)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1 + MOVED * torch.randn(parameter.shape, generator=generator))
    rows = read_lines(FOLDER / run.data)
    given = {key: value for key, value in recipe.items() if key not in ("max_length", "warmup_ratio")}
    with tempfile.TemporaryDirectory() as output:
        arguments = CrossEncoderTrainingArguments(output_dir=output, use_cpu=True, report_to="none", save_strategy="no", disable_tqdm=True,
                                                  warmup_steps=recipe["warmup_ratio"], **given)
        trainer = RecordingTrainer(rows, model=model, args=arguments, train_dataset=datasets.Dataset.from_list(rows),
                                   loss=make_loss(run, model))
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
    log = [entry for entry in trainer.state.log_history if "loss" in entry]
    probe = [(row["query"], row["document"]) for row in read_lines(FOLDER / "probe.jsonl")]
    logits = model.predict(probe, batch_size=1, activation_fn=torch.nn.Identity(), convert_to_tensor=True).double().tolist()
    decayed = set(trainer.get_decay_parameter_names(trainer.model))
    short = len("0.model.")  # where the CrossEncoder keeps its transformer
    return {
        "loss": {"name": run.loss, "config": trainer.loss.get_config_dict()},
        "recipe": recipe,
        "not_decayed": [name[short:] for name, _ in trainer.model.named_parameters() if name not in decayed],
        "first_gradient_norms": {name[short:]: float(f"{norm:.6g}") for name, norm in trainer.first_gradients.items()},
        "batches": trainer.batches,
        "log": [{key: entry[key] for key in ("step", "epoch", "loss", "grad_norm", "learning_rate")} for entry in log],
        "trained_logits": [float(f"{value:.9g}") for value in logits],
    }


def less_mean(values):
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def difference(one, other, free_constant):
    """How far two runs are from each other, as the parity test counts it."""
    def worst(key):
        return max(abs(a[key] - b[key]) / abs(a[key]) for a, b in zip(one["log"], other["log"]))

    logits = [less_mean(run["trained_logits"]) if free_constant else run["trained_logits"] for run in (one, other)]
    logits = max(abs(a - b) for a, b in zip(*logits))
    return {"loss": float(f"{worst('loss'):.2g}"), "grad_norm": float(f"{worst('grad_norm'):.2g}"), "logits": float(f"{logits:.2g}")}


def lines_of(record):
    """JSON in which every update, batch and case has a line of its own."""
    parts = []
    for key, value in record.items():
        if key in ("batches", "log", "cases"):
            rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f'  "{key}": [\n{rows}\n  ]')
        else:
            parts.append(f'  "{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def name_of(run, model_name):
    return "-".join([model_name, run.loss.removesuffix("Loss"), *filter(None, [run.suffix])])


def make_run(run, model_name):
    name = name_of(run, model_name)
    record = train(run, model_name)
    errors = {"fp64": difference(record, train(run, model_name, double=True), run.free_constant),
              f"weights moved by {MOVED:g}": difference(record, train(run, model_name, moved=True), run.free_constant)}
    log = record["log"]
    print(f"{name}: {len(log)} updates, {len(record['batches'])} batches, loss {log[0]['loss']:.4f} to {log[-1]['loss']:.4f}, gradient norm "
          f"{min(e['grad_norm'] for e in log):.2f} to {max(e['grad_norm'] for e in log):.2f}, errors {errors}", flush=True)
    for error in errors.values():
        for key, value in error.items():
            if value > TOLERATED[key]:
                sys.exit(f"make_training_goldens: {name}: {key} of the reference is {value:.1e} off itself: another seed or gentler weights")
    head = {"made_by": {"script": "tools/make_training_goldens.py"} | VERSIONS, "model": model_name, "data": run.data,
            "free_constant": run.free_constant, "reference_error": errors}
    (FOLDER / f"{name}.json").write_text(lines_of(head | record), encoding="utf-8")


def new_heads():
    """What the reference makes of a plain encoder: which tensors it found, which it made up, and the numbers in those."""
    cases = []
    for name, config in PLAIN.items():
        for labels in (1, 3):
            _, info = transformers.AutoModelForSequenceClassification.from_pretrained(FOLDER / name, num_labels=labels,
                                                                                      output_loading_info=True)
            transformers.set_seed(HEAD_SEED)
            model = CrossEncoder(str(FOLDER / name), num_labels=labels, device="cpu", local_files_only=True)[0].model
            state = model.state_dict()
            made_up = sorted(info["missing_keys"])
            cases.append({"model": name, "architecture": config["architectures"][0], "num_labels": labels, "class": type(model).__name__,
                          "new": made_up, "unused": sorted(info["unexpected_keys"]), "seed": HEAD_SEED,
                          "tensors": {key: {"shape": list(state[key].shape), "values": [float(f"{v:.9g}") for v in state[key].flatten().tolist()]}
                                      for key in made_up}})
            print(f"{name}, {labels} labels: new {made_up}, unused {cases[-1]['unused']}", flush=True)
    record = {"made_by": {"script": "tools/make_training_goldens.py"} | VERSIONS, "cases": cases}
    (FOLDER / "new_heads.json").write_text(lines_of(record), encoding="utf-8")


def main():
    runs = {name_of(run, model_name): (run, model_name) for run in RUNS for model_name in run.models}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *runs], help=f"of {', '.join(runs)}")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    torch.set_num_threads(1)  # the matrices are too small for more
    if not arguments.names:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for seed, (name, config) in enumerate((MODELS | PLAIN | LATER_MODELS).items(), start=100):
            write_model(name, config, seed)
        write_data()
        new_heads()
    for name in arguments.names or runs:
        make_run(*runs[name])


if __name__ == "__main__":
    main()
