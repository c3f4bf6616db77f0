"""Writes tests/goldens/losses: values and gradients of the reference's cross-encoder losses, and torch's random orders.

    .venv/bin/python tools/make_loss_goldens.py

- losses.json: a case has the parameters of a loss, a batch, logits, the seed, and what the reference made of them: the pairs that
  it scored in its order, the value, the gradient of the logits, what the model card says of the loss.
- random.json: torch.randperm, and raw numbers of torch's generator.

The model is a fake: the logits of the pairs, in the order in which a loss asks for them, are one parameter. torch orders equal
numbers at will; here its sort is made stable, as crossrank's is.
"""

import importlib.metadata
import json
import math
import os
import random
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import torch  # noqa: E402
from sentence_transformers import CrossEncoder  # noqa: E402
from sentence_transformers.cross_encoder import losses as reference  # noqa: E402
from sentence_transformers.util import fullname  # noqa: E402
from torch import nn  # noqa: E402

OUT = Path(__file__).parents[1] / "tests" / "goldens" / "losses"
VERSIONS = {name: importlib.metadata.version(name) for name in ("sentence-transformers", "torch")}

unstable_sort = torch.Tensor.sort
torch.Tensor.sort = lambda self, dim=-1, descending=False: unstable_sort(self, stable=True, dim=dim, descending=descending)


class FakeModel(CrossEncoder):
    """Gives the rows of a parameter to the pairs that it is asked for, one after the other; the second round is GradCache's."""

    num_labels = 1
    device = torch.device("cpu")

    def __init__(self, num_labels):
        nn.Module.__init__(self)
        FakeModel.num_labels = num_labels
        self.pairs, self.round, self.at = [], 1, 0

    def preprocess(self, pairs, prompt=None, task=None):
        if self.round == 1:
            self.pairs += [list(pair) for pair in pairs]
        first, self.at = self.at, self.at + len(pairs)
        return {"rows": torch.arange(first, self.at)}

    def forward(self, features):
        return {"scores": self.logits[features["rows"]]}


def floats(tensor):
    """The shortest decimals of float32 values."""
    return [float(str(value)) for value in tensor.detach().float().flatten().numpy()]


def number_of_pairs(loss, columns):
    """How many pairs a loss will score, so that their logits can be one parameter made before."""
    if isinstance(columns[1][0], list):
        return sum(len(documents) for documents in columns[1])
    rows = len(columns[0])
    if not isinstance(loss, reference.MultipleNegativesRankingLoss):
        return rows * (len(columns) - 1)
    in_batch = (rows - 1) * (len(columns) - 1)
    drawn = in_batch if loss.num_negatives is None else min(in_batch, loss.num_negatives)
    return rows * (drawn + len(columns) - 1)


def logits_of(rng, count, num_labels, kind):
    if kind == "ties":
        values = [rng.choice([-1.0, 0.0, 0.5, 2.0]) for _ in range(count * num_labels)]
    else:
        values = [rng.gauss(0, {"usual": 2.0, "large": 20.0}[kind]) for _ in range(count * num_labels)]
    return torch.tensor([round(value, 4) for value in values]).reshape(count, num_labels)


def value_and_gradient(model, loss, inputs, labels, seed):
    torch.manual_seed(seed)
    value = loss(inputs, labels)
    model.round, model.at = 2, 0
    value.backward()
    return value


def case(rng, title, name, parameters, columns, labels, make=None, num_labels=1, kind="usual", seed=12):
    """One golden. `parameters` are the recipe's; `make` gives the reference's where they are not the same Python values."""
    model = FakeModel(num_labels)
    keywords = make() if make else dict(parameters)
    loss = getattr(reference, name)(model, **keywords)
    model.logits = nn.Parameter(logits_of(rng, number_of_pairs(loss, columns), num_labels, kind))
    if labels is None:
        given = None
    elif isinstance(labels[0], list):
        given = [torch.tensor(row) for row in labels]
    else:
        given = torch.tensor(labels)
    value = value_and_gradient(model, loss, [list(column) for column in columns], given, seed)
    assert len(model.pairs) == len(model.logits), (title, len(model.pairs), len(model.logits))
    gradient = torch.zeros_like(model.logits) if model.logits.grad is None else model.logits.grad
    assert torch.isfinite(value) and torch.isfinite(gradient).all(), title
    return {
        "title": title,
        "loss": name,
        "full_name": fullname(loss),
        "parameters": parameters,
        "config": [[key, entry] for key, entry in loss.get_config_dict().items()] if hasattr(loss, "get_config_dict") else [],
        "citation": getattr(loss, "citation", ""),
        "seed": seed,
        "num_labels": num_labels,
        "columns": columns,
        "labels": labels,
        "pairs": model.pairs,
        "logits": floats(model.logits),
        "value": floats(value)[0],
        "gradient": floats(gradient),
    }


def texts(prefix, rows):
    return [f"{prefix}{row}" for row in range(rows)]


def lists(sizes):
    """Queries, and as many documents for each as `sizes` says."""
    return [texts("q", len(sizes)), [[f"d{row}.{i}" for i in range(size)] for row, size in enumerate(sizes)]]


def list_labels(rng, sizes, kind):
    draw = {
        "grades": lambda: float(rng.randint(0, 4)),
        "integers": lambda: rng.randint(0, 3),
        "binary": lambda: float(rng.random() < 0.3),
        "scores": lambda: round(rng.gauss(0, 1), 3),
        "equal": lambda: 1.0,
    }[kind]
    return [[draw() for _ in range(size)] for size in sizes]


ACTIVATIONS = {
    "Identity": nn.Identity,
    "Sigmoid": nn.Sigmoid,
    "Tanh": nn.Tanh,
    "ReLU": nn.ReLU,
    "LeakyReLU": nn.LeakyReLU,
    "ELU": nn.ELU,
    "GELU": nn.GELU,
    "SiLU": nn.SiLU,
    "Softplus": nn.Softplus,
    "LogSigmoid": nn.LogSigmoid,
}


def labelled_pair_cases(rng):
    for rows in (1, 2, 16):
        columns = [texts("q", rows), texts("d", rows)]
        binary = [rng.randint(0, 1) for _ in range(rows)]
        graded = [round(rng.random(), 3) for _ in range(rows)]
        yield case(rng, f"bce {rows}", "BinaryCrossEntropyLoss", {}, columns, binary)
        yield case(rng, f"bce {rows} weighted", "BinaryCrossEntropyLoss", {"pos_weight": 5.3}, columns, graded,
                   make=lambda: {"pos_weight": torch.tensor(5.3)}, kind="large")
        yield case(rng, f"mse {rows}", "MSELoss", {}, columns, [round(rng.gauss(0, 5), 3) for _ in range(rows)])
        for classes in (2, 5):
            labels = [rng.randrange(classes) for _ in range(rows)]
            yield case(rng, f"ce {rows} of {classes}", "CrossEntropyLoss", {}, columns, labels, num_labels=classes)
    columns = [texts("q", 8), texts("d", 8)]
    binary = [0, 1, 1, 0, 0, 1, 0, 0]
    graded = [0.0, 0.25, 1.0, 0.5, 0.125, 0.75, 1.0, 0.0]
    for name, module in ACTIVATIONS.items():
        make = lambda: {"activation_fn": module()}  # noqa: E731
        yield case(rng, f"bce {name}", "BinaryCrossEntropyLoss", {"activation_fn": name}, columns, binary, make=make)
    for loss in ("BinaryCrossEntropyLoss", "MSELoss"):
        yield case(rng, f"{loss} sum", loss, {"reduction": "sum"}, columns, graded)
    yield case(rng, "bce weight", "BinaryCrossEntropyLoss", {"weight": 0.25, "pos_weight": 3}, columns, graded,
               make=lambda: {"weight": torch.tensor(0.25), "pos_weight": torch.tensor(3)})
    yield case(rng, "mse sigmoid", "MSELoss", {"activation_fn": "Sigmoid"}, columns, graded, make=lambda: {"activation_fn": nn.Sigmoid()})
    classes = [0, 2, 1, -100, 2, 2, 0, 1]
    yield case(rng, "ce ignored", "CrossEntropyLoss", {}, columns, classes, num_labels=3)
    yield case(rng, "ce weights", "CrossEntropyLoss", {"weight": [0.5, 1, 2.5], "label_smoothing": 0.1, "ignore_index": 1}, columns,
               [0, 2, 1, 1, 2, 2, 0, 1], num_labels=3,
               make=lambda: {"weight": torch.tensor([0.5, 1, 2.5]), "label_smoothing": 0.1, "ignore_index": 1})
    yield case(rng, "ce sum tanh", "CrossEntropyLoss", {"reduction": "sum", "activation_fn": "Tanh"}, columns, classes, num_labels=3,
               make=lambda: {"reduction": "sum", "activation_fn": nn.Tanh()})


def negatives_cases(rng):
    for rows, negatives in ((1, 1), (6, 1), (6, 3)):
        columns = [texts("q", rows), texts("p", rows)] + [texts(f"n{i}.", rows) for i in range(negatives)]
        margins = [[round(rng.gauss(2, 2), 3) for _ in range(negatives)] for _ in range(rows)]
        scores = [[round(rng.gauss(2, 2), 3) for _ in range(negatives + 1)] for _ in range(rows)]
        yield case(rng, f"margin {rows} {negatives}", "MarginMSELoss", {}, columns, margins)
        yield case(rng, f"margin {rows} {negatives} scores", "MarginMSELoss", {"activation_fn": "Sigmoid"}, columns, scores,
                   make=lambda: {"activation_fn": nn.Sigmoid()})
    columns = [texts("q", 4), texts("p", 4), texts("n", 4)]
    yield case(rng, "margin numbers", "MarginMSELoss", {}, columns, [1, -2, 3, 0])
    yield case(rng, "margin sum", "MarginMSELoss", {"reduction": "sum"}, columns, [0.5, 1.5, -2.5, 4.0])
    for name, more in (("MultipleNegativesRankingLoss", {}), ("CachedMultipleNegativesRankingLoss", {"mini_batch_size": 3})):
        for rows, negatives in ((1, 0), (2, 0), (9, 0), (9, 1), (5, 2)):
            columns = [texts("q", rows), texts("p", rows)] + [texts(f"n{i}.", rows) for i in range(negatives)]
            for seed in (12, 42):
                yield case(rng, f"{name} {rows} {negatives} {seed}", name, more, columns, None, seed=seed)
        columns = [texts("q", 7), texts("p", 7), texts("n", 7)]
        for parameters in ({"num_negatives": 1}, {"num_negatives": 6, "scale": 0}, {"num_negatives": None, "scale": 20.0}):
            yield case(rng, f"{name} {parameters}", name, parameters, columns, None)
        yield case(rng, f"{name} plain", name, {"activation_fn": None, "scale": 1}, columns, None)
        yield case(rng, f"{name} tanh", name, {"activation_fn": "Tanh", **more}, columns, None,
                   make=lambda: {"activation_fn": nn.Tanh(), **more})
    rows = 48
    yield case(rng, "many", "MultipleNegativesRankingLoss", {}, [texts("q", rows), texts("p", rows)], None, seed=2**40 + 7)


def inverse_rank(mask):
    return mask / torch.arange(1, mask.size(1) + 1)


def inverse_log2_rank(mask):
    return mask / torch.log2(1.0 + torch.arange(1, mask.size(1) + 1))


def list_cases(rng):
    shapes = {"one": [1], "single": [1, 1, 1], "even": [5, 5, 5], "ragged": [3, 1, 7, 2], "long": [24, 9]}
    schemes = {
        "NoWeightingScheme": reference.NoWeightingScheme,
        "NDCGLoss1Scheme": reference.NDCGLoss1Scheme,
        "NDCGLoss2Scheme": reference.NDCGLoss2Scheme,
        "LambdaRankScheme": reference.LambdaRankScheme,
        "NDCGLoss2PPScheme": reference.NDCGLoss2PPScheme,
    }
    weights = {"inverse_rank": inverse_rank, "inverse_log2_rank": inverse_log2_rank}
    for shape, sizes in shapes.items():
        columns = lists(sizes)
        for kind in ("grades", "scores", "binary", "equal", "integers"):
            if shape == "one" and kind != "grades":
                continue
            labels = list_labels(rng, sizes, kind)
            logits = {"binary": "ties", "integers": "large"}.get(kind, "usual")
            for name in ("LambdaLoss", "RankNetLoss", "ListNetLoss", "ListMLELoss", "PListMLELoss", "ADRMSELoss"):
                yield case(rng, f"{name} {shape} {kind}", name, {}, columns, labels, kind=logits)
    sizes = shapes["ragged"]
    columns = lists(sizes)
    grades = list_labels(rng, sizes, "grades")
    scores = list_labels(rng, sizes, "scores")
    for scheme, module in schemes.items():
        for k in (None, 2):
            yield case(rng, f"lambda {scheme} {k}", "LambdaLoss", {"weighting_scheme": scheme, "k": k}, columns, grades,
                       make=lambda: {"weighting_scheme": module(), "k": k})
            yield case(rng, f"lambda {scheme} {k} ties", "LambdaLoss", {"weighting_scheme": scheme, "k": k}, columns, scores, kind="ties",
                       make=lambda: {"weighting_scheme": module(), "k": k})
    yield case(rng, "lambda mu", "LambdaLoss", {"weighting_scheme": {"name": "NDCGLoss2PPScheme", "mu": 2.5}}, columns, grades,
               make=lambda: {"weighting_scheme": reference.NDCGLoss2PPScheme(mu=2.5)})
    yield case(rng, "lambda none", "LambdaLoss", {"weighting_scheme": None}, columns, grades)
    options = {"k": 3, "sigma": 0.5, "eps": 0.5, "reduction_log": "natural", "mini_batch_size": 4}
    for name in ("LambdaLoss", "RankNetLoss"):
        yield case(rng, f"{name} options", name, {**options, "activation_fn": "Sigmoid"}, columns, grades,
                   make=lambda: {**options, "activation_fn": nn.Sigmoid()})
    for name in ("ListNetLoss", "ListMLELoss", "PListMLELoss", "ADRMSELoss"):
        more = {"ListNetLoss": {}, "ADRMSELoss": {"alpha": 3.5}}.get(name, {"respect_input_order": False})
        yield case(rng, f"{name} options", name, {**more, "mini_batch_size": -1, "activation_fn": "Tanh"}, columns, grades,
                   make=lambda: {**more, "mini_batch_size": -1, "activation_fn": nn.Tanh()})
        yield case(rng, f"{name} more", name, more, columns, scores, kind="ties")
        yield case(rng, f"{name} activation none", name, {"activation_fn": None}, columns, scores)
    yield case(rng, "plist none", "PListMLELoss", {"lambda_weight": None}, columns, grades)
    yield case(rng, "plist default", "PListMLELoss", {"lambda_weight": "PListMLELambdaWeight"}, columns, grades,
               make=lambda: {"lambda_weight": reference.PListMLELambdaWeight()})
    for name, function in weights.items():
        yield case(rng, f"plist {name}", "PListMLELoss", {"lambda_weight": {"rank_discount_fn": name}}, columns, grades,
                   make=lambda: {"lambda_weight": reference.PListMLELambdaWeight(rank_discount_fn=function)})
    sizes = [140]  # past 127 documents the weights of PListMLE are scaled down
    yield case(rng, "plist very long", "PListMLELoss", {}, lists(sizes), list_labels(rng, sizes, "grades"))


def random_numbers():
    """Draws one after the other of one generator: orders, whole where they are short, and checked by a few places where long."""
    draws = []
    for seed in (0, 12, 42, 2**32 + 5, 2**63 - 1):
        generator = torch.Generator().manual_seed(seed)
        for n in (1, 5, 10, 1000, 100_000, 5):
            order = torch.randperm(n, generator=generator)
            places = list(range(n)) if n <= 10 else [i * (n - 1) // 23 for i in range(24)]
            weighted = int((order * torch.arange(1, n + 1)).sum())
            draws.append({"seed": seed, "n": n, "places": places, "values": order[places].tolist(), "weighted_sum": weighted})
    raw = []
    for seed in (12, 2**40 + 7):
        generator = torch.Generator().manual_seed(seed)
        raw.append({"seed": seed, "random64": torch.empty(4, dtype=torch.int64).random_(-(2**63), None, generator=generator).tolist()})
    return {"versions": VERSIONS, "randperm": draws, "raw": raw}


def write(name, value):
    lines = json.dumps(value, separators=(",", ":")).replace('{"title"', '\n{"title"').replace('{"seed"', '\n{"seed"')
    (OUT / name).write_text(lines + "\n")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = random.Random(12)
    cases = [*labelled_pair_cases(rng), *negatives_cases(rng), *list_cases(rng)]
    assert all(math.isfinite(entry["value"]) for entry in cases)
    citations = {entry["loss"]: entry.pop("citation") for entry in cases}
    write("losses.json", {"versions": VERSIONS, "citations": citations, "cases": cases})
    write("random.json", random_numbers())
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
