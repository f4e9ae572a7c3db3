"""Texts per second of a static encoder: static_peer.py model2vec|sentence-transformers FOLDER TEXTS CORES."""
import sys, time
import numpy as np

peer, folder, file, cores = sys.argv[1:]
texts = [line for line in open(file, encoding="utf8", newline="\n").read().split("\n") if line]
if peer == "model2vec":
    from model2vec import StaticModel
    model = StaticModel.from_pretrained(folder)
    encode = lambda: model.encode(texts)
else:
    import torch
    from sentence_transformers import SentenceTransformer
    torch.set_num_threads(int(cores))
    model = SentenceTransformer(folder, device="cpu")
    encode = lambda: model.encode(texts, batch_size=1024, show_progress_bar=False)
rates, spent, total = [], [], 0
for _ in range(6):
    started, before = time.perf_counter(), time.process_time()
    vectors = encode()
    rates.append(len(texts) / (time.perf_counter() - started))
    spent.append(1e6 * (time.process_time() - before) / len(texts))
    total = total or float(np.asarray(vectors, np.float64).sum())
print(f"RESULT first {rates[0]:.0f}, best {max(rates[1:]):.0f} texts/s, {min(spent):.1f} us of processor time a text; sum {total:.2f}")
