package io.tornadogpt.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The loops over vectors are compiled into vector instructions, by counting what they allocate:
/// with the same results they would be ten times slower else, and no other test would notice.
class AllocationTest {
    @Test
    void compiledOperationsOfATrainingStepAllocateNothingForTheirElements() throws Exception {
        List<String> said = probe(List.of(), List.of("5000"));
        assertEquals(1, said.size(), String.join("\n", said));
        assertTrue(said.getFirst().startsWith("counted "), said.getFirst());
        assertTrue(Integer.parseInt(said.getFirst().substring(8)) > 20, said.getFirst());
    }

    /// What the test is for: without the compiler's knowledge of vectors it fails.
    @Test
    void loopsThatAreNotCompiledIntoVectorInstructionsAreFound() throws Exception {
        List<String> said =
                probe(
                        List.of("-XX:+UnlockExperimentalVMOptions", "-XX:-EnableVectorSupport"),
                        List.of("1000", "Activation"));
        String all = String.join("\n", said);
        assertTrue(all.contains("Activation"), all);
    }

    private static List<String> probe(List<String> options, List<String> arguments)
            throws Exception {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(launcherOptions());
        command.addAll(options);
        command.addAll(
                List.of(
                        "-Xbatch",
                        "-XX:+UseSerialGC",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        classPath(),
                        AllocationProbe.class.getName()));
        command.addAll(arguments);
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        List<String> said = process.inputReader().lines().toList();
        assertEquals(0, process.waitFor(), String.join("\n", said));
        return said;
    }

    /// What `./gpt` tells the compiler about the kernels.
    private static List<String> launcherOptions() throws IOException {
        Path file = Path.of("..", "cli", "src", "main", "image", "java.options");
        List<String> options =
                Files.readAllLines(file).stream()
                        .filter(line -> line.startsWith("-XX:CompileCommand="))
                        .toList();
        assertTrue(options.size() > 10, options.toString());
        return options;
    }

    private static String classPath() {
        return String.join(
                File.pathSeparator,
                System.getProperty("java.class.path"),
                System.getProperty("jdk.module.path", ""),
                Path.of("target", "classes").toAbsolutePath().toString(),
                Path.of("target", "test-classes").toAbsolutePath().toString());
    }
}
