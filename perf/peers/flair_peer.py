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
for name, pooling, layers in (("cls", "cls", "-1"), ("mean", "mean", "-1"), ("cls-layermean", "cls", "all"), ("layermean", "mean", "all")):
    embedding = TransformerDocumentEmbeddings(folder, fine_tune=False, layers=layers, layer_mean=True, cls_pooling=pooling)
    vectors = []
    for at in range(0, len(texts), 32):
        batch = [Sentence(text) for text in texts[at:at + 32]]
        embedding.embed(batch)
        vectors += [sentence.embedding.cpu() for sentence in batch]
    scores[name] = leave_one_out(torch.stack(vectors).numpy(), labels)
report("flair (4 cells)", started, scores)
