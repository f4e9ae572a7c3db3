"""Texts that the oracles are made from, all written for this purpose."""

# What the vocabularies are learnt from, and the texts of a training of three classes: a river, a kitchen, a workshop.
SENTENCES = [
    ("The old ferry crosses the river before noon.", 0),
    ("A heron stands still in the cold water.", 0),
    ("Rain fills the river and the ferry waits.", 0),
    ("The water is low after a dry summer.", 0),
    ("Stir the soup and add a little salt.", 1),
    ("The bread is warm, and the soup is hot.", 1),
    ("Who left the salt on the table?", 1),
    ("She sold seven lamps and mended the table.", 2),
    ("The saw is dull; use the other one.", 2),
    ("Mend the old clock before the others.", 2),
]

# What is odd, short and long about texts. The last is longer than any limit here.
TEXTS = [
    "",
    "river",
    "The ferry waits.",
    "Caf\u00e9 na\u00efve \u2014 Zo\u00eb's \u2460 jalapen\u0303o",
    "\u5ddd and \u5c71 \U0001f642 ok\u200b\u00ad",
    "  one\ttwo\nthree   four\u00a0five ",
    "a [SEP] b [MASK] <s> c </s>",
    "The heron stands still in the cold water, and the old ferry waits; rain fills the river before noon, the soup is hot, the "
    "bread is warm, the salt is on the table, the saw is dull, seven lamps are sold and the clock is mended after a dry summer.",
]
