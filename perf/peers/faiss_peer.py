"""Seconds of faiss's flat index: every row of clustered ones asked for its nearest, the best of three. Usage: faiss_peer.py ROWS COLS K THREADS"""
import sys, time
import faiss, numpy as np

rows, cols, k, threads = map(int, sys.argv[1:])
faiss.omp_set_num_threads(threads)
r = np.random.default_rng(1)
x = r.random((rows, cols), dtype=np.float32) + r.random((50, cols), dtype=np.float32)[np.arange(rows) % 50] - 1
index = faiss.IndexFlatL2(cols)
index.add(x)
index.search(x[:1000], k + 1)
least = float("inf")
for _ in range(3):
    started = time.time()
    index.search(x, k + 1)
    least = min(least, time.time() - started)
print(f"RESULT faiss {faiss.__version__} seconds={least:.2f}", flush=True)
