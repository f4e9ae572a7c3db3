"""Speeds and scales of rotary positions in every kind that is built, as transformers computes them (modeling_rope_utils.py)."""
import json
import os
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

LLAMA3 = {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 128}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0}

# Width of a head, longest text, what config.json says; tokens of a text where they decide.
CASES = {
    "default": (8, 512, {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}}),
    "default of another theta": (6, 512, {"rope_parameters": {"rope_theta": 1e6}}),
    "default in older words": (8, 512, {"rope_theta": 250.0}),
    "linear": (8, 512, {"rope_parameters": {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}}),
    "linear in older words": (8, 512, {"rope_theta": 500.0, "rope_scaling": {"type": "linear", "factor": 2.5}}),
    "llama3": (16, 131072, {"rope_parameters": LLAMA3}),
    "llama3 of other factors": (16, 131072, {"rope_parameters": {**LLAMA3, "factor": 32.0, "high_freq_factor": 2.0}}),
    "yarn": (16, 512, {"rope_parameters": YARN}),
    "yarn in older words": (16, 512, {"rope_theta": 5000.0, "rope_scaling": {key: value for key, value in YARN.items() if key != "rope_theta"}}),
    "yarn that is not truncated": (16, 512, {"rope_parameters": {**YARN, "truncate": False}}),
    "yarn with attention_factor": (16, 512, {"rope_parameters": {**YARN, "attention_factor": 1.25}}),
    "yarn with mscale and mscale_all_dim": (16, 512, {"rope_parameters": {**YARN, "mscale": 1.5, "mscale_all_dim": 0.5}}),
    "yarn with mscale alone": (16, 512, {"rope_parameters": {**YARN, "mscale": 1.5}}),
    "yarn with other betas": (16, 512, {"rope_parameters": {**YARN, "beta_fast": 8, "beta_slow": 2}}),
    "yarn with equal betas": (16, 512, {"rope_parameters": {**YARN, "beta_fast": 1, "beta_slow": 1, "truncate": False}}),
    "yarn of factor 1": (16, 512, {"rope_parameters": {**YARN, "factor": 1.0}}),
    **{f"dynamic, {tokens} tokens": (8, 16, {"rope_parameters": DYNAMIC}, tokens) for tokens in (8, 16, 17, 100)},
}


def make(root):
    found = {}
    for name, (size, longest, said, *tokens) in CASES.items():
        said = {**said, "max_position_embeddings": longest}
        # It writes into what it is given.
        config = LlamaConfig(hidden_size=2 * size, num_attention_heads=2, **json.loads(json.dumps(said)))
        rotary = LlamaRotaryEmbedding(config)
        speeds, scale = (rotary.inv_freq, rotary.attention_scaling) if tokens == [] else ROPE_INIT_FUNCTIONS["dynamic"](config, "cpu", seq_len=tokens[0])
        found[name] = {
            "size": size, "config": said, "scale": float(scale), "speeds": [float(f"{speed:.9g}") for speed in speeds.tolist()],
            **({"tokens": tokens[0]} if tokens else {}),
        }
    with open(os.path.join(root, "rope.json"), "w", encoding="utf8") as file:
        json.dump(found, file, indent=1)
        file.write("\n")
