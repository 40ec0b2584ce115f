import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Links an image: the command with the parts of Java that it needs, and with the options that the
/// launcher starts Java with.
///
/// `java tools/Image.java LAUNCHER MODULE_PATH IMAGE`
public final class Image {
    private Image() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path image = Path.of(args[2]);
        delete(image);
        String options =
                Stream.concat(
                                Stream.of("--add-modules=jdk.incubator.vector"),
                                optionsOf(Path.of(args[0])).stream())
                        .filter(option -> !option.startsWith("-XX:AOTCache"))
                        .filter(option -> !option.startsWith("-Xlog:"))
                        .collect(Collectors.joining(" "));
        ToolProvider jlink = ToolProvider.findFirst("jlink").orElseThrow();
        int code =
                jlink.run(
                        System.out,
                        System.err,
                        "--module-path",
                        args[1],
                        "--add-modules",
                        "io.tornadogpt.cli,io.tornadogpt.cpu,jdk.incubator.vector",
                        "--launcher",
                        "gpt=io.tornadogpt.cli/io.tornadogpt.cli.Gpt",
                        "--add-options",
                        options,
                        "--strip-debug",
                        "--no-header-files",
                        "--no-man-pages",
                        "--output",
                        image.toString());
        if (code != 0) {
            System.exit(code);
        }
        System.out.println("linked " + image);
    }

    private static List<String> optionsOf(Path launcher) throws IOException, InterruptedException {
        var builder = new ProcessBuilder("bash", launcher.toString(), "serve");
        builder.environment().put("GPT_SHOW_OPTIONS", "yes");
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = builder.start();
        List<String> lines;
        try (var reader = process.inputReader()) {
            lines = reader.lines().toList();
        }
        if (process.waitFor() != 0) {
            throw new IOException(launcher + " does not tell its options");
        }
        return lines;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
