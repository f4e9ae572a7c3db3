import sys, time
started = time.time()
from common import read, leave_one_out, report
import torch
from transformers import AutoModel, AutoTokenizer

# What an expert writes by hand: one pass, sorted by length, all hidden states pooled at once.
folder, threads, *paths = sys.argv[1:]
torch.set_num_threads(int(threads))
texts, labels = read(paths)
tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
encoded = tokenizer(texts, truncation=True, max_length=512)["input_ids"]
order = sorted(range(len(texts)), key=lambda i: -len(encoded[i]))
out = {name: [None] * len(texts) for name in ("cls", "mean", "cls-layermean", "layermean")}
with torch.inference_mode():
    at = 0
    while at < len(order):
        size = max(1, 1024 // len(encoded[order[at]]))
        rows = order[at:at + size]; at += size
        batch = tokenizer.pad({"input_ids": [encoded[i] for i in rows]}, return_tensors="pt")
        states = torch.stack(model(**batch, output_hidden_states=True).hidden_states)
        mask = batch["attention_mask"][None, :, :, None]
        mean = (states * mask).sum(2) / mask.sum(2)
        for j, i in enumerate(rows):
            out["cls"][i], out["mean"][i] = states[-1, j, 0], mean[-1, j]
            out["cls-layermean"][i], out["layermean"][i] = states[:, j, 0].mean(0), mean[:, j].mean(0)
report("torch by hand (4 cells)", started, {name: leave_one_out(torch.stack(rows).numpy(), labels) for name, rows in out.items()})
