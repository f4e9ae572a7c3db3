import sys, time
started = time.time()
from common import read, leave_one_out, report
from sentence_transformers import SentenceTransformer, models

# One table cell a pooling: the library pools one way at a time.
folder, threads, *paths = sys.argv[1:]
import torch; torch.set_num_threads(int(threads))
texts, labels = read(paths)
scores = {}
for pooling in ("cls", "mean"):
    word = models.Transformer(folder)
    model = SentenceTransformer(modules=[word, models.Pooling(word.get_word_embedding_dimension(), pooling_mode=pooling)], device="cpu")
    scores[pooling] = leave_one_out(model.encode(texts, show_progress_bar=False), labels)
report("sentence-transformers (2 cells)", started, scores)
