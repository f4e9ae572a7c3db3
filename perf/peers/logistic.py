"""
Classes that scikit-learn's logistic regression gives to vectors, fitted to those of train, which it centres and scales to mean square length 1.
Usage: logistic.py VECTORS.f32 LABELS.json TOLERANCE …; labels has cols, c, labels [n] and train [n, 1 or 0]. A line a tolerance: the classes
of the others.
"""
import json
import sys
import numpy as np
from sklearn.linear_model import LogisticRegression

with open(sys.argv[2], encoding="utf8") as file:
    told = json.load(file)
vectors = np.fromfile(sys.argv[1], dtype=np.float32).reshape(-1, told["cols"]).astype(np.float64)
labels, train = np.array(told["labels"]), np.array(told["train"]) == 1
vectors -= vectors[train].mean(0)
vectors /= np.sqrt((vectors[train] ** 2).sum(1).mean())
for tolerance in sys.argv[3:]:
    model = LogisticRegression(C=told["c"], tol=float(tolerance), max_iter=10000).fit(vectors[train], labels[train])
    print("RESULT", json.dumps(model.predict(vectors[~train]).tolist()), flush=True)
