package io.tornadogpt.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Who embeds the library must know of every class whether threads may share it. Records and enums
/// are values; what implements an interface keeps its promise.
class ThreadsTest {
    private static final List<String> LIBRARY =
            List.of(
                    "gpt-core",
                    "cpu-kernels",
                    "tokenizer",
                    "chat",
                    "gguf",
                    "hub",
                    "trainer",
                    "parallel",
                    "curation",
                    "evaluation",
                    "scaling",
                    "sampler",
                    "tornado-kernels");

    private static final Pattern EXPORTS = Pattern.compile("exports\\s+([\\w.]+)\\s*;");
    private static final Pattern CLASS =
            Pattern.compile(
                    "((?:^///.*\\n)+)(?:@.*\\n)*^public (?:\\w+ )*?class (\\w+)",
                    Pattern.MULTILINE);
    private static final Pattern SAID = Pattern.compile("thread|[Ii]mmutable");

    @Test
    void everyExportedClassSaysWhetherThreadsMayShareIt() throws IOException {
        var silent = new ArrayList<String>();
        int seen = 0;
        for (String module : LIBRARY) {
            Path sources = Path.of("..", module, "src/main/java");
            Matcher exported =
                    EXPORTS.matcher(Files.readString(sources.resolve("module-info.java")));
            while (exported.find()) {
                Path folder = sources.resolve(exported.group(1).replace('.', '/'));
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                        String source = Files.readString(file);
                        Matcher type = CLASS.matcher(source);
                        if (type.find() && holdsState(source, type.group(2))) {
                            seen++;
                            if (!SAID.matcher(type.group(1)).find()) {
                                silent.add(type.group(2));
                            }
                        }
                    }
                }
            }
        }
        assertTrue(seen > 40, seen + " classes were found");
        assertEquals(List.of(), silent);
    }

    /// Exceptions are values, and classes that nobody can make hold functions alone.
    private static boolean holdsState(String source, String name) {
        boolean exception = name.endsWith("Exception") || name.equals("DeviceFailure");
        return !exception && !source.contains("private " + name + "() {}");
    }
}
