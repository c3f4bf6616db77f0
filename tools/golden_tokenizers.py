"""Tiny tokenizers for the golden models, made from a page of text: WordPiece as BERT has it, byte-level BPE as ModernBERT has it."""

import json
from collections import Counter

import golden_sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]  # ids 0 to 4 in both tokenizers
ROBERTA_TOKENS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]      # ids 0 to 4

CORPUS = """
what are the characteristics and elements of poetry? poetry is a form of writing that uses sound, rhythm and images.
the river runs north past the old mill, and in spring the water rises over the stones of the bridge.
how tall is the mountain? it stands 8,611 metres above the sea, the second highest in the world.
she asked which medicine would help; the doctor said that rest and water are better than any pill.
a query is short, a document is long: the model reads both at once and gives one score.
trains leave the northern station every twenty minutes between six in the morning and midnight.
who wrote the first book about the stars? nobody knows, but copies were kept in a library by the river.
bread needs flour, water, salt and time; the oven should be hot before the dough goes in.
in 1969 two people walked on the moon while a third kept the ship in orbit above them.
the capital of the country is not its largest city, although many visitors believe that it is.
wind from the east brings rain in the evening; wind from the west brings clear and cold nights.
music was written down with letters long before notes were drawn on lines.
cats sleep most of the day, dogs sleep half of it, and horses can sleep while they stand.
the court decided that the law of 1874 does not apply to ships, only to bridges and roads.
naïve café owners in Zürich and São Paulo sell crème brûlée for 4.50 €.
"""


def _lines():
    return [line for line in CORPUS.strip().splitlines()]


def _pieces(vocab_size, special_tokens):
    """A WordPiece vocabulary: characters, then frequent words and endings. Counted, because a trained one differs from run to run."""
    normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    words = Counter(word for line in _lines() for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(line)))
    endings = Counter()
    for word, count in words.items():
        endings.update({"##" + word[-length:]: count for length in (2, 3) if len(word) > length + 1})
    letters = sorted({letter for word in words for letter in word})
    frequent = sorted((words + endings).items(), key=lambda item: (-item[1], item[0]))
    pieces = letters + ["##" + letter for letter in letters] + [piece for piece, _ in frequent if len(piece) > 1]
    return (special_tokens + pieces)[:vocab_size]


def _wordpiece(vocab_size, special_tokens):
    vocabulary = {piece: index for index, piece in enumerate(_pieces(vocab_size, special_tokens))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens([AddedToken(token, lstrip=token == "<mask>", normalized=False, special=True) for token in special_tokens])
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def wordpiece(vocab_size):
    """BERT's pipeline: BertNormalizer, BertPreTokenizer, WordPiece, [CLS] A [SEP] B [SEP] with type ids 0 and 1."""
    tokenizer = _wordpiece(vocab_size, SPECIAL_TOKENS)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def wordpiece_mpnet(vocab_size):
    """MPNet's pipeline: BERT's pieces between RoBERTa's special tokens: <s> A </s> </s> B </s>."""
    tokenizer = _wordpiece(vocab_size, [*ROBERTA_TOKENS, "[UNK]"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return tokenizer


def _trained_bpe(vocab_size, special_tokens):
    """Byte-level BPE without a prefix space; the special tokens get the first ids."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(token, lstrip=token in ("[MASK]", "<mask>"), normalized=False, special=True) for token in special_tokens]
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=special, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(_lines(), trainer)
    return tokenizer


def roberta(vocab_size):
    """RoBERTa's pipeline: ByteLevel, BPE, RobertaProcessing: <s> A </s> </s> B </s>."""
    tokenizer = _trained_bpe(vocab_size, ROBERTA_TOKENS)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer


def xlm_roberta(vocab_size):
    """XLM-RoBERTa's post-processor, a template with the separator twice, on byte-level BPE in place of its Unigram."""
    tokenizer = _trained_bpe(vocab_size, ROBERTA_TOKENS)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def byte_level_bpe(vocab_size):
    """ModernBERT's pipeline: NFC, ByteLevel without a prefix space, BPE, [CLS] A [SEP] B [SEP] with type ids 0 throughout."""
    tokenizer = _trained_bpe(vocab_size, SPECIAL_TOKENS)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:0 [SEP]:0", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def _unigram(make):
    """A maker of a tokenizer like XLM-RoBERTa's and so on, with pieces that SentencePiece finds in the corpus. The model's last id is beyond the pieces."""
    return lambda vocab_size: Tokenizer.from_str(json.dumps(make(golden_sentencepiece.trained(_lines(), vocab_size - 10))))


unigram_xlm_roberta = _unigram(lambda model: golden_sentencepiece.xlm_roberta(model, old=True))
unigram_camembert = _unigram(golden_sentencepiece.camembert)
unigram_deberta_v2 = _unigram(golden_sentencepiece.deberta_v2)

# DebertaV2Tokenizer of Transformers 5 puts NFC in the place of tokenizer.json's normalizer; PreTrainedTokenizerFast takes what the file says.
_CLASSES = {"bpe": "PreTrainedTokenizerFast", "wordpiece": "BertTokenizer", "wordpiece-mpnet": "MPNetTokenizer", "roberta": "RobertaTokenizer",
            "xlm-roberta": "PreTrainedTokenizerFast", "unigram-xlm-roberta": "XLMRobertaTokenizer", "unigram-camembert": "CamembertTokenizer",
            "unigram-deberta-v2": "PreTrainedTokenizerFast"}


def tokenizer_config(kind, overrides):
    """tokenizer_config.json of a golden model; `overrides` replaces keys, and None drops one."""
    if kind in ("wordpiece-mpnet", "roberta", "xlm-roberta", "unigram-xlm-roberta", "unigram-camembert"):
        config = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "mask_token": "<mask>", "pad_token": "<pad>",
                  "sep_token": "</s>", "unk_token": "[UNK]" if kind == "wordpiece-mpnet" else "<unk>"}
    else:
        config = {"cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    config |= {"model_max_length": 512, "tokenizer_class": _CLASSES[kind]}
    if kind == "bpe":
        config["model_input_names"] = ["input_ids", "attention_mask"]
    config.update(overrides)
    return {key: value for key, value in sorted(config.items()) if value is not None}
