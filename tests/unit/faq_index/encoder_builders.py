"""Small sentence encoders, made here: a few words, fixed random weights, saved as sentence-transformers saves."""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_SENTENCES = """how do i return a dress what can you take back where is my parcel delivery long does the it pay with card
and shoes refund money want person talk to real on sunday query passage : ? ¿ puedo devolver un vestido que no me queda
bien giao hàng mất bao lâu"""
WORDS = list(dict.fromkeys(_SENTENCES.split()))
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TEXTS = ["how do i return a dress", "where is my parcel", "", "zebra", "giao hàng mất bao lâu", "return " * 200]


def save_encoder(
    folder: Path,
    *,
    dimension: int = 32,
    seed: int = 1,
    prompts: Mapping[str, str] | None = None,
    default_prompt: str | None = None,
    pooling: str = "mean",
    counts_prompt: bool = True,
    dense: int = 0,
    layers: int = 2,
    architecture: str = "bert",
) -> Path:
    """Save a small BERT, or its like, with pooling in `folder` and return it; `dense` adds a layer to that many numbers."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Dense, Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.manual_seed(seed)
    bare = folder.with_name(f"{folder.name}-bare")
    _save_tokenizer(bare)
    config = AutoConfig.for_model(
        architecture,
        vocab_size=len(SPECIAL) + len(WORDS),
        hidden_size=dimension,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=2 * dimension,
        max_position_embeddings=64,
        initializer_range=0.2,  # as large as trained weights are, so that texts differ
    )
    AutoModel.from_config(config).save_pretrained(bare)  # type: ignore[no-untyped-call]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        transformer = Transformer(str(bare), max_seq_length=48)
        parts: list[Any] = [transformer, Pooling(dimension, pooling_mode=pooling, include_prompt=counts_prompt)]
        if dense:
            parts.append(Dense(dimension, dense))
        model = SentenceTransformer(
            modules=[*parts, Normalize()],
            prompts=dict(prompts) if prompts else None,
            default_prompt_name=default_prompt,
            device="cpu",
        )
        model.save(str(folder), create_model_card=False)
    return folder


def _save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *WORDS])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **dict(zip(names, SPECIAL, strict=True)),
    ).save_pretrained(folder)


def alter_weights(folder: Path, value: float | None = None, *, drop: str = "") -> None:
    """Set one weight to `value`, or leave out the weights whose name contains `drop`."""
    from safetensors.numpy import load_file, save_file

    file = folder / "model.safetensors"
    tensors = {key: array for key, array in load_file(file).items() if not drop or drop not in key}
    if value is not None:
        name = next(key for key in tensors if "word_embeddings" in key)
        changed = np.array(tensors[name])
        changed[:, 0] = value
        tensors[name] = changed
    save_file(tensors, file, metadata={"format": "pt"})


def alter_json(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes), "utf-8")
