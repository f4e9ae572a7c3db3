import sys, time
started = time.time()
from common import read, leave_one_out, report
from sentence_transformers import SentenceTransformer, models

# The library pools one way at a time: a pass for each cell.
folder, threads, *paths = sys.argv[1:]
import torch; torch.set_num_threads(int(threads))
texts, labels = read(paths)
scores = {}
for name, pooling, layers in (("cls", "cls", False), ("mean", "mean", False), ("cls-layermean", "cls", True), ("layermean", "mean", True)):
    word = models.Transformer(folder, config_args={"output_hidden_states": True} if layers else {})
    width = word.get_word_embedding_dimension()
    mean = [models.WeightedLayerPooling(width, num_hidden_layers=word.auto_model.config.num_hidden_layers, layer_start=0)] if layers else []
    model = SentenceTransformer(modules=[word, *mean, models.Pooling(width, pooling_mode=pooling)], device="cpu")
    scores[name] = leave_one_out(model.encode(texts, show_progress_bar=False), labels)
report("sentence-transformers (4 cells)", started, scores)
