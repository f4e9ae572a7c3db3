"""
Short trainings on numbers and on classes, of single texts or of pairs that are read together, as transformers and torch do them: what
`bench finetune` is compared with on the same rows. Mean pooling, a linear layer, AdamW, linear schedule with warm-up; the epoch that is best
on dev is scored on dev and test. Rows of JSON have a, b (of pairs), label (a number or a class) and split.
Usage: task_training.py ENCODER ROWS.jsonl regression|classification EPOCHS RATE SEEDS THREADS
"""
import json
import sys
import numpy as np
import torch
from scipy.stats import spearmanr
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

FOLDER, ROWS, TASK, EPOCHS, RATE, SEEDS, THREADS = sys.argv[1:]
BATCH, DECAY, CLIP, WARMUP, MAX_LENGTH = 32, 0.01, 5.0, 0.1, 256
torch.set_num_threads(int(THREADS))


class Model(torch.nn.Module):
    """`AutoModelForSequenceClassification` with the pooling of the vectors in place of the pooler and its layer."""

    def __init__(self, outputs):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(FOLDER, add_pooling_layer=False)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, outputs)
        if outputs == 1:
            torch.nn.init.normal_(self.head.weight, 0, 0.02)
            torch.nn.init.zeros_(self.head.bias)
        else:
            torch.nn.init.xavier_uniform_(self.head.weight)

    def forward(self, tokens):
        mask = tokens["attention_mask"][..., None]
        return self.head((self.encoder(**tokens).last_hidden_state * mask).sum(1) / mask.sum(1))


def run(parts, seed):
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    train = parts["train"]
    names = sorted({row["label"] for row in train}, key=str)
    numbers = TASK == "regression"
    mean, deviation = (np.mean([row["label"] for row in train]), np.std([row["label"] for row in train])) if numbers else (0, 1)

    def tokens(part):
        seconds = [row["b"] for row in part] if "b" in part[0] else None
        return tokenizer([row["a"] for row in part], seconds, padding=True, truncation=True, max_length=MAX_LENGTH, return_tensors="pt")

    @torch.no_grad()
    def score(part):
        model.eval()
        logits = torch.cat([model(tokens(part[at : at + 100])) for at in range(0, len(part), 100)]).numpy()
        model.train()
        truth = [row["label"] for row in part]
        if numbers:
            return float(spearmanr(truth, logits[:, 0])[0])
        return float(np.mean([names[guess] == label for guess, label in zip(logits.argmax(1), truth)]))

    model = Model(1 if numbers else len(names)).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=float(RATE), weight_decay=DECAY)
    steps = int(EPOCHS) * -(-len(train) // BATCH)
    schedule = get_linear_schedule_with_warmup(optimiser, int(np.ceil(WARMUP * steps)), steps)
    best = (-2.0, None)
    for _ in range(int(EPOCHS)):
        order = random.permutation(len(train))
        for at in range(0, len(train), BATCH):
            part = [train[i] for i in order[at : at + BATCH]]
            logits = model(tokens(part))
            if numbers:
                wanted = torch.tensor([(row["label"] - mean) / deviation for row in part], dtype=torch.float32)
                loss = torch.nn.functional.mse_loss(logits.squeeze(1), wanted)
            else:
                loss = torch.nn.functional.cross_entropy(logits, torch.tensor([names.index(row["label"]) for row in part]))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimiser.step()
            schedule.step()
        dev = score(parts["dev"])
        if dev > best[0]:
            best = (dev, score(parts["test"]))
    return {"seed": seed, "dev": best[0], "test": best[1]}


with open(ROWS, encoding="utf8") as file:
    rows = [json.loads(line) for line in file]
split = {name: [row for row in rows if row["split"] == name] for name in ("train", "dev", "test")}
for number in map(int, SEEDS.split(",")):
    print("RESULT", json.dumps(run(split, number)), flush=True)
