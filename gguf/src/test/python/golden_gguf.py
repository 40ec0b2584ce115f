"""Writes golden.gguf with the `gguf` wheel, for GoldenFileTest.

    pip install gguf==0.19.0 numpy
    python golden_gguf.py ../resources/io/tornadogpt/gguf/golden.gguf
"""

import sys

import gguf
import numpy

writer = gguf.GGUFWriter(sys.argv[1], "llama")
writer.add_uint8("t.uint8", 200)
writer.add_int8("t.int8", -100)
writer.add_uint16("t.uint16", 60000)
writer.add_int16("t.int16", -30000)
writer.add_uint32("t.uint32", 4000000000)
writer.add_int32("t.int32", -2000000000)
writer.add_uint64("t.uint64", 2**63 + 5)
writer.add_int64("t.int64", -(2**62))
writer.add_float32("t.float32", 1e-5)
writer.add_float64("t.float64", 0.1)
writer.add_bool("t.true", True)
writer.add_bool("t.false", False)
writer.add_string("t.text", "größer als 中文 🎉")
writer.add_array("t.texts", ["", "a", "ä🎉"])
writer.add_array("t.integers", [1, -2, 3])
writer.add_array("t.numbers", [0.5, -1.25])
writer.add_array("t.flags", [True, False, True])
rows = numpy.arange(64 * 3, dtype=numpy.float32).reshape(3, 64) / 64 - 1
writer.add_tensor("f32", rows)
writer.add_tensor("f16", rows.astype(numpy.float16))
writer.add_tensor("vector", rows[0, :5].copy())
for kind in ("BF16", "Q8_0", "Q4_0", "Q5_1"):
    number = gguf.GGMLQuantizationType[kind]
    writer.add_tensor(kind.lower(), gguf.quantize(rows, number), raw_dtype=number)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
