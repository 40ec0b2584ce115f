import com.google.googlejavaformat.java.GoogleJavaFormatToolProvider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Keeps every Java source of the repository in google-java-format's AOSP style.
///
/// `check` prints the files that are not and fails; `fix` rewrites them. Run by Maven, with the
/// formatter on the class path, from the repository's root.
void main(String[] args) throws IOException {
    boolean fix = args[0].equals("fix");
    List<String> options = new ArrayList<>(List.of("--aosp"));
    options.addAll(fix ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    options.addAll(sources(Path.of("")));

    int status =
            new GoogleJavaFormatToolProvider()
                    .run(System.out, System.err, options.toArray(String[]::new));
    if (status != 0 && !fix) {
        System.err.println(
                "The files above are not formatted; run: mvn -q -N -Pformat process-sources");
    }
    System.exit(status);
}

List<String> sources(Path root) throws IOException {
    try (var files = Files.walk(root)) {
        return files.map(Path::toString)
                .filter(file -> file.endsWith(".java") && !file.contains("target/"))
                .toList();
    }
}
