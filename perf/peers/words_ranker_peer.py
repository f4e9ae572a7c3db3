import sys, time, resource
started = time.time()
import datasets, torch
from transformer_ranker.datacleaner import DatasetCleaner
from transformer_ranker.embedder import Embedder
from transformer_ranker.estimators import HScore, LogME, NearestNeighbors

# The ranker's own data cleaner, embedder and estimators on words with tags: layer mean, first sub-token. Its `run` would embed once for each
# estimator; here its vectors are computed once.
folder, threads, *paths = sys.argv[1:]
torch.set_num_threads(int(threads))


def sentences(path):
    words, tags = [], []
    for line in open(path, encoding="utf-8"):
        cells = line.split()
        if len(cells) >= 2:
            words.append(cells[0])
            tags.append(cells[-1])
        elif words:
            yield words, tags
            words, tags = [], []
    if words:
        yield words, tags


rows = [row for path in paths for row in sentences(path)]
names = sorted({tag for _, tags in rows for tag in tags})
features = datasets.Features({
    "tokens": datasets.Sequence(datasets.Value("string")),
    "ner_tags": datasets.Sequence(datasets.ClassLabel(names=names)),
})
data = datasets.Dataset.from_dict({"tokens": [words for words, _ in rows], "ner_tags": [tags for _, tags in rows]}, features=features)
texts, labels, _ = DatasetCleaner(text_column="tokens", label_column="ner_tags", remove_bio_encoding=False).prepare_dataset(data)
embedder = Embedder(model=folder, layer_ids="all", layer_mean=True, subword_pooling="first", device="cpu")
words = [word for sentence in embedder.embed(list(texts), batch_size=32, show_progress=False) for word in sentence]
embedded = time.time()
del embedder
vectors = torch.stack([word[0] for word in words])
scores = {name: float(estimator().fit(embeddings=vectors, labels=labels)) for name, estimator in
          {"knn": NearestNeighbors, "hscore": HScore, "logme": LogME}.items()}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
shown = " ".join(f"{name}={score:.4f}" for name, score in scores.items())
print(f"RESULT seconds={time.time() - started:.1f} embedded={embedded - started:.1f} peak_mb={peak:.0f} words={len(words)} {shown}", flush=True)
