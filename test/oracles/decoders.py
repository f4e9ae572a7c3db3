"""
Decoders, and what keeps their network, in every way that config.json can ask for: of each the hidden states of a few texts, and gradients.
Weights are not stored: they are numbers that any language can make (`numbers`), in shapes that are.
"""
import json
import os
import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import AutoConfig, AutoModel
from training import fixed, summary

WIDTH = 16
BASE = {
    "hidden_size": WIDTH, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 40,
    "max_position_embeddings": 512, "rms_norm_eps": 1e-6, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "attention_dropout": 0.0,
}
ROPE = {"rope_theta": 10000.0}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}
BOTH = {
    "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 50000.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 300.0},
}

# What config.json says, number type, prefix.
CASES = {
    "qwen3": ({**BASE, "model_type": "qwen3", "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 10, **ROPE}, "bf16", ""),
    "qwen3-bias": ({**BASE, "model_type": "qwen3", "head_dim": 4, "attention_bias": True, "hidden_act": "gelu", **ROPE}, "f32", "model."),
    "qwen3-window": (
        {
            **BASE, "model_type": "qwen3", "head_dim": 8, "num_hidden_layers": 3, "use_sliding_window": True, "sliding_window": 5,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "rope_theta": 1e6,
        },
        "f32", "",
    ),
    "qwen3-yarn": ({**BASE, "model_type": "qwen3", "head_dim": 16, "rope_scaling": YARN, **ROPE}, "f32", ""),
    "qwen2": (
        {
            **BASE, "model_type": "qwen2", "num_key_value_heads": 4, "use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1, **ROPE,
        },
        "f16", "model.",
    ),
    "qwen2-all": ({**BASE, "model_type": "qwen2", "is_causal": False, "sliding_window": 4, "use_sliding_window": False, **ROPE}, "f32", "model."),
    "qwen2-all-window": (
        {**BASE, "model_type": "qwen2", "is_causal": False, "sliding_window": 4, "use_sliding_window": True, "max_window_layers": 1, **ROPE},
        "f32", "",
    ),
    "llama": ({**BASE, "model_type": "llama", "attention_bias": True, "mlp_bias": True, "rope_scaling": LLAMA3, **ROPE}, "f32", "model."),
    "llama-linear": ({**BASE, "model_type": "llama", "rope_scaling": {"type": "linear", "factor": 2.5}, "head_dim": 6}, "f16", ""),
    "llama-dynamic": (
        {**BASE, "model_type": "llama", "max_position_embeddings": 16, "rope_scaling": {"type": "dynamic", "factor": 2.0}, **ROPE}, "f32", "",
    ),
    "llama-yarn": (
        {
            **BASE, "model_type": "llama", "head_dim": 12,
            "rope_parameters": {
                "rope_type": "yarn", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 4, "beta_slow": 0.5,
                "mscale": 1.0, "mscale_all_dim": 0.5, "truncate": False,
            },
        },
        "f32", "",
    ),
    "llama-all": ({**BASE, "model_type": "llama", "is_causal": False, "num_key_value_heads": 4, "rope_parameters": {"rope_theta": 77.0}}, "bf16", ""),
    "mistral": ({**BASE, "model_type": "mistral", "sliding_window": 6, **ROPE}, "bf16", ""),
    "mistral-whole": ({**BASE, "model_type": "mistral", "sliding_window": None, "num_key_value_heads": 1, "head_dim": 8, **ROPE}, "f32", "model."),
    "mistral-all": ({**BASE, "model_type": "mistral", "sliding_window": 3, "is_causal": False, **ROPE}, "f32", ""),
    "ministral": (
        {**BASE, "model_type": "mistral", "sliding_window": 4, "head_dim": 4, "layer_types": ["full_attention", "sliding_attention"], **ROPE}, "f32", "",
    ),
    "eurobert": ({**BASE, "model_type": "eurobert", "rms_norm_eps": 1e-5, "rope_theta": 250000.0}, "f32", "model."),
    "eurobert-bias": (
        {**BASE, "model_type": "eurobert", "attention_bias": True, "mlp_bias": True, "hidden_act": "gelu_pytorch_tanh", "rope_scaling": YARN, **ROPE},
        "bf16", "",
    ),
    "gemma3": (
        {
            **BASE, "model_type": "gemma3_text", "head_dim": 6, "num_key_value_heads": 1, "num_hidden_layers": 3, "query_pre_attn_scalar": 10,
            "sliding_window": 7, "use_bidirectional_attention": True, "rope_theta": 1e6, "rope_local_base_freq": 1e4,
            "layer_types": ["sliding_attention", "sliding_attention", "full_attention"],
        },
        "f32", "",
    ),
    "gemma3-causal": (
        {
            **BASE, "model_type": "gemma3_text", "head_dim": 8, "query_pre_attn_scalar": 8, "sliding_window": 4, "sliding_window_pattern": 2,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "attention_bias": True,
        },
        "bf16", "model.",
    ),
    "gemma3-new": (
        {
            **BASE, "model_type": "gemma3_text", "head_dim": 8, "query_pre_attn_scalar": 5, "sliding_window": 1, "hidden_activation": "gelu",
            "use_bidirectional_attention": True, "is_causal": False, "rope_parameters": BOTH, "layer_types": ["sliding_attention", "full_attention"],
        },
        "f32", "",
    ),
}
# Of these the gradients are kept, too.
TRAINED = ["qwen3", "qwen3-window", "qwen2", "llama", "mistral", "eurobert", "gemma3", "gemma3-causal"]
TEXTS = [[3], [7, 9, 4, 2, 11, 30, 8], [(i * 7 + i // 3) % 37 + 3 for i in range(37)]]


def mixed(h):
    """A hash of 32 bits (Mueller)."""
    h = np.asarray(h, np.uint32)
    for _ in range(2):
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x45D9F3B)
    return h ^ (h >> np.uint32(16))


def numbers(name, shape):
    """Numbers of a weight, evenly drawn about 0 (norms: about what leaves a vector as it is), by its name."""
    seed = 0
    for letter in name.encode():
        seed = (seed * 31 + letter) % 2**32
    with np.errstate(over="ignore"):
        found = mixed(np.arange(1, np.prod(shape) + 1, dtype=np.uint32) * np.uint32(0x9E3779B9) + mixed(np.uint32(seed)))
    spread = 1.0 if "embed" in name else 0.2 if len(shape) == 1 else 2.4 / np.sqrt(shape[1])
    return ((found.astype(np.float64) / 2**31 - 1) * spread).reshape(shape)


def weights(model, said, stored):
    """All weights by name, as the number type has them."""
    offset = 0.0 if said["model_type"] == "gemma3_text" else 1.0
    found = {}
    for name, value in model.state_dict().items():
        norm = "norm" in name
        number = torch.from_numpy(numbers(name, tuple(value.shape)) + (offset if norm else 0.0)).to(torch.float32)
        kind = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[stored]
        found[name] = number.to(kind).to(torch.float32)
    return found


def opened(said, stored):
    config = {key: value for key, value in said.items() if key != "model_type"}
    kind = "ministral" if "layer_types" in said and said["model_type"] == "mistral" else said["model_type"]
    config = AutoConfig.for_model(kind, **json.loads(json.dumps(config)))
    model = AutoModel.from_config(config, attn_implementation="eager").to(torch.float32).eval()
    state = weights(model, said, stored)
    model.load_state_dict(state)
    return model, state


def states_of(said, stored, texts):
    """Of each text alone [layers + 1, tokens, width]; a model each, since dynamic angles remember longer texts."""
    found = []
    for text in texts:
        model, _ = opened(said, stored)
        with torch.no_grad():
            states = model(input_ids=torch.tensor([text]), output_hidden_states=True).hidden_states
        found.append(torch.cat(states).numpy())
    return found


def gradients_of(said, stored):
    model, _ = opened(said, stored)
    width = max(map(len, TEXTS))
    mask = torch.tensor([[1] * len(text) + [0] * (width - len(text)) for text in TEXTS])
    ids = torch.tensor([text + [0] * (width - len(text)) for text in TEXTS])
    last = model(input_ids=ids, attention_mask=mask).last_hidden_state
    pooled = (last * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    (pooled * torch.tensor(fixed(pooled.numel()), dtype=torch.float32).reshape(pooled.shape)).sum().backward()
    return {key: summary(p.grad) for key, p in model.named_parameters() if p.grad is not None}


def make(root, cases=None, trained=TRAINED, texts=TEXTS, name="decoders"):
    told, kept = {}, {}
    for case, (said, stored, prefix) in (cases or CASES).items():
        _, state = opened(said, stored)
        told[case] = {"config": said, "stored": stored, "prefix": prefix, "weights": {key: list(value.shape) for key, value in state.items()}}
        if case in trained:
            told[case]["gradients"] = gradients_of(said, stored)
        # The embeddings are not worth keeping; of the layers all are.
        for i, states in enumerate(states_of(said, stored, texts)):
            kept[f"{case}.{i}"] = np.ascontiguousarray(states[1:])
    with open(os.path.join(root, f"{name}.json"), "w", encoding="utf8") as file:
        json.dump({"texts": texts, "cases": told}, file, separators=(",", ":"))
        file.write("\n")
    save_file(kept, os.path.join(root, f"{name}.safetensors"))
