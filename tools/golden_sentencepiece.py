"""Small Unigram tokenizers, trained with SentencePiece as those of XLM-R, DeBERTa and CamemBERT were, in the forms that their tokenizer.json has.

Needs sentencepiece (0.2.3 made the committed goldens).
"""
import base64
import io
import pathlib
import tempfile
import unicodedata

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

UNDERLINE = "\u2581"


def few_rules():
    """A small map in place of nmt_nfkc's 240 KB: (characters, what they become), of each of its kinds some."""
    single = [*range(0xA0, 0x180), *range(0x3A0, 0x3B0), *range(0x1E00, 0x1E20), *range(0x2000, 0x2010), *range(0x2150, 0x2170), *range(0x2460, 0x2474),
              *range(0x3000, 0x3002), *range(0xFB00, 0xFB07), *range(0xFF01, 0xFF7F), 0xFDFA]
    rules = {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in single}
    for base in "aeiouAEIOU\u03b1\u03b5\u0435":
        for mark in "\u0300\u0301\u0302\u0308\u0327":
            rules[base + mark] = unicodedata.normalize("NFKC", base + mark)
    rules.update({"\uff76\uff9e": "\u30ac", "\u304b\u3099": "\u304c", "\u1100\u1161": "\uac00", "\u1100\u1161\u11a8": "\uac01"})
    rules.update({chr(c): "" for c in [*range(1, 9), 0x0B, *range(0x0E, 0x20), 0x7F]})
    rules.update({c: " " for c in "\t\n\f\r\u200b\u200e\u2028\ufeff\ufffd"})
    return {source: target for source, target in rules.items() if source != target}


def trained(texts, vocab_size, rules="few", **options):
    """The model that SentencePiece makes of `texts`; `rules` is "few" or a name that it knows (nmt_nfkc, nmt_nfkc_cf)."""
    writer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        if rules == "few":
            path = pathlib.Path(folder) / "rules.tsv"
            numbers = lambda text: " ".join(f"{ord(c):X}" for c in text)
            path.write_text("".join(f"{numbers(source)}\t{numbers(target)}\n" for source, target in few_rules().items()))
            options["normalization_rule_tsv"] = str(path)
        else:
            options["normalization_rule_name"] = rules
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(texts), model_writer=writer, vocab_size=vocab_size, hard_vocab_limit=False,
                                                 num_threads=1, minloglevel=2, **options)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(writer.getvalue())
    return model


def precompiled(model):
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()}


def metaspace(**options):
    return {"type": "Metaspace", "replacement": UNDERLINE, **options}


def sequence(kind, *steps):
    return {"type": "Sequence", kind: list(steps)}


def strip(left, right):
    return {"type": "Strip", "strip_left": left, "strip_right": right}


def replace(content, **pattern):
    return {"type": "Replace", "pattern": pattern, "content": content}


def special(content, **options):
    return {"id": 0, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **options}


def roberta_template(ids):
    """<s> A </s> and <s> A </s> </s> B </s>, of one type."""
    token, text = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}, lambda name: {"Sequence": {"id": name, "type_id": 0}}
    single = [token("<s>"), text("A"), token("</s>")]
    return {"type": "TemplateProcessing", "single": single, "pair": [*single, token("</s>"), text("B"), token("</s>")],
            "special_tokens": {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ("<s>", "</s>")}}


def bert_template(ids):
    """[CLS] A [SEP] and [CLS] A [SEP] B [SEP], B of type 1."""
    token, text = lambda name, t: {"SpecialToken": {"id": name, "type_id": t}}, lambda name, t: {"Sequence": {"id": name, "type_id": t}}
    single = [token("[CLS]", 0), text("A", 0), token("[SEP]", 0)]
    return {"type": "TemplateProcessing", "single": single, "pair": [*single, text("B", 1), token("[SEP]", 1)],
            "special_tokens": {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}}


def tokenizer(vocab, unknown, added, normalizer, pre_tokenizer, template=None, byte_fallback=False):
    """A tokenizer.json of a Unigram model. `vocab`: (piece, score) in the order of ids; `added` get their ids here."""
    ids = {piece: index for index, (piece, _) in enumerate(vocab)}
    for token in added:
        token["id"] = ids.setdefault(token["content"], len(ids))
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": normalizer, "pre_tokenizer": pre_tokenizer,
            "post_processor": template(ids) if template else None, "decoder": None,
            "model": {"type": "Unigram", "unk_id": ids[unknown] if unknown else None, "vocab": [list(entry) for entry in vocab], "byte_fallback": byte_fallback}}


def pieces(model, skipped=0):
    return [(piece.piece, piece.score) for piece in model.pieces[skipped:]]


def xlm_roberta(model, old=False):
    """BAAI/bge-reranker-base, -large and -v2-m3 (the old form, of 2020 to 2024), and what Transformers writes since."""
    vocab = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces(model, 3), ("<mask>", 0.0)]
    added = [special(s, lstrip=s == "<mask>") for s in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    space = metaspace(str_rep=UNDERLINE, add_prefix_space=True) if old else metaspace(prepend_scheme="always", split=True)
    normalizer = precompiled(model) if old else sequence("normalizers", precompiled(model), strip(False, True), replace(UNDERLINE, Regex=" {2,}"))
    return tokenizer(vocab, "<unk>", added, normalizer, sequence("pretokenizers", {"type": "WhitespaceSplit"}, space), roberta_template)


def deberta_v2(model, split_by_punct=False):
    """mixedbread-ai/mxbai-rerank v1, cross-encoder/nli-deberta-v3: [UNK] is normalized, unlike the others."""
    vocab = [("[PAD]", 0.0), ("[CLS]", 0.0), ("[SEP]", 0.0), ("[UNK]", 0.0), *pieces(model, 3), ("[MASK]", 0.0)]
    added = [special(s, normalized=s == "[UNK]") for s in ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]")]
    normalizer = sequence("normalizers", strip(True, True), precompiled(model), replace(" ", Regex=" {2,}"))
    steps = [{"type": "Punctuation", "behavior": "Isolated"}] if split_by_punct else []
    return tokenizer(vocab, "[UNK]", added, normalizer, sequence("pretokenizers", *steps, metaspace(prepend_scheme="always", split=True)), bert_template)


def camembert(model):
    """CamemBERT: pieces that are not used among the first, <unk> not at its place."""
    vocab = [("<s>NOTUSED", 0.0), ("<pad>", 0.0), ("</s>NOTUSED", 0.0), ("<unk>", 0.0), ("<unk>NOTUSED", -100.0), *pieces(model, 1), ("<mask>", 0.0)]
    added = [special(s, lstrip=s == "<mask>") for s in ("<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<s>", "</s>", "<mask>")]
    normalizer = sequence("normalizers", precompiled(model), replace(" ", Regex=" {2,}"))
    return tokenizer(vocab, "<unk>", added, normalizer, sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace(prepend_scheme="always", split=True)),
                     roberta_template)
