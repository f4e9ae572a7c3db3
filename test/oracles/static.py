"""
Static encoders, tables of token vectors, laid out as sentence-transformers and as model2vec save them, and what the two make of the texts.
A folder has its table and what is said of it alone; tokenizers, which several have in common, lie in `tokenizers`.
"""
import json
import os
import shutil
import numpy as np
import torch
from model2vec import StaticModel
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from texts import SENTENCES, TEXTS
import vocabularies
from vocabularies import write

WIDTH = 8
TYPE = "sentence_transformers.models"
NEW = "sentence_transformers.sentence_transformer.modules.static_embedding"
# Before every text in the `prompt` numbers.
PROMPT = "the old ferry: "
EVEN_MORE = ["zzz qqq", "river zzz water", "\u5c71 \u5c71"]


def word_level(folder):
    """A token a word, as of GloVe."""
    words = sorted({word.strip(".,;?").lower() for text, _ in SENTENCES for word in text.split()})
    tokenizer = Tokenizer(models.WordLevel({token: i for i, token in enumerate(["[PAD]", "[UNK]", *words])}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)


def pieces(folder):
    """Unigram, whose unknown token is an id; as of potion-multilingual."""
    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), ("\u2581", -3.0), *((f"\u2581{w}", -5.0) for w in ("the", "river", "ferry")),
        *((letter, -8.0) for letter in "abcdefghijklmnopqrstuvwxyz.,;")], unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always", split=True)
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)


TOKENIZERS = {"word-piece": vocabularies.bert, "word-level": word_level, "unigram": pieces}


def make_tokenizers(here):
    for name, make in TOKENIZERS.items():
        folder = os.path.join(here, "tokenizers", name)
        os.makedirs(folder)
        make(folder)
        for file in os.listdir(folder):
            if file != "tokenizer.json":
                os.remove(os.path.join(folder, file))


# Folder: tokenizer, how the table is stored, parts beside it, config.json, modules behind it (None: no modules.json), the like.
FOLDERS = {
    "st": dict(table="embedding.weight", at="0_StaticEmbedding", modules=[]),
    "st-flat": dict(table="embedding.weight", modules=["Normalize"], names=NEW),
    "st-f16": dict(table="embedding.weight", how="f16", modules=[]),
    "st-bf16": dict(table="embedding.weight", how="bf16", modules=["Normalize"]),
    "st-f64": dict(table="embedding.weight", how="f64", modules=[]),
    "st-bin": dict(table="embedding.weight", how="bin", modules=[]),
    "st-unigram": dict(table="embedding.weight", tokenizer="unigram", at="0_StaticEmbedding", modules=[]),
    "st-cut": dict(table="embedding.weight", at="0_StaticEmbedding", modules=[], cut=5),
    "st-modules": dict(
        table="embedding.weight", at="0_StaticEmbedding", modules=["Dense", "LayerNorm", "Normalize"],
        makers={"truncate_dim": 5, "prompts": {"query": PROMPT}, "default_prompt_name": "query"},
    ),
    "st-of-model2vec": dict(table="embeddings", parts=("mapping", "weights"), modules=["Normalize"], config={"model_type": "model2vec", "normalize": True}),
    "model2vec": dict(table="embeddings", config={"model_type": "model2vec", "normalize": True, "max_length": None}),
    "model2vec-old": dict(table="embeddings", config={"tokenizer_name": "x", "apply_pca": 8, "apply_zipf": True, "max_length": 512}),
    "model2vec-f16": dict(table="embeddings", how="f16", config={"model_type": "model2vec", "normalize": False, "max_length": 512}),
    "model2vec-f64": dict(table="embeddings", how="f64", config={"model_type": "model2vec", "normalize": True, "max_length": 512}),
    "model2vec-i8": dict(table="embeddings", how="i8", config={"model_type": "model2vec", "normalize": True, "max_length": 512, "embedding_dtype": "int8"}),
    "model2vec-short": dict(table="embeddings", config={"model_type": "model2vec", "normalize": True, "max_length": 9}),
    "model2vec-mapping": dict(table="embeddings", parts=("mapping",), config={"model_type": "model2vec", "vocabulary_quantization": 11, "max_length": 512}),
    "model2vec-weights": dict(table="embeddings", parts=("weights",), config={"model_type": "model2vec", "normalize": True, "max_length": 512}),
    "model2vec-clusters": dict(
        table="embeddings", how="f16", parts=("mapping", "weights"),
        config={"model_type": "model2vec", "normalize": True, "vocabulary_quantization": 11, "max_length": 512},
    ),
    "model2vec-clusters-i8": dict(
        table="embeddings", how="i8", parts=("mapping", "weights"),
        config={"model_type": "model2vec", "vocabulary_quantization": 11, "max_length": 512},
    ),
    "model2vec-words": dict(table="embeddings", tokenizer="word-level", config={"model_type": "model2vec", "normalize": True, "max_length": 512}),
    "model2vec-unigram": dict(table="embeddings", tokenizer="unigram", config={"model_type": "model2vec", "normalize": True, "max_length": 512}),
}
MODULES = {
    "Dense": ({"in_features": WIDTH, "out_features": 6, "bias": True, "activation_function": "torch.nn.modules.activation.Tanh"}, lambda draw: {"linear.weight": draw(6, WIDTH), "linear.bias": draw(6)}),
    "LayerNorm": ({"dimension": 6}, lambda draw: {"norm.weight": 1 + draw(6), "norm.bias": draw(6)}),
    "Normalize": (None, None),
}


def store(folder, numbers, how):
    if how == "bin":
        torch.save({name: torch.from_numpy(value) for name, value in numbers.items()}, os.path.join(folder, "pytorch_model.bin"))
    elif how == "bf16":
        save_torch({name: torch.from_numpy(value).bfloat16() for name, value in numbers.items()}, os.path.join(folder, "model.safetensors"))
    else:
        save_file(numbers, os.path.join(folder, "model.safetensors"))


def make_folder(here, name, seed, table, at="", tokenizer="word-piece", how="f32", parts=(), config=None, modules=None, names=TYPE, makers=None, cut=None):
    folder, random = os.path.join(here, name), np.random.default_rng(seed)
    inner = os.path.join(folder, at)
    os.makedirs(inner)
    draw = lambda *shape: random.normal(0, 1, shape).astype(np.float16).astype(np.float32)
    with open(os.path.join(here, "tokenizers", tokenizer, "tokenizer.json"), encoding="utf8") as file:
        json_of = json.load(file)
    tokens = Tokenizer.from_str(json.dumps(json_of)).get_vocab_size()
    rows = 11 if "mapping" in parts else tokens
    numbers = {table: random.integers(-127, 128, (rows, WIDTH)).astype(np.int8) if how == "i8" else draw(rows, WIDTH)}
    if how in ("f16", "f64"):
        numbers[table] = numbers[table].astype({"f16": np.float16, "f64": np.float64}[how])
    if "mapping" in parts:
        numbers["mapping"] = random.integers(0, rows, tokens).astype(np.int64 if seed % 2 else np.int32)
    if "weights" in parts:
        numbers["weights"] = np.abs(draw(tokens)).astype(np.float64 if seed % 2 else np.float32)
    store(inner, numbers, how)
    said = {"tokenizer": tokenizer, "at": at}
    if cut is not None:
        said["truncation"] = {"direction": "Right", "max_length": cut, "strategy": "LongestFirst", "stride": 0}
    write(folder, "static.json", said)
    if config is not None:
        write(inner, "config.json", config)
    if makers is not None:
        write(folder, "config_sentence_transformers.json", makers)
    if modules is None:
        return
    first = f"{names}.StaticEmbedding"
    listed = [{"idx": 0, "name": "0", "path": at or ".", "type": first}]
    for i, kind in enumerate(modules, 1):
        listed.append({"idx": i, "name": str(i), "path": f"{i}_{kind}", "type": f"{TYPE}.{kind}"})
        settings, weights = MODULES[kind]
        if settings is None:
            continue
        os.makedirs(os.path.join(folder, f"{i}_{kind}"))
        write(os.path.join(folder, f"{i}_{kind}"), "config.json", settings)
        save_file(weights(draw), os.path.join(folder, f"{i}_{kind}", "model.safetensors"))
    write(folder, "modules.json", listed)


def whole(here, name, to):
    """The folder with its tokenizer, as `staticFolder` of the specs puts it together."""
    shutil.copytree(os.path.join(here, name), to)
    said = json.load(open(os.path.join(to, "static.json")))
    os.remove(os.path.join(to, "static.json"))
    tokenizer = json.load(open(os.path.join(here, "tokenizers", said["tokenizer"], "tokenizer.json"), encoding="utf8"))
    write(os.path.join(to, said["at"]), "tokenizer.json", {**tokenizer, "truncation": said.get("truncation")})


def gradient(model):
    """Of the table, of the sum of the means' products with fixed numbers."""
    bag = model[0].float()
    bag.zero_grad()
    vectors = bag(bag.preprocess(TEXTS[1:6]))["sentence_embedding"]
    fixed = torch.sin(torch.arange(vectors.numel(), dtype=torch.float32)).reshape(vectors.shape)
    (vectors * fixed).sum().backward()
    return bag.embedding.weight.grad.numpy()


def make(root):
    here = os.path.join(root, "static")
    shutil.rmtree(here, ignore_errors=True)
    os.makedirs(here)
    make_tokenizers(here)
    texts = [*TEXTS, *EVEN_MORE]
    numbers = {}
    for seed, (name, said) in enumerate(FOLDERS.items(), 1):
        make_folder(here, name, seed, **said)
        place = os.path.join("/tmp", f"static-{os.getpid()}")
        whole(here, name, place)
        if said.get("modules") is None:
            model = StaticModel.from_pretrained(place)
            if model.embedding.dtype == np.float16:
                model.embedding = model.embedding.astype(np.float32)
            numbers[f"{name}.encode"] = model.encode(texts)
        else:
            model = SentenceTransformer(place, device="cpu").float()
            numbers[f"{name}.encode"] = model.encode(texts)
            if name == "st-modules":
                numbers[f"{name}.plain"] = model.encode(texts, prompt="")
            if name in ("st", "st-flat", "st-f16", "st-unigram"):
                numbers[f"{name}.gradient"] = gradient(model)
        shutil.rmtree(place)
    save_file({key: np.ascontiguousarray(value, np.float32) for key, value in numbers.items()}, os.path.join(here, "expected.safetensors"))
    write(here, "expected.json", {"prompt": PROMPT, "texts": texts})
