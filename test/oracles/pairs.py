"""
Pairs of texts that encoders read together: tokens and types as the tokenizers library has them, cut by longest_first, hidden states as torch
has them, and a step of training, in which the table of types has a gradient.
"""
import json
import os
import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from encoders import opened
from steps import gradients_of, head, padded, pooled
from training import ce, summary
from vocabularies import write

# Types that are told apart, and such as are not: one row of a table, no table, a table that the tokenizer knows nothing of.
FAMILIES = ["bert-uncased", "bert-cased", "electra", "albert", "bigbird", "deberta-v2", "deberta-v3", "roberta", "distilbert"]
TYPED = ["bert-uncased", "electra", "albert", "bigbird", "deberta-v2"]
LONGEST = 14
PAIRS = [
    ("The ferry waits.", "Rain fills the river."),
    ("river", "The heron stands still in the cold water, and the old ferry waits; rain fills the river before noon."),
    ("The heron stands still in the cold water, and the old ferry waits; rain fills the river before noon.", "river"),
    ("The bread is warm, and the soup is hot, and the salt is on the table.", "She sold seven lamps and mended the old clock."),
    ("", "the river"),
    ("the river", ""),
    ("", ""),
    ("a [SEP] b", "c </s> d"),
]
LABELS = [0, 1, 0, 1, 2, 2, 0, 1]


def rounded(values):
    return [float(f"{value:.8g}") for value in values]


def encoded(folder, direction="right"):
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    whole = [len(tokenizer.encode(a, b).ids) for a, b in PAIRS]
    tokenizer.enable_truncation(LONGEST, direction=direction)
    return [{"ids": each.ids, "types": each.type_ids, "total": total} for each, total in zip([tokenizer.encode(a, b) for a, b in PAIRS], whole)]


def states(model, each, typed):
    given = {"input_ids": torch.tensor([each["ids"]]), "attention_mask": torch.ones(1, len(each["ids"]), dtype=torch.long)}
    if typed:
        given["token_type_ids"] = torch.tensor([each["types"]])
    with torch.no_grad():
        found = torch.stack(model(**given, output_hidden_states=True).hidden_states)[:, 0, : len(each["ids"])]
    return {"cls": rounded(found[-1, 0].tolist()), "mean": rounded(found[-1].mean(0).tolist()), "layermean": rounded(found.mean((0, 1)).tolist())}


def step(folder, tokens):
    model = opened(folder)
    ids, mask = padded([each["ids"] for each in tokens])
    types, _ = padded([each["types"] for each in tokens])
    vectors = pooled(model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state, mask, "mean")
    own = head(vectors.shape[1])
    loss = ce(vectors, LABELS, head=own)
    loss.backward()
    found = {**gradients_of(model), **{key: p.grad for key, p in own.items()}}
    norm = np.sqrt(sum(float((g.double() ** 2).sum()) for g in found.values()))
    return {"loss": loss.item(), "norm": float(f"{norm:.9g}"), "gradients": {key: summary(g) for key, g in found.items()}}


def family(root, name):
    folder = os.path.join(root, name)
    tokens = encoded(folder)
    typed = name in TYPED or name == "bert-cased"
    found = {"pairs": [{**each, **states(opened(folder), each, typed)} for each in tokens], "left": encoded(folder, "left")}
    return {**found, "step": step(folder, tokens)} if name in TYPED else found


def cut():
    """Of texts of so many tokens each, and room for so many: how many of each stay."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "b": 4}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    found = []
    for first in range(8):
        for second in range(8):
            for room in range(11):
                tokenizer.enable_truncation(room + 3)
                ids = tokenizer.encode(" ".join("a" * first), " ".join("b" * second)).ids
                found.append([first, second, room, ids.count(3), ids.count(4)])
    return found


def make(root):
    torch.set_num_threads(1)
    write(root, "pairs.json", {
        "texts": PAIRS, "longest": LONGEST, "labels": LABELS, "longest_first": cut(), "families": {name: family(root, name) for name in FAMILIES},
    })
