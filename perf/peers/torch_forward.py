"""
Hidden states of random ids by the reference, in one batch and in batches of so many tokens, whichever is faster: seconds a run, peak
memory, and the last states in a file.
"""
import resource
import sys
import time
import numpy as np
import torch
from transformers import AutoConfig, AutoModel, T5EncoderModel

folder, texts, tokens, runs, threads, ids_file, out, budget = sys.argv[1:]
torch.set_num_threads(int(threads))
kind = T5EncoderModel if AutoConfig.from_pretrained(folder).model_type == "t5" else AutoModel
model = kind.from_pretrained(folder, dtype=torch.float32).eval()
ids = torch.from_numpy(np.fromfile(ids_file, dtype=np.int32).astype(np.int64).reshape(int(texts), int(tokens)))
sizes = {int(texts), min(int(texts), max(1, int(budget) // int(tokens)))}
seconds = []
with torch.inference_mode():
    for size in sizes:
        for _ in range(int(runs) // len(sizes)):
            started = time.perf_counter()
            states = [model(part, attention_mask=torch.ones_like(part)).last_hidden_state for part in ids.split(size)]
            seconds.append((time.perf_counter() - started, size))
torch.cat(states).numpy().astype(np.float32).tofile(out)
best, size = min(seconds)
print(f"RESULT seconds={best:.3f} peak_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} batch={size}")
