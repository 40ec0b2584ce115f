#!/usr/bin/env python3
"""Translates a PTX module, as TornadoVM makes it, to C, so that a kernel can run without a GPU.

    ptx_to_c.py KERNEL.ptx >KERNEL.c

A work-item is a record of its registers. `step` runs it as far as its next barrier and gives the
barrier's number, or 0 at its end, so that a group is a loop over its work-items between barriers,
in either order, and work-items that wait at different barriers are seen. Registers and shared
memory start with all bits set: NaN, and indices out of bounds. What it does not know of PTX ends
the translation; the rounding of approximate functions (ex2, div.full) is the host's.
"""

import re
import sys

TYPES = {
    "u64": "uint64_t", "s64": "int64_t", "b64": "uint64_t", "u32": "uint32_t", "s32": "int32_t",
    "b32": "uint32_t", "u16": "uint16_t", "s16": "int16_t", "b16": "uint16_t", "u8": "uint8_t",
    "s8": "int8_t", "b8": "uint8_t", "f32": "float", "f64": "double", "pred": "int",
}
SIZES = {name: int(name[1:]) // 8 for name in TYPES if name != "pred"}
INFIX = {"add": "+", "sub": "-", "mul": "*", "and": "&", "or": "|", "xor": "^"}
COMPARE = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
           "lo": "<", "ls": "<=", "hi": ">", "hs": ">="}
FUNCTIONS = {"ex2": "exp2f", "lg2": "log2f", "sqrt": "sqrtf", "sin": "sinf", "cos": "cosf",
             "tanh": "tanhf", "abs": "fabsf", "min": "fminf", "max": "fmaxf"}
ROUNDINGS = {"rzi": "trunc", "rni": "rint", "rmi": "floor", "rpi": "ceil"}
TESTS = {"finite": "isfinite", "infinite": "isinf", "number": "!isnan", "notanumber": "isnan",
         "normal": "isnormal"}

FRAME = """#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint32_t tid[3], ctaid[3], ntid[3], nctaid[3];
  char *shared;
  int at;
@REGISTERS@
  char local[@LOCAL@];
} Item;

static const char *parameters;

static float float_of(uint32_t bits) { float f; memcpy(&f, &bits, 4); return f; }
static double double_of(uint64_t bits) { double d; memcpy(&d, &bits, 8); return d; }

static char *inside(char *memory, int size, int64_t at, int bytes, const char *what) {
  if (at < 0 || at + bytes > size) {
    fprintf(stderr, "kernel check: @NAME@ reaches %s memory at %lld of %d bytes\\n", what,
            (long long) at, size);
    abort();
  }
  return memory + at;
}
#define SHARED(at, bytes) inside(t->shared, @SHARED@, at, bytes, "shared")
#define LOCAL(at, bytes) inside(t->local, @LOCAL@, at, bytes, "local")

static int step(Item *t) {
  switch (t->at) {
@ENTRIES@
  }
@BODY@
  return 0;
}

void @NAME@(void **pointers, const char *packed, const unsigned *grid, int reverse) {
  char own[@BYTES@];
  if (packed) {
    memcpy(own, packed, sizeof own);
  } else {
@COPIES@
  }
  parameters = own;
  unsigned size = grid[3] * grid[4] * grid[5];
  Item *items = malloc(size * sizeof(Item));
  char *shared = malloc(@SHARED@);
  for (unsigned z = 0; z < grid[2]; z++)
    for (unsigned y = 0; y < grid[1]; y++)
      for (unsigned x = 0; x < grid[0]; x++) {
        memset(items, 0xff, size * sizeof(Item));
        memset(shared, 0xff, @SHARED@);
        for (unsigned i = 0; i < size; i++) {
          Item *t = &items[i];
          t->tid[0] = i % grid[3];
          t->tid[1] = i / grid[3] % grid[4];
          t->tid[2] = i / grid[3] / grid[4];
          t->ctaid[0] = x;
          t->ctaid[1] = y;
          t->ctaid[2] = z;
          memcpy(t->nctaid, grid, 12);
          memcpy(t->ntid, grid + 3, 12);
          t->shared = shared;
          t->at = 0;
        }
        int barrier;
        do {
          for (unsigned i = 0; i < size; i++) {
            Item *t = &items[reverse ? size - 1 - i : i];
            t->at = step(t);
            if (i == 0) barrier = t->at;
            if (t->at != barrier) {
              fprintf(stderr, "kernel check: work-items of @NAME@ wait at different barriers\\n");
              abort();
            }
          }
        } while (barrier);
      }
  free(items);
  free(shared);
}
"""


class Kernel:
    def __init__(self, text):
        text = re.sub(r"//[^\n]*", "", text)
        found = re.search(r"\.entry\s+(\w+)\s*\((.*?)\)\s*\{(.*)\}", text, re.S)
        self.name, parameters, body = found.groups()
        self.registers = {}
        self.arrays = {}  # name: (space, offset, bytes of an element)
        self.bytes = {"shared": 0, "local": 0, "param": 0}
        self.parameters = {}
        self.barriers = 0
        for parameter in parameters.split(","):
            words = parameter.split()
            kind = next(w[1:] for w in words if w[1:] in SIZES)
            self.parameters[words[-1]] = (self.place("param", SIZES[kind], SIZES[kind]), kind)
        self.code = []
        for statement in re.split(r"[;\n]", body):
            statement = statement.strip()
            label = re.match(r"(\w+):\s*", statement)
            if label:
                self.code.append(label.group(1) + ":;")
                statement = statement[label.end():]
            if statement:
                self.code += self.statement(statement)

    def place(self, space, size, alignment):
        start = -(-self.bytes[space] // alignment) * alignment
        self.bytes[space] = start + size
        return start

    def statement(self, s):
        declared = re.fullmatch(r"\.reg\s+\.(\w+)\s+(\w+)<(\d+)>", s)
        if declared:
            kind, name, count = declared.groups()
            self.registers[name] = (kind, int(count))
            return []
        declared = re.fullmatch(
            r"\.(shared|local)\s+(?:\.align\s+\d+\s+)?\.(\w+)\s+(\w+)\[(\d+)\]", s)
        if declared:
            space, kind, name, count = declared.groups()
            self.arrays[name] = (space, self.place(space, SIZES[kind] * int(count), 16), SIZES[kind])
            return []
        guarded = re.match(r"@(!?)(\w+)\s+", s)
        if not guarded:
            return [self.instruction(s)]
        condition = f"if ({guarded.group(1)}{self.value(guarded.group(2))}) "
        return [condition + "{ " + self.instruction(s[guarded.end():]) + " }"]

    def value(self, x):
        x = x.strip()
        register = re.fullmatch(r"([A-Za-z]+)(\d+)", x)
        if register and register.group(1) in self.registers:
            return f"t->{register.group(1)}[{register.group(2)}]"
        special = re.fullmatch(r"%(tid|ctaid|ntid|nctaid)\.([xyz])", x)
        if special:
            return f"t->{special.group(1)}[{'xyz'.index(special.group(2))}]"
        if x.startswith("0F"):
            return f"float_of(0x{x[2:]}u)"
        if x.startswith("0D"):
            return f"double_of(0x{x[2:]}ull)"
        if re.fullmatch(r"-?\d+", x):
            return x if -2**31 < int(x) < 2**31 else x + "ll"
        raise SystemExit(f"{self.name}: unknown operand {x}")

    def address(self, space, at, kind):
        pointer = f"*({TYPES[kind]} *) "
        indexed = re.fullmatch(r"(\w+)\[(.+)\]", at)
        if indexed:
            space, start, size = self.arrays[indexed.group(1)]
            index = f"{start} + (int64_t) {self.value(indexed.group(2))} * {size}"
            return f"{pointer}{space.upper()}({index}, {SIZES[kind]})"
        base, _, offset = at[1:-1].partition("+")
        if space == "param":
            return f"{pointer}(parameters + {self.parameters[base.strip()][0]} + {offset or 0})"
        if space == "global":
            return f"{pointer}(uintptr_t) ({self.value(base)} + {offset or 0})"
        raise SystemExit(f"{self.name}: unknown address {at}")

    def instruction(self, s):
        opcode, _, rest = s.partition(" ") if "\t" not in s else s.partition("\t")
        words = opcode.split(".")
        kind, name = words[-1], words[0]
        operands = [x.strip() for x in rest.split(",")] if rest.strip() else []
        if name == "ret":
            return "return 0;"
        if name == "bra":
            return f"goto {operands[0]};"
        if name in ("bar", "barrier"):
            self.barriers += 1
            return f"return {self.barriers}; wait{self.barriers}:;"
        if name == "st":
            return f"{self.address(words[1], operands[0], kind)} = {self.value(operands[1])};"
        target = self.value(operands[0])
        if name == "ld":
            return f"{target} = {self.address(words[1], operands[1], kind)};"
        values = [self.value(x) for x in operands[1:]]
        return f"{target} = {self.result(s, words, name, kind, values)};"

    def result(self, s, words, name, kind, v):
        c = TYPES[kind]
        isfloat = kind in ("f32", "f64")
        # Integers wrap, which C promises of unsigned ones alone.
        wraps = c if isfloat or kind == "pred" else TYPES["u" + kind[1:]]
        typed = [f"({c}) ({x})" for x in v]
        if name == "mov":
            return typed[0]
        if name == "cvt":
            return self.converted(words, v[0])
        if kind == "pred" and name in ("and", "or", "xor", "not"):
            return f"!{v[0]}" if name == "not" else f"{v[0]} {INFIX[name]} {v[1]}"
        if name == "mul" and "wide" in words:
            wide = "int64_t" if kind[0] == "s" else "uint64_t"
            return f"({wide}) {typed[0]} * ({wide}) {typed[1]}"
        if name in INFIX:
            return f"({c}) (({wraps}) ({v[0]}) {INFIX[name]} ({wraps}) ({v[1]}))"
        if name in ("mad", "fma"):
            if isfloat:
                return f"fmaf({', '.join(v)})"
            return f"({c}) (({wraps}) ({v[0]}) * ({wraps}) ({v[1]}) + ({wraps}) ({v[2]}))"
        if name in ("div", "rem"):
            return f"{typed[0]} {'/' if name == 'div' else '%'} {typed[1]}"
        if name in ("shl", "shr"):
            # Of bits: what comes in from the left is 0. Distances are not masked.
            shifted = f"({c}) ({wraps}) ({v[0]}) << ({v[1]})" if name == "shl" else (
                f"{typed[0]} >> ({v[1]})")
            beyond = f"({c}) ({v[0]}) < 0 ? -1 : 0" if name == "shr" and kind[0] == "s" else "0"
            return f"(uint32_t) ({v[1]}) < {kind[1:]} ? {shifted} : ({beyond})"
        if name == "setp":
            return f"{typed[0]} {COMPARE[words[1]]} {typed[1]}"
        if name == "selp":
            return f"{v[2]} ? {typed[0]} : {typed[1]}"
        if name == "testp":
            return f"{TESTS[words[1]]}({v[0]})"
        if name == "neg":
            return f"-({c}) ({v[0]})" if isfloat else f"({c}) (0 - ({wraps}) ({v[0]}))"
        if name == "not":
            return f"({c}) ~({v[0]})"
        if name in ("min", "max") and not isfloat:
            return f"{typed[0]} {'<' if name == 'min' else '>'} {typed[1]} ? {typed[0]} : {typed[1]}"
        if name == "abs" and not isfloat:
            return f"{typed[0]} < 0 ? -{typed[0]} : {typed[0]}"
        if name == "rsqrt":
            return f"1 / sqrtf({v[0]})"
        if name == "rcp":
            return f"1 / ({v[0]})"
        if name in FUNCTIONS and kind == "f32":
            return f"{FUNCTIONS[name]}({', '.join(v)})"
        raise SystemExit(f"{self.name}: unknown instruction {s}")

    def converted(self, words, x):
        to, of = words[-2], words[-1]
        value = f"({TYPES[of]}) ({x})"
        rounding = next((ROUNDINGS[w] for w in words if w in ROUNDINGS), None)
        if of[0] != "f" or rounding is None:
            return f"({TYPES[to]}) {value}"
        if to[0] == "f":
            return f"({TYPES[to]}) {rounding}({value})"
        # PTX clamps to the integer's range, and makes 0 of NaN.
        bits = int(to[1:]) - (to[0] == "s")
        low = f"-0x1p{bits}" if to[0] == "s" else "0.0"
        low_value = f"(-{2 ** bits - 1}ll - 1)" if to[0] == "s" else "0"
        d = f"{rounding}({value})"
        return (f"isnan({value}) ? 0 : {d} >= 0x1p{bits} ? ({TYPES[to]}) {2 ** bits - 1}ull :"
                f" {d} <= {low} ? ({TYPES[to]}) {low_value} : ({TYPES[to]}) {d}")

    def c(self):
        lines = "\n".join
        parts = {
            "NAME": self.name,
            "REGISTERS": lines(f"  {TYPES[kind]} {name}[{count}];"
                               for name, (kind, count) in self.registers.items()),
            "LOCAL": str(self.bytes["local"] + 1),
            "SHARED": str(self.bytes["shared"] + 1),
            "BYTES": str(self.bytes["param"]),
            "ENTRIES": lines(f"    case {i}: goto wait{i};" for i in range(1, self.barriers + 1)),
            "COPIES": lines(f"    memcpy(own + {at}, pointers[{i}], {SIZES[kind]});"
                            for i, (at, kind) in enumerate(self.parameters.values())),
            "BODY": lines("  " + line for line in self.code),
        }
        return re.sub(r"@(\w+)@", lambda m: parts[m.group(1)], FRAME)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as source:
        print(Kernel(source.read()).c())
