"""Writes a checkpoint of a published encoder's shape with random weights, so that speed and parity can be measured where no hub answers."""
import sys
import torch
from transformers import AutoConfig, AutoModel

SHAPES = {
    "bert-base-cased": dict(model_type="bert", vocab_size=28996),
    "roberta-base": dict(model_type="roberta", vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2),
    "electra-small": dict(model_type="electra", hidden_size=256, num_attention_heads=4, intermediate_size=1024, embedding_size=128),
    "electra-base": dict(model_type="electra", hidden_size=768, num_attention_heads=12, intermediate_size=3072, embedding_size=768),
    "longformer-base-4096": dict(model_type="longformer", vocab_size=50265, max_position_embeddings=4098, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2, sep_token_id=2, attention_window=[512] * 12),
    "bigbird-roberta-base": dict(model_type="big_bird", vocab_size=50358),
    "bigbird-roberta-large": dict(model_type="big_bird", vocab_size=50358, hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096),
}

name, folder = sys.argv[1:]
torch.manual_seed(1)
shape = dict(SHAPES[name])
model = AutoModel.from_config(AutoConfig.for_model(shape.pop("model_type"), **shape))
# Fresh norms and biases are ones and zeros, which would hide a mistake in them.
with torch.no_grad():
    for parameter in model.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.02)
model.save_pretrained(folder)
