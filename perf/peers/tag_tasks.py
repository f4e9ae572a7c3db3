"""
Token classification as transformers and torch do it, to be compared with `bench finetune` on the same sentences: the encoder's own
`...ForTokenClassification`, the tag of a word at its first sub-token (-100 elsewhere), AdamW, linear schedule with warm-up; dev chooses the
epoch by seqeval's F1, and test is scored with it. Usage: tag_tasks.py ENCODER SENTENCES.jsonl EPOCHS SEEDS RATE MAX_LENGTH THREADS HEAD.
Sentences have words, tags, split. HEAD: `glorot` (weights as ours start, and no dropout before the layer), or `published` (as the class has it:
weights of deviation 0.02 behind a dropout).
"""
import json
import sys
import time
import numpy as np
import torch
from seqeval.metrics import accuracy_score, f1_score
from transformers import AutoModelForTokenClassification, AutoTokenizer, get_linear_schedule_with_warmup

FOLDER, ROWS, EPOCHS, SEEDS, RATE, LONGEST, THREADS, HEAD = sys.argv[1:9]
EPOCHS, RATE, LONGEST = int(EPOCHS), float(RATE), int(LONGEST)
BATCH, DECAY, CLIP, WARMUP = 32, 0.01, 5.0, 0.1
torch.set_num_threads(int(THREADS))

with open(ROWS, encoding="utf8") as file:
    ALL = [json.loads(line) for line in file]
NAMES = sorted({tag for row in ALL for tag in row["tags"]})
TOKENIZER = AutoTokenizer.from_pretrained(FOLDER)


def encoded(row):
    """Ids, and where the first sub-token of each word is; words behind the limit have none."""
    tokens = TOKENIZER(row["words"], is_split_into_words=True, truncation=True, max_length=LONGEST)
    first = {}
    for place, word in enumerate(tokens.word_ids()):
        if word is not None:
            first.setdefault(word, place)
    return tokens["input_ids"], first


def batch(rows):
    longest = max(len(row["ids"]) for row in rows)
    ids = torch.full((len(rows), longest), TOKENIZER.pad_token_id)
    labels = torch.full((len(rows), longest), -100)
    for i, row in enumerate(rows):
        ids[i, : len(row["ids"])] = torch.tensor(row["ids"])
        for word, place in row["first"].items():
            labels[i, place] = NAMES.index(row["tags"][word])
    lengths = torch.tensor([len(row["ids"]) for row in rows])
    return {"input_ids": ids, "attention_mask": (torch.arange(longest)[None] < lengths[:, None]).long(), "labels": labels}


@torch.no_grad()
def scores(model, rows):
    """F1 of spans and accuracy of words in percent; a word without a sub-token is O."""
    model.eval()
    given = []
    for at in range(0, len(rows), 64):
        part = rows[at : at + 64]
        best = model(**batch(part)).logits.argmax(-1)
        for i, row in enumerate(part):
            given.append([NAMES[best[i, row["first"][word]]] if word in row["first"] else "O" for word in range(len(row["words"]))])
    model.train()
    truth = [row["tags"] for row in rows]
    return 100 * f1_score(truth, given), 100 * accuracy_score(truth, given)


for row in ALL:
    row["ids"], row["first"] = encoded(row)
TRAIN, DEV, TEST = ([row for row in ALL if row["split"] == split] for split in ("train", "dev", "test"))

for seed in map(int, SEEDS.split(",")):
    began = time.time()
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = AutoModelForTokenClassification.from_pretrained(FOLDER, num_labels=len(NAMES)).train()
    if HEAD == "glorot":
        torch.nn.init.xavier_uniform_(model.classifier.weight)
        torch.nn.init.uniform_(model.classifier.bias, -(model.config.hidden_size ** -0.5), model.config.hidden_size ** -0.5)
        model.dropout.p = 0.0
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(TRAIN) // BATCH)
    schedule = get_linear_schedule_with_warmup(optimiser, int(np.ceil(WARMUP * steps)), steps)
    best = None
    for epoch in range(1, EPOCHS + 1):
        order = random.permutation(len(TRAIN))
        for at in range(0, len(TRAIN), BATCH):
            loss = model(**batch([TRAIN[i] for i in order[at : at + BATCH]])).loss
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimiser.step()
            schedule.step()
        dev, _ = scores(model, DEV)
        if best is None or dev > best["dev"]:
            span, accuracy = scores(model, TEST)
            best = {"seed": seed, "epoch": epoch, "dev": dev, "test": span, "accuracy": accuracy}
    print("RESULT", json.dumps({**best, "seconds": round(time.time() - began, 1)}), flush=True)
