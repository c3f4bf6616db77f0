#!/usr/bin/env python3
"""The reference's trainer on a recipe of `crossrank train`: what a table of the same recipe under both programs needs.

    python tools/train_reference.py RECIPE.toml [--learning-rate 1e-5 ...] [--resume-from-checkpoint true] [--threads 2]

Keys are those of TrainingArguments and of the loss; `model`, `output_dir`, `loss` ("binary_cross_entropy"), `max_length`, `num_labels`,
`config_kwargs`, `freeze`, [train_dataset] path (JSON Lines: texts in the loss's order, then the label) and [[evaluator]] tables with type
(reranking), path (JSON Lines of query, positive, and negative or documents), name, at_k, always_rerank_positives. Prints the evaluators' numbers before and after training as
JSON, and keeps them in output_dir/reference.json beside the trained model. Needs tools/requirements.txt.
"""

import argparse
import dataclasses
import inspect
import json
import resource
import sys
import time
import tomllib
from pathlib import Path

import sentence_transformers
import torch
import transformers
from datasets import Dataset
from sentence_transformers.base.evaluation import SequentialEvaluator
from sentence_transformers.cross_encoder import CrossEncoder, CrossEncoderTrainer, CrossEncoderTrainingArguments, losses
from sentence_transformers.cross_encoder.evaluation import CrossEncoderRerankingEvaluator

OWN_KEYS = {"model", "output_dir", "loss", "max_length", "num_labels", "config_kwargs", "freeze", "warmup_ratio", "train_dataset", "evaluator",
            "model_card"}
EVALUATOR_KEYS = {"type", "path", "name", "at_k", "always_rerank_positives", "batch_size"}


def read_lines(path):
    with Path(path).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_recipe(path, overrides):
    """The recipe with the command line's fields over it."""
    recipe = tomllib.loads(path.read_text(encoding="utf-8"))
    words = iter(overrides)
    for word in words:
        if not word.startswith("--"):
            sys.exit(f"train_reference: {word}: an option begins with --")
        key, _, value = word[2:].partition("=")
        value = value or next(words, "")
        try:
            recipe[key.replace("-", "_")] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            recipe[key.replace("-", "_")] = value  # a word without quotes
    return recipe


def loss_class(name):
    """The reference's class of a name like binary_cross_entropy."""
    classes = {each.removesuffix("Loss").lower(): each for each in losses.__all__ if each.endswith("Loss")}
    spelled = name.replace("_", "").lower().removesuffix("loss")
    if spelled not in classes:
        sys.exit(f"train_reference: {name} is no loss; there are {', '.join(sorted(classes))}")
    return getattr(losses, classes[spelled])


def split_keys(recipe, loss):
    """The parameters of the loss and the training arguments; a key that is neither is an error."""
    of_loss = set(inspect.signature(loss).parameters) - {"model"}
    of_trainer = {field.name for field in dataclasses.fields(CrossEncoderTrainingArguments)}
    unknown = set(recipe) - of_loss - of_trainer - OWN_KEYS
    if unknown:
        sys.exit(f"train_reference: the recipe's {sorted(unknown)[0]} is no key of TrainingArguments or of {loss.__name__}")
    parameters = {key: recipe[key] for key in of_loss & set(recipe)}
    if "pos_weight" in parameters:
        parameters["pos_weight"] = torch.tensor(float(parameters["pos_weight"]))
    arguments = {key: value for key, value in recipe.items() if key in of_trainer - of_loss - OWN_KEYS}
    if "warmup_ratio" in recipe:
        arguments["warmup_steps"] = recipe["warmup_ratio"]  # Transformers 5 takes a share there
    return parameters, arguments


def freeze(model, names):
    """Takes the gradients from parameters of these names or beginnings."""
    for name, parameter in model.model.named_parameters():
        if any(name == frozen or name.startswith(frozen + ".") for frozen in names):
            parameter.requires_grad_(False)


def evaluators(recipe):
    """A reranking evaluator of each [[evaluator]] table."""
    made = []
    for table in recipe.get("evaluator", []):
        unknown = set(table) - EVALUATOR_KEYS
        if unknown or table.get("type") != "reranking":
            sys.exit(f"train_reference: an [[evaluator]] has {', '.join(sorted(EVALUATOR_KEYS))}, and its type is reranking: {table}")
        options = {key: value for key, value in table.items() if key not in ("type", "path")}
        made.append(CrossEncoderRerankingEvaluator(samples=read_lines(table["path"]), **options))
    return made


def numbers(made, model):
    """All metrics of all evaluators."""
    result = {}
    for evaluator in made:
        result |= {name: round(float(value), 6) for name, value in evaluator(model).items()}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options, overrides = parser.parse_known_args()
    torch.set_num_threads(options.threads)
    recipe = read_recipe(options.recipe, overrides)
    loss = loss_class(recipe["loss"])
    parameters, arguments = split_keys(recipe, loss)
    transformers.set_seed(recipe.get("seed", 42))  # before the model: a new head is drawn by it
    model = CrossEncoder(recipe["model"], num_labels=recipe.get("num_labels", 1), max_length=recipe.get("max_length"),
                         device=None if torch.cuda.is_available() else "cpu", model_kwargs={"dtype": torch.float32},
                         config_kwargs=recipe.get("config_kwargs"))
    freeze(model, recipe.get("freeze", []))
    made = evaluators(recipe)
    resumed = recipe.get("resume_from_checkpoint")
    before = None if resumed else numbers(made, model)  # a run that goes on no longer has the weights from before
    trainer = CrossEncoderTrainer(
        model=model, train_dataset=Dataset.from_list(read_lines(recipe["train_dataset"]["path"])), loss=loss(model, **parameters),
        evaluator=SequentialEvaluator(made) if made else None,
        args=CrossEncoderTrainingArguments(output_dir=recipe["output_dir"], report_to="none", use_cpu=not torch.cuda.is_available(), **arguments))
    start = time.monotonic()
    trainer.train(resume_from_checkpoint=resumed)
    seconds = time.monotonic() - start
    result = {"before": before, "after": numbers(made, model), "best_metric": trainer.state.best_metric, "steps": trainer.state.global_step,
              "seconds": round(seconds, 1), "threads": options.threads, "log_history": trainer.state.log_history,
              "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
              "versions": {module.__name__: module.__version__ for module in (torch, transformers, sentence_transformers)}}
    model.save_pretrained(recipe["output_dir"])
    (Path(recipe["output_dir"]) / "reference.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "log_history"}, indent=1))


if __name__ == "__main__":
    main()
