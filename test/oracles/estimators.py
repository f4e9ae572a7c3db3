"""Neighbours, transferability, paired tests and rank correlations, as scikit-learn, scipy and numpy have them."""
import os
import shutil
import numpy as np
from safetensors.numpy import save_file
from scipy import stats
from scipy.spatial.distance import cdist
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import accuracy_score, f1_score, silhouette_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from vocabularies import write

ROWS, COLUMNS, CLASSES = 90, 6, 5
KS = (1, 3, 5)


def data():
    """Vectors with equal rows and ties among them; whole numbers, of which many are as far; more columns than rows."""
    random = np.random.default_rng(3)
    y = np.concatenate([np.arange(CLASSES), random.choice(CLASSES, ROWS - CLASSES, p=[0.3, 0.25, 0.2, 0.15, 0.1])]).astype(np.int32)
    centres = random.normal(0, 1.2, (CLASSES, COLUMNS))
    cont = (centres[y] + random.normal(0, 1, (ROWS, COLUMNS)) + 2).astype(np.float32)
    cont[50:56] = cont[40:46]
    whole = np.clip(np.round(centres[y] + random.normal(0, 1, (ROWS, COLUMNS))), -2, 2).astype(np.float32)
    whole[(whole == 0).all(1), 0] = 1
    y_wide = np.concatenate([np.arange(3), random.choice(3, 17)]).astype(np.int32)
    wide = (random.normal(0, 1, (3, 32))[y_wide] + random.normal(0, 1, (20, 32))).astype(np.float32)
    return {"X_cont": cont, "X_int": whole, "y": y, "X_wide": wide, "y_wide": y_wide}


def distances(x, metric):
    """Between all rows, in float64, and exactly 0 between rows that are equal."""
    wide = x.astype(np.float64)
    if metric == "euclidean":
        found = cdist(wide, wide)
    else:
        products, squares = wide @ wide.T, (wide ** 2).sum(1)
        found = 1 - products / np.sqrt(squares[:, None] * squares)
    equal = (x[:, None] == x[None]).all(2)
    # What differs by rounding alone is as far.
    return np.where(equal, 0, np.round(found, 12))


def vote(near, far, y, k, votes):
    """Of the first k: each counts one, or one by its distance, and only those at 0 where there are some. The least class of equals."""
    chosen = y[near[:k]]
    if votes == "uniform":
        weights = np.ones(k)
    elif (far[:k] == 0).any():
        weights = (far[:k] == 0).astype(float)
    else:
        weights = 1 / far[:k]
    sums = np.array([weights[chosen == c].sum() for c in range(CLASSES)])
    return int(np.flatnonzero(sums >= sums.max() - 1e-12)[0]), int((sums >= sums.max() - 1e-9).sum()) > 1


def neighbours(x, y, numbers, name):
    scores = {}
    for metric in ("euclidean", "cosine"):
        far = distances(x, metric)
        for votes in ("uniform", "distance"):
            for k in KS:
                key = f"{name}.{metric}.k{k}.{votes}"
                scores[key] = {}
                for protocol in ("resub", "loo"):
                    places = far.copy()
                    if protocol == "loo":
                        np.fill_diagonal(places, np.inf)
                    order = np.argsort(places, axis=1, kind="stable")
                    sorted_far = np.take_along_axis(places, order, 1)
                    voted = [vote(order[i], sorted_far[i], y, k, votes) for i in range(ROWS)]
                    # Where the k-th and the next are as far, or two classes have as many votes, another order gives another class.
                    doubtful = [tie or sorted_far[i, k] - sorted_far[i, k - 1] < 1e-9 for i, (_, tie) in enumerate(voted)]
                    sklearn = predictions(x, y, metric, votes, k, protocol)
                    where = f"knn.{key}.{protocol}"
                    det = np.array([label for label, _ in voted], np.int32)
                    numbers.update({where: sklearn, f"{where}_det": det, f"{where}_ambiguous": np.array(doubtful, np.int32)})
                    if not (metric == "cosine" and votes == "distance" and protocol == "resub"):
                        assert (sklearn == det)[~np.array(doubtful)].all(), where
                    scores[key][protocol] = {
                        "accuracy": accuracy_score(y, sklearn), "f1_micro": f1_score(y, sklearn, average="micro"),
                        "f1_macro": f1_score(y, sklearn, average="macro", labels=range(CLASSES), zero_division=0),
                    }
    wide = x.astype(np.float64)
    numbers[f"knn.{name}.euclidean.sklearn_distances6"] = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(wide).kneighbors(wide)[0]
    return scores


def predictions(x, y, metric, votes, k, protocol):
    classifier = lambda: KNeighborsClassifier(n_neighbors=k, weights=votes, metric=metric, algorithm="brute")
    wide = x.astype(np.float64)
    if protocol == "resub":
        return classifier().fit(wide, y).predict(wide).astype(np.int32)
    rest = lambda i: np.arange(ROWS) != i
    return np.array([classifier().fit(wide[rest(i)], y[rest(i)]).predict(wide[i:i + 1])[0] for i in range(ROWS)], np.int32)


def hscore(x, y):
    """Trace of the inverse of the covariance, shrunk as Ledoit and Wolf have it, times that of the classes' means."""
    x = x.astype(np.float64)
    _, shrinkage = ledoit_wolf(x)
    covariance, _ = ledoit_wolf(x)
    means = np.stack([x[y == c].mean(0) for c in range(y.max() + 1)])[y]
    between = np.cov(means, rowvar=False)
    return float((1 - shrinkage) * np.trace(np.linalg.pinv(covariance, rcond=1e-15) @ between))


def logme(x, y):
    """Mean over classes of the log evidence for a linear model, by the fixed point of the second paper; alpha and beta begin at 1."""
    x = x.astype(np.float64)
    n, d = x.shape
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    sigma, found = s ** 2, []
    for c in range(y.max() + 1):
        target = (y == c).astype(np.float64)
        parts = (u.T @ target) ** 2
        outside = target @ target - parts.sum()
        alpha = beta = 1.0
        for _ in range(11):
            t = alpha / beta
            gamma = (sigma / (sigma + t)).sum()
            weights = (sigma * parts / (t + sigma) ** 2).sum()
            rest = (parts / (1 + sigma / t) ** 2).sum() + outside
            alpha, beta = gamma / (weights + 1e-5), (n - gamma) / (rest + 1e-5)
            if abs(alpha / beta - t) / t <= 1e-3:
                break
        evidence = d / 2 * np.log(alpha) + n / 2 * np.log(beta) - np.log(alpha + beta * sigma).sum() / 2
        evidence -= beta / 2 * rest + alpha / 2 * weights + n / 2 * np.log(2 * np.pi)
        found.append(evidence / n)
    return float(np.mean(found))


def paired(numbers):
    random = np.random.default_rng(9)
    y = random.integers(0, 4, 60)
    first, second = (np.where(random.random(60) < right, y, random.integers(0, 4, 60)) for right in (0.75, 0.55))
    indices = random.integers(0, 60, (100, 60)).astype(np.int32)
    numbers["bootstrap.indices"] = indices
    scores = {
        "accuracy": lambda rows, p: accuracy_score(y[rows], p[rows]),
        "macro_f1_labels_0_3": lambda rows, p: f1_score(y[rows], p[rows], average="macro", labels=range(4), zero_division=0),
    }
    found = {"y": y.tolist(), "pred_a": first.tolist(), "pred_b": second.tolist()}
    for name, score in scores.items():
        difference = lambda rows: score(rows, first) - score(rows, second)
        observed, drawn = difference(np.arange(60)), np.array([difference(rows) for rows in indices])
        found[name] = {
            "observed": observed, "ci95_percentile_linear": np.quantile(drawn, [0.025, 0.975]).tolist(),
            "p_two_sided_shifted_by_observed": float((np.abs(drawn - observed) >= abs(observed) - 1e-12).mean()),
        }
    return found


def mcnemar():
    cases = [(0, 1), (1, 0), (3, 3), (2, 9), (12, 5), (40, 61), (0, 30), (250, 310)]
    return [
        {"table": {"only_first_right": a, "only_second_right": b}, "exact_p": min(1.0, float(stats.binomtest(min(a, b), a + b).pvalue))}
        for a, b in cases
    ]


def correlations():
    random = np.random.default_rng(21)
    x = random.normal(size=12)
    cases = {
        "plain": (x, x + random.normal(size=12)), "opposed": (x, -x + 0.3 * random.normal(size=12)), "short": (x[:3], x[[1, 0, 2]]),
        "ties": (random.integers(0, 4, 15).astype(float), random.integers(0, 5, 15).astype(float)),
        "ties of one": (np.round(x), random.normal(size=12)), "same order": (x, np.exp(x)),
    }
    found = {}
    for name, (a, b) in cases.items():
        found[name] = {
            "x": a.tolist(), "y": b.tolist(), "pearson": list(map(float, stats.pearsonr(a, b))),
            "spearman": list(map(float, stats.spearmanr(a, b))), "kendall_b": list(map(float, stats.kendalltau(a, b))),
            "weightedtau_default_rank_True": float(stats.weightedtau(a, b)[0]),
        }
    return found


def make(root):
    folder = os.path.join(root, "estimators")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    numbers = data()
    knn, transferability = {}, {}
    for name in ("X_cont", "X_int"):
        knn.update(neighbours(numbers[name], numbers["y"], numbers, name))
    for name in ("X_cont", "X_int", "X_wide"):
        x, y = numbers[name], numbers["y_wide" if name == "X_wide" else "y"]
        transferability[name] = {
            "numpy_fp64": {"hscore_regularised": hscore(x, y), "logme_alpha_beta_reset_per_class": logme(x, y)},
            "silhouette_euclidean": float(silhouette_score(x.astype(np.float64), y)),
        }
    bootstrap = paired(numbers)
    save_file({key: np.ascontiguousarray(value) for key, value in numbers.items()}, os.path.join(folder, "estimators.safetensors"))
    write(folder, "estimators.json", {
        "knn": knn, "transferability": transferability, "paired_bootstrap": bootstrap, "mcnemar": mcnemar(),
        "rank_correlation": correlations(),
    })
