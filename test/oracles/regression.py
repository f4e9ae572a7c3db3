"""
Numbers that are predicted: one step of training of a linear layer to one number behind an encoder, of single texts and of pairs that are read
together, as transformers trains it with `problem_type` regression: the mean squared error of targets in deviations from their mean.
"""
import json
import os
import numpy as np
import torch
import pairs
from encoders import opened
from steps import gradients_of, padded, pooled
from training import fixed, summary
from vocabularies import write

FAMILIES = ["bert-uncased", "electra", "albert", "deberta-v2", "distilbert"]
TARGETS = [1.5, 4.25, -2.0, 0.0, 3.75, 5.0, 2.5, 1.25]


def head(width):
    numbers = torch.tensor(fixed(width + 1) * 0.3, dtype=torch.float32)
    return {"head.weight": numbers[:width].reshape(1, width).clone().requires_grad_(), "head.bias": numbers[width:].clone().requires_grad_()}


def step(folder, texts):
    model = opened(folder)
    ids, mask = padded([each["ids"] for each in texts])
    given = {"input_ids": ids, "attention_mask": mask}
    if "types" in texts[0]:
        given["token_type_ids"] = padded([each["types"] for each in texts])[0]
    vectors = pooled(model(**given).last_hidden_state, mask, "mean")
    targets = np.array(TARGETS[: len(texts)])
    wanted = torch.tensor((targets - targets.mean()) / targets.std(), dtype=torch.float32)
    own = head(vectors.shape[1])
    logits = torch.nn.functional.linear(vectors, own["head.weight"], own["head.bias"])
    loss = torch.nn.MSELoss()(logits.squeeze(), wanted.squeeze())
    loss.backward()
    found = {**gradients_of(model), **{key: p.grad for key, p in own.items()}}
    norm = np.sqrt(sum(float((g.double() ** 2).sum()) for g in found.values()))
    numbers = logits.detach().double().numpy().ravel() * targets.std() + targets.mean()
    return {
        "texts": texts, "loss": loss.item(), "norm": float(f"{norm:.9g}"), "predicted": [float(f"{each:.8g}") for each in numbers],
        "gradients": {key: summary(g) for key, g in found.items()},
    }


def family(root, name):
    folder = os.path.join(root, name)
    with open(os.path.join(folder, "expected.json"), encoding="utf8") as file:
        known = json.load(file)
    singles = [{"ids": known["input_ids"][row][: sum(known["attention_mask"][row])][:20]} for row in range(1, 8)]
    joint = [{key: each[key] for key in ("ids", "types") if key == "ids" or name in pairs.TYPED} for each in pairs.encoded(folder)]
    return {"single": step(folder, singles), "pair": step(folder, joint)}


def make(root):
    torch.set_num_threads(1)
    write(root, "regression.json", {"targets": TARGETS, "families": {name: family(root, name) for name in FAMILIES}})
