"""Losses of objectives and their gradients by torch, in double precision, for test/training/objectives.spec.ts.

usage: python perf/peers/objectives.py > test/training/fixtures/objectives.json
"""
import json

import torch
import torch.nn.functional as F

torch.manual_seed(20)
N, WIDTH, CLASSES = 7, 5, 4
LABELS = torch.tensor([0, 1, 0, 2, 1, 0, 2])
SECOND = torch.tensor([0, 0, 1, 1, 0, 1, 2])
SETS = torch.tensor([[1, 0, 0, 1], [0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 1]])


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def vectors(rows, columns=WIDTH):
    # float32 values, so that both sides read the same ones.
    return torch.randn(rows, columns).double().requires_grad_()


def cosines(a, b):
    return F.cosine_similarity(a[:, None], b[None], dim=2, eps=1e-8)


def same(labels):
    return labels[:, None] == labels[None]


def upper(n):
    return torch.ones(n, n, dtype=torch.bool).triu(1)


def cea_all(v, labels):
    return ((cosines(v, v) - same(labels).double()) ** 2)[upper(len(v))].sum()


def flipped(v, labels):
    return (cosines(v, v) ** 2)[upper(len(v)) & same(labels)].sum()


cases = {}


def case(name, loss, v, parameters=None, **given):
    loss.backward()
    cases[name] = {"vectors": numbers(v), **given, "loss": loss.item(), "gradient": numbers(v.grad),
                   "parameters": {key: {"dims": list(value.shape), "values": numbers(value), "gradient": numbers(value.grad)} for key, value in (parameters or {}).items()}}


def head():
    return {"head.weight": vectors(CLASSES, WIDTH), "head.bias": vectors(1, CLASSES).detach()[0].requires_grad_()}


v, h = vectors(N), head()
case("classic", F.cross_entropy(v @ h["head.weight"].T + h["head.bias"], LABELS), v, h)
v, h = vectors(N), head()
logits = v @ h["head.weight"].T + h["head.bias"]
case("classic-multi-label", F.binary_cross_entropy_with_logits(logits, SETS.double(), reduction="sum") / N, v, h)

# Memories of classes 0, 1 and 3. Class 2 has none: its texts have their positives in the batch. All comparisons.
v, memory = vectors(N), torch.randn(CLASSES, WIDTH).double()
memory[2] = 0
kept = torch.tensor([True, True, False, True])
toward = (torch.arange(CLASSES)[None] == LABELS[:, None]).double()
loss = (((cosines(v, memory) - toward) ** 2) * kept).sum() + (cosines(v[3:4], v[6:7]) - 1).square().sum()
case("cea-memory-all-negatives", loss, v, memory=numbers(memory))

# The same with texts kept: rows 7, 8 and 9 of the vectors are the remembered texts of classes 0, 1 and 3, and have gradients.
v = vectors(N + 3)
again = torch.stack([v[7], v[8], torch.zeros(WIDTH).double(), v[9]])
loss = (((cosines(v[:N], again) - toward) ** 2) * kept).sum() + (cosines(v[3:4], v[6:7]) - 1).square().sum()
case("cea-datapoint-memory-all-negatives", loss, v)

# Two classes, so that no partner is left to chance: texts 0 and 2 of class 0, text 1 of class 1, and a memory of each.
v, memory = vectors(3), torch.randn(2, WIDTH).double()
own, other = memory[[0, 1, 0]], memory[[1, 0, 1]]
loss = sum((F.cosine_similarity(v, own, dim=1) - 1) ** 2) + sum(F.cosine_similarity(v, other, dim=1) ** 2)
case("cea-memory", loss, v, memory=numbers(memory))

v = vectors(5)  # the last two are the remembered texts of classes 0 and 1
loss = sum((F.cosine_similarity(v[:3], v[[3, 4, 3]], dim=1) - 1) ** 2) + sum(F.cosine_similarity(v[:3], v[[4, 3, 4]], dim=1) ** 2)
case("cea-datapoint-memory", loss, v)

# One text of each class: negatives are in the batch, and count from both sides; positives in memory.
v, memory = vectors(2), torch.randn(2, WIDTH).double()
loss = sum((F.cosine_similarity(v, memory, dim=1) - 1) ** 2) + 2 * F.cosine_similarity(v[0], v[1], dim=0) ** 2
case("cea-mixed-memory", loss, v, memory=numbers(memory))

v = vectors(N)
case("cea-multitask", 0.75 * cea_all(v, LABELS) + 1.5 * flipped(v, SECOND), v, weight=0.75, secondWeight=1.5)

v, temperature = vectors(N), 0.2
labels = LABELS.clone()
labels[3] = 3  # alone in its class, as text 6 is then: in denominators only
unit = F.normalize(v, dim=1)
logits = (unit @ unit.T / temperature).masked_fill(torch.eye(N, dtype=torch.bool), float("-inf"))
likelihood = logits - logits.logsumexp(dim=1, keepdim=True)
terms = [-torch.stack([likelihood[i, p] for p in range(N) if p != i and labels[p] == labels[i]]).mean() for i in range(N) if (labels == labels[i]).sum() > 1]
case("supcon", torch.stack(terms).mean(), v, temperature=temperature, labels=labels.tolist())

v, p = vectors(N), {"prototypes.weight": vectors(CLASSES)}
case("prototypes", F.cross_entropy(12 * cosines(v, p["prototypes.weight"]), LABELS), v, p, scale=12)

v, margin = vectors(N), 1.5
terms = []
for i in range(N):
    distances = torch.stack([torch.sqrt(((v[i] - v[j]) ** 2).sum()) if j != i else v[i].sum() * 0 for j in range(N)])
    farthest = torch.stack([distances[j] for j in range(N) if j != i and LABELS[j] == LABELS[i]]).max()
    nearest = torch.stack([distances[j] for j in range(N) if LABELS[j] != LABELS[i]]).min()
    terms.append(F.relu(margin + farthest - nearest))
case("triplet", torch.stack(terms).mean(), v, margin=margin)

print(json.dumps({"torch": torch.__version__, "labels": LABELS.tolist(), "second": SECOND.tolist(), "sets": SETS.tolist(), "width": WIDTH, "classes": CLASSES, "cases": cases}))
