import sys, time
started = time.time()
from common import read, leave_one_out, report
import flair, torch
from flair.data import Sentence
from flair.embeddings import TransformerDocumentEmbeddings

folder, threads, *paths = sys.argv[1:]
torch.set_num_threads(int(threads)); flair.device = torch.device("cpu")
texts, labels = read(paths)
scores = {}
for pooling in ("cls", "mean"):
    embedding = TransformerDocumentEmbeddings(folder, fine_tune=False, layers="-1", cls_pooling=pooling)
    vectors = []
    for at in range(0, len(texts), 32):
        batch = [Sentence(text) for text in texts[at:at + 32]]
        embedding.embed(batch)
        vectors += [sentence.embedding.cpu() for sentence in batch]
    scores[pooling] = leave_one_out(torch.stack(vectors).numpy(), labels)
report("flair (2 cells)", started, scores)
