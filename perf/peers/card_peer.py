"""
Embedding and training of an encoder by torch on a card: a RESULT line for each precision, or why there is none. Embedding in batches sorted
by length and padded, with vectors back on the CPU after each batch, as sentence-transformers does; a training epoch by AdamW.
"""
import contextlib, json, os, resource, struct, sys, time
import torch
import torch.nn.functional as F

job = json.load(open(sys.argv[1]))
cuda = torch.cuda.is_available()
if not cuda and not job["quick"]:
    sys.exit("torch has no CUDA here")
device = "cuda" if cuda else "cpu"
inputs = json.load(open(os.path.join(job["folder"], "inputs.json")))
config = json.load(open(os.path.join(job["folder"], "config.json")))


class Layer(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        width, eps = c["hidden_size"], c["layer_norm_eps"]
        self.heads = c["num_attention_heads"]
        self.query, self.key, self.value, self.out = (torch.nn.Linear(width, width) for _ in range(4))
        self.up, self.down = torch.nn.Linear(width, c["intermediate_size"]), torch.nn.Linear(c["intermediate_size"], width)
        self.norm1, self.norm2 = torch.nn.LayerNorm(width, eps), torch.nn.LayerNorm(width, eps)

    def forward(self, x, mask, dropout):
        parted = lambda part: part(x).view(*x.shape[:2], self.heads, -1).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(parted(self.query), parted(self.key), parted(self.value), mask, dropout)
        x = self.norm1(x + F.dropout(self.out(mixed.transpose(1, 2).reshape(x.shape)), dropout))
        return self.norm2(x + F.dropout(self.down(F.gelu(self.up(x))), dropout))


class Bert(torch.nn.Module):
    """For machines without transformers."""

    NAMES = {
        "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value", "out": "attention.output.dense",
        "norm1": "attention.output.LayerNorm", "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm",
    }

    def __init__(self, c, weights):
        super().__init__()
        width = c["hidden_size"]
        self.words = torch.nn.Embedding(c["vocab_size"], width)
        self.positions = torch.nn.Embedding(c["max_position_embeddings"], width)
        self.types = torch.nn.Embedding(2, width)
        self.norm = torch.nn.LayerNorm(width, c["layer_norm_eps"])
        self.layers = torch.nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        names = {"words": "word_embeddings", "positions": "position_embeddings", "types": "token_type_embeddings", "norm": "LayerNorm"}
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                part, *rest = name.split(".")
                stored = f"embeddings.{names[part]}.{rest[0]}" if part in names else f"encoder.layer.{rest[0]}.{self.NAMES[rest[1]]}.{rest[2]}"
                parameter.copy_(weights[stored])

    def forward(self, input_ids, attention_mask):
        dropout = 0.1 if self.training else 0.0
        at = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = F.dropout(self.norm(self.words(input_ids) + self.positions(at) + self.types.weight[0]), dropout)
        for layer in self.layers:
            x = layer(x, attention_mask[:, None, None].bool(), dropout)
        return x


def safetensors(file):
    data = open(file, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {
        name: torch.frombuffer(bytearray(data[8 + length + at["data_offsets"][0] : 8 + length + at["data_offsets"][1]]), dtype=torch.float32).view(at["shape"])
        for name, at in header.items()
    }


def opened():
    try:
        from transformers import BertModel

        model = BertModel.from_pretrained(job["folder"], add_pooling_layer=False).float()
        return model.to(device), lambda ids, mask: model(input_ids=ids, attention_mask=mask).last_hidden_state
    except ImportError:
        model = Bert(config, safetensors(os.path.join(job["folder"], "model.safetensors"))).to(device)
        return model, model


def padded(texts):
    longest = max(map(len, texts))
    ids = torch.zeros(len(texts), longest, dtype=torch.int64)
    mask = torch.zeros(len(texts), longest, dtype=torch.int64)
    for i, text in enumerate(texts):
        ids[i, : len(text)] = torch.tensor(text)
        mask[i, : len(text)] = 1
    return ids, mask


def mean(states, mask):
    return (states * mask[..., None].to(states.dtype)).sum(1) / mask.sum(1, keepdim=True).to(states.dtype)


def wait():
    if cuda:
        torch.cuda.synchronize()


def report(what, precision, **values):
    memory = torch.cuda.max_memory_allocated() / 2**20 if cuda else None
    rss = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print("RESULT " + json.dumps(dict(what=what, precision=precision, allocated=memory, rss=rss, on=device, **values)), flush=True)


def embedding(precision):
    model, run = opened()
    model.eval()
    if precision == "bf16":
        model.to(torch.bfloat16)
    for what, texts in [("embedding", [inputs["ids"][row] for row in job["rows"]]), ("long texts", inputs["long"])]:
        order = sorted(range(len(texts)), key=lambda text: -len(texts[text]))
        for size in job["batches"]:
            batches = [padded([texts[text] for text in order[i : i + size]]) for i in range(0, len(order), size)]
            seconds = []
            with torch.inference_mode():
                for _ in range(1 + job["passes"]):
                    wait()
                    started = time.perf_counter()
                    vectors = torch.cat([mean(run(ids.to(device), mask.to(device)), mask.to(device)).float().cpu() for ids, mask in batches])
                    seconds.append(time.perf_counter() - started)
            if what == "embedding" and precision == "fp32":
                unsorted = torch.empty_like(vectors)
                unsorted[order] = vectors
                unsorted.numpy().tofile(job["vectors"])
            tokens = sum(map(len, texts))
            report(what, precision, batch=size, texts=len(texts), tokens=tokens, seconds=min(seconds[1:]), first=seconds[0])


def training(precision):
    torch.manual_seed(1)
    model, run = opened()
    model.train()
    head = torch.nn.Linear(config["hidden_size"], job["classes"]).to(device)
    parameters = [*model.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=5e-5, weight_decay=0.01, fused=cuda)
    order = torch.randperm(inputs["train"]).tolist()
    size = job["batchSize"]
    parts = [order[i : i + size] for i in range(0, len(order), size)]
    batches = [(*padded([inputs["ids"][row] for row in part]), torch.tensor([inputs["labels"][row] for row in part])) for part in parts]
    half = torch.autocast(device, torch.bfloat16) if precision == "bf16" else contextlib.nullcontext()
    losses, first = [], 0.0
    wait()
    started = time.perf_counter()
    for ids, mask, labels in batches:
        mask = mask.to(device)
        with half:
            loss = F.cross_entropy(head(mean(run(ids.to(device), mask), mask)), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5)
        optimizer.step()
        losses.append(loss.item())
        if len(losses) == 1:
            first = time.perf_counter() - started
    report("training", precision, texts=len(order), steps=len(batches), seconds=time.perf_counter() - started, first=first, losses=losses)


for precision in ["fp32", "tf32", "bf16"] if cuda else ["fp32"]:
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    for what, measure in [("embedding", embedding), ("training", training)]:
        try:
            if cuda:
                torch.cuda.reset_peak_memory_stats()
            measure(precision)
        except Exception as error:
            print("RESULT " + json.dumps(dict(what=what, precision=precision, on=device, failed=f"{type(error).__name__}: {error}".split("\n")[0])), flush=True)
        if cuda:
            torch.cuda.empty_cache()
