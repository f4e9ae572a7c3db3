"""Tiny encoders of random weights, a folder each as a hub serves it, and what transformers makes of a few texts with them."""
import json
import os
import shutil
import zlib
import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel, AutoModelForSeq2SeqLM, AutoModelForTextEncoding
import vocabularies
from texts import TEXTS
from vocabularies import write

WIDTH = 16
HEADS = 2
SIZES = {"hidden_size": WIDTH, "num_attention_heads": HEADS, "intermediate_size": 24}
BERT = {
    **SIZES, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "layer_norm_eps": 1e-12,
    "max_position_embeddings": 32, "num_hidden_layers": 2, "pad_token_id": 0, "type_vocab_size": 2,
}
ROBERTA = {**BERT, "layer_norm_eps": 1e-5, "max_position_embeddings": 34, "pad_token_id": 1, "type_vocab_size": 1}
ROBERTA.update(bos_token_id=0, eos_token_id=2)
LONGFORMER = {"attention_mode": "longformer", "ignore_attention_mask": False, "num_hidden_layers": 3, "model_type": "longformer"}
DEBERTA = {
    **BERT, "model_type": "deberta-v2", "layer_norm_eps": 1e-7, "pos_att_type": "p2c|c2p", "relative_attention": True, "pooler_dropout": 0,
    "pooler_hidden_act": "gelu", "pooler_hidden_size": WIDTH, "max_relative_positions": -1,
}

T5 = {
    "d_model": WIDTH, "d_kv": 6, "num_heads": 3, "d_ff": 24, "num_layers": 2, "num_decoder_layers": 1, "dropout_rate": 0.1,
    "layer_norm_epsilon": 1e-6, "initializer_factor": 1.0, "is_encoder_decoder": True, "pad_token_id": 0, "eos_token_id": 1,
    "decoder_start_token_id": 0, "use_cache": True,
}

# Folder: what config.json says, the tokenizer, what stands before the names of weights, how the weights are stored, longest text.
FAMILIES = {
    "bert-uncased": ({**BERT, "model_type": "bert", "num_hidden_layers": 3}, vocabularies.bert, "bert.", "old-names", 14),
    "bert-cased": ({**BERT, "model_type": "bert"}, lambda f: vocabularies.bert(f, lower=False), "bert.", "f16", 14),
    "electra": ({**BERT, "model_type": "electra", "embedding_size": 8}, vocabularies.bert, "electra.", "bin", 14),
    "roberta": ({**ROBERTA, "model_type": "roberta"}, vocabularies.roberta, "roberta.", "f16", 14),
    "minilm": ({**BERT, "model_type": "bert"}, lambda f: vocabularies.bert(f, baked=True), "", "f16", 12),
    "longformer": (
        {**ROBERTA, **LONGFORMER, "attention_window": [4, 8, 4]},
        vocabularies.roberta, "longformer.", "f16", 18,
    ),
    "longformer-bert": (
        {
            **BERT, **LONGFORMER, "attention_window": [6, 6], "max_position_embeddings": 33, "num_hidden_layers": 2, "sep_token_id": 3,
        },
        vocabularies.bert, "longformer.", "f16", 16,
    ),
    "bigbird": (
        {
            **BERT, "model_type": "big_bird", "attention_type": "block_sparse", "block_size": 2, "num_random_blocks": 2,
            "num_hidden_layers": 3,
            "hidden_act": "gelu_new", "max_position_embeddings": 24, "rescale_embeddings": False, "use_bias": True, "bos_token_id": 1,
            "eos_token_id": 2, "sep_token_id": 5,
        },
        vocabularies.bigbird, "bert.", "f16", 21,
    ),
    "distilbert": (
        {
            "model_type": "distilbert", "dim": WIDTH, "n_heads": HEADS, "hidden_dim": 24, "n_layers": 2, "activation": "gelu",
            "dropout": 0.1, "attention_dropout": 0.1, "max_position_embeddings": 32, "pad_token_id": 0, "sinusoidal_pos_embds": False,
        },
        vocabularies.bert, "distilbert.", "f16", 14,
    ),
    "mpnet": (
        {
            **BERT, "model_type": "mpnet", "layer_norm_eps": 1e-5, "max_position_embeddings": 164, "relative_attention_num_buckets": 32,
            "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
        },
        vocabularies.mpnet, "", "f16", 14,
    ),
    "deberta-v2": (
        {
            **DEBERTA, "norm_rel_ebd": "none", "position_biased_input": True, "position_buckets": -1, "share_att_key": False,
            "conv_kernel_size": 3, "conv_act": "gelu", "max_position_embeddings": 32,
        },
        vocabularies.deberta, "deberta.", "shards", 14,
    ),
    "deberta-v3": (
        {
            **DEBERTA, "norm_rel_ebd": "layer_norm", "position_biased_input": False, "position_buckets": 6, "share_att_key": True,
            "type_vocab_size": 0, "max_position_embeddings": 32,
        },
        vocabularies.deberta, "deberta.", "f16", 14,
    ),
    "modernbert": (
        {
            **SIZES, "model_type": "modernbert", "num_hidden_layers": 4, "hidden_activation": "gelu", "global_attn_every_n_layers": 3,
            "local_attention": 6, "global_rope_theta": 160000.0, "local_rope_theta": 10000.0, "max_position_embeddings": 32,
            "norm_eps": 1e-5, "norm_bias": False, "attention_bias": False, "mlp_bias": False, "attention_dropout": 0.0,
            "embedding_dropout": 0.0, "mlp_dropout": 0.0,
        },
        vocabularies.modernbert, "model.", "f16", 14,
    ),
    # Without the decoder, with it, and with a table of distances a layer.
    "t5": (
        {**T5, "model_type": "t5", "feed_forward_proj": "relu", "relative_attention_num_buckets": 32, "n_positions": 512},
        vocabularies.t5, "", "f16", 14,
    ),
    "mt5": (
        {
            **T5, "model_type": "mt5", "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False,
            "relative_attention_num_buckets": 16, "relative_attention_max_distance": 40,
        },
        vocabularies.t5, "", "whole", 14,
    ),
    "umt5": (
        {
            **T5, "model_type": "umt5", "num_layers": 3, "feed_forward_proj": "gated-silu", "dense_act_fn": "silu", "is_gated_act": True,
            "relative_attention_num_buckets": 10, "relative_attention_max_distance": 24,
        },
        vocabularies.t5, "", "f16", 14,
    ),
    # Two layers in a row make one of three, and the second and third of these share their weights with no other.
    "albert": (
        {
            **BERT, "model_type": "albert", "hidden_act": "gelu_new", "embedding_size": 8, "num_hidden_layers": 3, "num_hidden_groups": 2,
            "inner_group_num": 2, "classifier_dropout_prob": 0.1, "bos_token_id": 2, "eos_token_id": 3,
        },
        vocabularies.albert, "albert.", "f16", 14,
    ),
}
# Stored as float16; "whole" is with the decoder.
HALF = ("f16", "shards", "whole")
SENTENCES = ["minilm", "mpnet", "t5"]
# Whose scores go by distance: a text of 160 tokens falls into every bucket.
BY_DISTANCE = ["mpnet", "t5", "mt5", "umt5"]


def seed_of(family):
    """The first were numbered; those that came later go by name, so that no other changes with them."""
    place = list(FAMILIES).index(family)
    return place + 1 if place < 13 else zlib.crc32(family.encode())


def class_of(config):
    """What reads texts alone, of models that also write them; a class of its own where transformers has one."""
    return AutoModelForTextEncoding if config.is_encoder_decoder else AutoModel


def draw(model, seed, half):
    """Weights large enough that every part of a network tells in its numbers; as float16 has them where they are stored so."""
    random = np.random.default_rng(seed)
    state = {}
    for name, value in model.state_dict().items():
        # What an encoder and its decoder share stands in a file once.
        if not value.is_floating_point() or name.endswith("embed_tokens.weight"):
            continue
        norm = "norm" in name.lower()
        spread = 0.1 if value.ndim == 1 else 0.6 if "embedding" in name else 0.35
        numbers = random.normal(1 if norm and name.endswith("weight") and value.ndim == 1 else 0, spread, value.shape)
        state[name] = numbers.astype(np.float16 if half else np.float32).astype(np.float32)
    return state


def old_name(name):
    """As BERT's first checkpoints call the parts of a norm."""
    return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


def store(folder, state, prefix, how):
    numbers = {prefix + (old_name(name) if how == "old-names" else name): value for name, value in state.items()}
    if how in HALF:
        numbers = {name: value.astype(np.float16) for name, value in numbers.items()}
    if how == "shards":
        names = sorted(numbers)
        halves = [names[:len(names) // 2], names[len(names) // 2:]]
        files = [f"model-0000{i + 1}-of-00002.safetensors" for i in range(2)]
        for file, half in zip(files, halves):
            save_file({name: numbers[name] for name in half}, os.path.join(folder, file), metadata={"format": "pt"})
        total = sum(value.nbytes for value in numbers.values())
        places = {name: file for file, half in zip(files, halves) for name in half}
        write(folder, "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": places})
        return
    if how != "bin":
        save_file(numbers, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    if how in ("bin", "old-names"):
        file = os.path.join(folder, "pytorch_model.bin")
        torch.save({name: torch.from_numpy(value) for name, value in numbers.items()}, file, _use_new_zipfile_serialization=how == "bin")


def make(root, family, seed):
    said, tokenizer_of, prefix, how, longest = FAMILIES[family]
    folder = os.path.join(root, family)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    size = tokenizer_of(folder)
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    special = {}
    if family == "modernbert":
        special = {f"{role}_token_id": tokenizer.token_to_id(f"[{role.upper()}]") for role in ("pad", "cls", "sep")}
        special.update(bos_token_id=special["cls_token_id"], eos_token_id=special["sep_token_id"])
    with open(os.path.join(folder, "config.json"), "w", encoding="utf8") as file:
        json.dump({**said, **special, "vocab_size": size}, file, indent=1, sort_keys=True)
        file.write("\n")
    patch(folder, "tokenizer_config.json", model_max_length=longest)
    config = AutoConfig.from_pretrained(folder)
    made = (AutoModelForSeq2SeqLM if how == "whole" else class_of(config)).from_config(config, attn_implementation="eager")
    state = draw(made, seed, how in HALF)
    store(folder, state, prefix, how)
    if family in SENTENCES:
        sentence_modules(folder, longest)
    model = opened(folder, state)
    numbers = expected(folder, family, model, tokenizer, longest)
    save_file({key: np.ascontiguousarray(value) for key, value in numbers.items()}, os.path.join(folder, "expected.safetensors"))


def patch(folder, name, **more):
    with open(os.path.join(folder, name), encoding="utf8") as file:
        value = json.load(file)
    write(folder, name, {**value, **more})


def opened(folder, state=None):
    """The folder as transformers reads it, in float32; the weights are looked at where they are known."""
    kind = class_of(AutoConfig.from_pretrained(folder))
    model = kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    if state is not None:
        read = model.state_dict()
        # A decoder, and what scores its words, is left in the file.
        beside = lambda name: name.startswith(("decoder.", "lm_head."))
        wrong = [name for name, value in state.items() if not beside(name) and not np.array_equal(read[name].numpy(), value)]
        assert wrong == [], wrong
    return model


def sentence_modules(folder, longest):
    write(folder, "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ])
    os.makedirs(os.path.join(folder, "1_Pooling"))
    modes = {f"pooling_mode_{mode}": mode == "mean_tokens" for mode in ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")}
    write(folder, "1_Pooling/config.json", {"word_embedding_dimension": WIDTH, **modes})
    write(folder, "sentence_bert_config.json", {"max_seq_length": longest, "do_lower_case": False})
    write(folder, "config_sentence_transformers.json", {"__version__": {"sentence_transformers": "2.0.0"}})


def batch(tokenizer, longest, pad):
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    encodings = [tokenizer.encode(text) for text in TEXTS]
    width = max(len(each.ids) for each in encodings)
    ids = np.array([each.ids + [pad] * (width - len(each.ids)) for each in encodings], np.int32)
    mask = np.array([[1] * len(each.ids) + [0] * (width - len(each.ids)) for each in encodings], np.int32)
    return ids, mask


def run(model, ids, mask=None, **more):
    """All hidden states [layers + 1, texts, tokens, width], the last as the model gives it."""
    mask = np.ones_like(ids) if mask is None else mask
    with torch.no_grad():
        given = {"input_ids": torch.from_numpy(ids).long(), "attention_mask": torch.from_numpy(mask).long()}
        found = model(**given, output_hidden_states=True, **more)
    tokens = ids.shape[1]
    states = [state[:, :tokens].numpy() for state in found.hidden_states]
    assert np.array_equal(states[-1], found.last_hidden_state.numpy())
    return np.stack(states)


def pooled(states, mask):
    weights = mask[..., None].astype(np.float32)
    mean = lambda each: (each * weights).sum(1) / weights.sum(1)
    last = states[-1]
    rising = weights * np.arange(1, mask.shape[1] + 1, dtype=np.float32)[:, None]
    return {
        "cls": last[:, 0], "mean": mean(last), "max": np.where(weights > 0, last, -np.inf).max(1),
        "last_token": last[np.arange(len(mask)), mask.sum(1) - 1], "weighted_mean_st": (last * rising).sum(1) / rising.sum(1),
        "cls_layermean_incl": states[:, :, 0].mean(0), "cls_layermean_excl": states[1:, :, 0].mean(0),
        "mean_layermean_incl": mean(states.mean(0)), "mean_layermean_excl": mean(states[1:].mean(0)),
    }


def expected(folder, family, model, tokenizer, longest):
    ids, mask = batch(tokenizer, longest, model.config.pad_token_id)
    assert ids.shape[1] == longest
    write(folder, "expected.json", {
        "texts": TEXTS, "max_length": longest, "input_ids": ids.tolist(), "attention_mask": mask.tolist(),
    })
    if family == "bigbird":
        return bigbird(folder, model, ids, mask)
    states = run(model, ids, mask)
    numbers = {"input_ids": ids, "attention_mask": mask, "hidden_states": states}
    numbers.update({f"pooled.{name}": value for name, value in pooled(states, mask).items()})
    if family.startswith("longformer"):
        first = np.zeros_like(ids)
        first[:, 0] = 1
        states = run(model, ids, mask, global_attention_mask=torch.from_numpy(first).long())
        numbers.update({"global0.hidden_states_1": states[1], "global0.last_hidden_state": states[-1]})
        numbers.update({f"global0.pooled.{name}": value for name, value in pooled(states, mask).items()})
    if family in SENTENCES:
        from sentence_transformers import SentenceTransformer
        encoder = SentenceTransformer(folder, device="cpu", model_kwargs={"attn_implementation": "eager", "dtype": torch.float32})
        # Texts as they were tokenised above: what AutoTokenizer makes of a folder is another question.
        given = {"input_ids": torch.from_numpy(ids).long(), "attention_mask": torch.from_numpy(mask).long()}
        with torch.no_grad():
            numbers["sentence_transformers.encode"] = encoder(given)["sentence_embedding"].numpy()
    if family in BY_DISTANCE:
        long = (np.arange(160, dtype=np.int32) * 7 % 80 + 4)[None]
        numbers.update({"long160.input_ids": long, "long160.last_hidden_state": run(model, long)[-1]})
    return numbers


def bigbird(folder, model, ids, mask):
    """Which attention a batch gets goes by its length, and a short one turns blocks off for good: each its own model."""
    fresh = lambda: opened(folder)
    states = run(model, ids, mask)
    numbers = {"input_ids": ids, "attention_mask": mask, "hidden_states": states}
    numbers.update({f"pooled.{name}": value for name, value in pooled(states, mask).items()})
    full = fresh()
    full.set_attention_type("original_full")
    whole = run(full, ids, mask)
    numbers.update({"full.hidden_states_1": whole[1], "full.last_hidden_state": whole[-1]})
    numbers.update({f"full.pooled.{name}": value for name, value in pooled(whole, mask).items() if name in ("cls", "mean")})
    config = model.config
    most = (5 + 2 * config.num_random_blocks) * config.block_size
    for tokens in (most, most + 1, most + 2, config.max_position_embeddings):
        some = (np.arange(tokens, dtype=np.int32) * 5 % 80 + 7)[None]
        numbers.update({f"edge{tokens}.input_ids": some, f"edge{tokens}.last_hidden_state": run(fresh(), some)[-1]})
    rows = mask.sum(1) <= most - 2
    short = [part[rows][:, :mask[rows].sum(1).max()] for part in (ids, mask)]
    numbers.update({"short.input_ids": short[0], "short.attention_mask": short[1], "short.last_hidden_state": run(fresh(), *short)[-1]})
    longest = int(mask.sum(1).argmax())
    numbers[f"alone{longest}.last_hidden_state"] = run(fresh(), ids[longest:longest + 1])[-1]
    # Random blocks are drawn in training alone; nothing else is to be random.
    trained = fresh()
    for module in trained.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    trained.train()
    numbers["train_rand.last_hidden_state"] = run(trained, ids, mask)[-1]
    for tokens, layer in ((768, 0), (768, 1), (1024, 0), (1024, 1), (4096, 1)):
        numbers[f"published_train_rand.S{tokens}.layer{layer}"] = published(tokens, layer)
    return numbers


def published(tokens, layer):
    """Random blocks of the published base model in training."""
    from transformers import BigBirdConfig
    from transformers.models.big_bird.modeling_big_bird import BigBirdBlockSparseAttention
    attention = BigBirdBlockSparseAttention(BigBirdConfig(), seed=layer)
    heads, blocks = 12, 3
    np.random.seed(layer)
    if tokens in (1024, 3072, 4096):
        drawn = [attention._bigbird_block_rand_mask(4096, 4096, 64, 64, blocks, last_idx=1024)[:tokens // 64 - 2] for _ in range(heads)]
        return np.stack(drawn).astype(np.int32)
    plan = attention._get_rand_attn_plan(tokens, 64, blocks)
    drawn = attention._bigbird_block_rand_mask_with_head(
        from_seq_length=tokens, to_seq_length=tokens, from_block_size=64, to_block_size=64, num_heads=heads, plan_from_length=plan[0],
        plan_num_rand_blocks=plan[1],
    )
    return np.stack(drawn).astype(np.int32)
