"""Writes a checkpoint of a published encoder's shape with random weights, so that speed and parity can be measured where no hub answers."""
import sys
import torch
from transformers import AutoConfig, AutoModel, T5EncoderModel

SHAPES = {
    "bert-base-cased": dict(model_type="bert", vocab_size=28996),
    "roberta-base": dict(model_type="roberta", vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2),
    "electra-small": dict(model_type="electra", hidden_size=256, num_attention_heads=4, intermediate_size=1024, embedding_size=128),
    "electra-base": dict(model_type="electra", hidden_size=768, num_attention_heads=12, intermediate_size=3072, embedding_size=768),
    "longformer-base-4096": dict(model_type="longformer", vocab_size=50265, max_position_embeddings=4098, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2, sep_token_id=2, attention_window=[512] * 12),
    "bigbird-roberta-base": dict(model_type="big_bird", vocab_size=50358),
    "bigbird-roberta-large": dict(model_type="big_bird", vocab_size=50358, hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096),
    "qwen3-0.6b": dict(model_type="qwen3", vocab_size=151669, hidden_size=1024, num_hidden_layers=28, num_attention_heads=16, num_key_value_heads=8, head_dim=128, intermediate_size=3072, max_position_embeddings=32768, rope_theta=1e6),
    "nomic-base": dict(model_type="nomic_bert", vocab_size=30528),
    "gte-base": dict(model_type="gte", vocab_size=30528),
    "eurobert-210m": dict(model_type="eurobert", vocab_size=128256, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, num_key_value_heads=12, intermediate_size=3072, rope_theta=250000),
    "t5-base": dict(model_type="t5", vocab_size=32128, d_model=768, d_ff=3072, num_layers=12, num_heads=12),
}
# Published in bfloat16, which torch widens as we do.
HALF = {"qwen3-0.6b"}

name, folder = sys.argv[1:]
torch.manual_seed(1)
shape = dict(SHAPES[name])
kind = shape.pop("model_type")
config = AutoConfig.for_model(kind, **shape)
model = T5EncoderModel(config) if kind == "t5" else AutoModel.from_config(config)
# Fresh norms and biases are ones and zeros, which would hide a mistake in them.
with torch.no_grad():
    for parameter in model.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.02)
if name in HALF:
    model = model.to(torch.bfloat16)
model.save_pretrained(folder)
