package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Starts the script `gpt` in a small checkout, with a Java that prints its arguments and a Maven
/// that makes empty jars.
@DisabledOnOs(OS.WINDOWS)
@Timeout(60)
class LauncherTest {
    private static final Path LAUNCHER = Path.of("..", "gpt").toAbsolutePath().normalize();
    private static final String WARNING = "WARNING: Using incubator modules: jdk.incubator.vector";

    @TempDir Path folder;
    private Path root;
    private final Map<String, String> environment = new TreeMap<>();

    private record Ended(int exitCode, List<String> out, String err) {}

    @BeforeEach
    void makeCheckout() throws IOException {
        root = Files.createDirectories(folder.resolve("a checkout"));
        Files.copy(LAUNCHER, root.resolve("gpt"), StandardCopyOption.COPY_ATTRIBUTES);
        write("pom.xml", "<project/>");
        write("cli/pom.xml", "<project/>");
        write("cli/src/main/Gpt.java", "class Gpt {}");
        Files.createDirectories(root.resolve(".mvn"));
        program(
                "jdk/bin/java",
                """
                printf '%s\\n' "$@"
                printf 'charset %s\\n' "$(locale charmap)"
                echo '<WARNING>' >&2
                echo 'another line' >&2
                """
                        .replace("<WARNING>", WARNING));
        program("jdk/bin/javac", "");
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.3\"\n");
        program(
                "bin/mvn",
                """
                echo run >> '<COUNT>'
                echo '[INFO] Building TornadoGPT core 0.1.0-SNAPSHOT  [2/3]'
                [ -z "${FAILS:-}" ] || { echo '[ERROR] no such symbol'; echo '[ERROR] -> [Help 1]'; exit 1; }
                [ -z "${SLOW:-}" ] || sleep 1
                mkdir -p cli/target/gpt/lib examples/target kernel-examples/target
                touch examples/target/tornadogpt-examples-1.jar
                touch kernel-examples/target/tornadogpt-kernel-examples.jar
                touch cli/target/gpt/lib/java.options cli/target/gpt/lib/tornadogpt-cli.jar
                """
                        .replace("<COUNT>", folder.resolve("builds").toString()));
        environment.put("JDK25_HOME", folder.resolve("jdk").toString());
        environment.put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        environment.put("HOME", folder.toString());
    }

    private void write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void program(String name, String script) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + script);
        assertTrue(file.toFile().setExecutable(true));
    }

    private Process start(String... arguments) throws IOException {
        var words = new ArrayList<>(List.of(root.resolve("gpt").toString()));
        words.addAll(List.of(arguments));
        var builder = new ProcessBuilder(words);
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Ended end(Process process) throws IOException, InterruptedException {
        byte[] out = process.getInputStream().readAllBytes();
        byte[] err = process.getErrorStream().readAllBytes();
        return new Ended(
                process.waitFor(),
                new String(out, StandardCharsets.UTF_8).lines().toList(),
                new String(err, StandardCharsets.UTF_8));
    }

    private Ended gpt(String... arguments) throws IOException, InterruptedException {
        return end(start(arguments));
    }

    private int builds() throws IOException {
        Path count = folder.resolve("builds");
        return Files.exists(count) ? Files.readAllLines(count).size() : 0;
    }

    @Test
    void javaIsStartedWithoutItsWarningAndTheRestOfStandardErrorArrives() throws Exception {
        gpt("--version");
        Ended ended = gpt("--version");
        assertEquals(0, ended.exitCode);
        assertEquals("another line\n", ended.err);
        assertEquals("--version", ended.out.get(ended.out.size() - 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"@notes.txt", "a -h b", "", "--device=tornado", "-h", "*", "caf\u00e9"})
    void argumentsArriveAsTheyWereTyped(String text) throws Exception {
        gpt("--version");
        Ended ended = gpt("eval", "--prompt", text);
        int size = ended.out.size();
        assertEquals(List.of("eval", "--prompt", text), ended.out.subList(size - 4, size - 1));
        // Help alone is compiled less, and a device that is text chooses nothing.
        assertFalse(ended.out.contains("-XX:TieredStopAtLevel=1"), ended.toString());
        assertTrue(
                ended.out.contains("@" + root.resolve("cli/target/gpt/lib/java.options")),
                ended.toString());
    }

    @ParameterizedTest
    @CsvSource({"eval -h, true", "--help, true", "help eval, true", "eval -- -h, false"})
    void onlyAnOptionAsksForHelp(String arguments, boolean help) throws Exception {
        gpt("--version");
        Ended ended = gpt(arguments.split(" "));
        assertEquals(help, ended.out.contains("-XX:TieredStopAtLevel=1"), ended.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "LANG, C",
        "LANG, en_XX.UTF-8",
        "LC_CTYPE, UTF-8",
        "LC_ALL, en_XX.UTF-8",
        "LC_ALL, POSIX",
        "TZ, UTC"
    })
    void whatALocaleCannotHoldIsUtf8(String name, String value) throws Exception {
        assumeTrue(
                new ProcessBuilder("sh", "-c", "LC_ALL=C.UTF-8 locale charmap | grep -q UTF-8")
                                .start()
                                .waitFor()
                        == 0,
                "this system has no C.UTF-8");
        gpt("--version");
        environment.put(name, value);
        assertEquals("charset UTF-8", gpt("--version").out.getLast());
    }

    @Test
    void homeNeedNotBeSet() throws Exception {
        environment.remove("HOME");
        Ended ended = gpt("sample", "--device", "tornado");
        assertEquals(1, ended.exitCode);
        assertTrue(ended.err.contains("needs TornadoVM and found none"), ended.err);
        assertFalse(ended.err.contains("unbound"), ended.err);
    }

    @Test
    void whatIsStaleIsBuiltAndWhatWasOnlyTouchedIsNot() throws Exception {
        gpt("--version");
        assertEquals(1, builds());
        gpt("--version");
        assertEquals(1, builds());
        Path source = root.resolve("cli/src/main/Gpt.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        gpt("--version");
        assertEquals(1, builds(), "a file was touched");
        Thread.sleep(20); // the system's clock for files is coarse
        FileTime old = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
        Files.writeString(source, "class Gpt { }");
        Files.setLastModifiedTime(source, old);
        gpt("--version");
        assertEquals(2, builds(), "a file has other contents and an old time");
        Files.delete(source);
        write("cli/src/main/Other.java", "class Other {}");
        gpt("--version");
        assertEquals(3, builds(), "another file");
        gpt("--version");
        assertEquals(3, builds());
    }

    /// The cache for `sample` is made while somebody waits for the build anyway.
    @Test
    void commandsAreQuickFromTheFirstOneAfterABuild() throws Exception {
        assertTrue(gpt("info").err.contains("preparing faster starts"));
        Ended sample = gpt("sample", "--prompt", "a -h b");
        assertEquals("another line\n", sample.err);
    }

    @Test
    void helpOfDevicesIsPrintedOnce() throws Exception {
        gpt("--version");
        Ended ended = gpt("devices", "--help");
        assertEquals(1, ended.out.stream().filter("devices"::equals).count(), ended.toString());
    }

    /// One device that fails does not keep the others from being listed.
    @Test
    void failureOfADeviceIsToldAfterAllWereAsked() throws Exception {
        gpt("--version");
        program("jdk/bin/java", "case \"$*\" in *emulator*) echo second ;; *) exit 1 ;; esac");
        Ended ended = gpt("devices");
        assertEquals(1, ended.exitCode);
        assertEquals("second", ended.out.getFirst());
    }

    @Test
    void shellCheckHasNothingToSay() throws Exception {
        var check = new ProcessBuilder("shellcheck", LAUNCHER.toString());
        Process process;
        try {
            process = check.start();
        } catch (IOException e) {
            abort("shellcheck is not installed, so the launcher was not checked by it");
            return;
        }
        Ended ended = end(process);
        assertEquals(0, ended.exitCode, String.join("\n", ended.out) + ended.err);
    }

    @Test
    void buildIsSaidAndLeavesNoEscapeCodesInFiles() throws Exception {
        Ended ended = gpt("--version");
        assertTrue(ended.err.contains("building on first use"), ended.err);
        assertTrue(ended.err.contains("built in 0:0"), ended.err);
        assertFalse(ended.err.contains("\u001b"), ended.err);
    }

    @Test
    void failedBuildNamesTheReasonOnce() throws Exception {
        environment.put("FAILS", "yes");
        Ended ended = gpt("--version");
        assertEquals(1, ended.exitCode);
        assertTrue(ended.err.contains("\nno such symbol\n"), ended.err);
        assertTrue(ended.err.contains("gpt-build.log has all"), ended.err);
        assertFalse(ended.err.contains("Help"), ended.err);
        assertEquals(List.of(), ended.out);
    }

    @Test
    void secondFirstBuildWaitsForTheFirst() throws Exception {
        environment.put("SLOW", "yes");
        Process first = start("--version");
        Process second = start("--version");
        Ended one = end(first);
        Ended two = end(second);
        assertEquals(0, one.exitCode, one.err);
        assertEquals(0, two.exitCode, two.err);
        assertEquals(1, builds());
        assertTrue((one.err + two.err).contains("another process is building"), one.err + two.err);
    }

    @Test
    void hintsRepeatTheCommandAsItWasTyped() throws Exception {
        gpt("--version");
        String typed = "-Dtornadogpt.command=";
        assertTrue(gpt("--version").out.contains(typed + root.resolve("gpt")));
        Files.createSymbolicLink(folder.resolve("bin/gpt"), root.resolve("gpt"));
        var builder = new ProcessBuilder("sh", "-c", "gpt --version");
        builder.environment().clear();
        builder.environment().putAll(environment);
        assertTrue(end(builder.start()).out.contains(typed + "gpt"));
    }

    /// Listing sizes and times of all sources takes milliseconds; reading them takes longer.
    @Test
    void whereNothingChangedNoSourceIsRead() throws Exception {
        Path read = folder.resolve("read");
        program(
                "bin/cksum",
                """
                echo read >> '<READ>'
                PATH=${PATH#*:} exec cksum "$@"
                """
                        .replace("<READ>", read.toString()));
        for (int i = 0; i < 50; i++) {
            write("cli/src/main/p%d/Source%d.java".formatted(i % 7, i), "class C {}");
        }
        gpt("--version");
        assertTrue(Files.exists(read), "contents are noted after a build");
        gpt("--version");
        Files.delete(read);
        gpt("--version");
        assertFalse(Files.exists(read), "contents were read although nothing changed");
        Path source = root.resolve("cli/src/main/p1/Source1.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        gpt("--version");
        assertTrue(Files.exists(read), "a file was touched, so contents tell");
        assertEquals(1, builds());
    }
}
