"""What scikit-learn and numpy make of small labelled vectors: test/estimators/fixtures/estimators.json. Usage: estimators.py > FILE"""
import json
import numpy as np, sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import NearestCentroid, NearestNeighbors

r = np.random.RandomState(3)
n, d, classes, folds = 150, 12, 4, 5
y = np.concatenate([np.arange(classes), r.choice(classes, n - classes, p=[.4, .3, .2, .1])])
X = (r.randn(n, d) * np.linspace(.2, 2, d) + .9 * r.randn(classes, d)[y] + 3).astype(np.float32)
fold = r.randint(0, folds, n)

C, posteriors = 10.0, np.zeros((n, classes))
for k in range(folds):
    train, test = fold != k, fold == k
    Xd = X.astype(np.float64); mean = Xd[train].mean(0); scale = 1 / np.sqrt(((Xd[train] - mean) ** 2).sum(1).mean())
    model = LogisticRegression(C=C, tol=1e-10, max_iter=10000).fit((Xd[train] - mean) * scale, y[train])
    posteriors[np.ix_(test, model.classes_)] = model.predict_proba((Xd[test] - mean) * scale)

centroid = cross_val_predict(NearestCentroid(), X.astype(np.float64), y, cv=LeaveOneOut())
_, near = NearestNeighbors(n_neighbors=6).fit(X.astype(np.float64)).kneighbors(X.astype(np.float64))
near = np.array([[j for j in row if j != i][:5] for i, row in enumerate(near)])

# LEEP as the paper's equations have it.
source = r.dirichlet(np.ones(3), n)
joint = np.stack([source[y == c].sum(0) for c in range(classes)]) / n
leep = float(np.log((source @ (joint / joint.sum(0)).T)[np.arange(n), y]).mean())

# The same from what a probe of another label says of the texts that it did not see.
source_labels = (X[:, -1] > np.median(X[:, -1])).astype(int) + (X[:, -2] > np.median(X[:, -2]))
probed = np.zeros((n, 3))
for k in range(folds):
    train, test = fold != k, fold == k
    Xd = X.astype(np.float64); mean = Xd[train].mean(0); scale = 1 / np.sqrt(((Xd[train] - mean) ** 2).sum(1).mean())
    probed[test] = LogisticRegression(C=C, tol=1e-10, max_iter=10000).fit((Xd[train] - mean) * scale, source_labels[train]).predict_proba((Xd[test] - mean) * scale)
joint = np.stack([probed[y == c].sum(0) for c in range(classes)]) / n
probe_leep = float(np.log((probed @ (joint / joint.sum(0)).T)[np.arange(n), y]).mean())

print(json.dumps({"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "rows": n, "cols": d, "classes": classes, "vectors": [float(v) for v in X.ravel()], "labels": y.tolist(),
    "probe": {"c": C, "folds": folds, "fold": fold.tolist(), "posteriors": np.round(posteriors, 10).ravel().tolist(), "predicted": posteriors.argmax(1).tolist()},
    "centroid": centroid.tolist(), "consistency": {str(k): float((y[near[:, :k]] == y[:, None]).mean()) for k in (1, 5)},
    "leep": {"sources": 3, "posteriors": source.ravel().tolist(), "score": leep},
    "probe_leep": {"labels": source_labels.tolist(), "score": probe_leep}}))
