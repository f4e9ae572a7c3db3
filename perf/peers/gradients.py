"""
Gradients of the encoders of the shared oracles as torch has them: eager attention, float32, eval mode.
Loss: the sum of mean-pooled last hidden states times fixed numbers. Writes for each parameter its gradient's norm, largest
element and product with fixed numbers, all in float64; with a second folder, the gradients themselves as safetensors.

gradients.py ORACLES OUT.json [FULL_FOLDER]
"""
import json, os, sys
import numpy as np
import torch
from transformers import AutoConfig, AutoModel, AutoModelForTextEncoding

# The texts of each batch, by their place in expected.json, and up to which length they are cut.
# BigBird attends by blocks from 29 tokens on (block 4, two random blocks): a batch below, a batch above, a long text alone.
BATCHES = {"batch": ([3, 8, 9, 10], 60)}
BIGBIRD = {"short": ([3, 8, 9, 10], 24), "batch": ([3, 8, 9, 10], 76), "long": ([9], 76)}
FAMILIES = ["bert-cased", "bert-uncased", "bigbird", "deberta-v2", "deberta-v3", "distilbert", "electra", "longformer", "longformer-bert", "minilm", "modernbert", "mpnet", "roberta", "t5", "mt5", "albert"]


def fixed(count):
    """Numbers between -1 and 1 that any language can make."""
    return ((np.arange(1, count + 1, dtype=np.uint64) * 2654435761) % 2**32).astype(np.float64) / 2**31 - 1


def main(oracles, out, full=None):
    found = {}
    for family in FAMILIES:
        folder = os.path.join(oracles, family)
        expected = json.load(open(os.path.join(folder, "expected.json"), encoding="utf8"))
        # Of a model that also writes texts, what reads them.
        kind = AutoModelForTextEncoding if AutoConfig.from_pretrained(folder).is_encoder_decoder else AutoModel
        model = kind.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
        pad = model.config.pad_token_id or 0
        found[family] = {}
        for name, (texts, longest) in (BIGBIRD if family == "bigbird" else BATCHES).items():
            ids = [expected["input_ids"][text][:min(longest, sum(expected["attention_mask"][text]))] for text in texts]
            width = max(map(len, ids))
            mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
            padded = torch.tensor([row + [pad] * (width - len(row)) for row in ids])
            if hasattr(model, "set_attention_type"):
                model.set_attention_type("block_sparse")  # a short batch turns it off for good
            model.zero_grad(set_to_none=True)
            last = model(input_ids=padded, attention_mask=mask).last_hidden_state
            pooled = (last * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            (pooled * torch.tensor(fixed(pooled.numel()), dtype=torch.float32).reshape(pooled.shape)).sum().backward()
            gradients = {key: p.grad.numpy() for key, p in model.named_parameters() if p.grad is not None}
            if full is not None:
                from safetensors.numpy import save_file
                os.makedirs(full, exist_ok=True)
                save_file({k: np.ascontiguousarray(v) for k, v in gradients.items()}, os.path.join(full, f"{family}.{name}.safetensors"))
            found[family][name] = {
                "input_ids": padded.tolist(), "attention_mask": mask.tolist(),
                "gradients": {key: summary(g.astype(np.float64).ravel()) for key, g in gradients.items()},
            }
    with open(out, "w", encoding="utf8") as file:
        file.write(text(found))


def summary(g):
    return [float(f"{np.linalg.norm(g):.9g}"), float(f"{np.abs(g).max():.9g}"), float(f"{g @ fixed(g.size):.9g}")]


def text(found):
    """JSON with a line for each parameter."""
    batches = []
    for family, cases in found.items():
        for name, case in cases.items():
            rows = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in case["gradients"].items())
            batches.append(f'{json.dumps(family + "." + name)}: {{\n  "input_ids": {json.dumps(case["input_ids"])},\n  "attention_mask": {json.dumps(case["attention_mask"])},\n  "gradients": {{\n{rows}\n  }}\n}}')
    return "{\n" + ",\n".join(batches) + "\n}\n"


main(*sys.argv[1:])
