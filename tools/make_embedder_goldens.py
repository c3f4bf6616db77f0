#!/usr/bin/env python3
"""Writes tests/goldens/embedders: tiny static embedding models, with the unit vectors that the reference gives for some texts.

    python tools/make_embedder_goldens.py

The reference of a folder with modules.json is Sentence Transformers (encode_query, encode_document), that of one without is
model2vec's StaticModel; both with normalized embeddings, as mining asks for them. Needs tools/requirements.txt.
"""

import json
import shutil
from pathlib import Path

import model2vec
import numpy as np
import sentence_transformers
from model2vec import StaticModel
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer

from golden_folders import write_json, write_tokenizer
from golden_tokenizers import wordpiece

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "goldens" / "embedders"
VOCABULARY, DIMENSIONS, CLUSTERS = 260, 12, 40
TEXTS = [
    "what are the elements of poetry?", "Bread needs flour, water & salt.", "naïve café 🙂", "", "   ", "the river", "the", "日本語",
    "[CLS] the [SEP]", "the river runs north past the old mill and trains leave every twenty minutes; who asked the doctor?",
    "bread " * 40, "the 🙂 mountain 🙂 is 🙂 high",
]


def write_wordpiece(path, truncation=None):
    """The goldens' WordPiece tokenizer; `truncation` as tokenizer.json spells it."""
    write_tokenizer(path, wordpiece(VOCABULARY), truncation=truncation)


def table(seed, rows=VOCABULARY):
    return np.random.default_rng(seed).standard_normal((rows, DIMENSIONS)).astype(np.float32)


def modules(*names):
    """modules.json of these (type, path) pairs."""
    return [{"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"} for i, (kind, path) in enumerate(names)]


def static_embedding(folder):
    """As Sentence Transformers saves it, with prompts, and a tokenizer that cuts."""
    place = folder / "0_StaticEmbedding"
    place.mkdir()
    write_json(folder / "modules.json", modules(("StaticEmbedding", place.name), ("Normalize", "1_Normalize")))
    write_json(folder / "config_sentence_transformers.json", {
        "model_type": "SentenceTransformer", "prompts": {"query": "which ", "document": "the answer: ", "other": "bread "},
        "default_prompt_name": "other", "similarity_fn_name": "cosine"})
    write_wordpiece(place / "tokenizer.json", {"direction": "Right", "max_length": 14, "strategy": "LongestFirst", "stride": 0})
    save_file({"embedding.weight": table(1)}, place / "model.safetensors")


def static_keep_end(folder):
    """The end of a long text counts; vectors cut to eight dimensions."""
    write_json(folder / "modules.json", modules(("StaticEmbedding", "")))
    write_json(folder / "config_sentence_transformers.json", {"prompts": {"query": None}, "default_prompt_name": None, "truncate_dim": 8})
    write_wordpiece(folder / "tokenizer.json", {"direction": "Left", "max_length": 9, "strategy": "LongestFirst", "stride": 0})
    save_file({"embedding.weight": table(2)}, folder / "model.safetensors")


def quantized(seed):
    """Vectors of clusters, the cluster of each token, and its weight: model2vec's vocabulary quantization."""
    generator = np.random.default_rng(seed)
    return {"embeddings": generator.integers(-127, 128, (CLUSTERS, DIMENSIONS), dtype=np.int8),
            "mapping": generator.integers(0, CLUSTERS, VOCABULARY, dtype=np.int64),
            "weights": generator.uniform(0.2, 3.0, VOCABULARY).astype(np.float32)}


def model2vec_saved(folder):
    """As model2vec saves it for Sentence Transformers too, whose rules then hold: unknown tokens count, nothing is cut."""
    write_json(folder / "modules.json", modules(("StaticEmbedding", "."), ("Normalize", "1_Normalize")))
    write_json(folder / "config.json", {"normalize": True, "embedding_dtype": "int8", "vocabulary_quantization": CLUSTERS})
    write_wordpiece(folder / "tokenizer.json")
    save_file(quantized(3), folder / "model.safetensors")


def model2vec_quantized(folder):
    """The same tensors without modules.json: model2vec's own rules."""
    model2vec_saved(folder)
    (folder / "modules.json").unlink()


def model2vec_plain(folder):
    """A vector a token, at most six tokens, and a median length of a token by which the text is cut before."""
    write_json(folder / "config.json", {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": False, "max_length": 6})
    write_wordpiece(folder / "tokenizer.json", {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0})
    save_file({"embeddings": table(5)}, folder / "model.safetensors")


def model2vec_no_limit(folder):
    """max_length null: nothing is cut; weights in double precision."""
    write_json(folder / "config.json", {"normalize": True, "max_length": None})
    write_wordpiece(folder / "tokenizer.json", {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0})
    weights = np.random.default_rng(7).uniform(0.2, 3.0, VOCABULARY)
    save_file({"embeddings": table(6), "weights": weights}, folder / "model.safetensors")


def floats(row):
    """Numbers that give the same fp32 when read."""
    return [float(f"{value:.9g}") for value in row]


def vectors(folder):
    """(queries, documents) as the reference embeds them."""
    if (folder / "modules.json").exists():
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        return model.encode_query(TEXTS, normalize_embeddings=True), model.encode_document(TEXTS, normalize_embeddings=True)
    model = StaticModel.from_pretrained(folder)
    rows = model.encode(TEXTS, normalize=True).astype(np.float32)
    return rows, rows


def make(write):
    """Writes one golden's folder."""
    folder = FOLDER / write.__name__.replace("_", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write(folder)
    queries, documents = vectors(folder)
    record = {"about": write.__doc__, "made_by": {"script": "tools/make_embedder_goldens.py", "model2vec": model2vec.__version__,
                                                  "sentence_transformers": sentence_transformers.__version__, "numpy": np.__version__}}
    head = json.dumps(record, ensure_ascii=False, indent=2)[:-2]
    rows = ",\n".join("    " + json.dumps({"text": text, "query": floats(query), "document": floats(document)}, ensure_ascii=False)
                      for text, query, document in zip(TEXTS, queries, documents))
    (folder / "cases.json").write_text(f'{head},\n  "cases": [\n{rows}\n  ]\n}}\n', encoding="utf-8")
    print(f"{folder.name}: {len(TEXTS)} texts, {documents.shape[1]} dimensions", flush=True)


def main():
    for write in (static_embedding, static_keep_end, model2vec_saved, model2vec_quantized, model2vec_plain, model2vec_no_limit):
        make(write)


if __name__ == "__main__":
    main()
