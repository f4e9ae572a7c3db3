"""The same fine-tuning by hand in torch: one encoder, one data set, several seeds; dev chooses the epoch, test is scored."""
import json, math, sys, time, resource
import numpy as np
import torch
import torch.nn.functional as F
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

folder, data, objective, epochs, seeds, threads, pooling = sys.argv[1:8]
torch.set_num_threads(int(threads))
corpus = json.load(open(data))
texts, labels, split = corpus["texts"], torch.tensor(corpus["labels"]), np.array(corpus["split"])
classes, LR, BATCH, CLIP, MAX = len(corpus["classes"]), 5e-5, 32, 5.0, corpus["maxLength"]
tokenizer = AutoTokenizer.from_pretrained(folder)
encoded = tokenizer(texts, truncation=True, max_length=MAX)["input_ids"]
train, dev, test = (np.flatnonzero(split == i) for i in range(3))


def vectors(model, rows):
    batch = tokenizer.pad({"input_ids": [encoded[i] for i in rows]}, return_tensors="pt")
    state = model(**batch).last_hidden_state
    if pooling == "cls":
        return state[:, 0]
    mask = batch["attention_mask"][:, :, None]
    return (state * mask).sum(1) / mask.sum(1)


@torch.no_grad()
def embed(model, rows):
    model.eval()
    order = sorted(range(len(rows)), key=lambda i: len(encoded[rows[i]]))
    out = [None] * len(rows)
    for at in range(0, len(order), 64):
        part = order[at:at + 64]
        for i, v in zip(part, vectors(model, [rows[i] for i in part])):
            out[i] = v
    model.train()
    return torch.stack(out)


def neighbours(fit, queries, k=5):
    near = torch.cdist(queries, fit, compute_mode="donot_use_mm_for_euclid_dist").topk(k, largest=False).indices
    votes = F.one_hot(labels[train][near], classes).sum(1)
    return votes.argmax(1)


def score(model, head, rows):
    if head is not None:
        predicted = head(embed(model, rows)).argmax(1)
    else:
        predicted = neighbours(embed(model, train), embed(model, rows))
    return 100 * float((predicted == labels[rows]).float().mean())


for seed in map(int, seeds.split(",")):
    torch.manual_seed(seed)
    rng = np.random.RandomState(seed)
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).train()
    head = torch.nn.Linear(model.config.hidden_size, classes) if objective == "classic" else None
    if head is not None:
        torch.nn.init.xavier_uniform_(head.weight)  # as ours, and flair's
    parameters = [*model.parameters(), *(head.parameters() if head is not None else [])]
    optimiser = torch.optim.AdamW(parameters, lr=LR, weight_decay=0.01, fused=True)
    total = int(epochs) * math.ceil(len(train) / BATCH)
    schedule = get_linear_schedule_with_warmup(optimiser, math.ceil(0.1 * total), total)
    best, spent = (-1, None), 0.0
    for epoch in range(1, int(epochs) + 1):
        order = rng.permutation(train)
        started = time.perf_counter()
        for at in range(0, len(order), BATCH):
            rows = order[at:at + BATCH]
            v, y = vectors(model, rows), labels[rows]
            if head is not None:
                loss = F.cross_entropy(head(v), y)
            else:
                n = v / v.norm(dim=1, keepdim=True).clamp(min=1e-8)
                same = (y[:, None] == y[None]).float()
                loss = torch.triu((n @ n.T - same) ** 2, 1).sum()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, CLIP)
            optimiser.step()
            schedule.step()
        spent += time.perf_counter() - started
        found = score(model, head, dev)
        if found > best[0]:
            best = (found, {k: t.clone() for k, t in model.state_dict().items()}, None if head is None else {k: t.clone() for k, t in head.state_dict().items()})
    model.load_state_dict(best[1])
    if head is not None:
        head.load_state_dict(best[2])
    print(f"RESULT seed={seed} dev={best[0]:.2f} test={score(model, head, test):.2f} seconds_an_epoch={spent / int(epochs):.1f} peak_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}", flush=True)
