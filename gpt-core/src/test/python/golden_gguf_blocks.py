"""Writes gguf-blocks.gguf with the `gguf` wheel, for GgufBlocksTest: blocks of random bits with
scales of a sensible size, and the numbers that the wheel decodes from them.

    pip install gguf==0.19.0 numpy
    python golden_gguf_blocks.py ../resources/io/tornadogpt/core/files/gguf-blocks.gguf
"""

import sys

import gguf
import numpy

# Where the halves stand in a block that scales and minima are multiples of.
HALVES = {
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q8_0": [0],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
}
random = numpy.random.default_rng(20261130)
writer = gguf.GGUFWriter(sys.argv[1], "gpt2")
for name, places in HALVES.items():
    kind = gguf.GGMLQuantizationType[name]
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (3, 2 * 256 // elements, size), dtype=numpy.uint8)
    for place in places:
        halves = random.uniform(-0.1, 0.1, blocks.shape[:2]).astype(numpy.float16)
        blocks[:, :, place : place + 2] = halves[:, :, None].view(numpy.uint8)
    rows = blocks.reshape(3, -1)
    writer.add_tensor(name, rows, raw_dtype=kind)
    writer.add_tensor(name + ".numbers", gguf.dequantize(rows, kind))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
