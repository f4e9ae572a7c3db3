"""
One step of training of each family beyond BERT's, as torch has it: loss and gradients of cross-entropy with a head, and of the alignment of
all pairs, over texts of several lengths.
"""
import json
import os
import numpy as np
import torch
import decoders
import rotaries
from encoders import opened
from training import CLASSES, cea_all, ce, fixed, summary
from vocabularies import write

LABELS = [0, 1, 0, 1, 2, 2]
# Of `decoders.CASES`; those that see what comes before alone are pooled by their last token.
DECODERS = {
    "qwen3": "last", "qwen3-window": "last", "qwen2": "last", "qwen2-all": "mean", "llama": "last", "mistral": "last", "eurobert": "mean",
    "gemma3": "mean", "gemma3-causal": "mean",
}
# Kinds of a family that another one stands for: one loss is enough.
ONCE = ["qwen3-window", "qwen2-all", "gemma3-causal", "mt5", "jina-v2-code"]
FOLDERS = {
    "t5": "mean", "mt5": "mean", "umt5": "mean", "albert": "mean", "nomic-bert": "mean", "gte": "cls", "jina-v3": "mean", "jina-v2": "mean",
    "jina-v2-code": "mean",
}
# Of these config.json names no padding token, so that its row of the table is trained like any other.
WITHOUT_PADDING = ["mistral"]
# The last text ends with the padding token itself, as Qwen3-Embedding's do.
TEXTS = [[(i * 5 + text * 11 + i // 4) % 37 + 3 for i in range(length)] for text, length in enumerate((9, 4, 17, 7, 12, 5))]
TEXTS[-1].append(0)
STATIC_ROWS, STATIC_WIDTH = 40, 8


def padded(texts):
    width = max(map(len, texts))
    ids = torch.tensor([text + [0] * (width - len(text)) for text in texts])
    return ids, torch.tensor([[1] * len(text) + [0] * (width - len(text)) for text in texts])


def pooled(last, mask, token):
    if token == "cls":
        return last[:, 0]
    if token == "last":
        return last[torch.arange(len(last)), mask.sum(1) - 1]
    return (last * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def head(width):
    numbers = torch.tensor(fixed(CLASSES * (width + 1)) * 0.3, dtype=torch.float32)
    weight, bias = numbers[: CLASSES * width].reshape(CLASSES, width), numbers[CLASSES * width :]
    return {"head.weight": weight.clone().requires_grad_(), "head.bias": bias.clone().requires_grad_()}


def gradients_of(model):
    return {key: p.grad for key, p in model.named_parameters() if p.grad is not None}


def changed(name):
    return {"pad_token_id": None} if name in WITHOUT_PADDING else {}


def decoder(name):
    said, stored, _ = decoders.CASES[name]
    said = {**said, **changed(name)}

    def run(texts):
        model, _ = decoders.opened(said, stored)
        ids, mask = padded(texts)
        return model(input_ids=ids, attention_mask=mask).last_hidden_state, mask, lambda: gradients_of(model)

    return TEXTS, run


def checkpoint(root, name):
    folder = os.path.join(root, name)
    with open(os.path.join(folder, "expected.json"), encoding="utf8") as file:
        known = json.load(file)
    texts = [known["input_ids"][row][: sum(known["attention_mask"][row])][:20] for row in range(2, 8)]

    def run(batch):
        ids, mask = padded(batch)
        if name in rotaries.MAKERS:
            last, gradients = rotaries.gradients_of(root, name, ids, mask)
            return last, mask, gradients
        model = opened(folder)
        last = model(input_ids=ids, attention_mask=mask).last_hidden_state
        return last, mask, lambda: gradients_of(model)

    return texts, run


def static():
    """A table of token vectors and their mean."""

    def run(texts):
        table = torch.tensor(fixed(STATIC_ROWS * STATIC_WIDTH).reshape(STATIC_ROWS, STATIC_WIDTH), dtype=torch.float32).requires_grad_()
        ids, mask = padded(texts)
        return torch.nn.functional.embedding(ids, table), mask, lambda: {"embedding.weight": table.grad}

    return TEXTS, run


def step(texts, run, token, loss_of):
    last, mask, gradients = run(texts)
    vectors = pooled(last, mask, token)
    own = head(vectors.shape[1])
    loss = loss_of(vectors, LABELS, head=own)
    loss.backward()
    found = {**gradients(), **{key: p.grad for key, p in own.items() if p.grad is not None}}
    norm = np.sqrt(sum(float((g.double() ** 2).sum()) for g in found.values()))
    return {"loss": loss.item(), "norm": float(f"{norm:.9g}"), "gradients": {key: summary(g) for key, g in found.items()}}


def make(root):
    torch.set_num_threads(1)
    cases = {
        **{name: (token, *decoder(name)) for name, token in DECODERS.items()},
        **{name: (token, *checkpoint(root, name)) for name, token in FOLDERS.items()},
        "static": ("mean", *static()),
    }
    losses = {"classic": ce, "cea-all-negatives": cea_all}
    found = {
        name: {
            "token": token, "change": changed(name), "texts": texts,
            "steps": {kind: step(texts, run, token, each) for kind, each in losses.items() if kind != "classic" or name not in ONCE},
        }
        for name, (token, texts, run) in cases.items()
    }
    write(root, "steps.json", {"labels": LABELS, "cases": found})
