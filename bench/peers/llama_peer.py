"""The generation of `gpt bench generate` by llama.cpp, paced like it.

Prints what the job is, then reads a line for each burst it is to do, SECONDS COUNT, and answers with the times: a JSON
object a line. compare_llama.py lets this and ours take turns.

    python llama_peer.py LIBRARIES MODEL.gguf --streams 1 --prompt-tokens 16 --new-tokens 64 --threads 2

LIBRARIES is a folder that holds llama.cpp's shared libraries, such as `bins/linux-x64` of the npm package
@node-llama-cpp/linux-x64. Needs numpy. Keys and values are what llama.cpp takes by itself, halves.
"""

import argparse
import ctypes
import json
import random
import resource
import sys
import time
from pathlib import Path

import numpy

SEED = 1337
# What llama.cpp's default number of threads is; it tells where both numbers of threads lie.
DEFAULT_THREADS = 4


class Settings(ctypes.Structure):
    """A structure of settings that is returned and passed by value. Later versions add fields, so it is larger than any
    of them: what is behind the last field is never looked at."""

    _fields_ = [("words", ctypes.c_int32 * 256)]


class Batch(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int32),
        ("token", ctypes.POINTER(ctypes.c_int32)),
        ("embedding", ctypes.c_void_p),
        ("position", ctypes.POINTER(ctypes.c_int32)),
        ("sequences", ctypes.POINTER(ctypes.c_int32)),
        ("sequence", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))),
        ("logits", ctypes.POINTER(ctypes.c_int8)),
    ]


LOG = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


@LOG
def silent(level, text, data):
    pass


def libraries(folder):
    for name in ("libggml-base", "libggml", "libllama"):
        files = sorted(folder.glob(name + ".*so*")) or sys.exit(f"llama_peer: {folder} holds no {name}")
        library = ctypes.CDLL(str(files[0]), ctypes.RTLD_GLOBAL)
        if name == "libggml":
            library.ggml_backend_load_all_from_path(str(folder).encode())
    for name in ("llama_model_load_from_file", "llama_init_from_model", "llama_model_get_vocab", "llama_get_memory"):
        getattr(library, name).restype = ctypes.c_void_p
    library.llama_model_default_params.restype = Settings
    library.llama_context_default_params.restype = Settings
    library.llama_batch_init.restype = Batch
    library.llama_get_logits_ith.restype = ctypes.POINTER(ctypes.c_float)
    return library


class Job:
    def __init__(self, o):
        self.o, self.llama = o, libraries(Path(o.libraries).resolve())
        self.llama.llama_log_set(silent, None)
        self.llama.llama_backend_init()
        self.model = self.llama.llama_model_load_from_file(o.model.encode(), self.llama.llama_model_default_params())
        if not self.model:
            sys.exit(f"llama_peer: llama.cpp does not open {o.model}")
        vocabulary = ctypes.c_void_p(self.llama.llama_model_get_vocab(ctypes.c_void_p(self.model)))
        self.tokens = self.llama.llama_vocab_n_tokens(vocabulary)
        self.context = ctypes.c_void_p(self.llama.llama_init_from_model(ctypes.c_void_p(self.model), self.settings()))
        self.memory = ctypes.c_void_p(self.llama.llama_get_memory(self.context))
        self.batch = self.llama.llama_batch_init(o.streams * o.prompt_tokens, 0, 1)
        chance = random.Random(SEED)
        self.prompts = [[chance.randrange(self.tokens) for _ in range(o.prompt_tokens)] for _ in range(o.streams)]

    def settings(self):
        o, settings = self.o, self.llama.llama_context_default_params()
        words = settings.words
        threads = next(i for i in range(4, 16) if words[i] == words[i + 1] == DEFAULT_THREADS)
        words[0] = o.streams * (o.prompt_tokens + o.new_tokens + 256)
        words[1] = max(512, o.streams * o.prompt_tokens)
        words[3] = o.streams
        words[threads] = words[threads + 1] = o.threads
        return settings

    def facts(self):
        tokens = self.o.streams * self.o.new_tokens
        return {"device": f"llama.cpp, {self.o.threads} threads", "unit": "token", "units": tokens, "tokens": tokens}

    def decode(self, rows, position):
        """Reads tokens of all streams, and returns the likeliest token behind each."""
        batch, at, last = self.batch, 0, []
        for stream, row in enumerate(rows):
            for i, token in enumerate(row):
                batch.token[at], batch.position[at], batch.sequences[at] = token, position + i, 1
                batch.sequence[at][0] = stream
                batch.logits[at] = i == len(row) - 1
                at += 1
            last.append(at - 1)
        batch.count = at
        if self.llama.llama_decode(self.context, batch) != 0:
            sys.exit("llama_peer: llama_decode failed")
        return [
            [int(numpy.ctypeslib.as_array(self.llama.llama_get_logits_ith(self.context, i), (self.tokens,)).argmax())]
            for i in last
        ]

    def run(self):
        self.llama.llama_memory_clear(self.memory, ctypes.c_bool(True))
        begin = time.perf_counter()
        rows = self.decode(self.prompts, 0)
        first = time.perf_counter()
        for i in range(self.o.new_tokens - 1):
            rows = self.decode(rows, self.o.prompt_tokens + i)
        end = time.perf_counter()
        return {"milliseconds": 1e3 * (end - begin), "firstMilliseconds": 1e3 * (first - begin)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("libraries")
    parser.add_argument("model")
    for name, value in (("streams", 1), ("prompt-tokens", 16), ("new-tokens", 64), ("threads", 2)):
        parser.add_argument("--" + name, type=int, default=value)
    job = Job(parser.parse_args())
    print(json.dumps(job.facts()), flush=True)
    for line in sys.stdin:
        seconds, count = line.split()
        end, timings = time.perf_counter() + float(seconds), []
        while len(timings) < int(count) and (not timings or time.perf_counter() < end):
            timings.append(job.run())
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"timings": timings, "peakBytes": peak}), flush=True)


main()
