"""Hidden states of random ids by the reference: seconds a run, peak memory, and the last state in a file."""
import sys, time, resource
import numpy as np
import torch
from transformers import AutoConfig, AutoModel, T5EncoderModel

folder, texts, tokens, runs, threads, ids_file, out = sys.argv[1:]
torch.set_num_threads(int(threads))
kind = T5EncoderModel if AutoConfig.from_pretrained(folder).model_type == "t5" else AutoModel
model = kind.from_pretrained(folder, dtype=torch.float32).eval()
ids = torch.from_numpy(np.fromfile(ids_file, dtype=np.int32).astype(np.int64).reshape(int(texts), int(tokens)))
seconds = []
with torch.inference_mode():
    for _ in range(int(runs)):
        started = time.perf_counter()
        state = model(ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        seconds.append(time.perf_counter() - started)
state.numpy().astype(np.float32).tofile(out)
print(f"RESULT seconds={min(seconds):.3f} peak_mb={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
