"""
Tiny encoders with rotary positions (NomicBERT, GTE, jina v3) by transformers, under the names of the published checkpoints; and with ALiBi
(jina v2), which transformers does not have: by a plain reference after the published code, jinaai/jina-bert-implementation and
jinaai/jina-bert-v2-qk-post-norm, modeling_bert.py.
"""
import json
import math
import os
import shutil
import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F
from transformers import AutoModel, GteConfig, JinaEmbeddingsV3Config, NomicBertConfig
import vocabularies
from encoders import batch, draw, run
from texts import TEXTS
from vocabularies import write

# Three heads, six columns each: as many as no power of two.
SIZES = {"hidden_size": 18, "num_attention_heads": 3, "intermediate_size": 20, "num_hidden_layers": 2}
LONGEST = 14
TASKS = ["retrieval.query", "separation", "classification"]
RANK, ALPHA = 2, 3


def folder_of(root, family, longest=LONGEST):
    folder = os.path.join(root, family)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    size = vocabularies.bert(folder)
    with open(os.path.join(folder, "tokenizer_config.json"), encoding="utf8") as file:
        write(folder, "tokenizer_config.json", {**json.load(file), "model_max_length": longest})
    return folder, size


def config_file(folder, said):
    with open(os.path.join(folder, "config.json"), "w", encoding="utf8") as file:
        json.dump(said, file, indent=1, sort_keys=True)
        file.write("\n")


def save(folder, name, numbers, half=True):
    stored = {key: np.ascontiguousarray(value.astype(np.float16) if half else value) for key, value in numbers.items()}
    save_file(stored, os.path.join(folder, name), metadata={"format": "pt"})


def place(name, names, packed):
    """A weight's published name, and which part of it the weight is: names that differ, and what is stacked under another one."""
    for old, new in names:
        name = name.replace(old, new)
    for target, parts in packed.items():
        for at, part in enumerate(parts):
            if f"{part}." in name:
                return name.replace(part, target), at
    return name, 0


def published(state, names, packed):
    """Weights by their published names."""
    stacks = {}
    for name, value in state.items():
        target, at = place(name, names, packed)
        stacks.setdefault(target, {})[at] = value
    return {name: np.concatenate([parts[at] for at in range(len(parts))]) if len(parts) > 1 else parts[0] for name, parts in stacks.items()}


NAMES = {
    "nomic-bert": (
        [
            ("layers.", "encoder.layers."), ("embeddings.LayerNorm", "emb_ln"), ("self_attn.o_proj", "attn.out_proj"), ("up_proj", "fc11"),
            ("gate_proj", "fc12"), ("down_proj", "fc2"), ("post_attention_layernorm", "norm1"), ("post_mlp_layernorm", "norm2"),
            ("self_attn", "attn"),
        ],
        {"attn.Wqkv": ["attn.q_proj", "attn.k_proj", "attn.v_proj"]},
    ),
    "gte": (
        [
            ("layers.", "encoder.layer."), ("self_attn.", "attention."), ("post_attention_layernorm", "attn_ln"), ("post_mlp_layernorm", "mlp_ln"),
        ],
        {
            "attention.qkv_proj": ["attention.q_proj", "attention.k_proj", "attention.v_proj"],
            "mlp.up_gate_proj": ["mlp.up_proj", "mlp.gate_proj"],
        },
    ),
    "jina-v3": (
        [
            ("layers.", "encoder.layers."), ("embeddings.LayerNorm", "emb_ln"), ("self_attn.o_proj", "mixer.out_proj"),
            ("post_attention_layernorm", "norm1"), ("post_mlp_layernorm", "norm2"), ("self_attn", "mixer"),
        ],
        {"mixer.Wqkv": ["mixer.q_proj", "mixer.k_proj", "mixer.v_proj"]},
    ),
}


def filled(config, state):
    model = AutoModel.from_config(config, attn_implementation="eager").eval()
    missing, unexpected = model.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()}, strict=False)
    assert not unexpected and all("pooler" in name or "position_ids" in name or "token_type_ids" in name for name in missing), (missing, unexpected)
    return model


def texts_of(folder):
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    ids, mask = batch(tokenizer, LONGEST, 0)
    write(folder, "expected.json", {"texts": TEXTS, "max_length": LONGEST, "input_ids": ids.tolist(), "attention_mask": mask.tolist()})
    return ids, mask


def numbers_of(states, ids, mask):
    return {"input_ids": ids, "attention_mask": mask, "hidden_states": states}


def some_ids(count):
    return (np.arange(count, dtype=np.int32) * 7 % 80 + 4)[None]


def config_of(family, size, **more):
    kinds = {
        "nomic-bert": (NomicBertConfig, {"max_position_embeddings": 40, "layer_norm_eps": 1e-12, "rope_parameters": {"rope_type": "default", "rope_theta": 1000.0}}),
        "gte": (GteConfig, {"max_position_embeddings": 64, "rope_parameters": {"rope_type": "default", "rope_theta": 500.0}, "pad_token_id": 0}),
        "jina-v3": (JinaEmbeddingsV3Config, {"max_position_embeddings": 66, "rope_parameters": {"rope_type": "default", "rope_theta": 700.0}, "pad_token_id": 0}),
    }
    kind, usual = kinds[family]
    return kind(**{**SIZES, **usual, "vocab_size": size, **more})


def nomic_bert(root, seed):
    folder, size = folder_of(root, "nomic-bert")
    model = AutoModel.from_config(config_of("nomic-bert", size))
    state = draw(model, seed, True)
    save(folder, "model.safetensors", published(state, *NAMES["nomic-bert"]))
    save(folder, "plain.safetensors", state)
    older = {
        "activation_function": "swiglu", "n_embd": 18, "n_head": 3, "n_inner": 20, "n_layer": 2, "n_positions": 40, "max_trained_positions": 8,
        "layer_norm_epsilon": 1e-12, "rotary_emb_base": 1000, "rotary_emb_fraction": 1.0, "rotary_emb_interleaved": False,
        "rotary_emb_scale_base": None, "rotary_scaling_factor": None, "qkv_proj_bias": False, "mlp_fc1_bias": False, "mlp_fc2_bias": False,
        "prenorm": False, "parallel_block": False, "causal": False, "use_rms_norm": False, "attn_pdrop": 0.1, "resid_pdrop": 0.1,
    }
    config_file(folder, {**older, "model_type": "nomic_bert", "type_vocab_size": 2, "vocab_size": size, "pad_vocab_size_multiple": 1})
    ids, mask = texts_of(folder)
    numbers = numbers_of(run(filled(config_of("nomic-bert", size), state), ids, mask), ids, mask)
    long = some_ids(30)
    dynamic = config_of("nomic-bert", size, max_position_embeddings=8, rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1000.0})
    numbers.update({"dynamic.input_ids": long, "dynamic.last_hidden_state": run(filled(dynamic, state), long)[-1]})
    gelu = config_of("nomic-bert", size, hidden_act="gelu")
    numbers["geglu.last_hidden_state"] = run(filled(gelu, state), long)[-1]
    save_file(numbers, os.path.join(folder, "expected.safetensors"))


def gte(root, seed):
    folder, size = folder_of(root, "gte")
    state = draw(AutoModel.from_config(config_of("gte", size, type_vocab_size=1)), seed, True)
    save(folder, "model.safetensors", {f"new.{name}": value for name, value in published(state, *NAMES["gte"]).items()})
    save(folder, "plain.safetensors", state)
    config_file(folder, {
        **SIZES, "model_type": "new", "hidden_act": "gelu", "layer_norm_eps": 1e-12, "layer_norm_type": "layer_norm", "vocab_size": size,
        "position_embedding_type": "rope", "rope_theta": 500.0, "rope_scaling": None, "type_vocab_size": 1, "max_position_embeddings": 64,
        "logn_attention_scale": False, "pack_qkv": True, "pad_token_id": 0, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.0,
    })
    ids, mask = texts_of(folder)
    numbers = numbers_of(run(filled(config_of("gte", size), state), ids, mask), ids, mask)
    long, factor, head = some_ids(30), 8.0, 6
    stretched = filled(config_of("gte", size), state)
    # The published code's "ntk": no kind of transformers.
    stretched.rotary_emb.inv_freq = 1.0 / (500.0 * factor) ** (torch.arange(0, head, 2).float() / head) / factor ** (2 / head)
    stretched.rotary_emb.original_inv_freq = stretched.rotary_emb.inv_freq
    numbers.update({"ntk.input_ids": long, "ntk.last_hidden_state": run(stretched, long)[-1]})
    untyped = {key: value for key, value in state.items() if "token_type" not in key}
    numbers["untyped.last_hidden_state"] = run(filled(config_of("gte", size, type_vocab_size=0), untyped), long)[-1]
    save_file(numbers, os.path.join(folder, "expected.safetensors"))


def jina_v3(root, seed):
    folder, size = folder_of(root, "jina-v3")
    state = {key: value for key, value in draw(AutoModel.from_config(config_of("jina-v3", size)), seed, True).items() if "pooler" not in key}
    save(folder, "plain.safetensors", state)
    random = np.random.default_rng(seed)
    numbers = lambda *shape: random.normal(0, 0.3, shape).astype(np.float16).astype(np.float32)
    flat, tasks = {}, [{} for _ in TASKS]
    for name, value in published(state, *NAMES["jina-v3"]).items():
        if value.ndim == 1:
            flat[f"roberta.{name}"] = value
            for each in tasks:
                each[name] = value
            continue
        at = f"roberta.{name.removesuffix('.weight')}.parametrizations.weight"
        rows, columns = value.shape
        table = "embeddings" in name
        a, b = (numbers(3, rows, RANK), numbers(3, RANK, columns)) if table else (numbers(3, RANK, columns), numbers(3, rows, RANK))
        flat.update({f"{at}.original": value, f"{at}.0.lora_A": a, f"{at}.0.lora_B": b})
        for i, each in enumerate(tasks):
            each[name] = value + (a[i] @ b[i] if table else b[i] @ a[i]) * np.float32(ALPHA / RANK)
    save(folder, "model.safetensors", flat)
    config_file(folder, {
        **SIZES, "model_type": "xlm-roberta", "hidden_act": "gelu", "layer_norm_eps": 1e-5, "vocab_size": size, "type_vocab_size": 1,
        "position_embedding_type": "rotary", "rotary_emb_base": 700.0, "max_position_embeddings": 66, "pad_token_id": 0,
        "lora_adaptations": TASKS, "lora_rank": RANK, "lora_alpha": ALPHA, "lora_dropout_p": 0.0, "lora_main_params_trainable": False,
        "load_trained_adapters": True, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
        "task_instructions": {**{task: "" for task in TASKS}, "retrieval.query": "Represent the query: "},
    })
    ids, mask = texts_of(folder)
    config = config_of("jina-v3", size)
    found = numbers_of(run(filled(config, state), ids, mask), ids, mask)
    for task, weights in zip(TASKS, tasks):
        long = some_ids(30)
        found.update({f"{task}.input_ids": long, f"{task}.last_hidden_state": run(filled(config, separate(state, weights)), long)[-1]})
    save_file(found, os.path.join(folder, "expected.safetensors"))


def separate(state, weights):
    """Published jina v3 weights under the names of transformers."""
    found = {}
    for name, value in state.items():
        target, at = place(name, *NAMES["jina-v3"])
        parts = len(weights[target]) // len(value)
        found[name] = np.split(weights[target], parts)[at]
    return found


def slopes(heads):
    def of_power(n):
        start = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [start * start**i for i in range(n)]
    if math.log2(heads).is_integer():
        return of_power(heads)
    power = 2 ** math.floor(math.log2(heads))
    return of_power(power) + slopes(2 * power)[0::2][:heads - power]


class JinaV2(nn.Module):
    """Both published kinds, by the names of their weights; `feed` is feed_forward_type."""

    def __init__(self, weights, normed, feed, heads=3, layers=2, epsilon=1e-12):
        super().__init__()
        self.names = list(weights)
        self.weights = nn.ParameterList([nn.Parameter(torch.from_numpy(value)) for value in weights.values()])
        self.normed, self.feed, self.heads, self.layers, self.epsilon = normed, feed, heads, layers, epsilon

    def w(self, name):
        return self.weights[self.names.index(name)]

    def linear(self, x, name, bias=True):
        return F.linear(x, self.w(f"{name}.weight"), self.w(f"{name}.bias") if bias else None)

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.w(f"{name}.weight"), self.w(f"{name}.bias"), self.epsilon)

    def attention(self, x, hidden, name):
        part = lambda each: self.linear(x, f"{name}.self.{each}")
        q, k, v = part("query"), part("key"), part("value")
        if self.normed:
            q, k = self.norm(q, f"{name}.self.layer_norm_q"), self.norm(k, f"{name}.self.layer_norm_k")
        q, k, v = [each.unflatten(-1, (self.heads, -1)).transpose(1, 2) for each in (q, k, v)]
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        at = torch.arange(x.shape[1])
        scores = scores + hidden - torch.tensor(slopes(self.heads))[:, None, None] * (at[:, None] - at[None]).abs()
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
        return self.norm(self.linear(mixed, f"{name}.output.dense") + x, f"{name}.output.LayerNorm")

    def act(self, x):
        return F.relu(x) if self.feed == "reglu" else F.gelu(x)

    def layer(self, x, hidden, name):
        attended = self.attention(x, hidden, f"{name}.attention")
        if self.normed:
            x = self.norm(x + attended, f"{name}.layer_norm_1")
            if self.feed == "original":
                wide = self.act(self.linear(x, f"{name}.mlp.up_layer", bias=False))
            else:
                up, gate = self.linear(x, f"{name}.mlp.up_gated_layer", bias=False).chunk(2, -1)
                wide = up * self.act(gate)
            return self.norm(x + self.linear(wide, f"{name}.mlp.down_layer"), f"{name}.layer_norm_2")
        if self.feed == "original":
            wide = self.act(self.linear(attended, f"{name}.intermediate.dense"))
            return self.norm(self.linear(wide, f"{name}.output.dense") + attended, f"{name}.output.LayerNorm")
        gate, up = self.linear(attended, f"{name}.mlp.gated_layers", bias=False).chunk(2, -1)
        return self.norm(self.linear(self.act(gate) * up, f"{name}.mlp.wo") + attended, f"{name}.mlp.layernorm")

    def forward(self, ids, mask):
        table = lambda kind: self.w(f"embeddings.{kind}_embeddings.weight")
        x = self.norm(table("word")[ids] + table("token_type")[0], "embeddings.LayerNorm")
        hidden = (1 - mask[:, None, None].float()) * torch.finfo(torch.float32).min
        states = [x]
        for i in range(self.layers):
            states.append(self.layer(states[-1], hidden, f"encoder.layer.{i}"))
        return states


def jina_v2(root, seed, normed):
    family = "jina-v2-code" if normed else "jina-v2"
    folder, size = folder_of(root, family)
    width, inner = SIZES["hidden_size"], SIZES["intermediate_size"]
    shapes = {"embeddings.word_embeddings.weight": (size, width), "embeddings.token_type_embeddings.weight": (2, width)}
    linear = lambda name, out, into, bias=True: shapes.update({f"{name}.weight": (out, into), **({f"{name}.bias": (out,)} if bias else {})})
    norm = lambda name: shapes.update({f"{name}.weight": (width,), f"{name}.bias": (width,)})
    norm("embeddings.LayerNorm")
    for i in range(SIZES["num_hidden_layers"]):
        at = f"encoder.layer.{i}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{at}.attention.{part}", width, width)
        norm(f"{at}.attention.output.LayerNorm")
        if normed:
            for part in ("attention.self.layer_norm_q", "attention.self.layer_norm_k", "layer_norm_1", "layer_norm_2"):
                norm(f"{at}.{part}")
            linear(f"{at}.mlp.up_gated_layer", 2 * inner, width, False)
            linear(f"{at}.mlp.down_layer", width, inner)
            linear(f"{at}.mlp.up_layer", inner, width, False)
        else:
            linear(f"{at}.mlp.gated_layers", 2 * inner, width, False)
            linear(f"{at}.mlp.wo", width, inner)
            norm(f"{at}.mlp.layernorm")
            linear(f"{at}.intermediate.dense", inner, width)
            linear(f"{at}.output.dense", width, inner)
            norm(f"{at}.output.LayerNorm")
    random = np.random.default_rng(seed)
    weights = {}
    for name, shape in shapes.items():
        spread = 0.1 if len(shape) == 1 else 0.6 if "embeddings" in name else 0.35
        middle = 1 if "norm" in name.lower() and name.endswith("weight") else 0
        weights[name] = random.normal(middle, spread, shape).astype(np.float16).astype(np.float32)
    # One file serves a gate and none: the other's weights are left out.
    save(folder, "model.safetensors", weights)
    config_file(folder, {
        **SIZES, "model_type": "bert", "position_embedding_type": "alibi", "feed_forward_type": "geglu", "hidden_act": "gelu", "emb_pooler": "mean",
        "layer_norm_eps": 1e-12, "vocab_size": size, "type_vocab_size": 2, "max_position_embeddings": 64, "pad_token_id": 0,
        "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
    })
    ids, mask = texts_of(folder)
    found = {}
    for feed in ("geglu", "reglu", "original"):
        with torch.no_grad():
            states = JinaV2(weights, normed, feed)(torch.from_numpy(ids).long(), torch.from_numpy(mask).long())
        states = np.stack([state.numpy() for state in states])
        found.update(numbers_of(states, ids, mask) if feed == "geglu" else {f"{feed}.last_hidden_state": states[-1][7:]})
    save_file(found, os.path.join(folder, "expected.safetensors"))


MAKERS = {
    "nomic-bert": nomic_bert, "gte": gte, "jina-v3": jina_v3, "jina-v2": lambda root, seed: jina_v2(root, seed, False),
    "jina-v2-code": lambda root, seed: jina_v2(root, seed, True),
}


def gradients_of(root, family, ids, mask):
    """The last state of a batch, and its gradients by the names of the files once it was differentiated."""
    folder = os.path.join(root, family)
    if family.startswith("jina-v2"):
        stored = {key: value.astype(np.float32) for key, value in load_file(os.path.join(folder, "model.safetensors")).items()}
        model = JinaV2(stored, family.endswith("code"), "geglu")
        last = model(ids, mask)[-1]
        return last, lambda: {name: p.grad for name, p in zip(model.names, model.weights) if p.grad is not None}
    stored = {key: value.astype(np.float32) for key, value in load_file(os.path.join(folder, "plain.safetensors")).items()}
    model = filled(config_of(family, stored["embeddings.word_embeddings.weight"].shape[0]), stored)
    last = model(input_ids=ids, attention_mask=mask).last_hidden_state
    named = lambda: {name: p.grad.numpy() for name, p in model.named_parameters() if p.grad is not None}
    return last, lambda: {name: torch.from_numpy(np.array(value)) for name, value in published(named(), *NAMES[family]).items()}
