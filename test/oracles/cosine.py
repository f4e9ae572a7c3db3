"""
Pairs whose texts are read apart: one step of training as sentence-transformers' CosineSimilarityLoss has it, the mean squared error of the
cosine of the two texts' vectors, each the mean of its tokens.
"""
import json
import os
import numpy as np
import torch
from encoders import opened
from steps import gradients_of, padded, pooled
from training import summary
from vocabularies import write

FAMILIES = ["bert-uncased", "electra", "albert", "deberta-v2", "distilbert"]
TARGETS = [0.9, 0.1, 0.5, -0.2]


def step(folder, first, second):
    model = opened(folder)
    vectors = []
    for texts in (first, second):
        ids, mask = padded(texts)
        vectors.append(pooled(model(input_ids=ids, attention_mask=mask).last_hidden_state, mask, "mean"))
    cosines = torch.nn.functional.cosine_similarity(*vectors)
    loss = torch.nn.MSELoss()(cosines, torch.tensor(TARGETS))
    loss.backward()
    found = gradients_of(model)
    norm = np.sqrt(sum(float((g.double() ** 2).sum()) for g in found.values()))
    return {
        "first": first, "second": second, "loss": loss.item(), "norm": float(f"{norm:.9g}"),
        "predicted": [float(f"{each:.8g}") for each in cosines.detach().tolist()], "gradients": {key: summary(g) for key, g in found.items()},
    }


def family(root, name):
    folder = os.path.join(root, name)
    with open(os.path.join(folder, "expected.json"), encoding="utf8") as file:
        known = json.load(file)
    texts = [known["input_ids"][row][: sum(known["attention_mask"][row])][:20] for row in range(1, 8)]
    return step(folder, texts[:4], [texts[i] for i in (4, 5, 6, 1)])


def make(root):
    torch.set_num_threads(1)
    write(root, "cosine.json", {"targets": TARGETS, "families": {name: family(root, name) for name in FAMILIES}})
