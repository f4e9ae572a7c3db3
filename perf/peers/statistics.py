"""What scipy, statsmodels and scikit-learn make of small cases: test/statistics/fixtures/statistics.json. Usage: statistics.py > FILE"""
import json
import numpy as np, scipy, sklearn, statsmodels
from scipy import stats
from sklearn.metrics import f1_score, accuracy_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, confint_proportions_2indep

r = np.random.RandomState(7)
out = {"versions": {"scipy": scipy.__version__, "scikit-learn": sklearn.__version__, "statsmodels": statsmodels.__version__}}

out["holm"] = [{"ps": ps, "adjusted": multipletests(ps, method="holm")[1].tolist()} for ps in ([.01, .04, .03, .005], [.5, .5, .02], [.9], [.04, .03, .02, .01, 1.0], r.rand(12).tolist())]
out["wilson"] = [{"correct": c, "n": n, "interval": list(proportion_confint(c, n, method="wilson"))} for c, n in ((0, 10), (10, 10), (1, 3), (410, 500), (4573, 5952), (50000, 54263))]
out["newcombe"] = [{"first": [a, n], "second": [b, m], "interval": list(confint_proportions_2indep(b, m, a, n, method="newcomb", compare="diff"))} for a, n, b, m in ((410, 500, 425, 500), (1, 10, 9, 12), (4573, 5952, 4600, 5952), (10, 10, 0, 10))]
out["mcnemar"] = [{"onlyFirst": b, "onlySecond": c, "p": float(stats.binomtest(min(b, c), b + c, .5).pvalue)} for b, c in ((0, 1), (3, 9), (99, 101), (120, 180), (1000, 1100), (40000, 40500), (500000, 501000), (0, 40), (7, 400))]
out["normal"] = [{"z": z, "p": float(2 * stats.norm.sf(abs(z)))} for z in (0, .1, -1, 1.959963984540054, 3.5, 3.54, -5, 8)]

# The interval of a bootstrap does not depend on who draws, but for the noise of the draws: many of them, and the noise stated.
n, classes = 400, 5
truth = r.randint(0, classes, n)
predicted = np.where(r.rand(n) < .7, truth, r.randint(0, classes, n))
rows = r.randint(0, n, (20000, n))
accuracy = [accuracy_score(truth[i], predicted[i]) for i in rows[:20000]]
macro = [f1_score(truth[i], predicted[i], average="macro", labels=range(classes), zero_division=0) for i in rows[:4000]]
out["bootstrap"] = {"truth": truth.tolist(), "predicted": predicted.tolist(), "classes": classes,
    "accuracy": np.percentile(accuracy, [2.5, 97.5]).tolist(), "macro_f1": np.percentile(macro, [2.5, 97.5]).tolist()}

sets = (r.rand(200, 4) < .4).astype(int); sets[:, 0] |= sets.sum(1) == 0
guessed = np.where(r.rand(200, 4) < .8, sets, 1 - sets)
rows = r.randint(0, 200, (4000, 200))
pick = lambda m: [np.flatnonzero(x).tolist() for x in m]
f1 = lambda i, average: f1_score(sets[i], guessed[i], average=average, zero_division=0)
out["multi"] = {"truth": pick(sets), "predicted": pick(guessed), "classes": 4,
    "accuracy": np.percentile([accuracy_score(sets[i], guessed[i]) for i in rows], [2.5, 97.5]).tolist(),
    "micro_f1": np.percentile([f1(i, "micro") for i in rows], [2.5, 97.5]).tolist(), "macro_f1": np.percentile([f1(i, "macro") for i in rows], [2.5, 97.5]).tolist()}
print(json.dumps(out))
