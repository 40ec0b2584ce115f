package io.tornadogpt.kernels.examples;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Lists the programs about single kernels, or runs one of them: what `./gpt kernel` does.
public final class KernelExamples {
    /// An example's program.
    @FunctionalInterface
    private interface Program {
        void run(String... arguments) throws Exception;
    }

    /// @param idea that it shows
    private record Example(String idea, Program program) {}

    private static final Map<String, Example> ALL = new LinkedHashMap<>();

    static {
        ALL.put(
                "OwnKernel",
                new Example(
                        "a kernel of your own with two bugs, and what the emulator says of each",
                        OwnKernel::main));
        ALL.put(
                "OwnOp",
                new Example(
                        "an operation of your own, from its definition to its check", OwnOp::main));
        ALL.put(
                "OneKernel",
                new Example(
                        "softmax in a task graph, timed on every device beside plain Java",
                        OneKernel::main));
        ALL.put(
                "KernelSource",
                new Example(
                        "the OpenCL C or CUDA C of an op case's kernels; needs --device tornado",
                        KernelSource::main));
    }

    private KernelExamples() {}

    /// @param arguments name of an example and its arguments; nothing lists them
    public static void main(String[] arguments) throws Exception {
        Locale.setDefault(Locale.ROOT); // numbers are the same everywhere
        if (arguments.length == 0 || arguments[0].startsWith("-")) {
            list();
            return;
        }
        Example example = ALL.get(arguments[0]);
        if (example == null) {
            System.err.printf(
                    "gpt: there is no program about kernels called '%s'; those that there are:"
                            + " %s%n",
                    arguments[0], String.join(", ", ALL.keySet()));
            System.exit(2);
            return;
        }
        example.program.run(Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    private static void list() {
        System.out.println("Programs about single kernels: ./gpt kernel [--device tornado] NAME\n");
        ALL.forEach((name, example) -> System.out.printf("  %-14s%s%n", name, example.idea));
        System.out.println(
                "\nTheir sources: kernel-examples/src/main/java/io/tornadogpt/kernels/examples");
    }
}
