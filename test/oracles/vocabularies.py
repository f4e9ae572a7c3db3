"""Small tokenizers as each family has them: tokenizer.json and the older files that say the same."""
import base64
import json
import os
import tempfile
from collections import Counter
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from texts import SENTENCES

CORPUS = [text for text, _ in SENTENCES]


def added(content, special=True, normalized=False, lstrip=False):
    return AddedToken(content, lstrip=lstrip, rstrip=False, single_word=False, normalized=normalized, special=special)


def around(tokenizer, first, last):
    ids = [(token, tokenizer.token_to_id(token)) for token in (first, last)]
    return processors.TemplateProcessing(single=f"{first} $A {last}", pair=f"{first} $A {last} $B:1 {last}:1", special_tokens=ids)


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf8") as file:
        file.write(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) + "\n")


def word_piece(folder, lower, first, last, unknown, mask_strips, before, after=(), baked=False):
    """BERT's kind. `before` are the special tokens at the start, `after` those at the end."""
    words = Counter(word for text in CORPUS for word in (text.lower() if lower else text).replace(".", " ").replace(",", " ").split())
    letters = "abcdefghijklmnopqrstuvwxyz" + ("" if lower else "ACMRSTWZ\u00e9\u00eb\u00ef")
    often = [word for word, count in words.most_common() if len(word) > 1 and word.isalpha()][:24]
    tokens = [*before, *letters, *"?!.,;'\u2014", "\u5ddd", *(f"##{letter}" for letter in letters), "##er", "##ing", *often, *after]
    assert len(set(tokens)) == len(tokens)
    model = models.WordPiece({token: i for i, token in enumerate(tokens)}, unk_token=unknown, max_input_chars_per_word=100)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    mask = "[MASK]" if "[MASK]" in tokens else "<mask>"
    tokenizer.add_special_tokens([added(token, lstrip=token == mask and mask_strips) for token in [*before, *after]])
    tokenizer.post_processor = around(tokenizer, first, last)
    if baked:
        tokenizer.enable_truncation(8)
        tokenizer.enable_padding(length=8, pad_id=tokens.index("[PAD]"), pad_token="[PAD]")
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    write(folder, "vocab.txt", "".join(f"{token}\n" for token in tokens))
    names = {"unk_token": unknown, "sep_token": last, "pad_token": before[1] if first == "<s>" else "[PAD]", "cls_token": first}
    write(folder, "special_tokens_map.json", {**names, "mask_token": mask})
    return len(tokens)


def bert(folder, lower=True, baked=False):
    size = word_piece(folder, lower, "[CLS]", "[SEP]", "[UNK]", False, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], baked=baked)
    write(folder, "tokenizer_config.json", {"do_lower_case": lower, "tokenizer_class": "BertTokenizer"})
    return size


def mpnet(folder):
    size = word_piece(folder, True, "<s>", "</s>", "[UNK]", True, ["<s>", "<pad>", "</s>", "[UNK]"], ["<mask>"])
    write(folder, "tokenizer_config.json", {"do_lower_case": True, "tokenizer_class": "MPNetTokenizer"})
    return size


def byte_level(tokens_first, tokens_last=()):
    """Byte-pair encoding of bytes: all 256 of them, and some merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=310, special_tokens=list(tokens_first), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    state = json.loads(tokenizer.to_str())["model"]
    vocab = {**state["vocab"], **{token: len(state["vocab"]) + i for i, token in enumerate(tokens_last)}}
    merges = [tuple(pair) for pair in state["merges"]]
    tokenizer.model = models.BPE(vocab=vocab, merges=merges)
    return tokenizer, vocab, merges


def roberta(folder):
    tokenizer, vocab, merges = byte_level(["<s>", "<pad>", "</s>", "<unk>"], ["<mask>"])
    tokenizer.add_special_tokens([added(token, normalized=True) for token in ["<s>", "<pad>", "</s>", "<unk>"]])
    tokenizer.add_special_tokens([added("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    write(folder, "vocab.json", vocab)
    write(folder, "merges.txt", "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    write(folder, "tokenizer_config.json", {"add_prefix_space": False, "tokenizer_class": "RobertaTokenizer"})
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    names.update(sep_token="</s>", pad_token="<pad>", cls_token="<s>")
    mask = {"content": "<mask>", "single_word": False, "lstrip": True, "rstrip": False, "normalized": False}
    write(folder, "special_tokens_map.json", {**names, "mask_token": mask})
    return len(vocab)


def modernbert(folder):
    names = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    tokenizer, vocab, _ = byte_level([], names)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens([added(token, lstrip=token == "[MASK]") for token in names])
    tokenizer.post_processor = around(tokenizer, "[CLS]", "[SEP]")
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    roles = dict(zip(["unk_token", "cls_token", "sep_token", "pad_token", "mask_token"], names))
    write(folder, "tokenizer_config.json", {**roles, "tokenizer_class": "PreTrainedTokenizerFast"})
    write(folder, "special_tokens_map.json", roles)
    return len(vocab)


# From, to: an accent that is dropped, blanks of other kinds, a number in a circle, and what is taken away.
RULES = [("\u00e9", "e"), ("\u00ef", "i"), ("n\u0303", "\u00f1"), ("\u2460", "1"), ("\u200b", "")]
RULES += [(blank, " ") for blank in ("\t", "\n", "\u00a0")]


def sentence_piece(folder, file, control, **pieces):
    """Trains a Unigram model with a small character map; returns its pieces with scores, and the map."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    with tempfile.TemporaryDirectory() as place:
        rules = os.path.join(place, "rules.tsv")
        with open(rules, "w", encoding="utf8") as out:
            for one, other in RULES:
                out.write("\t".join(" ".join(f"{ord(each):04X}" for each in text) for text in (one, other)) + "\n")
        prefix = os.path.join(place, "trained")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS + ["Zo\u00eb 1", "Cafe ok", "!?"]), model_prefix=prefix, vocab_size=96, hard_vocab_limit=False,
            character_coverage=1.0, normalization_rule_tsv=rules, control_symbols=control, num_threads=1, minloglevel=2, **pieces,
        )
        proto = sentencepiece_model_pb2.ModelProto()
        with open(prefix + ".model", "rb") as source:
            proto.ParseFromString(source.read())
    # Nothing of the place where it was trained.
    proto.trainer_spec.ClearField("model_prefix")
    proto.normalizer_spec.ClearField("normalization_rule_tsv")
    with open(os.path.join(folder, file), "wb") as out:
        out.write(proto.SerializeToString(deterministic=True))
    return [(piece.piece, piece.score) for piece in proto.pieces], proto.normalizer_spec.precompiled_charsmap


def unigram(pieces, unknown, steps):
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(steps)
    metaspace = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always", split=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([metaspace])
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always", split=True)
    return tokenizer


def bigbird(folder):
    roles = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3}
    pieces, charsmap = sentence_piece(folder, "spiece.model", ["[CLS]", "[SEP]", "[MASK]"], **roles)
    blanks = normalizers.Replace(Regex(" {2,}"), "\u2581")
    tokenizer = unigram(pieces, 3, [normalizers.Precompiled(charsmap), normalizers.Strip(left=False, right=True), blanks])
    names = ["<pad>", "<s>", "</s>", "<unk>", "[CLS]", "[SEP]"]
    # Control pieces are looked for in the text as it is.
    tokenizer.add_special_tokens([added(token, normalized=token == "<unk>") for token in names])
    tokenizer.add_special_tokens([added("[MASK]", lstrip=True)])
    tokenizer.post_processor = around(tokenizer, "[CLS]", "[SEP]")
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    mask = {"content": "[MASK]", "single_word": False, "lstrip": True, "rstrip": False, "normalized": False}
    said = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    said.update(sep_token="[SEP]", cls_token="[CLS]", pad_token="<pad>")
    write(folder, "tokenizer_config.json", {**said, "mask_token": {**mask, "__type": "AddedToken"}, "tokenizer_class": "BigBirdTokenizer"})
    write(folder, "special_tokens_map.json", {**said, "mask_token": mask})
    return len(pieces)


def deberta(folder):
    roles = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3}
    names = {"pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}
    pieces, charsmap = sentence_piece(folder, "spm.model", [], **roles, **names)
    blanks = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer = unigram(pieces, 3, [normalizers.Strip(), normalizers.Precompiled(charsmap), blanks])
    tokenizer.add_special_tokens([added(token, normalized=token == "[UNK]") for token in ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]])
    tokenizer.post_processor = around(tokenizer, "[CLS]", "[SEP]")
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    config = {"do_lower_case": False, "vocab_type": "spm", "split_by_punct": False, "tokenizer_class": "DebertaV2Tokenizer"}
    write(folder, "tokenizer_config.json", config)
    said = {"bos_token": "[CLS]", "eos_token": "[SEP]", "unk_token": "[UNK]"}
    said.update(sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]")
    write(folder, "special_tokens_map.json", {**said, "mask_token": "[MASK]"})
    return tokenizer.get_vocab_size()


def t5(folder):
    """SentencePiece with an end of its own and no start; words to be filled in (`<extra_id_0>`) stand behind all pieces."""
    extra = [f"<extra_id_{i}>" for i in range(4)]
    pieces, charsmap = sentence_piece(folder, "spiece.model", [], pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    pieces += [(token, 0.0) for token in reversed(extra)]
    tokenizer = unigram(pieces, 2, [normalizers.Precompiled(charsmap)])
    tokenizer.pre_tokenizer = words_and_blanks()
    tokenizer.add_special_tokens([added(token) for token in ["<pad>", "</s>", "<unk>", *reversed(extra)]])
    ids = [("</s>", 1)]
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=ids)
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    said = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "additional_special_tokens": extra}
    write(folder, "tokenizer_config.json", {**said, "extra_ids": len(extra), "tokenizer_class": "T5Tokenizer"})
    write(folder, "special_tokens_map.json", said)
    return len(pieces)


def albert(folder):
    roles = {"pad_id": 0, "unk_id": 1, "bos_id": -1, "eos_id": -1}
    pieces, charsmap = sentence_piece(folder, "spiece.model", ["[CLS]", "[SEP]", "[MASK]"], **roles)
    steps = [normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents()]
    steps += [normalizers.Lowercase(), normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
    # A digit and a comma are not to be one token at a piece's end.
    pieces = [(piece, score - 100 if len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit() else score) for piece, score in pieces]
    tokenizer = unigram(pieces, 1, steps)
    tokenizer.pre_tokenizer = words_and_blanks()
    tokenizer.add_special_tokens([added(token) for token in ["<pad>", "<unk>", "[CLS]", "[SEP]"]])
    tokenizer.add_special_tokens([added("[MASK]", lstrip=True)])
    tokenizer.post_processor = around(tokenizer, "[CLS]", "[SEP]")
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    config = {"do_lower_case": True, "keep_accents": False, "remove_space": True, "tokenizer_class": "AlbertTokenizer"}
    write(folder, "tokenizer_config.json", config)
    said = {"bos_token": "[CLS]", "eos_token": "[SEP]", "unk_token": "<unk>", "sep_token": "[SEP]", "pad_token": "<pad>"}
    mask = {"content": "[MASK]", "single_word": False, "lstrip": True, "rstrip": False, "normalized": False}
    write(folder, "special_tokens_map.json", {**said, "cls_token": "[CLS]", "mask_token": mask})
    return len(pieces)


def words_and_blanks():
    metaspace = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always", split=True)
    return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
