"""Blocks of numbers and what the package gguf makes of them, for BlockCodecTest.

With gguf 0.19.0 and numpy 2.4.6:

    python blocks.py    writes blocks.bin beside this file: for each block its 32 numbers (F32,
                        little-endian), the 34 bytes of Q8_0, the 18 bytes of Q4_0, and the 32 numbers
                        that gguf reads back from either
"""

import pathlib

import numpy
from gguf import GGMLQuantizationType, quants

random = numpy.random.default_rng(20261130)


def blocks():
    for exponent in range(-40, 18):
        yield random.standard_normal(32) * 2.0**exponent
    for _ in range(60):
        yield random.uniform(-1, 1, 32) * 10.0 ** random.uniform(-4, 2)
    for _ in range(20):  # quotients that lie on halves: whole numbers beside 127, and beside 8
        whole = random.integers(-253, 254, 32) / 2
        whole[random.integers(32)] = 127
        yield whole
        sixteenths = random.integers(-16, 17, 32) / 2
        sixteenths[random.integers(32)] = random.choice([-8, 8])
        yield sixteenths
    for _ in range(10):  # the largest magnitude with both signs
        both = random.uniform(-1, 1, 32)
        first, second = random.choice(32, 2, replace=False)
        both[first], both[second] = 1.5, -1.5
        yield both
    for index in (0, 15, 16, 31):
        one = numpy.zeros(32)
        one[index] = -3.25
        yield one
    yield numpy.zeros(32)
    yield -numpy.zeros(32)
    yield numpy.full(32, 0.1)
    yield numpy.full(32, 1e-30)
    yield numpy.full(32, 8e6)


def quantized(numbers, kind):
    stored = quants.quantize(numbers, kind)
    back = quants.dequantize(stored, kind).astype("<f4")
    return stored.tobytes(), back.tobytes()


with open(pathlib.Path(__file__).parent / "blocks.bin", "wb") as file:
    for block in blocks():
        numbers = block.astype("<f4")
        # 65504 * 8 is the largest magnitude that has a scale in Q4_0.
        numbers = numpy.clip(numbers, -524032, 524032)
        eight, eight_back = quantized(numbers, GGMLQuantizationType.Q8_0)
        four, four_back = quantized(numbers, GGMLQuantizationType.Q4_0)
        file.write(numbers.tobytes() + eight + four + eight_back + four_back)
