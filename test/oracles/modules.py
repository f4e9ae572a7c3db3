"""
Folders of sentence-transformers modules on top of `minilm`, and what SentenceTransformer makes of the texts with them. A folder has its own
modules alone: `minilm` has the transformer and the tokenizer.
"""
import json
import os
import shutil
import numpy as np
import torch
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from texts import TEXTS
from vocabularies import write

BASE = "minilm"
WIDTH = 16
OLD = "sentence_transformers.models"
NEW = {
    "Transformer": "sentence_transformers.base.modules.transformer.Transformer",
    "Pooling": "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
    "Dense": "sentence_transformers.base.modules.dense.Dense",
    "LayerNorm": "sentence_transformers.sentence_transformer.modules.layer_norm.LayerNorm",
    "Dropout": "sentence_transformers.sentence_transformer.modules.dropout.Dropout",
    "Normalize": "sentence_transformers.base.modules.normalize.Normalize",
}
FLAGS = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
WORDS = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]
ACTIVATIONS = ["Tanh", "ReLU", "GELU", "Sigmoid", "SiLU", "LeakyReLU", "ELU", "Softplus", "Mish"]
# Before every text in the `prompt.` numbers.
PROMPT = "the old ferry: "


def pooling(*words, **more):
    return {"Pooling": {"embedding_dimension": WIDTH, "pooling_mode": words[0] if len(words) == 1 else list(words), **more}}


def flags(*on, **more):
    modes = {f"pooling_mode_{mode}": mode in on for mode in FLAGS}
    return {"Pooling": {"word_embedding_dimension": WIDTH, **modes, **more}}


def dense(before, after, activation="torch.nn.modules.linear.Identity", bias=True, **more):
    return {"Dense": {"in_features": before, "out_features": after, "bias": bias, "activation_function": activation, **more}}


NORMALIZE = {"Normalize": None}
# Folder: its modules behind the transformer, how their weights are stored, which names the classes have, truncate_dim.
FOLDERS = {
    **{f"pooling-{word}": ([pooling(word, include_prompt=False)], "f32", NEW, None) for word in WORDS},
    "flags-all": ([flags(*FLAGS, include_prompt=False)], "f32", OLD, None),
    "flags-none": ([flags()], "f32", OLD, None),
    "words-order": ([pooling("lasttoken", "mean_sqrt_len_tokens", "max", "max")], "f32", NEW, None),
    **{
        f"dense-{name.lower()}": ([flags("mean_tokens"), dense(WIDTH, 6, f"torch.nn.modules.activation.{name}")], "f32", OLD, None)
        for name in ACTIVATIONS
    },
    "dense-bin": ([flags("cls_token"), dense(WIDTH, 24, bias=False), dense(24, 5), NORMALIZE], "bin", OLD, None),
    "dense-half": ([pooling("mean"), dense(WIDTH, WIDTH, use_residual=True), NORMALIZE], "f16", NEW, None),
    "dense-bf16": ([pooling("mean"), dense(WIDTH, 7, use_residual=True), NORMALIZE], "bf16", NEW, None),
    "dense-usual": ([pooling("mean"), {"Dense": {"in_features": WIDTH, "out_features": 4}}], "f32", NEW, None),
    "norm": ([flags("mean_tokens"), {"LayerNorm": {"dimension": WIDTH}}], "f32", OLD, None),
    "truncated": ([flags("mean_tokens"), NORMALIZE], "f32", OLD, 5),
    "everything": (
        [
            pooling("max", "cls", "mean_sqrt_len_tokens"), {"Dropout": {"dropout": 0.3}},
            dense(3 * WIDTH, 12, "torch.nn.modules.activation.Tanh"), {"LayerNorm": {"dimension": 12}},
            dense(12, 12, "torch.nn.modules.activation.GELU", use_residual=True), NORMALIZE, dense(12, 9), NORMALIZE,
        ],
        "f32", NEW, 7,
    ),
}


def weights(kind, config, random):
    draw = lambda *shape: random.normal(0, 0.5, shape).astype(np.float16).astype(np.float32)
    if kind == "LayerNorm":
        return {"norm.weight": 1 + draw(config["dimension"]), "norm.bias": draw(config["dimension"])}
    if kind != "Dense":
        return {}
    before, after = config["in_features"], config["out_features"]
    numbers = {"linear.weight": draw(after, before)}
    if config.get("bias", True):
        numbers["linear.bias"] = draw(after)
    if config.get("use_residual") and before != after:
        numbers["residual.weight"] = draw(after, before)
    return numbers


def store(folder, numbers, how):
    if how == "bin":
        torch.save({name: torch.from_numpy(value) for name, value in numbers.items()}, os.path.join(folder, "pytorch_model.bin"))
    elif how == "bf16":
        from safetensors.torch import save_file as save_torch
        save_torch({name: torch.from_numpy(value).bfloat16() for name, value in numbers.items()}, os.path.join(folder, "model.safetensors"))
    else:
        stored = {name: value.astype(np.float16 if how == "f16" else np.float32) for name, value in numbers.items()}
        save_file(stored, os.path.join(folder, "model.safetensors"))


def make_folder(folder, seed, modules, how, names, kept):
    os.makedirs(folder)
    random = np.random.default_rng(seed)
    type_of = lambda kind: f"{OLD}.{kind}" if names == OLD else names[kind]
    listed = [{"idx": 0, "name": "0", "path": "", "type": type_of("Transformer")}]
    for i, module in enumerate(modules, 1):
        [(kind, config)] = module.items()
        listed.append({"idx": i, "name": str(i), "path": f"{i}_{kind}", "type": type_of(kind)})
        if config is None:
            continue
        inner = os.path.join(folder, f"{i}_{kind}")
        os.makedirs(inner)
        write(inner, "config.json", config)
        numbers = weights(kind, config, random)
        if numbers:
            store(inner, numbers, how)
    write(folder, "modules.json", listed)
    if kept is not None:
        write(folder, "config_sentence_transformers.json", {"truncate_dim": kept})


def whole(root, folder, to):
    """The modules with the transformer that they stand behind."""
    shutil.copytree(os.path.join(root, BASE), to, ignore=shutil.ignore_patterns("[0-9]_*", "modules.json", "config_sentence*", "expected*"))
    shutil.copytree(folder, to, dirs_exist_ok=True)


def gradients(model):
    """Of some weights, of the sum of the vectors' products with fixed numbers, outside of training as dropout is."""
    model.zero_grad()
    features = model.preprocess(TEXTS[1:5])
    vectors = model(features)["sentence_embedding"][:, : model.truncate_dim]
    fixed = torch.sin(torch.arange(vectors.numel(), dtype=torch.float32)).reshape(vectors.shape)
    (vectors * fixed).sum().backward()
    inner = model[0].auto_model if hasattr(model[0], "auto_model") else model[0].model
    named = dict(inner.named_parameters())
    wanted = ["embeddings.LayerNorm.weight", "encoder.layer.0.attention.self.query.weight", "encoder.layer.1.output.dense.bias"]
    return {name: named[name].grad.numpy() for name in wanted}


def make(root):
    here = os.path.join(root, "modules")
    shutil.rmtree(here, ignore_errors=True)
    numbers = {}
    for seed, (name, said) in enumerate(FOLDERS.items(), 1):
        folder = os.path.join(here, name)
        make_folder(folder, seed, *said)
        place = os.path.join("/tmp", f"modules-{os.getpid()}")
        whole(root, folder, place)
        model = SentenceTransformer(place, device="cpu", model_kwargs={"attn_implementation": "eager", "dtype": torch.float32})
        numbers[f"{name}.encode"] = model.encode(TEXTS)
        if any(module.get("Pooling", {}).get("include_prompt") is False for module in said[0]):
            numbers[f"{name}.prompt"] = model.encode(TEXTS, prompt=PROMPT)
        if name in ("everything", "flags-all", "norm") or name.startswith("dense-"):
            for weight, value in gradients(model.eval()).items():
                numbers[f"{name}.gradient.{weight}"] = value
        shutil.rmtree(place)
    save_file({key: np.ascontiguousarray(value, np.float32) for key, value in numbers.items()}, os.path.join(here, "expected.safetensors"))
    write(here, "expected.json", {"prompt": PROMPT, "texts": TEXTS})
