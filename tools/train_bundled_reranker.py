"""Makes the bundled reranker: all-MiniLM-L6-v2 fine-tuned as a cross-encoder with one label.

One pass of binary cross-entropy over a shuffled mix of two kinds of pairs:

- answers: questions of SelQA dev with their own candidate sentences, of XQuAD (English) and MedQuAD with negatives mined
  by the bi-encoder, each at least a margin less similar than the right answer, and of OpenTriviaQA with wrong answers
  of the same category;
- similarity: questions, and spans of text that read like titles, against passages of all kinds of closeness.

A teacher labels every pair softly: the bi-encoder's cosine similarity plus the share of the query that BM25 finds in the
passage. Answers are labelled by the truth, with a little of the teacher's label mixed in. Neither SelQA test nor Vaswani
is read. Word embeddings stay frozen: words that training never saw keep their meaning.

    python tools/train_bundled_reranker.py --data DATA --out models/crossrank-minilm-l6-v1
"""

import argparse
import json
import random
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoTokenizer, BertForSequenceClassification, get_linear_schedule_with_warmup

from evaluate_bundled_reranker import Bm25, default_embedder, ndcg_and_mrr, read_json_lines

MAX_LENGTH = 128
BATCH_SIZE = 64
COVERAGE_WEIGHT = 1.0  # of BM25's share beside cosine similarity; best on SelQA dev and XQuAD, flat from 0.7 to 2
TEACHER_CENTRE, TEACHER_SCALE = 0.7, 0.12  # the teacher's score that means 0.5, and how much of it is one logit
TRUTH_WEIGHT = 0.8  # of the truth in an answer's label; the rest is the teacher's
NEGATIVE_MARGIN = 0.05  # a mined negative's cosine is below the right answer's by this
SELQA_REPEATS = 2
TOKENIZER_CONFIG = {
    "cls_token": "[CLS]",
    "do_lower_case": True,
    "mask_token": "[MASK]",
    "model_max_length": 512,
    "pad_token": "[PAD]",
    "sep_token": "[SEP]",
    "strip_accents": None,
    "tokenize_chinese_chars": True,
    "tokenizer_class": "BertTokenizer",
    "unk_token": "[UNK]",
}


@dataclass
class Question:
    """A query, and where there is a truth, documents that answer it and documents that do not."""

    text: str
    positives: list[str] = field(default_factory=list)
    negatives: list[str] = field(default_factory=list)
    mined: int = 0  # how many negatives to mine
    similar: int = 0  # how many pairs of the similarity kind to make
    repeats: int = 1


def cut(text: str, words: int) -> str:
    """The first words of a text."""
    return " ".join(text.split()[:words])


def passages(text: str, rng: random.Random) -> list[str]:
    """A text cut after full stops into passages of one to three sentences, at most 60 words."""
    rest, result = re.split(r"(?<=[.!?]) +(?=[A-Z\"(-])", text.strip()), []
    while rest:
        size = rng.choice((1, 1, 1, 2, 2, 3))
        result.append(cut(" ".join(rest[:size]), 60))
        rest = rest[size:]
    return [passage for passage in result if len(passage.split()) >= 5]


def span(passage: str, rng: random.Random) -> str:
    """A run of 4 to 16 words of a passage, now and then without its short words: a query like a title."""
    words = re.findall(r"[\w'-]+", passage)
    size = rng.randint(4, 16)
    start = rng.randrange(max(1, len(words) - size + 1))
    words = words[start : start + size]
    return " ".join(word for word in words if len(word) > 3 or rng.random() < 0.7)


def read_selqa(data: Path, held_out_share: float, rng: random.Random) -> tuple[list[Question], list[Question]]:
    """SelQA dev's questions, for training and held out."""
    questions = [
        Question(r["query"], list(filter(None, r["positive"])), list(filter(None, r["negative"])), 1, 6, SELQA_REPEATS)
        for r in read_json_lines(data / "selqa" / "dev.jsonl.gz")
    ]
    rng.shuffle(questions)
    held_out = round(len(questions) * held_out_share)
    return questions[held_out:], questions[:held_out]


def read_data(data: Path, share: float, rng: random.Random) -> tuple[list[Question], list[str], list[Question]]:
    """Training questions, the pool of documents that they are compared with, held-out questions."""

    def sample(items: list, count: int) -> list:
        return rng.sample(items, min(len(items), round(count * share)))

    questions, held_out = read_selqa(data, 0.05, rng)
    pool = [text for question in questions for text in question.positives + question.negatives]

    paragraphs = {r["_id"]: r["text"] for r in read_json_lines(data / "xquad-en" / "corpus.jsonl.gz")}
    answer_of = dict(
        line.split("\t")[:2] for line in (data / "xquad-en" / "qrels" / "test.tsv").read_text().splitlines()[1:]
    )
    queries = read_json_lines(data / "xquad-en" / "queries.jsonl.gz")
    questions += [Question(r["text"], [paragraphs[answer_of[r["_id"]]]], [], 4, 4) for r in sample(queries, 700)]
    pool += paragraphs.values()
    pool += [passage for text in paragraphs.values() for passage in passages(text, rng)]

    medical = read_json_lines(data / "medquad" / "pairs.jsonl.gz")
    questions += [Question(r["question"], [cut(r["answer"], 70)], [], 3, 3) for r in sample(medical, 2200)]
    pool += [document for question in questions for document in question.positives]
    pool += sample([passage for r in medical for passage in passages(r["answer"], rng)], 9000)

    trivia = read_json_lines(data / "opentriviaqa" / "pairs.jsonl.gz")
    answers_in = {}
    for r in trivia:
        answers_in.setdefault(r["category"], []).append(r["answer"])
    for r in sample(trivia, 2200):
        wrong = [answer for answer in rng.sample(answers_in[r["category"]], 2) if answer != r["answer"]]
        questions.append(Question(r["question"], [r["answer"]], wrong, 0, 5))
    pool += [f"{r['question']} {r['answer']}" for r in sample(trivia, 4000)]

    pool = list(dict.fromkeys(pool))
    questions += [Question(span(text, rng), similar=8) for text in sample(pool, 6000)]
    return questions, pool, held_out


def encode(embedder: SentenceTransformer, texts: list[str]) -> np.ndarray:
    """Unit vectors, one row a text."""
    with torch.autocast("cpu", torch.bfloat16):
        return embedder.encode(texts, batch_size=128, normalize_embeddings=True).astype(np.float32)


def best(scores: np.ndarray, count: int) -> np.ndarray:
    """Indices of the largest scores, best first."""
    top = np.argpartition(-scores, count)[:count]
    return top[np.argsort(-scores[top], kind="stable")]


def choose_similar(scores: np.ndarray, count: int, rng: np.random.Generator) -> list[int]:
    """Documents near and far: a third each of the best 10, of the next 90, and of the next 900 or any."""
    near = best(scores, 1000)
    ranges = (near[:10], near[10:100], near[100:] if rng.random() < 0.5 else np.arange(len(scores)))
    return list({int(rng.choice(ranges[i % 3])) for i in range(count)})


def make_pairs(questions: list[Question], pool: list[str], embedder: SentenceTransformer, seed: int) -> list[tuple]:
    """(query, document, label) for all questions."""
    rng = np.random.default_rng(seed)
    bm25 = Bm25(pool)
    own = [text for question in questions for text in question.positives + question.negatives]
    texts = list(dict.fromkeys(pool + own))  # the pool first
    row = {text: i for i, text in enumerate(texts)}
    vectors = encode(embedder, texts)
    queries = encode(embedder, [question.text for question in questions])
    pairs = []
    for question, query_vector in zip(questions, queries):
        cosine = vectors @ query_vector
        teacher = cosine.copy()
        teacher[: len(pool)] += COVERAGE_WEIGHT * bm25.coverage(question.text)
        soft = 1 / (1 + np.exp((TEACHER_CENTRE - teacher) / TEACHER_SCALE))

        negatives = list(question.negatives)
        if question.mined:
            limit = max(cosine[row[text]] for text in question.positives) - NEGATIVE_MARGIN
            near = [texts[i] for i in best(cosine[: len(pool)], 50) if cosine[i] < limit]
            negatives += [text for text in near if text not in question.positives][: question.mined]
        for truth, documents in ((1.0, question.positives), (0.0, negatives)):
            for text in documents:
                label = TRUTH_WEIGHT * truth + (1 - TRUTH_WEIGHT) * soft[row[text]]
                pairs += [(question.text, text, float(label))] * question.repeats
        chosen = choose_similar(teacher[: len(pool)], question.similar, rng) if question.similar else []
        taken = {*question.positives, *negatives}
        pairs += [(question.text, texts[i], float(soft[i])) for i in chosen if texts[i] not in taken]
    return pairs


def make_batches(tokenizer, pairs: list[tuple], rng: random.Random) -> list[tuple]:
    """Shuffled batches of pairs of about the same length, with their labels; padded to the longest."""
    encoded = tokenizer(
        [query for query, _, _ in pairs], [document for _, document, _ in pairs], truncation=True, max_length=MAX_LENGTH
    )
    order = list(range(len(pairs)))
    rng.shuffle(order)
    batches, window = [], 50 * BATCH_SIZE
    for start in range(0, len(order), window):
        near = sorted(order[start : start + window], key=lambda i: len(encoded["input_ids"][i]))
        batches += [near[i : i + BATCH_SIZE] for i in range(0, len(near), BATCH_SIZE)]
    rng.shuffle(batches)
    return [
        (
            tokenizer.pad({key: [encoded[key][i] for i in batch] for key in encoded}, return_tensors="pt"),
            torch.tensor([[pairs[i][2]] for i in batch]),
        )
        for batch in batches
    ]


@torch.no_grad()
def held_out_ndcg(model, tokenizer, questions: list[Question]) -> float:
    """Mean nDCG@10 of the held-out questions."""
    model.eval()
    results = []
    for question in questions:
        documents = question.negatives + question.positives  # a model that cannot tell gains nothing from the order
        relevant = [False] * len(question.negatives) + [True] * len(question.positives)
        queries = [question.text] * len(documents)
        inputs = tokenizer(
            queries, documents, truncation=True, max_length=MAX_LENGTH, padding=True, return_tensors="pt"
        )
        results.append(ndcg_and_mrr(relevant, model(**inputs).logits[:, 0].numpy(), len(question.positives))[0])
    model.train()
    return float(np.mean(results))


def train(model, tokenizer, batches: list[tuple], held_out: list[Question], learning_rate: float, folder: Path) -> None:
    """One pass with AdamW, linear warm-up and decay and bf16 products; saves now and then, and at the end."""
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0.01, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, len(batches) // 20, len(batches))
    forward = torch.compile(model.train(), dynamic=True)
    started, losses = time.monotonic(), []
    for step, (inputs, labels) in enumerate(batches, 1):
        with torch.autocast("cpu", torch.bfloat16):
            logits = forward(**inputs).logits
        loss = binary_cross_entropy_with_logits(logits.float(), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % 100 == 0 or step == len(batches):
            seconds = time.monotonic() - started
            print(f"step {step}/{len(batches)}, {seconds:.0f} s, loss {np.mean(losses[-100:]):.4f}", flush=True)
        if step % 400 == 0 or step == len(batches):
            print(f"held-out nDCG@10 {held_out_ndcg(model, tokenizer, held_out):.4f}", flush=True)
            save(model, tokenizer, folder)


def save(model, tokenizer, folder: Path) -> None:
    """Writes the folder that CrossEncoder loads; weights in bfloat16."""
    folder.mkdir(parents=True, exist_ok=True)
    model.config.architectures = ["BertForSequenceClassification"]
    config = model.config.to_diff_dict() | {
        "dtype": "bfloat16",
        "hidden_dropout_prob": 0.1,  # for those who train on
        "attention_probs_dropout_prob": 0.1,
        "sentence_transformers": {"activation_fn": "torch.nn.modules.activation.Sigmoid"},
    }
    for name in ("_name_or_path", "_attn_implementation"):
        config.pop(name, None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    weights = {name: value.to(torch.bfloat16).contiguous() for name, value in model.state_dict().items()}
    weights.pop("bert.embeddings.position_ids", None)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.backend_tokenizer.no_truncation()  # whoever loads the folder decides on lengths
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(TOKENIZER_CONFIG, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with selqa/, medquad/ and so on")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the model to")
    parser.add_argument("--embedder", type=Path, default=default_embedder(), help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--share", type=float, default=1.0, help="of the data beside SelQA; less for a quick try")
    parser.add_argument("--learning-rate", type=float, default=1.5e-4)
    parser.add_argument("--seed", type=int, default=12)
    arguments = parser.parse_args()

    rng = random.Random(arguments.seed)
    torch.manual_seed(arguments.seed)
    questions, pool, held_out = read_data(arguments.data, arguments.share, rng)
    embedder = SentenceTransformer(str(arguments.embedder), device="cpu")
    pairs = make_pairs(questions, pool, embedder, arguments.seed)
    tokenizer = AutoTokenizer.from_pretrained(arguments.embedder, model_max_length=512)
    batches = make_batches(tokenizer, pairs, rng)
    tokens = sum(inputs["input_ids"].numel() for inputs, _ in batches)
    print(f"{len(questions):,} questions, {len(pool):,} documents, {len(pairs):,} pairs, {tokens:,} tokens", flush=True)

    # Dropout would slow the products down and a single pass over mostly distinct pairs does not need it.
    model = BertForSequenceClassification.from_pretrained(
        arguments.embedder,
        num_labels=1,
        attn_implementation="eager",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    train(model, tokenizer, batches, held_out, arguments.learning_rate, arguments.out)


if __name__ == "__main__":
    main()
