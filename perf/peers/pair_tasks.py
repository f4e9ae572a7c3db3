"""
Short training on numbers and on classes of pairs of texts as transformers and torch do it, to be compared with `bench finetune` on the same
rows: joint reading, mean pooling, a linear layer, AdamW, linear schedule with warm-up. Usage: pair_tasks.py ENCODER ROWS.jsonl [EPOCHS]. Rows have
a, b, score, label, split; the last epoch is scored on test, with three seeds.
"""
import json
import sys
import numpy as np
import torch
from scipy.stats import spearmanr
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

FOLDER, ROWS, EPOCHS = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 2
BATCH, RATE, DECAY, CLIP, WARMUP = 32, 5e-5, 0.01, 5.0, 0.1


class Model(torch.nn.Module):
    """`AutoModelForSequenceClassification` with the pooling of the vectors in place of the pooler and its layer."""

    def __init__(self, outputs):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(FOLDER)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, outputs)
        if outputs == 1:
            torch.nn.init.normal_(self.head.weight, 0, 0.02)
            torch.nn.init.zeros_(self.head.bias)
        else:
            torch.nn.init.xavier_uniform_(self.head.weight)

    def forward(self, tokens):
        mask = tokens["attention_mask"][..., None]
        return self.head((self.encoder(**tokens).last_hidden_state * mask).sum(1) / mask.sum(1))


def run(rows, task, seed):
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    train, test = ([row for row in rows if row["split"] == split] for split in ("train", "test"))
    names = sorted({row["label"] for row in rows})
    scores = np.array([row["score"] for row in train])
    mean, deviation = scores.mean(), scores.std()
    tokens = lambda part: tokenizer([r["a"] for r in part], [r["b"] for r in part], padding=True, truncation=True, max_length=512, return_tensors="pt")
    model = Model(1 if task == "regression" else len(names))
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(train) // BATCH)
    schedule = get_linear_schedule_with_warmup(optimiser, int(np.ceil(WARMUP * steps)), steps)
    for _ in range(EPOCHS):
        model.train()
        order = random.permutation(len(train))
        for at in range(0, len(train), BATCH):
            part = [train[i] for i in order[at : at + BATCH]]
            logits = model(tokens(part))
            if task == "regression":
                wanted = torch.tensor([(row["score"] - mean) / deviation for row in part], dtype=torch.float32)
                loss = torch.nn.functional.mse_loss(logits.squeeze(1), wanted)
            else:
                loss = torch.nn.functional.cross_entropy(logits, torch.tensor([names.index(row["label"]) for row in part]))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimiser.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(tokens(test[at : at + 100])) for at in range(0, len(test), 100)]).numpy()
    if task == "regression":
        truth, predicted = np.array([row["score"] for row in test]), logits[:, 0] * deviation + mean
        return {"spearman": round(float(spearmanr(truth, predicted)[0]), 4), "rmse": round(float(np.sqrt(((truth - predicted) ** 2).mean())), 4)}
    return {"accuracy": round(100 * float(np.mean([names[each] == row["label"] for each, row in zip(logits.argmax(1), test)])), 2)}


with open(ROWS, encoding="utf8") as file:
    ROWS_READ = [json.loads(line) for line in file]
for kind in ("regression", "classes"):
    for number in (1, 2, 3):
        print(kind, number, json.dumps(run(ROWS_READ, kind, number)), flush=True)
