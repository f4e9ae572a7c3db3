"""The TREC-6 job of a peer: texts and labels from files, vectors by the peer, 5 nearest neighbours left one out."""
import sys, time, resource


def read(paths):
    lines = [line for path in paths for line in open(path, encoding="latin-1", newline="\n").read().split("\n") if line]
    return [line.split(" ", 1)[1] for line in lines], [line.split(":", 1)[0] for line in lines]


def leave_one_out(vectors, labels):
    import numpy as np
    from sklearn.neighbors import NearestNeighbors
    classes, y = np.unique(np.array(labels), return_inverse=True)
    near = NearestNeighbors(n_neighbors=6).fit(vectors).kneighbors(vectors, return_distance=False)
    right = 0
    for i, row in enumerate(near):
        row = [j for j in row if j != i][:5]
        right += int(np.bincount(y[row], minlength=len(classes)).argmax() == y[i])
    return 100 * right / len(y)


def report(name, started, scores):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shown = " ".join(f"{pooling}={score:.2f}" for pooling, score in scores.items())
    print(f"RESULT {name} seconds={time.time() - started:.1f} peak_mb={peak:.0f} {shown}", flush=True)
