"""Steps of a training job by transformers on torch: their losses in a file; the fastest step, all steps and peak memory."""
import json, resource, sys, time
import torch
import torch.nn.functional as F
from transformers import AutoModel

job_file, out = sys.argv[1:]
job = json.load(open(job_file))
started = time.perf_counter()
torch.set_num_threads(job["threads"])
torch.manual_seed(job["seed"])
rates = {} if job.get("dropout") is None else {"hidden_dropout_prob": job["dropout"], "attention_probs_dropout_prob": job["dropout"]}
model = AutoModel.from_pretrained(job["folder"], add_pooling_layer=False, **rates).train()
head = None
parameters = list(model.parameters())
if job["objective"] == "classic":
    head = torch.nn.Linear(len(job["head"]["weight"]) // job["classes"], job["classes"])
    with torch.no_grad():
        head.weight.copy_(torch.tensor(job["head"]["weight"]).view_as(head.weight))
        head.bias.copy_(torch.tensor(job["head"]["bias"]))
    parameters += list(head.parameters())
optimizer = torch.optim.AdamW(parameters, lr=job["lr"], weight_decay=0.01, fused=True)
ready = time.perf_counter() - started


def loss_of(vectors, labels):
    if head is not None:
        return F.cross_entropy(head(vectors), labels)
    unit = F.normalize(vectors, eps=1e-8)
    same = (labels[:, None] == labels[None]).float()
    return ((unit @ unit.T - same) ** 2).triu(1).sum()


losses, seconds, processor = [], [], []
for batch in job["batches"]:
    began, used = time.perf_counter(), time.process_time()
    longest = max(len(ids) for ids in batch["ids"])
    ids = torch.tensor([text + [0] * (longest - len(text)) for text in batch["ids"]])
    mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in batch["ids"]])
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state
    vectors = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    loss = loss_of(vectors, torch.tensor(batch["labels"]))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, job["clip"])
    optimizer.step()
    losses.append(loss.item())
    seconds.append(time.perf_counter() - began)
    processor.append(time.process_time() - used)
json.dump(losses, open(out, "w"))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"RESULT step={min(seconds):.4f} step_cpu={min(processor):.4f} all={sum(seconds):.3f} all_cpu={sum(processor):.3f} ready={ready:.2f} peak_mb={peak:.0f}")
