"""
Makes the oracles of this folder: small checkpoints and data of fixed seeds, and what torch, transformers, scikit-learn, scipy
and numpy make of them. Usage: make.py [encoders|decoders|rope|modules|static|training|gradients|steps|pairs|regression|cosine|tags|formats|estimators|FAMILY…],
all of them where none is named.
"""
import os
import sys
import torch
import cosine
import decoders
import encoders
import estimators
import formats
import modules
import pairs
import regression
import rope
import rotaries
import static
import steps
import tags
import training

ROOT = os.path.dirname(os.path.abspath(__file__))

PARTS = {
    "decoders": decoders.make, "rope": rope.make, "modules": modules.make, "static": static.make, "training": training.make,
    "gradients": training.family_gradients, "steps": steps.make, "pairs": pairs.make, "regression": regression.make,
    "cosine": cosine.make, "tags": tags.make, "formats": formats.make, "estimators": estimators.make,
}


def main(wanted):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    is_wanted = lambda *names: wanted == [] or any(name in wanted for name in names)
    for family in encoders.FAMILIES:
        if is_wanted(family, "encoders"):
            encoders.make(ROOT, family, encoders.seed_of(family))
    for seed, family in enumerate(rotaries.MAKERS, 101):
        if is_wanted(family, "encoders"):
            rotaries.MAKERS[family](ROOT, seed)
    for part, make in PARTS.items():
        if is_wanted(part):
            make(ROOT)


main(sys.argv[1:])
