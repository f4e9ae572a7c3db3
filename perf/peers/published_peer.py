"""What sentence-transformers and scikit-learn make of a folder and a corpus: vectors to files, scores printed.
Usage: published_peer.py FOLDER CORPUS.json OUT THREADS"""
import json, sys, time
from common import leave_one_out
import numpy as np, torch
from sentence_transformers import SentenceTransformer
from sklearn.neighbors import KNeighborsClassifier

folder, corpus, out, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
given = json.load(open(corpus))
texts, labels, split = given["texts"], np.array(given["labels"]), np.array(given["split"])
model = SentenceTransformer(folder, device="cpu")
started = time.time()
# One pass for both: the encoder's own vectors, and the mean of the last hidden states that they are made of.
encoded = model.encode(texts, output_value=None, show_progress_bar=False)
seconds = time.time() - started
for pooling, of in (("as-published", lambda each: each["sentence_embedding"]), ("mean", lambda each: each["token_embeddings"][each["attention_mask"] == 1].mean(0))):
    vectors = torch.stack([of(each) for each in encoded]).float().numpy()
    vectors.tofile(f"{out}/{pooling}.f32")
    scores = {"complete": 100 * KNeighborsClassifier(5).fit(vectors, labels).score(vectors, labels), "leave-one-out": leave_one_out(vectors, labels)}
    if (split == "test").any():
        scores["fit-train"] = 100 * KNeighborsClassifier(5).fit(vectors[split == "train"], labels[split == "train"]).score(vectors[split == "test"], labels[split == "test"])
    print(json.dumps({"pooling": pooling, "seconds": seconds, "maxLength": model.max_seq_length, "scores": scores}), flush=True)
