#!/usr/bin/env python3
"""Compares a model card of crossrank with the one that the reference's trainer writes for a tiny run of its own.

    .venv/bin/python tools/compare_model_cards.py [CARD.md] [--keep REFERENCE.md]

The reference (sentence-transformers 6.2.0, transformers 5.23.0, torch 2.15.0, huggingface_hub 2.4.0; nothing is fetched) trains the
golden model bert-512 for a few steps with two reranking evaluators and one of classification, and writes its card. Printed are the
headings, the bullets, the tables' headers and the metadata's keys that one card has and the other lacks, and whether what both have
stands in one order. CARD.md is the golden card by default; its metadata must be what huggingface_hub reads, every result of the
model-index included. Ends with 1 where the reference has something that the card lacks, but for EXPECTED, which says why.

tests/goldens/model_card/reference.md is what --keep wrote; src/run/card/test_card.h has its numbers.
"""
import argparse
import os
import pathlib
import re
import sys
import tempfile

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", CUDA_VISIBLE_DEVICES="")

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests/goldens/model_card/card.md"

# What the reference's card has and ours has not, and why.
EXPECTED = {
    "bullet Python": "no Python takes part",
    "bullet Sentence Transformers": "crossrank's own version instead",
    "bullet Transformers": "crossrank's own version instead",
    "bullet PyTorch": "libtorch's version instead",
    "bullet Accelerate": "takes no part",
    "bullet Tokenizers": "takes no part",
}


def rows(count, labels=2):
    words = "tea milk salt bread river stone cloud paper green seven".split()
    return {
        "query": [f"what is {words[i % 10]}?" for i in range(count)],
        "answer": [f"{words[(i + i % 3) % 10]} is a thing, one of {i}" for i in range(count)],
        "label": [int(i % 3 == 0) % labels for i in range(count)],
    }


def reference_card(work):
    """The text of the card that the reference writes after five steps."""
    from datasets import Dataset
    from sentence_transformers.base.evaluation import SequentialEvaluator
    from sentence_transformers.cross_encoder import CrossEncoder, CrossEncoderTrainer, CrossEncoderTrainingArguments
    from sentence_transformers.cross_encoder.evaluation import CrossEncoderClassificationEvaluator, CrossEncoderRerankingEvaluator
    from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
    from sentence_transformers.cross_encoder.model_card import CrossEncoderModelCardData
    import torch

    facts = CrossEncoderModelCardData(
        language="en",
        license="apache-2.0",
        model_name="A tiny reranker",
        model_id="someone/tiny-reranker",
        local_files_only=True,
        train_datasets=[{"name": "things", "id": "someone/things", "revision": "0123456789abcdef0123456789abcdef01234567"}],
    )
    model = CrossEncoder(str(ROOT / "tests/goldens/models/bert-512"), num_labels=1, model_card_data=facts)
    facts.base_model, facts.base_model_revision, facts.datasets = "someone/tiny-bert", "89abcdef", ["someone/things"]
    data = rows(40)
    samples = [
        {"query": q, "positive": [a], "documents": ["salt is white", a, "a river runs"]}
        for q, a in zip(data["query"][:6], data["answer"][:6])
    ]
    pairs = [[q, a] for q, a in zip(data["query"], data["answer"])]
    evaluator = SequentialEvaluator(
        [CrossEncoderRerankingEvaluator(samples=samples[i:], name=name) for i, name in enumerate(("first-dev", "second-dev"))]
        + [CrossEncoderClassificationEvaluator(pairs, data["label"], name="pairs-dev")],
        main_score_function=lambda scores: scores[0],
    )
    arguments = CrossEncoderTrainingArguments(
        output_dir=work,
        max_steps=5,
        per_device_train_batch_size=8,
        eval_strategy="steps",
        eval_steps=2,
        save_strategy="steps",
        save_steps=2,
        logging_steps=1,
        load_best_model_at_end=True,
        metric_for_best_model="first-dev_ndcg@10",
        report_to=[],
        seed=12,
        disable_tqdm=True,
    )
    CrossEncoderTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict(data),
        eval_dataset=Dataset.from_dict(rows(9)),
        loss=BinaryCrossEntropyLoss(model, pos_weight=torch.tensor(5.0)),
        evaluator=evaluator,
    ).train()
    evaluator(model)
    model.save_pretrained(work)
    return (pathlib.Path(work) / "README.md").read_text(encoding="utf-8")


def outline(text):
    """What of a card can be compared: headings, bullets' names, tables' headers, metadata's keys, each in its order."""
    import yaml

    _, front, body = text.split("---\n", 2)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    found = [f"metadata {key}" for key in yaml.safe_load(front)]
    fenced, lines = False, body.splitlines()
    for line, following in zip(lines, lines[1:] + [""]):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            continue
        elif line.startswith("#"):
            found.append("heading " + line)
        elif re.match(r"\s*\|[-:| ]+\|$", following):
            found.append("table " + " | ".join(cell.strip() for cell in line.strip().strip("|").split("|")))
        elif bullet := re.match(r"[*-] (\*\*[^*]+\*\*|`[^`]+`|[A-Z][A-Za-z ]+):", line):
            name = bullet.group(1)
            found.append("bullet " + (name if name.startswith("*") else name.strip("`")))
        elif line.startswith("* "):
            found.append("bullet " + re.sub(r"[\d,]+", "N", re.sub(r"\[?<code>.*", "", line[2:])).strip())
    return list(dict.fromkeys(found))


def metadata_problems(path):
    """What huggingface_hub would not read, or reads as something else than was meant."""
    import math
    import yaml
    from huggingface_hub import ModelCard
    from huggingface_hub.utils import validate_repo_id

    card = ModelCard.load(path)
    raw = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n", 2)[1])
    data = card.data
    for repository in [*([data.base_model] if data.base_model else []), *(data.datasets or [])]:
        validate_repo_id(repository)
    results = [metric for result in raw.get("model-index", [{"results": []}])[0]["results"] for metric in result["metrics"]]
    if len(results) != len(data.eval_results or []):
        yield f"{len(results)} results are written and {len(data.eval_results or [])} read"
    if any(not isinstance(one.metric_value, (int, float)) or not math.isfinite(one.metric_value) for one in data.eval_results or []):
        yield "a result is no finite number"
    for key in ("language", "tags", "datasets", "metrics"):
        if any(not isinstance(value, str) for value in raw.get(key, [])):
            yield f"{key}: an element is read as another type than text"
    if data.to_dict() != raw:
        yield "what is read is not what was written: " + ", ".join(k for k in raw if data.to_dict().get(k) != raw[k])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("card", nargs="?", default=GOLDEN, type=pathlib.Path)
    arguments.add_argument("--keep", type=pathlib.Path, help="write the reference's card here")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as work:
        text = reference_card(work)
    if options.keep:
        options.keep.write_text(text, encoding="utf-8")
    ours, theirs = outline(options.card.read_text(encoding="utf-8")), outline(text)
    lacking = [name for name in theirs if name not in ours]
    for name in lacking:
        print(f"only the reference: {name}{'  (' + EXPECTED[name] + ')' if name in EXPECTED else ''}")
    for name in ours:
        if name not in theirs:
            print(f"only ours:          {name}")
    shared = [name for name in ours if name in theirs]
    in_order = shared == [name for name in theirs if name in ours]
    print(f"{len(shared)} parts in both, {'in one order' if in_order else 'in another order'}")
    problems = list(metadata_problems(options.card))
    for problem in problems:
        print(f"metadata: {problem}")
    return 0 if in_order and not problems and not set(lacking) - set(EXPECTED) else 1


if __name__ == "__main__":
    sys.exit(main())
