"""
Makes the oracles of this folder: small checkpoints and data of fixed seeds, and what torch, transformers, scikit-learn, scipy
and numpy make of them. Usage: make.py [encoders|decoders|rope|modules|static|training|gradients|steps|formats|estimators|FAMILY…], all of
them where none is named.
"""
import os
import sys
import torch
import decoders
import encoders
import estimators
import formats
import modules
import rope
import rotaries
import static
import steps
import training

ROOT = os.path.dirname(os.path.abspath(__file__))


def main(wanted):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    is_wanted = lambda *names: wanted == [] or any(name in wanted for name in names)
    for family in encoders.FAMILIES:
        if is_wanted(family, "encoders"):
            encoders.make(ROOT, family, encoders.seed_of(family))
    if is_wanted("decoders"):
        decoders.make(ROOT)
    if is_wanted("rope"):
        rope.make(ROOT)
    if is_wanted("modules"):
        modules.make(ROOT)
    if is_wanted("static"):
        static.make(ROOT)
    for seed, family in enumerate(rotaries.MAKERS, 101):
        if is_wanted(family, "encoders"):
            rotaries.MAKERS[family](ROOT, seed)
    if is_wanted("training"):
        training.make(ROOT)
    if is_wanted("gradients"):
        training.family_gradients(ROOT)
    if is_wanted("steps"):
        steps.make(ROOT)
    if is_wanted("formats"):
        formats.make(ROOT)
    if is_wanted("estimators"):
        estimators.make(ROOT)


main(sys.argv[1:])
