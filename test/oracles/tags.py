"""
Tags of words: one step of training of a linear layer on the first sub-token of each word, as transformers' token classification trains it
(labels of other tokens are -100, cross-entropy is the mean over all words of the batch), and what CEA over words comes to: the sum over all
pairs of words of (cos(a, b) - 1 or 0)².
"""
import json
import os
import numpy as np
import torch
from tokenizers import Tokenizer, pre_tokenizers
from encoders import opened
from steps import gradients_of, head, padded
from training import summary
from vocabularies import write

FAMILIES = ["bert-uncased", "bert-cased", "electra", "albert", "deberta-v2", "distilbert", "roberta"]
LONGEST = 16
SENTENCES = [
    (["The", "heron", "stands", "still", "."], [2, 0, 1, 1, 2]),
    (["river"], [0]),
    (["She", "sold", "seven", "unbelievable", "lamps", "and", "mended", "the", "old", "clock"], [0, 1, 2, 2, 0, 2, 1, 2, 2, 0]),
    (["\u200b", "ferries", "wait"], [2, 0, 1]),
    (["old", "salt"], [2, 0]),
]


def encoded(folder, words):
    """Ids, and of each word where its first sub-token is; None where there is none, or the limit has cut it off."""
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    if isinstance(tokenizer.pre_tokenizer, pre_tokenizers.ByteLevel):
        # As RobertaTokenizerFast asks for where words are given.
        tokenizer.pre_tokenizer.add_prefix_space = True
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    found = tokenizer.encode(words, is_pretokenized=True)
    spans = [[place for place, word in enumerate(found.word_ids) if word == own] for own in range(len(words))]
    return {"ids": found.ids, "spans": [[own[0], own[-1] + 1] if own else [0, 0] for own in spans]}


def step(folder, objective):
    model = opened(folder)
    sentences = [encoded(folder, words) for words, _ in SENTENCES]
    ids, mask = padded([each["ids"] for each in sentences])
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    labels = torch.full(ids.shape, -100)
    for row, (each, (_, tags)) in enumerate(zip(sentences, SENTENCES)):
        for (first, end), tag in zip(each["spans"], tags):
            if end > first:
                labels[row, first] = tag
    if objective == "classic":
        own = head(states.shape[-1])
        logits = torch.nn.functional.linear(states, own["head.weight"], own["head.bias"])
        loss = torch.nn.CrossEntropyLoss()(logits.view(-1, logits.shape[-1]), labels.view(-1))
    else:
        own = {}
        words = states[labels >= 0]
        unit = words / words.norm(dim=1, keepdim=True)
        same = (labels[labels >= 0][:, None] == labels[labels >= 0][None]).float()
        loss = ((unit @ unit.T - same) ** 2).triu(1).sum()
    loss.backward()
    found = {**gradients_of(model), **{key: p.grad for key, p in own.items()}}
    norm = np.sqrt(sum(float((g.double() ** 2).sum()) for g in found.values()))
    return {"loss": loss.item(), "norm": float(f"{norm:.9g}"), "gradients": {key: summary(g) for key, g in found.items()}}


def family(root, name):
    folder = os.path.join(root, name)
    return {
        "sentences": [encoded(folder, words) for words, _ in SENTENCES],
        "classic": step(folder, "classic"),
        "cea-all-negatives": step(folder, "cea"),
    }


def make(root):
    torch.set_num_threads(1)
    write(root, "tags.json", {
        "longest": LONGEST, "sentences": SENTENCES, "families": {name: family(root, name) for name in FAMILIES},
    })
