"""Writes golden.safetensors beside this script, with the reference implementation.

Made with Python 3.11, safetensors 0.8.0 and numpy 2.4.6:
    pip install safetensors==0.8.0 numpy==2.4.6 && python golden.py
"""

import pathlib

import numpy as np
from safetensors import TensorSpec, serialize_file

tensors = {
    "f32": np.array([[0.0, -0.0, 1.5], [np.inf, -np.inf, 3.4028235e38]], dtype=np.float32),
    "f16": np.array([1.0, -2.5, 65504.0, 6e-8, np.inf], dtype=np.float16),
    "f64": np.array([0.1, -1e300, 5e-324], dtype=np.float64),
    "i8": np.array([-128, 0, 127], dtype=np.int8),
    "i16": np.array([-32768, 32767], dtype=np.int16),
    "i32": np.array([[-(2**31)], [2**31 - 1]], dtype=np.int32),
    "i64": np.array([-(2**63), 2**63 - 1], dtype=np.int64),
    "u8": np.array([0, 255], dtype=np.uint8),
    "u16": np.array([65535], dtype=np.uint16),
    "u32": np.array([4294967295], dtype=np.uint32),
    "bool": np.array([True, False, True]),
    "scalar": np.array(42.0, dtype=np.float32),
    "empty": np.zeros((0, 3), dtype=np.float32),
    "näme \"quoted\" 令牌 😀": np.array([7.0], dtype=np.float32),
}


def spec(array, dtype=None):
    return TensorSpec(
        dtype=dtype or array.dtype.name,
        shape=array.shape,
        data_ptr=array.ctypes.data,
        data_len=array.nbytes,
    )


specs = {name: spec(array) for name, array in tensors.items()}
# NumPy has no bfloat16: the upper halves of 1.0, -3.140625, infinity and 2^-133 (a denormal).
bf16 = np.array([0x3F80, 0xC049, 0x7F80, 0x0001], dtype=np.uint16)
specs["bf16"] = spec(bf16, "bfloat16")

# One key: the library writes several in an order that changes from run to run.
metadata = {"text": "tabs\tand \"quotes\" and ünïcode"}
serialize_file(specs, pathlib.Path(__file__).with_name("golden.safetensors"), metadata=metadata)
