package io.tornadogpt.examples;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.adapter.LoraConfig;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.Parameter;

/// Chapter 4 and appendix E of "Build a Large Language Model (From Scratch)" by Sebastian Raschka:
/// how many parameters models and adapters have. Nothing is allocated for that.
///
/// Read next: [Architecture], what a model is made of.
public final class BookSizes {
    private static final int RANK = 16;

    private BookSizes() {}

    /// Takes no arguments.
    public static void main(String[] args) {
        System.out.println("model        own head, book             head tied to embeddings, book");
        sizes("gpt2-small", 12, 12, 768, 163_009_536, 124_412_160);
        sizes("gpt2-medium", 24, 16, 1024, 406_212_608, 354_749_440);
        sizes("gpt2-large", 36, 20, 1280, 838_220_800, 773_891_840);
        sizes("gpt2-xl", 48, 25, 1600, 1_637_792_000, 1_557_380_800);

        // GPT-2 as it was published, which has biases for queries, keys and values.
        var gpt2 = GptConfig.builder().blockSize(1024).bias(true).build().model();
        var spam = new Model(gpt2.with(new Task.Labels(2, Task.Pooling.LAST)));
        LoraConfig adapter = LoraConfig.ofRank(RANK);
        System.out.printf("%nadapter of rank %d%n", RANK);
        adapter(
                "q, k, v apart, with the head for two labels",
                spam.with(
                        adapter.withTargets(
                                "c_attn.q",
                                "c_attn.k",
                                "c_attn.v",
                                "attn.c_proj",
                                "c_fc",
                                "mlp.c_proj",
                                "score")),
                2_666_528);
        adapter(
                "q, k, v as one layer, without the head",
                new Model(gpt2).with(adapter.withTargets(LoraConfig.ALL_LINEAR)),
                2_359_296);
    }

    /// The book's models have no biases for queries, keys and values, as GPT-Neo's have not, and
    /// are like GPT-2's otherwise.
    private static void sizes(
            String name, int layers, int heads, int channels, long own, long tied) {
        var config =
                GptConfig.builder()
                        .family(GptConfig.Family.GPT_NEO)
                        .nLayer(layers)
                        .nHead(heads)
                        .nEmbd(channels)
                        .blockSize(1024)
                        .bias(true);
        System.out.printf(
                "%-12s %,13d %,13d %,13d %,13d%n",
                name,
                new Model(config.tiedHead(false).build()).parameterCount(),
                own,
                new Model(config.tiedHead(true).build()).parameterCount(),
                tied);
    }

    /// A new head is trained as a whole beside its adapter here; the book leaves it as it is drawn.
    private static void adapter(String what, Model model, long book) {
        long count = 0;
        long whole = 0;
        for (Parameter parameter : model.adapterParameters()) {
            boolean narrow = parameter.spec().name().contains("lora");
            count += narrow ? parameter.spec().elements() : 0;
            whole += narrow ? 0 : parameter.spec().elements();
        }
        System.out.printf("  %-46s %,9d   book: %,d%n", what, count, book);
        if (whole > 0) {
            System.out.printf("  %-46s %,9d%n", "and the head itself, which is new", whole);
        }
    }
}
