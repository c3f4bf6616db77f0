#!/usr/bin/env python3
"""Writes tests/goldens/tokenizers/: small tokenizers for every part that crossrank has, and what the reference library makes of texts.

    python tools/make_tokenizer_goldens.py [--keep] [--shared SHARED]

--keep trains only tokenizers that have no file yet, because training differs from run to run where counts are equal.

- NAME.json: a tokenizer, trained here on generated text, a few KB.
- texts.jsonl: hostile texts, one a line: a JSON string, or {"repeat": [[string, times], ...]} for long ones.
- NAME.ids.jsonl: per text the ids without special tokens: a list, or {"tokens", "hash"} for long ones.
- pairs.jsonl: pairs of texts with truncation, ids and type ids, for several tokenizers.
- code_points.json: a checksum per 4,096 code points of what each normalizer and pre-tokenizer makes of every code point.
- shared_data.jsonl (with --shared): per data file and real tokenizer the texts, tokens and a hash of all ids.

Made with tokenizers 0.23.3 and sentencepiece 0.2.3. The hash is 64-bit FNV-1a over ids as 32-bit units.
"""
import argparse
import base64
import gzip
import json
import pathlib
import random
import zlib

import golden_sentencepiece as spm
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

GOLDENS = pathlib.Path(__file__).parent.parent / "tests/goldens/tokenizers"
MINILM = pathlib.Path(__file__).parent.parent / "models/crossrank-minilm-l6-v1/tokenizer.json"
LONG = 48  # ids beyond which a golden holds their hash


def fnv1a(ids, value=0xCBF29CE484222325):
    for i in ids:
        value = ((value ^ i) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


# ---- texts -----------------------------------------------------------------------------------------------------------------------

WORDS = ("the of and to in is was for on that with as by it are from at this have or be not an which their has they were one all would "
         "there been who when more will no if out so what up into than them only other new some could time these two may then do first "
         "any my now such like our over me even most made after also did many before must through back years where much your way down "
         "should because long each just those people how too little good world very water river stone lantern harbour winter garden "
         "poetry rhythm metre stanza rhyme image metaphor reader writer language sound silence meaning line verse form element").split()
FOREIGN = ["el río corre entre las montañas y el niño canta", "die Straße führt über die Brücke nach Süden", "το ποτάμι κυλά ήσυχα προς τη θάλασσα",
           "река течёт между горами и поёт", "नदी पहाड़ों के बीच बहती है", "แม่น้ำไหลผ่านภูเขา", "النهر يجري بين الجبال", "河流在群山之间流淌。",
           "dòng sông chảy giữa những ngọn núi", "nehir dağların arasından akar, İstanbul'a ılık", "강은 산 사이로 흐른다", "川は山の間を流れる"]


def training_text():
    rng = random.Random(7)
    lines = []
    for i in range(400):
        words = [rng.choice(WORDS) for _ in range(rng.randint(4, 14))]
        words[0] = words[0].capitalize()
        if i % 5 == 0:
            words.insert(2, str(rng.randint(0, 2030)) + rng.choice(["", "%", "th", ".5"]))
        if i % 7 == 0:
            words[-1] += "'" + rng.choice(["s", "t", "re", "ve", "ll", "d", "m"])
        lines.append(rng.choice([" ", " ", ", "]).join(words) + rng.choice([".", "?", "!", " ...", ";"]))
    return lines + FOREIGN * 6


def special_texts():
    """Every special token as text, alone, inside words and among white space."""
    texts = []
    for token in ["[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]", "<s>", "</s>", "<|endoftext|>", "<|padding|>", "|||IP_ADDRESS|||", "[unused1]",
                  "<word>", "Day", "<left>", "<right>", "<both>"]:
        texts += [token, f"a{token}b", f"a  {token}  b", f" \n{token}\t\u00a0{token} ", f"{token}{token}", f"é{token}é", token.lower(), token.upper()]
    return texts


def sentencepiece_texts():
    """What Metaspace, Precompiled and byte fallback stumble over: the underline itself, clusters of up to 5 bytes and longer ones, pieces spelled out."""
    return ["\u2581", "a\u2581b", "\u2581\u2581the", "the\u2581", " \u2581 the", "\u2581 ", "  the  river  ", "the \u3000river", "\ufb01\u0301", "\ufb01\u0301\u0301", "x\ufb01",
            "a\r\nb\n\rc\r", "\r\n\r\n", "a\u0301\u0300", "a\u0300\u0301b", "\uff21\u0301", "\u00bd\u0301", "\u2460\u20dd", "<unk>", "<unk><unk>x", "x<unk>\u1234", "<0x41>", "<0x0A> <0xff>",
            "\u1100\u1161\u11a8", "\u1100\u0301\u1161\u0301", "\ud55c\u11a8\u0301", "\ua960\ud7b0\ud7cb\u0301", "\u0600a", "\u06001\u0301", "\u00a9\u200d\u00a9\u0301", "\u263a\u0301\u200d\u263a\u0301",
            "\u0915\u094d\u0924\u0301", "\u0915\u0301\u094d\u200d\u0924\u0301", "\u0b95\u0bcd\u0ba4\u0301", "\U0001f1e9\U0001f1ea\U0001f1eb", "\u200d\u0301", "\u200ba\u0301", "\U000e0001\u0301\u0301", "e\u200c\u0301",
            "\u0e01\u0e33", "\u0f40\u0f71\u0f72", "\uff76\uff9e\uff76", "\u304b\u3099\u304b", "\ufdfa \ufdfa", "\u1234\u1235 \u1236", "1,000 \uff11\uff12\uff13", "\u0301 the", "\u0001 the", "the\u0001river",
            "``quoted'' text", "2023-11-27", "a-b--c", "<s>the</s>", "the <mask> river", "the<mask>river", "<mask><mask> <mask>", "[UNK]the [UNK]", "the [MASK] river", "THE RIVER \u00c9T\u00c9 STRASSE", "\u0130I \u00df"]


def hostile_texts():
    texts = ["", " ", "  ", "a", "\n", "\0", "a\0b", "\x00\x01\x02\x07\x08\x0b\x0c\x1b\x7f", "a\tb\r\nc\n\n\nd", "\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000",
             "zero\u200bwidth\u200cjoin\u200der\u2060\ufeff", "\ufffd", "a\ufffdb", "\ufffe\uffff", "\U0010ffff\U0001ffff", "\ue000\uf8ff\U000f0000\U00100000",
             "\u0378\u0530\U00011fff\U000e0080 unassigned", "soft\u00adhyphen", "\u202ertl\u202c", "e\u0301 e\u0316\u0301 e\u0301\u0316", "\u0301start", "a\u0328\u0301\u0327",
             "\u1e9b\u0323 \u0344 \u0958 \u2126 \u212b \u1100\u1161\u11a8 \uac00\u11a8 \u11a7", "q\u0307\u0323", "\u0b47\u0b3e \u0cc6\u0cc2\u0cd5", "\u302e\u0001\u0316\u0301 \u1d165",
             "ﬁﬂﬀﬃ ㎏ ½ ² ① Ⅷ ｶﾞ ａｂｃ", "Ǆ ǅ ǆ ẞ ß ſ", "İIıi İstanbul DİYARBAKIR", "ΣΑΣ σας ΌΣΟΣ", "ῼ ᾳ Ώ", "ÀÉÎÕÜ àéîõü ÀÉ", "Ａ\U00010400\U0001e900\ua64a\u13a0\uab70",
             "👍 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 ☺️ ❤", "中文 漢字かなカナ 한국어", "㐀\U00020000\U0002a700\U0002b820\U0002b920\U0002f800\uf900", "नमस्ते दुनिया", "สวัสดีชาวโลก", "مرحبا بِالعَالَم", "שָׁלוֹם",
             "١٢٣ ४५६ ⅓ ๑ 123 12345678901234567890 3.14 1,000", "a1b2c3 x² H₂O", "don't we'll I'd you're they've I'm it's 'tis ''s 's'S 'LL DON'T", "'", "''", "'s", " 's", "a' b", "x'rex",
             "hello   world", "hello \n world", "a \t\n  b", "trailing   ", "   leading", "\n\n\n", " \n ", "a\u00a0 b", "a \u00a0b", "\u3000a\u3000\u3000b",
             "!?.,;:-_()[]{}<>@#$%^&*+=/\\|`~\"'", "a!b?c", "...", "--- ===", "“quoted” ‘single’ «guillemets» – — …", "¿¡§¶†‡•", "$100 €50 £20 ¥10 ₿1", "x=y+z/2*3^4", "a_b __init__ snake_case",
             "http://example.org/a?b=c&d=%20#e", "user@example.org", "C:\\dir\\file.txt", "<b>bold</b> &amp; &#39;", "\u2e2e\u2e52\u2e5d\U00010b3f\U00011a3f\u061d", "\u1b7d\u1b4e",
             "\ua7cb\ua7da\u1c89\U00010d50\U00010d70\U00016ea0", "\U0001e290\U0001e4d0\U00011f00\U0001d2c0\u2fff\u31ef", "\U00010ec5\U000105c0\U000113c5\u0897\U00010d69",
             "supercalifragilisticexpialidocious antidisestablishmentarianism", "xqzjkvwpf", "🜁" * 20, "a" * 99, "a" * 100, "a" * 101, "é" * 100, "é" * 101, "文" * 101,
             "the river of the stone lantern", "The Day day DAY dAy", "yesterday Daylight", "a<word>b <word> c<word> <word>d _<word>", "x <left>y", "x <left> y", "x<right>  y", "x <both> <both>  y",
             "  \t<left>\n  <right>  \u00a0<both>\u2003", "<right>    <left>    <right>", "[MASK]  [MASK]", " [MASK]", "    code    indented\n        more"]
    texts += sentencepiece_texts()
    texts += ["\u0001" * 3 + "x", "a\u0300\u0301\u0302" * 5, "\u0327\u0301" * 10, "각" * 5, "\U0001d15e\U0001d15f"]
    rng = random.Random(11)
    blocks = [(0x20, 0x7F), (0xA0, 0x180), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE80), (0x1100, 0x1200), (0x1E00, 0x2100), (0x2100, 0x2C00),
              (0x3000, 0x3400), (0xA640, 0xAC00), (0xF900, 0x10000), (0x10000, 0x11000), (0x1D100, 0x1D200), (0x1F000, 0x1FB00), (0, 0x20)]
    for _ in range(40):
        low, high = rng.choice(blocks)
        texts.append("".join(chr(rng.choice([rng.randrange(low, high), rng.randrange(0x20, 0x7F), 0x20, 0x301])) for _ in range(rng.randint(1, 30))))
    texts += special_texts()
    repeats = [[["a", 100000]], [["é", 50000]], [["the", 30000]], [[" ", 100000]], [["\n", 100000]], [[" \n", 50000]], [["'", 50000]], [["ab ", 30000]],
               [["\u0301", 30000]], [["e\u0301\u0316", 20000]], [["1", 50000]], [["!", 50000]], [["文", 30000]], [["👍", 20000]], [["[MASK] ", 5000]], [["\0", 20000]],
               [["abcdefghij", 10000]], [["x", 1], [" ", 99999], ["y", 1]]]
    return texts + [{"repeat": r} for r in repeats]


def expand(text):
    return text if isinstance(text, str) else "".join(part * times for part, times in text["repeat"])


# ---- tokenizers ------------------------------------------------------------------------------------------------------------------

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def trained(model, trainer, normalizer=None, pre_tokenizer=None, processor=None):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(training_text(), trainer)
    if processor:
        tokenizer.post_processor = processor(tokenizer)
    return json.loads(tokenizer.to_str())


def bpe_trainer(size=420, special=(), **kwargs):
    return trainers.BpeTrainer(vocab_size=size, special_tokens=list(special), show_progress=False, **kwargs)


def byte_level(size=420, special=("<|padding|>", "<|endoftext|>"), **kwargs):
    return bpe_trainer(size, special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **kwargs)


def wordpiece(normalizer=None, pre_tokenizer=None, processor=None, size=400, **kwargs):
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False, **kwargs)
    return trained(models.WordPiece(unk_token="[UNK]"), trainer, normalizer, pre_tokenizer, processor)


def template(tokenizer):
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    return processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])


def added(content, **options):
    token = {"id": 0, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {**token, **options}


def modernbert(merges_as_strings):
    """ModernBERT's own pipeline over a small vocabulary, with its kinds of added tokens: runs of spaces, a stripping [MASK]."""
    t = trained(models.BPE(), byte_level(), normalizers.NFC(), pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokens = [added("|||IP_ADDRESS|||", normalized=True)] + [added(" " * n, normalized=True) for n in range(24, 1, -1)]
    tokens += [added("<|padding|>", special=True), added("<|endoftext|>", special=True)]
    tokens += [added(s, special=True, lstrip=s == "[MASK]") for s in ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]]
    tokens += [added(f"[unused{i}]", normalized=True) for i in range(3)]
    t["added_tokens"] = tokens
    tokenizer = Tokenizer.from_str(json.dumps(t))
    for token in tokens:
        token["id"] = tokenizer.token_to_id(token["content"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(s, tokenizer.token_to_id(s)) for s in ["[CLS]", "[SEP]"]])
    t = json.loads(tokenizer.to_str())
    if merges_as_strings:
        t["model"]["merges"] = [" ".join(pair) for pair in t["model"]["merges"]]
    return t


def with_added(t, tokens, **model_fields):
    t["added_tokens"] = t["added_tokens"] + tokens
    t["model"].update(model_fields)
    return t


def make_tokenizers():
    split, bert = pre_tokenizers.Split, pre_tokenizers.BertPreTokenizer
    n, p = normalizers, pre_tokenizers
    stripping = [added("<word>", single_word=True), added("Day", normalized=True), added("<left>", lstrip=True), added("<right>", rstrip=True),
                 added("<both>", lstrip=True, rstrip=True), added("day light", normalized=True, single_word=True)]
    llama = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    gpt2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    bert_processing = lambda t: processors.BertProcessing(("[SEP]", t.token_to_id("[SEP]")), ("[CLS]", t.token_to_id("[CLS]")))
    roberta = lambda t: processors.Sequence([processors.ByteLevel(trim_offsets=True),
                                             processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")))])
    yield "modernbert_string_merges", modernbert(True)
    yield "modernbert_pair_merges", modernbert(False)
    yield "roberta", trained(models.BPE(), byte_level(special=("<s>", "</s>")), None, p.ByteLevel(add_prefix_space=True), roberta)
    yield "ignore_merges", with_added(trained(models.BPE(), byte_level(), n.Sequence([n.NFD(), n.StripAccents()]), p.Sequence(
        [split(Regex(llama), "isolated"), p.ByteLevel(add_prefix_space=False, use_regex=False)])), [], ignore_merges=True)
    yield "byte_level_spelled", trained(models.BPE(), byte_level(), None, p.Sequence([p.ByteLevel(add_prefix_space=False), p.Digits(True)]))
    yield "gpt2_split", trained(models.BPE(), byte_level(), n.NFKC(), p.Sequence([split(Regex(gpt2), "removed", invert=True), p.ByteLevel(use_regex=False)]))
    yield "bpe_unknown", with_added(trained(models.BPE(unk_token="[UNK]"), bpe_trainer(200, SPECIAL, limit_alphabet=40), n.NFKD(), p.Whitespace()), stripping)
    yield "bpe_fused_unknown", trained(models.BPE(unk_token="[UNK]", fuse_unk=True), bpe_trainer(200, SPECIAL, limit_alphabet=40), None, p.WhitespaceSplit())
    yield "bpe_affixes", trained(models.BPE(unk_token="[UNK]", continuing_subword_prefix="##", end_of_word_suffix="</w>"),
                                 bpe_trainer(400, SPECIAL, limit_alphabet=60, continuing_subword_prefix="##", end_of_word_suffix="</w>"), n.Lowercase(), bert())
    yield "bpe_whole_text", with_added(trained(models.BPE(), bpe_trainer(220, [], limit_alphabet=50)), stripping)
    yield "wordpiece_bert", wordpiece(n.BertNormalizer(), bert(), template)
    yield "wordpiece_cased", with_added(wordpiece(n.BertNormalizer(lowercase=False), bert(), bert_processing), stripping)
    yield "wordpiece_accents", wordpiece(n.BertNormalizer(clean_text=False, strip_accents=False), bert())
    yield "wordpiece_stripped", wordpiece(n.BertNormalizer(handle_chinese_chars=False, strip_accents=True, lowercase=False), p.WhitespaceSplit())
    yield "wordpiece_parts", with_added(wordpiece(n.Sequence([n.NFKD(), n.StripAccents(), n.Lowercase()]), p.Sequence(
        [p.WhitespaceSplit(), p.Digits(False), p.Punctuation("contiguous")]), template), stripping, max_input_chars_per_word=12)
    for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        yield f"split_{behavior}", wordpiece(n.NFC(), p.Sequence([split(Regex(r"\s+|\d|[.,!?-]"), behavior), split("e", behavior), p.Punctuation(behavior)]), size=200,
                                             limit_alphabet=60)


def sentencepiece_tokenizers():
    """(name, maker): trained by SentencePiece on the same text, in the forms of the models that people run and some that they could."""
    model = lambda rules="few", size=400, **options: spm.trained(training_text(), size, rules, **options)
    few = lambda name, **options: spm.special(name, **{"special": False, **options})
    word = few("river", normalized=True)
    yield "unigram_xlm_roberta", lambda: spm.xlm_roberta(model("nmt_nfkc"))
    yield "unigram_xlm_roberta_old", lambda: spm.xlm_roberta(model(), old=True)
    yield "unigram_deberta_v2", lambda: spm.deberta_v2(model())
    yield "unigram_deberta_v2_punct", lambda: spm.deberta_v2(model(), split_by_punct=True)
    yield "unigram_camembert", lambda: spm.camembert(model())
    yield "unigram_cased_no_split", lambda: spm.tokenizer(spm.pieces(spm_cf := model("nmt_nfkc_cf")), "<unk>", [word], spm.precompiled(spm_cf),
                                                          spm.metaspace(prepend_scheme="always", split=False))
    yield "unigram_byte_fallback_first", lambda: spm.tokenizer(spm.pieces(few_model := model(size=600, byte_fallback=True, character_coverage=0.98)), "<unk>",
                                                               [spm.special("<mask>", lstrip=True), word], spm.sequence("normalizers", {"type": "Nmt"}, {"type": "NFKC"},
                                                               spm.precompiled(few_model)), spm.metaspace(prepend_scheme="first", split=True), byte_fallback=True)
    yield "unigram_first_of_parts", lambda: spm.tokenizer(spm.pieces(model()), "<unk>", [word], spm.sequence("normalizers", spm.replace("", String="e"), spm.strip(True, False)),
                                                          spm.sequence("pretokenizers", {"type": "Digits", "individual_digits": False}, spm.metaspace(prepend_scheme="first")))
    yield "unigram_never", lambda: spm.tokenizer([*spm.pieces(model()), ("the", -3.5), ("r", -0.25)], "<unk>", [word], spm.sequence("normalizers", spm.replace("\"", String="``"),
                                                 spm.replace("\"", String="''"), spm.replace("0", Regex="[0-9]{2,4}-"), {"type": "StripAccents"}),
                                                 spm.metaspace(prepend_scheme="never", add_prefix_space=False, split=True))
    yield "unigram_no_pre_tokenizer", lambda: spm.tokenizer(spm.pieces(model()), "<unk>", [word], spm.sequence("normalizers", {"type": "Prepend", "prepend": "\u2581"},
                                                            spm.replace("\u2581", String=" ")), None)


def all_tokenizers():
    yield from sentencepiece_tokenizers()
    yield "bpe_byte_fallback", byte_fallback_bpe
    yield "bpe_byte_fallback_in_part", lambda: byte_fallback_bpe(missing=range(0xE1, 0xE5))
    yield "bpe_byte_level_normalizer", byte_level_normalizer
    yield "word_level", word_level
    for name, config in make_tokenizers():
        yield name, lambda config=config: config


def byte_fallback_bpe(missing=()):
    """Llama's form: spaces made visible by the normalizer, no pre-tokenizer, characters out of the vocabulary in bytes."""
    t = trained(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
                bpe_trainer(560, ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256) if b not in missing)], limit_alphabet=40),
                normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]))
    t["added_tokens"] = [token for token in t["added_tokens"] if not token["content"].startswith("<0x")]
    return t


def word_level():
    return trained(models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(vocab_size=200, special_tokens=SPECIAL, show_progress=False),
                   normalizers.Sequence([normalizers.Strip(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]),
                   pre_tokenizers.Sequence([pre_tokenizers.CharDelimiterSplit(" "), pre_tokenizers.FixedLength(length=5)]))


def byte_level_normalizer():
    t = trained(models.BPE(), byte_level(), normalizers.ByteLevel())
    return t


# ---- goldens ---------------------------------------------------------------------------------------------------------------------

def golden_ids(ids):
    return ids if len(ids) <= LONG else {"tokens": len(ids), "hash": f"{fnv1a(ids):016x}"}


def write_lines(path, values):
    path.write_text("".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n" for value in values))


def write_ids(name, tokenizer, texts):
    ids = [tokenizer.encode(expand(t), add_special_tokens=False).ids for t in texts]
    write_lines(GOLDENS / f"{name}.ids.jsonl", map(golden_ids, ids))


def pair_goldens(name, tokenizer, rng):
    """Pairs of every relation of lengths, cut to limits from the special tokens alone up to no cut."""
    special = tokenizer.num_special_tokens_to_add(True)
    words = lambda count: " ".join(rng.choice(WORDS) for _ in range(count))
    for left, right in [(0, 0), (0, 5), (5, 0), (1, 1), (3, 3), (2, 9), (9, 2), (7, 8), (8, 7), (12, 12)]:
        query, document = words(left), words(right)
        total = len(tokenizer.encode(query, document).ids)
        for limit in sorted({special, special + 1, special + 2, special + 5, (total + special) // 2, total - 1, total, total + 3}):
            if limit < special:
                continue
            for strategy in ["longest_first", "only_second"]:
                tokenizer.enable_truncation(limit, strategy=strategy)
                row = {"tokenizer": name, "query": query, "document": document, "max_length": limit, "truncation": strategy}
                try:
                    encoding = tokenizer.encode(query, document)
                    row.update(ids=encoding.ids, type_ids=encoding.type_ids)
                except BaseException:  # the reference panics where nothing of the document would be left
                    row.update(error=True)
                tokenizer.no_truncation()
                yield row


def block_text(first):
    """Each code point of a block among letters, marks, digits and spaces."""
    chars = (chr(c) for c in range(first, first + 0x100) if not 0xD800 <= c <= 0xDFFF)
    return "".join(f" {c} a{c}b\u0316{c}\u0301x1{c}2" for c in chars)


def precompiled_of(name):
    """The normalizer Precompiled of a golden tokenizer, which may stand in a Sequence."""
    config = json.loads((GOLDENS / f"{name}.json").read_text())["normalizer"]
    step = next(step for step in config.get("normalizers", [config]) if step["type"] == "Precompiled")
    return normalizers.Precompiled(base64.b64decode(step["precompiled_charsmap"]))


def code_point_goldens():
    n, p = normalizers, pre_tokenizers
    parts = {name: getattr(n, name)() for name in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"]}
    parts["BertNormalizer"] = n.BertNormalizer()
    parts["BertNormalizer cased"] = n.BertNormalizer(lowercase=False)
    parts["BertNormalizer accents"] = n.BertNormalizer(strip_accents=False)
    parts["Nmt"] = n.Nmt()
    charsmaps = {"Precompiled nmt_nfkc": "unigram_xlm_roberta", "Precompiled nmt_nfkc_cf": "unigram_cased_no_split", "Precompiled few": "unigram_xlm_roberta_old"}
    parts.update({name: precompiled_of(tokenizer) for name, tokenizer in charsmaps.items()})
    parts["ByteLevelNormalizer"] = n.ByteLevel()
    parts.update({"ByteLevel": p.ByteLevel(add_prefix_space=False), "BertPreTokenizer": p.BertPreTokenizer(), "Whitespace": p.Whitespace(),
                  "WhitespaceSplit": p.WhitespaceSplit(), "Punctuation": p.Punctuation("isolated"), "Digits": p.Digits(False)})
    goldens = {}
    for name, part in parts.items():
        sums = []
        for first in range(0, 0x110000, 0x1000):
            crc = 0
            for block in range(first, first + 0x1000, 0x100):
                text = block_text(block)
                out = part.normalize_str(text) if hasattr(part, "normalize_str") else "\n".join(piece for piece, _ in part.pre_tokenize_str(text))
                crc = zlib.crc32(out.encode("utf-8"), crc)
            sums.append(crc)
        config = {"of": charsmaps[name]} if name in charsmaps else json.loads(part.__getstate__())
        goldens[name] = {"config": config, "crc32": sums}
    return goldens


def data_texts(path):
    """All strings of a JSON Lines file, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield from strings_in(json.loads(line))


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from strings_in(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


def shared_goldens(shared):
    tokenizers = {"modernbert": Tokenizer.from_file(str(shared / "assets/modernbert-tokenizer/tokenizer.json")), "minilm": Tokenizer.from_file(str(MINILM))}
    rows = []
    for name, tokenizer in tokenizers.items():
        tokenizer.no_truncation()
        tokenizer.no_padding()
        for path in sorted((shared / "data").rglob("*.jsonl.gz")):
            texts, tokens, value = 0, 0, 0xCBF29CE484222325
            batch = list(data_texts(path))
            for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
                texts, tokens, value = texts + 1, tokens + len(encoding.ids), fnv1a(encoding.ids, value)
            rows.append({"tokenizer": name, "file": str(path.relative_to(shared / "data")), "texts": texts, "tokens": tokens, "hash": f"{value:016x}"})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=pathlib.Path, help="folder with data/ and assets/: also write shared_data.json")
    parser.add_argument("--only-shared", action="store_true")
    parser.add_argument("--keep", action="store_true", help="train only tokenizers that have no file yet")
    arguments = parser.parse_args()
    GOLDENS.mkdir(parents=True, exist_ok=True)
    if arguments.shared:
        write_lines(GOLDENS / "shared_data.jsonl", shared_goldens(arguments.shared))
    if arguments.only_shared:
        return
    texts = hostile_texts()
    write_lines(GOLDENS / "texts.jsonl", texts)
    pairs = []
    for name, make in all_tokenizers():
        path = GOLDENS / f"{name}.json"
        if not (arguments.keep and path.exists()):
            path.write_text(json.dumps(make(), ensure_ascii=False, separators=(",", ":")) + "\n")
        tokenizer = Tokenizer.from_file(str(path))
        write_ids(name, tokenizer, texts)
        if name in ("modernbert_string_merges", "roberta", "wordpiece_bert", "wordpiece_cased", "bpe_unknown", "unigram_xlm_roberta_old", "unigram_deberta_v2"):
            pairs += pair_goldens(name, tokenizer, random.Random(5))
    if MINILM.exists():
        tokenizer = Tokenizer.from_file(str(MINILM))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        write_ids("minilm", tokenizer, texts)
    write_lines(GOLDENS / "pairs.jsonl", pairs)
    (GOLDENS / "code_points.json").write_text(json.dumps(code_point_goldens(), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
