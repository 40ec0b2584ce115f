package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.trainer.loop.MemoryBudget;

import picocli.CommandLine.Option;

/// As what a model's keys and values are held while it generates.
final class CacheOptions {
    /// The types that can be asked for.
    enum Precision {
        F32(DType.F32),
        BF16(DType.BF16),
        Q8_0(DType.Q8_0);

        private final DType type;

        Precision(DType type) {
            this.type = type;
        }
    }

    @Option(
            names = "--cache",
            paramLabel = "TYPE",
            defaultValue = "F32",
            description =
                    "F32 (default), BF16 or Q8_0: keys and values of the context are rounded to 16"
                            + " or 8.5 bits a number, so that they take less memory.")
    private Precision cache = Precision.F32;

    DType type() {
        return cache.type;
    }

    /// The model with its keys and values held so.
    Model model(Model model) {
        return model.withCache(type());
    }

    /// Type and size of the keys and values of some texts.
    ///
    /// @param gpt what [#model] made
    static String size(Backend backend, Model gpt, int texts) {
        long bytes = backend.plan(GenerationPrograms.of(gpt, texts).programs()).bytes(Role.CACHE);
        return MemoryBudget.format(bytes);
    }
}
