package io.tornadogpt.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/// A JVM without `--add-exports` has no continuations: there, work-items are threads.
class ThreadsTest {

    @Test
    @Timeout(value = 120, unit = SECONDS)
    void workItemsThatAreThreadsComputeAndFindTheSame() throws Exception {
        Process jvm =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                classes(EmulatorFinding.class)
                                        + File.pathSeparator
                                        + classes(ThreadsTest.class),
                                Kernels.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, jvm.waitFor(), output);
        assertEquals("true BARRIER OUT_OF_BOUNDS", output.strip());
    }

    private static String classes(Class<?> type) throws URISyntaxException, IOException {
        String resource = "/" + type.getName().replace('.', '/') + ".class";
        String url = String.valueOf(type.getResource(resource));
        return Path.of(new URI(url.substring(0, url.length() - resource.length()))).toString();
    }

    /// Runs in the other JVM.
    static final class Kernels {

        private Kernels() {}

        public static void main(String[] arguments) {
            boolean right =
                    Arrays.equals(
                            MatMuls.plain(9, 10, 17),
                            MatMuls.run(SampleKernels::matMul, 9, 10, 17));
            Kind divergence = finds(() -> MatMuls.run(BuggyKernels::matMulEarlyReturn, 9, 8, 8));
            Kind bounds = finds(() -> MatMuls.run(BuggyKernels::matMulOffByOne, 8, 8, 8));
            System.out.println(right + " " + divergence + " " + bounds);
        }

        private static Kind finds(Runnable work) {
            try {
                work.run();
            } catch (EmulatorFinding finding) {
                return finding.kind();
            }
            throw new IllegalStateException("nothing was found");
        }
    }
}
