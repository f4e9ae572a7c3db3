"""Odd tensors in each of the files that weights come in, and their values."""
import os
import shutil
import torch
from safetensors.torch import save_file
from vocabularies import write


def tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 4 - 2
    halves = torch.tensor([0.5, -1.25, 3e-5, 60000.0, float("inf")])
    return {
        "whole": base, "turned": base.T, "part": base[1:3, 2:5], "every second": base.flatten()[1::2], "widened": base[:1].expand(3, 6),
        "parameter": torch.nn.Parameter(torch.tensor([1.5, -2.5])), "f16": halves.half(),
        "bf16": torch.tensor([1.0, -0.0078125, 3e38]).bfloat16(),
        "f64": torch.tensor([0.1, -1e300, 2.0 ** -40], dtype=torch.float64), "i64": torch.tensor([[1, -2], [2 ** 40, 0]]),
        "i32": torch.tensor([-7, 2 ** 31 - 1], dtype=torch.int32), "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]), "scalar": torch.tensor(-3.75), "empty": torch.zeros(0, 5),
    }


def make(root):
    folder = os.path.join(root, "formats")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    odd = tensors()
    save_file({name: value.detach().clone(memory_format=torch.contiguous_format) for name, value in odd.items()},
              os.path.join(folder, "edge.safetensors"))
    torch.save(odd, os.path.join(folder, "edge_zip.bin"))
    torch.save(odd, os.path.join(folder, "edge_legacy.bin"), _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "note": "best", "state_dict": {"w": torch.ones(4)}}, os.path.join(folder, "nested_zip.bin"))
    # As text, of which every language makes the same number.
    said = lambda value: [repr(float(each)).replace("inf", "Infinity") for each in value.detach().double().flatten()]
    write(folder, "expected.json", {
        name: {"dtype": str(value.dtype).split(".")[1], "shape": list(value.shape), "values": said(value)} for name, value in odd.items()
    })
