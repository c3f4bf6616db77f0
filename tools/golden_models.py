"""The golden models: what each folder of tests/goldens/models is, as data. make_goldens.py turns this list into files.

Dimensions are tiny so that the whole set stays small in the repository, and uneven where unevenness has cost others bugs (head
sizes that are no power of two, odd windows, one layer). Between them the models hold every option of both configurations.
"""

from dataclasses import dataclass, field


@dataclass
class Golden:
    """One folder: a model, its files, and the lengths (in tokens) that its cases should reach."""
    name: str
    about: str
    config: dict                                     # config.json, except what the storage adds
    encoder_only: bool = False                       # the checkpoint is the bare encoder: head in modules, or a bi-encoder
    bi_encoder: bool = False                         # goldens are embeddings of texts, not scores of pairs
    tokenizer_config: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)        # more JSON files: path -> content
    modules: list = field(default_factory=list)      # (type, path, config, {tensor: shape}) after the Transformer
    stored: str = "float32"
    shards: int = 1
    rename: tuple = ()                               # (from, to) pairs of substrings in tensor names, as old checkpoints have them
    position_ids: bool = False                       # old BERT checkpoints carry this integer buffer
    unread: dict = field(default_factory=dict)       # tensors that no one reads, of what the model was before: name -> shape
    tokenizer: str = ""                              # one of golden_folders.MAKERS; that of the model_type where it is empty
    more_pairs: tuple = ()                           # beside those of every golden
    resave: bool = False                             # written again by CrossEncoder.save_pretrained
    lengths: tuple = (4, 9, 33, 64, 130, 511)
    weights_of: str = ""                             # same weights as that golden, so that the logits must be the same
    seed: int = 0


def modernbert(**changes):
    """config.json of a small ModernBERT cross-encoder in the dialect of 2024-25, with `changes`; None drops a key."""
    config = {
        "architectures": ["ModernBertForSequenceClassification"], "model_type": "modernbert", "vocab_size": 320, "hidden_size": 32,
        "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 2, "hidden_activation": "gelu",
        "max_position_embeddings": 1024, "norm_eps": 1e-05, "norm_bias": False, "attention_bias": False, "attention_dropout": 0.0,
        "embedding_dropout": 0.0, "mlp_bias": False, "mlp_dropout": 0.0, "decoder_bias": True, "classifier_pooling": "cls",
        "classifier_dropout": 0.0, "classifier_bias": False, "classifier_activation": "gelu", "global_attn_every_n_layers": 3,
        "global_rope_theta": 160000.0, "local_rope_theta": 10000.0, "local_attention": 16, "position_embedding_type": "absolute",
        "bos_token_id": 2, "cls_token_id": 2, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0, "initializer_range": 0.02,
        "deterministic_flash_attn": False, "reference_compile": False, "sparse_prediction": False, "tie_word_embeddings": True,
        "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}, "torch_dtype": "float32", "transformers_version": "4.48.0",
    }
    return _changed(config, changes)


def modernbert_2026(**changes):
    """The same in the dialect of 2026: layer_types and rope_parameters instead of the pattern and the two thetas."""
    config = modernbert(global_attn_every_n_layers=None, global_rope_theta=None, local_rope_theta=None, position_embedding_type=None,
                        reference_compile=None, torch_dtype=None)
    config |= {"dtype": "float32", "transformers_version": "5.23.0",
               "layer_types": ["full_attention", "sliding_attention", "sliding_attention"],
               "rope_parameters": {"full_attention": {"rope_theta": 160000.0, "rope_type": "default"},
                                   "sliding_attention": {"rope_theta": 10000.0, "rope_type": "default"}}}
    return _changed(config, changes)


def bert(**changes):
    """config.json of a small BERT cross-encoder, with `changes`; None drops a key."""
    config = {
        "architectures": ["BertForSequenceClassification"], "model_type": "bert", "vocab_size": 256, "hidden_size": 32,
        "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1, "max_position_embeddings": 160, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "initializer_range": 0.02, "pad_token_id": 0, "position_embedding_type": "absolute", "use_cache": True,
        "classifier_dropout": None, "gradient_checkpointing": False, "torch_dtype": "float32", "transformers_version": "4.40.0",
        "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0},
    }
    return _changed(config, changes)


def roberta(model_type="roberta", **changes):
    """config.json of a small RoBERTa cross-encoder, with `changes`; its kin have other names and the same fields."""
    name = {"roberta": "Roberta", "xlm-roberta": "XLMRoberta", "camembert": "Camembert"}[model_type]
    own = {"architectures": [f"{name}ForSequenceClassification"], "vocab_size": 320, "max_position_embeddings": 162, "type_vocab_size": 1,
           "layer_norm_eps": 1e-5, "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
    return bert(model_type=model_type, **(own | changes))


def mpnet(**changes):
    """config.json of a small MPNet cross-encoder, with `changes`; its special tokens are RoBERTa's."""
    own = {"architectures": ["MPNetForSequenceClassification"], "max_position_embeddings": 162, "relative_attention_num_buckets": 32,
           "layer_norm_eps": 1e-5, "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "type_vocab_size": None, "position_embedding_type": None,
           "use_cache": None, "classifier_dropout": 0.1}
    return bert(model_type="mpnet", **(own | changes))


def electra(**changes):
    """config.json of a small ELECTRA cross-encoder with narrow embeddings, with `changes`."""
    own = {"architectures": ["ElectraForSequenceClassification"], "embedding_size": 20, "summary_type": "first", "summary_use_proj": True,
           "summary_activation": "gelu", "summary_last_dropout": 0.1}
    return bert(model_type="electra", **(own | changes))


def distilbert(**changes):
    """config.json of a small DistilBERT cross-encoder, with `changes`."""
    config = {
        "architectures": ["DistilBertForSequenceClassification"], "model_type": "distilbert", "vocab_size": 256, "dim": 32,
        "hidden_dim": 64, "n_layers": 2, "n_heads": 2, "activation": "gelu", "dropout": 0.1, "attention_dropout": 0.1,
        "seq_classif_dropout": 0.2, "qa_dropout": 0.1, "max_position_embeddings": 160, "sinusoidal_pos_embds": False, "tie_weights_": True,
        "initializer_range": 0.02, "pad_token_id": 0, "torch_dtype": "float32", "transformers_version": "4.40.0",
        "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0},
    }
    return _changed(config, changes)


def deberta(**changes):
    """config.json of a small DeBERTa-v3 cross-encoder with the options of v3-base, with `changes`; None drops a key."""
    own = {"architectures": ["DebertaV2ForSequenceClassification"], "layer_norm_eps": 1e-7, "type_vocab_size": 0,
           "relative_attention": True, "position_buckets": 16, "max_relative_positions": -1, "norm_rel_ebd": "layer_norm",
           "share_att_key": True, "pos_att_type": "p2c|c2p", "position_biased_input": False, "pooler_hidden_act": "gelu",
           "pooler_dropout": 0, "pooler_hidden_size": 32}
    return bert(model_type="deberta-v2", **({"position_embedding_type": None, "classifier_dropout": 0.1} | own | changes))


def labels(*names):
    """The two label maps of a configuration."""
    return {"id2label": {str(i): name for i, name in enumerate(names)}, "label2id": {name: i for i, name in enumerate(names)}}


def pooling(path, dimension, modes, dialect="2026", **extra):
    """A Pooling module; the 2023 dialect has a flag a mode, the 2026 one a name or a list."""
    if dialect == "2026":
        config = {"embedding_dimension": dimension, "pooling_mode": modes if len(modes) > 1 else modes[0], "include_prompt": True}
    else:
        flags = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
                 "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}
        config = {"word_embedding_dimension": dimension} | {f"pooling_mode_{flag}": mode in modes for mode, flag in flags.items()}
    return ("Pooling", path, config | extra, {})


def dense(path, inputs, outputs, activation, bias=True, **extra):
    """A Dense module with its tensors."""
    config = {"in_features": inputs, "out_features": outputs, "bias": bias, "activation_function": activation}
    tensors = {"linear.weight": (outputs, inputs)} | ({"linear.bias": (outputs,)} if bias else {})
    return ("Dense", path, config | extra, tensors)


def layer_norm(path, dimension):
    """A LayerNorm module with its tensors."""
    return ("LayerNorm", path, {"dimension": dimension}, {"norm.weight": (dimension,), "norm.bias": (dimension,)})


def scores(path, inputs, outputs=1, activation="torch.nn.modules.linear.Identity", **extra):
    """The Dense module that a modular cross-encoder ends with."""
    return dense(path, inputs, outputs, activation, module_input_name="sentence_embedding", module_output_name="scores", **extra)


TANH, GELU, RELU, SILU, IDENTITY, SIGMOID = (f"torch.nn.modules.{name}" for name in (
    "activation.Tanh", "activation.GELU", "activation.ReLU", "activation.SiLU", "linear.Identity", "activation.Sigmoid"))

_BARE = {"architectures": ["BertModel"], "id2label": None, "label2id": None, "num_hidden_layers": 1, "max_position_embeddings": 96}
_BARE_MODERN = {"architectures": ["ModernBertModel"], "id2label": None, "label2id": None, "num_hidden_layers": 2}
_SHORT = (4, 9, 33, 95)


def _modular(name, about, modules, config=None, **more):
    """A cross-encoder made of Sentence Transformers modules."""
    return Golden(name, about, config or bert(**_BARE), encoder_only=True, modules=modules,
                  **({"stored": "bfloat16", "lengths": _SHORT} | more))


def _changed(config, changes):
    merged = config | changes
    kept_null = ("classifier_dropout",)
    return {key: value for key, value in merged.items() if value is not None or key in kept_null}


MODERNBERT = [
    Golden("modernbert-2024", "dialect of 2024-25, window 128, cls: the shape of the real one, to 8,192 tokens",
           modernbert(num_hidden_layers=4, local_attention=128, max_position_embeddings=8192),
           tokenizer_config={"model_max_length": 8192}, seed=1,
           lengths=(4, 5, 17, 64, 65, 66, 129, 130, 131, 257, 1000, 2049, 4100, 8192, 8193)),
    Golden("modernbert-2026", "the same weights under the dialect of 2026: the same logits",
           modernbert_2026(num_hidden_layers=4, local_attention=128, max_position_embeddings=8192,
                           layer_types=["full_attention", "sliding_attention", "sliding_attention", "full_attention"]),
           tokenizer_config={"model_max_length": 8192}, weights_of="modernbert-2024", seed=1,
           lengths=(4, 5, 17, 64, 65, 66, 129, 130, 131, 257, 1000)),
    Golden("modernbert-mean-labels3", "mean pooling, three labels, every bias, odd window, own thetas, every second layer global",
           modernbert(classifier_pooling="mean", attention_bias=True, mlp_bias=True, norm_bias=True, classifier_bias=True,
                      global_attn_every_n_layers=2, local_attention=7, global_rope_theta=80000.0, local_rope_theta=500.0,
                      hidden_activation="gelu_new", classifier_activation="relu", norm_eps=1e-3,
                      **labels("contradiction", "entailment", "neutral")), seed=2),
    Golden("modernbert-mean-8192", "mean pooling over 8,192 tokens, two layers, window of one token to each side",
           modernbert(classifier_pooling="mean", num_hidden_layers=2, hidden_size=24, intermediate_size=32, local_attention=2,
                      max_position_embeddings=8192), stored="bfloat16", tokenizer_config={"model_max_length": 8192}, seed=3,
           lengths=(4, 64, 3000, 8500)),
    Golden("modernbert-global-silu", "no local layer, silu in the layers and in the head, bf16, two labels",
           modernbert(global_attn_every_n_layers=1, hidden_activation="silu", classifier_activation="silu", num_hidden_layers=2,
                      torch_dtype="bfloat16", **labels("no", "yes")), stored="bfloat16", seed=4),
    Golden("modernbert-head64-f16", "head size 64, f16, tanh form of gelu by its new name",
           modernbert(hidden_size=64, num_attention_heads=1, intermediate_size=96, hidden_activation="gelu_pytorch_tanh",
                      torch_dtype="float16"), stored="float16", seed=5),
    Golden("modernbert-odd-sizes", "sizes that no vector width divides: hidden 36, three heads of 12, intermediate 50, window of three",
           modernbert(hidden_size=36, num_attention_heads=3, intermediate_size=50, num_hidden_layers=2, local_attention=3,
                      global_attn_every_n_layers=2, vocab_size=331), seed=6),
    Golden("modernbert-first-layer-local", "layer_types in an order that no period gives, the first layer local; tanh in the head",
           modernbert_2026(layer_types=["sliding_attention", "full_attention", "sliding_attention"], local_attention=9,
                           classifier_activation="tanh",
                           rope_parameters={"full_attention": {"rope_theta": 5000.0, "rope_type": "default"},
                                            "sliding_attention": {"rope_theta": 100.0, "rope_type": "default"}}), stored="bfloat16", seed=7),
    Golden("modernbert-all-local", "no global layer at all",
           modernbert_2026(layer_types=["sliding_attention", "sliding_attention"], num_hidden_layers=2, local_attention=12,
                           hidden_size=24), stored="bfloat16", seed=8),
    Golden("modernbert-sharded", "weights in three files with an index; sigmoid named in config.json",
           modernbert(num_hidden_layers=2, sentence_transformers={"activation_fn": SIGMOID, "version": "4.0.1"}), shards=3, seed=9),
    Golden("modernbert-identity", "identity named in config.json: the score is the logit",
           modernbert(num_hidden_layers=1, hidden_size=24, sentence_transformers={"activation_fn": IDENTITY, "version": "4.0.1"}),
           stored="bfloat16", seed=10, lengths=_SHORT),
] + [
    Golden(f"modernbert-{option.replace('_', '-')}", f"{option} alone",
           modernbert(**{option: True}, num_hidden_layers=2, hidden_size=24, intermediate_size=32), stored="bfloat16",
           seed=11 + i, lengths=(4, 33, 130))
    for i, option in enumerate(("attention_bias", "mlp_bias", "norm_bias", "classifier_bias"))
]

BERT = [
    Golden("bert-512", "MiniLM's head size and 512 positions, f16",
           bert(hidden_size=64, intermediate_size=128, max_position_embeddings=512, torch_dtype="float16"), stored="float16", seed=20,
           tokenizer_config={"do_lower_case": True, "tokenize_chinese_chars": True},
           lengths=(4, 5, 16, 63, 128, 255, 511, 512, 513, 900)),
    Golden("bert-labels2-one-type", "two labels, one token type, relu, another eps",
           bert(type_vocab_size=1, hidden_act="relu", layer_norm_eps=1e-5, **labels("irrelevant", "relevant")), seed=21,
           tokenizer_config={"model_input_names": ["input_ids", "attention_mask"]}, lengths=(4, 33, 130)),
    Golden("bert-labels3-old-activation", "three labels, gelu_new, sigmoid under the key of before 2025; a tokenizer class without type ids",
           bert(hidden_act="gelu_new", num_attention_heads=4, sbert_ce_default_activation_function=SIGMOID,
                **labels("a", "b", "c")), stored="bfloat16", seed=22, lengths=(4, 33, 130),
           tokenizer_config={"tokenizer_class": "PreTrainedTokenizerFast"}),
    Golden("bert-silu-old-names", "silu; LayerNorm.gamma and .beta and the position_ids buffer of old checkpoints",
           bert(hidden_act="silu", num_hidden_layers=1), rename=(("LayerNorm.weight", "LayerNorm.gamma"),
                                                                 ("LayerNorm.bias", "LayerNorm.beta")),
           position_ids=True, seed=23, lengths=(4, 33, 130)),
    Golden("bert-no-model-max-length", "tokenizer_config.json says 1e30 and names no class: the position table is the limit",
           bert(num_hidden_layers=1, max_position_embeddings=40),
           tokenizer_config={"model_max_length": 10**30, "tokenizer_class": None}, stored="bfloat16",
           seed=24, lengths=(4, 39, 40, 41, 90)),
    Golden("bert-short-model-max-length", "model_max_length below the position table",
           bert(num_hidden_layers=1, num_attention_heads=1, max_position_embeddings=64, num_labels=1, id2label=None, label2id=None),
           tokenizer_config={"model_max_length": 24}, stored="bfloat16", seed=25, lengths=(4, 23, 24, 25, 90)),
    Golden("bert-absent-model-max-length", "no model_max_length; sentence_bert_config.json without modules.json is not read",
           bert(num_hidden_layers=1, max_position_embeddings=48), tokenizer_config={"model_max_length": None}, stored="bfloat16",
           files={"sentence_bert_config.json": {"max_seq_length": 17, "do_lower_case": False},
                  "config_sentence_transformers.json": {"model_type": "CrossEncoder", "activation_fn": IDENTITY}},
           seed=26, lengths=(4, 17, 18, 48, 49)),
    Golden("bert-saved-by-st6", "an ordinary cross-encoder as Sentence Transformers 6 saves it: modules.json with one Transformer",
           bert(num_hidden_layers=1, max_position_embeddings=64, sentence_transformers={"activation_fn": IDENTITY, "version": "5.0.0"}),
           resave=True, seed=27, lengths=(4, 63, 64, 65)),
]

_PADDED = (("who <pad> wrote it", "the <pad><pad> river <pad>"),)

ROBERTA = [
    Golden("roberta-514", "514 rows of positions for 512 tokens, head size 32, f16, the doubled separator of RobertaProcessing",
           roberta(hidden_size=64, intermediate_size=128, max_position_embeddings=514, torch_dtype="float16"), stored="float16", seed=70,
           lengths=(5, 6, 16, 63, 128, 255, 511, 512, 513, 900)),
    Golden("roberta-labels3-padding-in-text", "three labels, relu, another padding id and two types; texts that hold the padding token",
           roberta(hidden_act="relu", type_vocab_size=2, classifier_dropout=0.3, **labels("a", "b", "c")), seed=71, lengths=(5, 33, 130),
           tokenizer_config={"model_max_length": 160},
           more_pairs=_PADDED),
    Golden("roberta-saved-by-st6", "as Sentence Transformers 6 saves it; identity; hidden 36 in three heads",
           roberta(hidden_size=36, num_attention_heads=3, intermediate_size=50, num_hidden_layers=1, max_position_embeddings=66,
                   sentence_transformers={"activation_fn": IDENTITY, "version": "5.0.0"}),
           tokenizer_config={"model_max_length": 64}, resave=True, seed=72, lengths=(5, 63, 64, 65)),
    Golden("xlm-roberta-old-checkpoint", "the doubled separator of a template; an unread pooler and the position_ids buffer; gelu_new",
           roberta("xlm-roberta", hidden_act="gelu_new", torch_dtype="bfloat16"), stored="bfloat16", position_ids=True,
           tokenizer_config={"model_max_length": 160}, seed=73, lengths=(5, 33, 130, 159, 160, 161),
           unread={"pooler.dense.weight": (32, 32), "pooler.dense.bias": (32,)}, more_pairs=_PADDED),
    Golden("xlm-roberta-labels3", "three labels, silu, a padding id of 5: positions begin at 6",
           roberta("xlm-roberta", hidden_act="silu", pad_token_id=5, num_attention_heads=4, **labels("a", "b", "c")), seed=74,
           tokenizer_config={"model_max_length": 128}, stored="bfloat16", lengths=(5, 33, 128, 200)),
    Golden("camembert-sigmoid", "CamemBERT under its own names, one layer, tanh",
           roberta("camembert", hidden_act="tanh", num_hidden_layers=1), stored="bfloat16", tokenizer_config={"model_max_length": 150},
           seed=75, lengths=(5, 33, 130)),
]

MPNET = [
    Golden("mpnet-514", "all-mpnet's sizes in small: 514 rows of positions for 512 tokens, distances past the last bucket, f16; an unread pooler",
           mpnet(hidden_size=64, intermediate_size=128, max_position_embeddings=514, torch_dtype="float16"), stored="float16", seed=110,
           lengths=(5, 6, 16, 17, 63, 128, 193, 255, 511, 512, 513, 900), position_ids=True,
           unread={"pooler.dense.weight": (64, 64), "pooler.dense.bias": (64,)}),
    Golden("mpnet-labels3-40-buckets", "three labels, relu, more rows of biases than are read; texts that hold the padding token",
           mpnet(hidden_act="relu", num_attention_heads=4, relative_attention_num_buckets=40, **labels("a", "b", "c")), seed=111,
           tokenizer_config={"model_max_length": 160}, lengths=(5, 33, 130), more_pairs=_PADDED),
    Golden("mpnet-saved-by-st6", "as Sentence Transformers 6 saves it; hidden 36 in three heads",
           mpnet(hidden_size=36, num_attention_heads=3, intermediate_size=50, num_hidden_layers=1, max_position_embeddings=66),
           tokenizer_config={"model_max_length": 64}, resave=True, seed=112, lengths=(5, 63, 64, 65)),
]

ELECTRA = [
    Golden("electra-512", "embeddings of 20 projected to 64, 512 positions, f16",
           electra(hidden_size=64, intermediate_size=96, max_position_embeddings=512, torch_dtype="float16"), stored="float16", seed=80,
           lengths=(4, 5, 16, 63, 128, 255, 511, 512, 513, 900)),
    Golden("electra-labels3", "three labels, no projection, relu in the layers and GELU in the head",
           electra(embedding_size=32, hidden_act="relu", classifier_dropout=0.2, **labels("a", "b", "c")), seed=81, lengths=(4, 33, 130)),
    Golden("electra-old-checkpoint", "embeddings wider than the layers, one type, sigmoid of old, the position_ids buffer, bf16",
           electra(embedding_size=40, type_vocab_size=1, num_hidden_layers=1, hidden_act="gelu_new",
                   sbert_ce_default_activation_function=IDENTITY), position_ids=True,
           tokenizer_config={"model_input_names": ["input_ids", "attention_mask"]}, stored="bfloat16", seed=82, lengths=(4, 33, 160, 161)),
]

DISTILBERT = [
    Golden("distilbert-512", "512 positions, f16; a tokenizer that gives segments, which the model does not take",
           distilbert(dim=64, hidden_dim=128, max_position_embeddings=512, torch_dtype="float16"), stored="float16", seed=85,
           lengths=(4, 5, 16, 63, 128, 255, 511, 512, 513, 900)),
    Golden("distilbert-labels3", "three labels, relu, its own tokenizer class, bf16",
           distilbert(activation="relu", n_heads=4, seq_classif_dropout=0.0, **labels("a", "b", "c")), stored="bfloat16", seed=86,
           tokenizer_config={"tokenizer_class": "DistilBertTokenizer"}, lengths=(4, 33, 130)),
    Golden("distilbert-common-names", "sizes under hidden_size, num_attention_heads and num_hidden_layers; saved again",
           distilbert(dim=None, n_layers=None, n_heads=None, hidden_size=36, num_attention_heads=3, num_hidden_layers=1, hidden_dim=50,
                      max_position_embeddings=64, activation="silu"), resave=True, seed=87, lengths=(4, 63, 64, 65)),
]

DEBERTA = [
    Golden("deberta-v3-512", "v3-base's options: log buckets, shared maps, c2p and p2c, normed relative embeddings; 512 tokens, f16",
           deberta(hidden_size=64, intermediate_size=128, max_position_embeddings=512, position_buckets=32, pooler_hidden_size=64,
                   torch_dtype="float16"), stored="float16", seed=90, lengths=(4, 5, 16, 17, 63, 128, 193, 255, 511, 512, 513, 900),
           position_ids=True, unread={"embeddings.position_embeddings.weight": (512, 64)}),
    Golden("deberta-v2-labels3", "v2-xlarge's options: maps of their own, a convolution with gelu, learned positions, segments, no buckets",
           deberta(share_att_key=False, pos_att_type=["p2c", "c2p"], position_buckets=-1, max_relative_positions=24, conv_kernel_size=3,
                   conv_act="gelu", position_biased_input=True, type_vocab_size=2, hidden_act="gelu_new", **labels("a", "b", "c")),
           seed=91, lengths=(4, 24, 25, 33, 130)),
    Golden("deberta-c2p", "content to position alone with its map, no norm of the relative embeddings, embeddings projected, tanh pooler",
           deberta(share_att_key=False, pos_att_type="c2p", norm_rel_ebd="none", embedding_size=20, position_buckets=8,
                   max_relative_positions=64, pooler_hidden_act="tanh", pooler_dropout=0.1, cls_dropout=0.2, hidden_act="relu"),
           stored="bfloat16", seed=92, lengths=(4, 33, 130)),
    Golden("deberta-p2c-labels3", "position to content alone, shared maps, one layer and a convolution of five with tanh",
           deberta(pos_att_type="p2c", num_hidden_layers=1, conv_kernel_size=5, position_buckets=6, max_relative_positions=40,
                   **labels("a", "b", "c")), stored="bfloat16", seed=93, lengths=(4, 33, 130)),
    Golden("deberta-no-relative", "no relative attention: learned positions and segments, silu",
           deberta(relative_attention=False, position_buckets=None, norm_rel_ebd=None, share_att_key=None, pos_att_type=None,
                   position_biased_input=True, type_vocab_size=2, hidden_act="silu", embedding_size=40), stored="bfloat16", seed=94,
           lengths=(4, 33, 130)),
    Golden("deberta-unread-relative", "relative embeddings that no part of the scores reads",
           deberta(pos_att_type=None, share_att_key=False, num_hidden_layers=1, position_biased_input=True), stored="bfloat16", seed=95,
           lengths=(4, 33)),
    Golden("deberta-odd-sizes", "three heads of 12, seven buckets over 50 positions; a c2p map without a p2c one; saved again",
           deberta(hidden_size=36, pooler_hidden_size=36, num_attention_heads=3, intermediate_size=50, position_buckets=7,
                   max_relative_positions=50), resave=True, seed=96, lengths=(4, 33, 130)),
    Golden("deberta-1024", "1,024 tokens: more keys than one block, and distances past the last bucket",
           deberta(num_hidden_layers=1, max_position_embeddings=1024, max_relative_positions=512, position_buckets=64),
           tokenizer_config={"model_max_length": 1024}, stored="bfloat16", seed=97, lengths=(4, 193, 511, 700, 1024)),
]

_SMALL = {"num_hidden_layers": 1, "max_position_embeddings": 130}

UNIGRAM = [
    Golden("xlm-roberta-unigram", "bge-reranker's form: Unigram behind SentencePiece's charsmap, the doubled separator",
           roberta("xlm-roberta", **_SMALL), tokenizer="unigram-xlm-roberta", tokenizer_config={"model_max_length": 128}, stored="bfloat16", seed=101,
           lengths=(5, 33, 127, 128, 129), more_pairs=_PADDED),
    Golden("camembert-unigram", "CamemBERT's pieces: unused ones first, <unk> out of its place",
           roberta("camembert", **_SMALL), tokenizer="unigram-camembert", tokenizer_config={"model_max_length": 128}, stored="bfloat16", seed=102,
           lengths=(5, 33, 129)),
    Golden("deberta-unigram", "mxbai-rerank's form: Strip, charsmap, Replace, Metaspace, Unigram; no segments",
           deberta(num_hidden_layers=1), tokenizer="unigram-deberta-v2", stored="bfloat16", seed=103, lengths=(4, 33, 130)),
]

_ALL_MODES = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]

MODULAR = [
    _modular(f"modular-{mode.replace('_', '-')}", f"{mode} pooling, then the scores",
             [pooling("1_Pooling", 32, [mode], dialect), scores("2_Dense", 32)], seed=40 + i)
    for i, (mode, dialect) in enumerate(zip(_ALL_MODES, ("2026", "2023") * 3))
] + [
    _modular("modular-all-modes-2023", "all six modes side by side, in the flags' order; Dense, LayerNorm, Dense without bias",
             [pooling("1_Pooling", 32, _ALL_MODES, "2023"), dense("2_Dense", 192, 32, GELU), layer_norm("3_LayerNorm", 32),
              scores("4_Dense", 32, bias=False)], seed=46),
    _modular("modular-modes-in-list-order", "modes in an order of their own, two labels, relu",
             [pooling("1_Pooling", 32, ["lasttoken", "mean", "cls"]), dense("2_Dense", 96, 40, RELU),
              scores("3_Dense", 40, 2)], seed=47),
    _modular("modular-modernbert", "ModernBERT under modules, max_seq_length of its own, identity, residual, tanh by default",
             [pooling("1_Pooling", 32, ["cls"]),
              ("Dense", "2_Dense", {"in_features": 32, "out_features": 32, "use_residual": True},
               {"linear.weight": (32, 32), "linear.bias": (32,)}),
              layer_norm("3_LayerNorm", 32), scores("4_Dense", 32, activation=SILU)],
             config=modernbert(**_BARE_MODERN), seed=48, lengths=(4, 33, 75, 200),
             files={"sentence_bert_config.json": {"max_seq_length": 75, "do_lower_case": False},
                    "config_sentence_transformers.json": {"model_type": "CrossEncoder", "activation_fn": IDENTITY, "prompts": {},
                                                          "default_prompt_name": None}}),
]

BI_ENCODERS = [
    Golden("bi-bert-mean-normalize", "all-MiniLM's form: mean, Normalize without a configuration file, 2023 files",
           bert(**_BARE), encoder_only=True, bi_encoder=True, stored="bfloat16", seed=60, lengths=_SHORT,
           modules=[pooling("1_Pooling", 32, ["mean"], "2023"), ("Normalize", "2_Normalize", None, {})],
           files={"sentence_bert_config.json": {"max_seq_length": 64, "do_lower_case": False}}),
    Golden("bi-bert-cls-dense", "cls, Dense to another width, Normalize with keys, 2026 files",
           bert(**_BARE), encoder_only=True, bi_encoder=True, stored="bfloat16", seed=61, lengths=_SHORT,
           modules=[pooling("1_Pooling", 32, ["cls"]), dense("2_Dense", 32, 20, TANH),
                    ("Normalize", "3_Normalize", {"module_input_name": "sentence_embedding",
                                                  "module_output_name": "sentence_embedding"}, {})]),
    Golden("bi-modernbert-mean", "ModernBERT under mean pooling alone, no Normalize",
           modernbert(**_BARE_MODERN), encoder_only=True, bi_encoder=True, stored="bfloat16", seed=62, lengths=(33, 130),
           modules=[pooling("1_Pooling", 32, ["mean"])]),
]

BI_ENCODERS += [
    Golden("bi-xlm-roberta-mean", "multilingual-e5's form: XLMRobertaModel with its pooler, mean, Normalize, f16",
           roberta("xlm-roberta", architectures=["XLMRobertaModel"], id2label=None, label2id=None), encoder_only=True, bi_encoder=True,
           stored="float16", seed=63, lengths=_SHORT, files={"sentence_bert_config.json": {"max_seq_length": 64, "do_lower_case": False}},
           modules=[pooling("1_Pooling", 32, ["mean"]), ("Normalize", "2_Normalize", None, {})]),
    Golden("bi-electra-mean", "ElectraModel, projected, under mean pooling",
           electra(architectures=["ElectraModel"], id2label=None, label2id=None, num_hidden_layers=1), encoder_only=True, bi_encoder=True,
           stored="bfloat16", seed=65, lengths=(33, 95), modules=[pooling("1_Pooling", 32, ["mean"])]),
    Golden("bi-distilbert-cls-dense", "multi-qa-distilbert's form: DistilBertModel, cls, Normalize",
           distilbert(architectures=["DistilBertModel"], id2label=None, label2id=None, n_layers=1), encoder_only=True, bi_encoder=True,
           stored="bfloat16", seed=66, lengths=(33, 95),
           modules=[pooling("1_Pooling", 32, ["cls"], "2023"), dense("2_Dense", 32, 20, TANH), ("Normalize", "3_Normalize", None, {})]),
    Golden("bi-deberta-mean", "DebertaV2Model under mean and max",
           deberta(architectures=["DebertaV2Model"], id2label=None, label2id=None, num_hidden_layers=2), encoder_only=True, bi_encoder=True,
           stored="bfloat16", seed=67, lengths=(33, 95), modules=[pooling("1_Pooling", 32, ["mean", "max"])]),
    Golden("bi-mpnet-mean", "all-mpnet-base's form: MPNetModel with its pooler, mean, Normalize",
           mpnet(architectures=["MPNetModel"], id2label=None, label2id=None), encoder_only=True, bi_encoder=True, stored="bfloat16", seed=68,
           lengths=_SHORT, files={"sentence_bert_config.json": {"max_seq_length": 64, "do_lower_case": False}},
           modules=[pooling("1_Pooling", 32, ["mean"]), ("Normalize", "2_Normalize", None, {})]),
    Golden("bi-roberta-cls", "RobertaModel under cls alone",
           roberta(architectures=["RobertaModel"], id2label=None, label2id=None, num_hidden_layers=1), encoder_only=True, bi_encoder=True,
           tokenizer_config={"model_max_length": 90}, stored="bfloat16", seed=64, lengths=(33, 89),
           modules=[pooling("1_Pooling", 32, ["cls"])]),
]

GOLDENS = MODERNBERT + BERT + ROBERTA + MPNET + ELECTRA + DISTILBERT + DEBERTA + UNIGRAM + MODULAR + BI_ENCODERS


def named(name):
    """The golden of that name."""
    return next(golden for golden in GOLDENS if golden.name == name)
