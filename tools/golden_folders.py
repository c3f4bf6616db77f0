"""Files of golden models, written the same by every script that makes some."""

import json
import shutil

from golden_tokenizers import (byte_level_bpe, roberta, tokenizer_config, unigram_camembert, unigram_deberta_v2, unigram_xlm_roberta, wordpiece,
                               wordpiece_mpnet, xlm_roberta)

# The tokenizer of a model_type; byte-level BPE of all others.
KINDS = {"bert": "wordpiece", "electra": "wordpiece", "distilbert": "wordpiece", "deberta-v2": "wordpiece", "roberta": "roberta", "camembert": "roberta",
         "xlm-roberta": "xlm-roberta", "mpnet": "wordpiece-mpnet"}
MAKERS = {"bpe": byte_level_bpe, "wordpiece": wordpiece, "wordpiece-mpnet": wordpiece_mpnet, "roberta": roberta, "xlm-roberta": xlm_roberta,
          "unigram-xlm-roberta": unigram_xlm_roberta, "unigram-camembert": unigram_camembert, "unigram-deberta-v2": unigram_deberta_v2}


def write_json(path, content):
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_tokenizer(path, tokenizer, **changes):
    """tokenizer.json, with `changes` of its keys."""
    content = json.loads(tokenizer.to_str()) | changes
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def begin_folder(folder, config, vocab_size, settings, kind=""):
    """A new folder of a model without its weights; returns the tokenizer, of `kind` or of the model_type's. `settings` replaces keys of
    tokenizer_config.json."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_json(folder / "config.json", config)
    kind = kind or KINDS.get(config["model_type"], "bpe")
    tokenizer = MAKERS[kind](vocab_size)
    write_tokenizer(folder / "tokenizer.json", tokenizer)
    write_json(folder / "tokenizer_config.json", tokenizer_config(kind, settings))
    return tokenizer
