"""One peer of benches/peers/run.py: `peer.py NAME THREADS PASSAGES VECTORS`, or `peer.py export DIR`."""

import json
import sys
from pathlib import Path

import numpy as np

MODEL = Path(__file__).resolve().parents[2] / "models" / "default"
NAMES = ["input_ids", "attention_mask", "token_type_ids"]
BATCH = 32


def export(work):
    """The bundled encoder as ONNX in 32-bit floats, with int8 weights, and as a transformers folder."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig.from_json_file(MODEL / "config.json")
    config._attn_implementation = "eager"
    model = BertModel(config, add_pooling_layer=False).eval()
    weights = {name: tensor.float() for name, tensor in load_file(MODEL / "encoder.safetensors").items()}
    # Matrices of bytes have a scale a row.
    for name in [name for name in weights if name.endswith(".scale")]:
        matrix = name.removesuffix("scale") + "weight"
        weights[matrix] = (weights[matrix] - 128) * weights.pop(name)[:, None]
    missing = model.load_state_dict(weights, strict=False).missing_keys
    assert not missing, missing
    model.save_pretrained(work / "encoder")
    (work / "encoder" / "tokenizer.json").write_bytes((MODEL / "tokenizer.json").read_bytes())

    class Hidden(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.model(input_ids, attention_mask, token_type_ids).last_hidden_state

    ids = torch.ones(2, 9, dtype=torch.long)
    names = [*NAMES, "hidden"]
    torch.onnx.export(
        Hidden(), (ids, ids, torch.zeros_like(ids)), str(work / "encoder-f32.onnx"),
        input_names=NAMES, output_names=["hidden"], opset_version=17, dynamo=False,
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names},
    )
    quantize_dynamic(
        work / "encoder-f32.onnx", work / "encoder-int8.onnx",
        per_channel=True, reduce_range=False, weight_type=QuantType.QInt8,
    )


def tokenizer():
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    return tokenizer


def onnxruntime(kind, threads):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(f"encoder-{kind}.onnx", options, providers=["CPUExecutionProvider"])
    tokens = tokenizer()

    def embed(texts):
        encodings = [encoding.ids for encoding in tokens.encode_batch(texts)]
        order = sorted(range(len(texts)), key=lambda idx: len(encodings[idx]))
        vectors = None
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            longest = max(len(encodings[row]) for row in rows)
            ids = np.zeros((len(rows), longest), np.int64)
            mask = np.zeros_like(ids)
            for at, row in enumerate(rows):
                ids[at, : len(encodings[row])] = encodings[row]
                mask[at, : len(encodings[row])] = 1
            hidden = session.run(None, dict(zip(NAMES, (ids, mask, np.zeros_like(ids)))))[0]
            mean = (hidden * mask[:, :, None]).sum(1)
            if vectors is None:
                vectors = np.zeros((len(texts), mean.shape[1]), np.float32)
            vectors[rows] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors

    return embed


def sentence_transformers(threads):
    import torch
    from sentence_transformers import SentenceTransformer, models

    torch.set_num_threads(threads)
    word = models.Transformer("encoder", max_seq_length=256)
    pooling = models.Pooling(word.get_word_embedding_dimension(), "mean")
    model = SentenceTransformer(modules=[word, pooling, models.Normalize()], device="cpu")
    return lambda texts: model.encode(texts, batch_size=BATCH, show_progress_bar=False)


def main():
    if sys.argv[1] == "export":
        export(Path(sys.argv[2]))
        return
    name, threads, passages, out = sys.argv[1:]
    texts = json.loads(Path(passages).read_text())
    if name == "sentence-transformers":
        embed = sentence_transformers(int(threads))
    else:
        embed = onnxruntime(name.removeprefix("ort-"), int(threads))
    print(sum(len(encoding.ids) for encoding in tokenizer().encode_batch(texts)), flush=True)
    vectors = None
    for _ in sys.stdin:
        vectors = embed(texts)
        print("done", flush=True)
    if vectors is not None:
        np.asarray(vectors, np.float32).tofile(out)


if __name__ == "__main__":
    main()
