import sys, time
started = time.time()
from common import read, report
import torch
from transformer_ranker.embedder import Embedder
from transformer_ranker.estimators import NearestNeighbors

# The ranker's own embedder and estimator, one encoder, its default layer mean.
folder, threads, *paths = sys.argv[1:]
torch.set_num_threads(int(threads))
texts, labels = read(paths)
classes = sorted(set(labels))
embedder = Embedder(model=folder, layer_ids="all", layer_mean=True, sentence_pooling="mean", device="cpu")
vectors = torch.stack([rows[0] for rows in embedder.embed(texts, batch_size=32, show_progress=False)])
score = NearestNeighbors(k=5).fit(vectors.float(), torch.tensor([classes.index(label) for label in labels]))
report("transformer-ranker (1 cell)", started, {"layermean": 100 * float(score)})
