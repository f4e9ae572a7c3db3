"""Losses, gradients and a few steps of training of the small bert-uncased, as torch has them; and gradients of every family."""
import json
import os
import shutil
import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
import rotaries
from encoders import FAMILIES, opened
from texts import SENTENCES
from vocabularies import write

CLASSES = 3
STEPS = 10
PEAK = 1e-3
CLIP = 5.0
LABELS = [label for _, label in SENTENCES]


def cosines(e):
    norms = e.norm(dim=1, keepdim=True).clamp_min(1e-8)
    return (e / norms) @ (e / norms).T


def pairs(labels):
    """Every pair of two texts once, and whether they are of a class."""
    y = torch.as_tensor(labels)
    first, second = torch.triu_indices(len(y), len(y), 1)
    return first, second, y[first] == y[second]


def ce(e, labels, head, **_):
    return torch.nn.functional.cross_entropy(e @ head["head.weight"].T + head["head.bias"], torch.as_tensor(labels))


def cea_all(e, labels, **_):
    first, second, same = pairs(labels)
    return ((cosines(e)[first, second] - same.to(e.dtype)) ** 2).sum()


def cea_batch(e, positives, negatives, **_):
    rows, found = torch.arange(len(e)), cosines(e)
    return ((found[rows, positives] - 1) ** 2 + found[rows, negatives] ** 2).sum()


def cea_flipped(e, labels, **_):
    first, second, same = pairs(labels)
    return (cosines(e)[first, second][same] ** 2).sum()


def cea_inverse(e, labels, **_):
    first, second, same = pairs(labels)
    return ((cosines(e)[first, second][~same] - 1) ** 2).sum()


LOSSES = {"ce": ce, "cea_all": cea_all, "cea_batch": cea_batch, "cea_flipped": cea_flipped, "cea_inverse": cea_inverse}
# Of the first only the steps are kept.
RUNS = [("ce_wd0.0", "ce", 0.0), ("ce_wd0.01", "ce", 0.01), ("cea_all_wd0.0", "cea_all", 0.0)]


def batch(tokenizer, texts):
    encodings = [tokenizer.encode(text).ids for text in texts]
    width = max(map(len, encodings))
    ids = [each + [0] * (width - len(each)) for each in encodings]
    mask = [[1] * len(each) + [0] * (width - len(each)) for each in encodings]
    return {"input_ids": ids, "attention_mask": mask}


def first_tokens(model, texts):
    return model(**{key: torch.tensor(value) for key, value in texts.items()}).last_hidden_state[:, 0]


def floats(numbers):
    return {key: np.ascontiguousarray(value.detach().numpy().astype(np.float32)) for key, value in numbers.items()}


def heads(seed, dtype):
    random = np.random.default_rng(seed)
    numbers = {"head.weight": random.normal(0, 0.3, (CLASSES, 16)), "head.bias": random.normal(0, 0.1, CLASSES)}
    return {key: torch.tensor(value.astype(np.float32)).to(dtype).requires_grad_() for key, value in numbers.items()}


def partners(labels, seed):
    """For each text one of its class, and one of another."""
    random = np.random.default_rng(seed)
    y = np.array(labels)
    others = [np.flatnonzero((y == y[i]) & (np.arange(len(y)) != i)) for i in range(len(y))]
    return [int(random.choice(each)) for each in others], [int(random.choice(np.flatnonzero(y != each))) for each in y]


def rate(step):
    """Rises over the first tenth of the steps, and falls to 0."""
    rising = int(np.ceil(0.1 * STEPS))
    return PEAK * (step / rising if step < rising else (STEPS - step) / (STEPS - rising))


def train(source, kind, decay, batches, dtype):
    """Steps of AdamW over one batch after the other, and the parameters afterwards; the pooler has no part in it."""
    model, head = opened(source).to(dtype), heads(7, dtype)
    trained = {name: p for name, p in model.named_parameters() if not name.startswith("pooler.")}
    trained.update(head if kind == "ce" else {})
    optimiser = torch.optim.AdamW(trained.values(), lr=PEAK, betas=(0.9, 0.999), eps=1e-8, weight_decay=decay)
    steps = []
    for step, given in enumerate(batches):
        optimiser.zero_grad(set_to_none=True)
        texts = {key: given[key] for key in ("input_ids", "attention_mask")}
        loss = LOSSES[kind](first_tokens(model, texts), labels=given["labels"], head=head)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained.values(), CLIP)
        for group in optimiser.param_groups:
            group["lr"] = rate(step)
        optimiser.step()
        steps.append({"loss": loss.item(), "grad_norm": norm.item(), "lr": rate(step)})
    return model, trained, steps


def make(root):
    folder, source = os.path.join(root, "training"), os.path.join(root, "bert-uncased")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    tokenizer = Tokenizer.from_file(os.path.join(source, "tokenizer.json"))
    tokenizer.enable_truncation(14)
    texts = batch(tokenizer, [text for text, _ in SENTENCES])
    positives, negatives = partners(LABELS, 5)
    given = {"labels": LABELS, "positives": positives, "negatives": negatives}

    inputs, losses = {}, {}
    for name, loss_of in LOSSES.items():
        model, head = opened(source), heads(7, torch.float32)
        e = first_tokens(model, texts)
        e.retain_grad()
        loss = loss_of(e, head=head, **given)
        loss.backward()
        losses[name] = {"loss": loss.item()}
        inputs.update({"cls": e, f"dL_dcls.{name}": e.grad, **head})
        parameters = dict(model.named_parameters())
        parameters.update(head if name == "ce" else {})
        gradients = {key: p.grad for key, p in parameters.items() if p.grad is not None}
        # The other losses differ in the gradient of the vectors alone, which is among the inputs.
        if name in ("ce", "cea_all"):
            save_file(floats(gradients), os.path.join(folder, f"grads_{name}.safetensors"))
    save_file(floats(inputs), os.path.join(folder, "inputs.safetensors"))

    random = np.random.default_rng(11)
    batches = []
    for _ in range(STEPS):
        rows = random.choice(len(SENTENCES), 6, replace=False)
        batches.append({**batch(tokenizer, [SENTENCES[row][0] for row in rows]), "labels": [LABELS[row] for row in rows]})
    runs = {}
    for name, kind, decay in RUNS:
        model, trained, steps = train(source, kind, decay, batches, torch.float32)
        _, double, _ = train(source, kind, decay, batches, torch.float64)
        slack = {key: (p.double() - double[key]).abs().max().item() for key, p in trained.items()}
        runs[name] = {"steps": steps, "max_abs_diff_fp32_vs_fp64_per_tensor": slack}
        if name == "ce_wd0.0":
            continue
        with torch.no_grad():
            final = {**trained, "__cls_after": first_tokens(model, texts)}
        save_file(floats(final), os.path.join(folder, f"final_{name}.safetensors"))
    write(folder, "training.json", {**texts, **given, "losses": losses, "adamw": {"batches": batches, "runs": runs}})


def fixed(count):
    """Numbers between -1 and 1 that any language can make."""
    return ((np.arange(1, count + 1, dtype=np.uint64) * 2654435761) % 2**32).astype(np.float64) / 2**31 - 1


def summary(gradient):
    g = gradient.double().numpy().ravel()
    return [float(f"{number:.9g}") for number in (np.linalg.norm(g), np.abs(g).max(), g @ fixed(g.size))]


def family_gradients(root):
    """Of each parameter's gradient the norm, the largest element and the product with fixed numbers."""
    found = {}
    for family in FAMILIES:
        folder = os.path.join(root, family)
        with open(os.path.join(folder, "expected.json"), encoding="utf8") as file:
            known = json.load(file)
        model = opened(folder)
        pad = model.config.pad_token_id
        most = (5 + 2 * 2) * 2
        sets = {"short": ([2, 3, 4, 6], most - 4), "batch": ([2, 3, 4, 7], 21), "long": ([7], 21)} if family == "bigbird" else {
            "batch": ([2, 3, 4, 7], 32),
        }
        for name, (rows, longest) in sets.items():
            ids = [known["input_ids"][row][:min(longest, sum(known["attention_mask"][row]))] for row in rows]
            width = max(map(len, ids))
            mask = torch.tensor([[1] * len(each) + [0] * (width - len(each)) for each in ids])
            padded = torch.tensor([each + [pad] * (width - len(each)) for each in ids])
            model = opened(folder)
            last = model(input_ids=padded, attention_mask=mask).last_hidden_state
            pooled = (last * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            (pooled * torch.tensor(fixed(pooled.numel()), dtype=torch.float32).reshape(pooled.shape)).sum().backward()
            gradients = {key: summary(p.grad) for key, p in model.named_parameters() if p.grad is not None}
            found[f"{family}.{name}"] = {"input_ids": padded.tolist(), "attention_mask": mask.tolist(), "gradients": gradients}
    for family in rotaries.MAKERS:
        with open(os.path.join(root, family, "expected.json"), encoding="utf8") as file:
            known = json.load(file)
        ids, mask = [torch.tensor([known[key][row] for row in (2, 3, 4, 7)]) for key in ("input_ids", "attention_mask")]
        last, gradients = rotaries.gradients_of(root, family, ids, mask)
        pooled = (last * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        (pooled * torch.tensor(fixed(pooled.numel()), dtype=torch.float32).reshape(pooled.shape)).sum().backward()
        found[f"{family}.batch"] = {
            "input_ids": ids.tolist(), "attention_mask": mask.tolist(),
            "gradients": {key: summary(gradient) for key, gradient in gradients().items()},
        }
    write(root, "gradients.json", found)
