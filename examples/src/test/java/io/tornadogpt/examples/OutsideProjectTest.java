package io.tornadogpt.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A project of somebody else's: the program that the README shows, compiled and run beside the
/// library with nothing but its artifacts.
class OutsideProjectTest {
    private static final String PROGRAM = "TrainAndSample";
    private static final Path SOURCE =
            Path.of("src/main/java/io/tornadogpt/examples", PROGRAM + ".java");
    private static final int MOST_LINES = 25;

    @TempDir Path project;
    private Path text;

    @BeforeEach
    void writeProject() throws IOException {
        Files.writeString(project.resolve(PROGRAM + ".java"), program());
        text =
                Files.writeString(
                        project.resolve("text.txt"), "The cat sat on the mat. ".repeat(90));
    }

    /// The example without its package, as a user types it.
    private static String program() throws IOException {
        return Files.readAllLines(SOURCE).stream()
                .filter(line -> !line.startsWith("package "))
                .dropWhile(String::isBlank)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    @Test
    void theProgramIsShortAndStandsInTheReadme() throws IOException {
        long lines = program().lines().filter(line -> !line.isBlank()).count();
        assertTrue(lines <= MOST_LINES, lines + " lines");
        String readme = Files.readString(Path.of("../README.md"));
        assertTrue(readme.contains(program()), "the README shows another program");
    }

    @Test
    void trainsAndSamplesOnTheClassPath() throws Exception {
        compile("--class-path", libraries(), "-d", project.toString(), PROGRAM + ".java");
        String path = project + File.pathSeparator + libraries();
        assertSampled(run("--class-path", path, PROGRAM));
    }

    @Test
    void trainsAndSamplesOnTheModulePath() throws Exception {
        Files.writeString(
                project.resolve("module-info.java"),
                """
                module my.project {
                    requires io.tornadogpt.sampler;
                    requires io.tornadogpt.trainer;
                }
                """);
        Files.writeString(project.resolve(PROGRAM + ".java"), "package my.project;\n" + program());
        Path classes = project.resolve("classes");
        compile(
                "--module-path",
                libraries(),
                "-d",
                classes.toString(),
                "module-info.java",
                PROGRAM + ".java");
        String path = classes + File.pathSeparator + libraries();
        assertSampled(run("--module-path", path, "--module", "my.project/my.project." + PROGRAM));
    }

    private void compile(String... arguments) throws Exception {
        execute("javac", arguments);
    }

    private String run(String... arguments) throws Exception {
        var all = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector"));
        all.addAll(List.of(arguments));
        all.addAll(List.of(text.toString(), "5", project.resolve("run").toString()));
        return execute("java", all.toArray(String[]::new));
    }

    private String execute(String tool, String... arguments) throws Exception {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        command.addAll(List.of(arguments));
        Path errors = project.resolve(tool + ".err");
        Process process =
                new ProcessBuilder(command)
                        .directory(project.toFile())
                        .redirectError(errors.toFile())
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), Files.readString(errors));
        return output;
    }

    private static void assertSampled(String output) {
        assertEquals(200, output.length(), output);
        assertTrue(
                output.chars().allMatch(c -> "The cat sat on the mat. ".indexOf(c) >= 0), output);
    }

    /// The library's artifacts and what they need, from this test's own paths.
    private static String libraries() {
        return Stream.of("jdk.module.path", "java.class.path")
                .map(System::getProperty)
                .filter(Objects::nonNull)
                .flatMap(path -> Arrays.stream(path.split(File.pathSeparator)))
                .filter(OutsideProjectTest::isLibrary)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static boolean isLibrary(String element) {
        return !element.contains("examples")
                && (element.contains("tornadogpt-")
                        || element.endsWith("target" + File.separator + "classes")
                        || element.contains("jackson-")
                        || element.contains("jspecify"));
    }
}
