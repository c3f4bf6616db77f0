"""The golden training runs: models, texts and runs as data. make_training_goldens.py turns this list into files.

Dropout is off, because no two programs draw the same masks. Rows of every data set are no multiple of the batch, so that each epoch ends
with a short batch, and no number of batches is one of the accumulation, so that an update can be of fewer batches than the others.
"""

import random
from dataclasses import dataclass, field

from golden_models import bert, modernbert, mpnet
from golden_tokenizers import CORPUS

STEPS, BATCH, MAX_LENGTH = 50, 8, 80

MODELS = {
    "bert": bert(vocab_size=224, hidden_size=32, intermediate_size=40, num_hidden_layers=2, max_position_embeddings=96,
                 hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0),
    "modernbert": modernbert(vocab_size=290, hidden_size=32, intermediate_size=32, num_hidden_layers=3, local_attention=16,
                             max_position_embeddings=512),
}

# Plain encoders as on the Hub: what a new head is put on.
PLAIN = {
    "plain-bert": bert(architectures=["BertModel"], vocab_size=224, intermediate_size=40, num_hidden_layers=1, max_position_embeddings=96,
                       id2label=None, label2id=None),
    "plain-bert-masked-lm": bert(architectures=["BertForMaskedLM"], vocab_size=224, intermediate_size=40, num_hidden_layers=1,
                                 max_position_embeddings=96, id2label=None, label2id=None),
    "plain-modernbert-masked-lm": modernbert(architectures=["ModernBertForMaskedLM"], vocab_size=290, intermediate_size=32,
                                             num_hidden_layers=2, id2label=None, label2id=None),
    "plain-modernbert": modernbert(architectures=["ModernBertModel"], vocab_size=290, intermediate_size=24, num_hidden_layers=1,
                                   id2label=None, label2id=None),
}

LATER_MODELS = {  # behind the others, whose weights are drawn by their places
    "mpnet": mpnet(vocab_size=230, hidden_size=32, intermediate_size=40, num_hidden_layers=2, max_position_embeddings=98,
                   hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0),
}


@dataclass
class Run:
    """One training run: `loss` is a class of the reference, `loss_arguments` its parameters; `recipe` differs from the shared one.

    `free_constant`: the loss sees only differences of logits. The gradient of the classifier's bias is then zero but for rounding, AdamW
    makes steps of the learning rate's size of any rounding, and trained logits are what they are up to a constant.
    """
    loss: str
    data: str
    loss_arguments: dict = field(default_factory=dict)
    recipe: dict = field(default_factory=dict)
    models: tuple = ("bert", "modernbert")
    suffix: str = ""
    free_constant: bool = False


SHARED_RECIPE = {
    "max_length": MAX_LENGTH, "per_device_train_batch_size": BATCH, "gradient_accumulation_steps": 1, "max_steps": STEPS,
    "learning_rate": 1e-3, "lr_scheduler_type": "linear", "warmup_ratio": 0.1, "weight_decay": 0.01, "max_grad_norm": 1.0, "seed": 12,
    "logging_steps": 1,
}

RUNS = [
    Run("BinaryCrossEntropyLoss", "pairs.jsonl", {"pos_weight": 5.0}),
    Run("MultipleNegativesRankingLoss", "triplets.jsonl", {"num_negatives": None}),  # all others of the batch: nothing is drawn
    Run("LambdaLoss", "lists.jsonl", free_constant=True),
    Run("MarginMSELoss", "margins.jsonl", recipe={"max_steps": -1, "num_train_epochs": 2}, free_constant=True),
    Run("BinaryCrossEntropyLoss", "pairs.jsonl", {"pos_weight": 5.0}, {"gradient_accumulation_steps": 2, "lr_scheduler_type": "cosine"},
        suffix="accumulated"),
    # Enough decay to show whether biases of distance decay: by their name they do not.
    Run("BinaryCrossEntropyLoss", "pairs.jsonl", {"pos_weight": 5.0}, {"weight_decay": 2.0}, models=("mpnet",), suffix="decay"),
]


def _sentences():
    return CORPUS.strip().splitlines()


class Texts:
    """Queries of a sentence's words, and documents that speak of it or do not, of 1 to 24 words."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.seen = set()

    def query(self):
        """A topic and some of its words, never the same twice."""
        while True:
            topic = self.draw.randrange(len(_sentences()))
            words = _sentences()[topic].split()
            start = self.draw.randrange(len(words) - 2)
            text = " ".join(words[start : start + self.draw.randint(2, 6)])
            if text not in self.seen:
                self.seen.add(text)
                return topic, text

    def document(self, topic):
        """Words of the topic's sentence and of another, in their order or not."""
        words = _sentences()[topic].split() + _sentences()[self.draw.randrange(len(_sentences()))].split()
        start = self.draw.randrange(8)
        words = words[start : start + self.draw.choice((1, 2, 4, 6, 8, 10, 12, 16, 24))]
        if self.draw.random() < 0.3:
            self.draw.shuffle(words)
        return " ".join(words)

    def other(self, topic):
        """A topic that is not this one."""
        return (topic + 1 + self.draw.randrange(len(_sentences()) - 1)) % len(_sentences())


def pairs(texts, rows):
    """One of three is relevant."""
    result = []
    for _ in range(rows):
        topic, query = texts.query()
        label = int(texts.draw.random() < 1 / 3)
        result.append({"query": query, "document": texts.document(topic if label else texts.other(topic)), "label": label})
    return result


def triplets(texts, rows, with_margin):
    """A query, a document that speaks of it and one that does not; the margin is a teacher's."""
    result = []
    for _ in range(rows):
        topic, query = texts.query()
        row = {"query": query, "positive": texts.document(topic), "negative": texts.document(texts.other(topic))}
        result.append(row | ({"label": round(texts.draw.gauss(1.5, 1.0), 3)} if with_margin else {}))
    return result


def lists(texts, rows):
    """Two to six documents a query, with grades 0 to 3; no two of the same words, whose order by score would be a matter of rounding."""
    result = []
    for _ in range(rows):
        topic, query = texts.query()
        grades = [texts.draw.choice((0, 0, 1, 2, 3)) for _ in range(texts.draw.randint(2, 6))]
        documents, words = [], []
        for grade in grades:
            document = texts.document(topic if grade else texts.other(topic))
            while set(document.split()) in words:
                document = texts.document(topic if grade else texts.other(topic))
            documents.append(document)
            words.append(set(document.split()))
        result.append({"query": query, "documents": documents, "labels": grades})
    return result


def data_sets():
    """File name -> rows. `probe.jsonl` holds the pairs that a trained model scores."""
    return {
        "pairs.jsonl": pairs(Texts(1), 210),
        "triplets.jsonl": triplets(Texts(2), 150, with_margin=False),
        "lists.jsonl": lists(Texts(3), 110),
        "margins.jsonl": triplets(Texts(4), 197, with_margin=True),
        "probe.jsonl": [{key: row[key] for key in ("query", "document")} for row in pairs(Texts(5), 20)],
    }
