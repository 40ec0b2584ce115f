package io.tornadogpt.trainer.data;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Java source text that most machines have: `java/lang` and `java/util` of java.base, from the
/// `lib/src.zip` of the JDK that runs.
///
/// Comments are left out. Two thirds of these files are documentation in HTML, and a licence stands
/// at the head of each; a small model that has to learn all of it writes tags rather than Java.
public record JdkSources(Path archive) {
    private static final List<String> FOLDERS =
            List.of("java.base/java/lang", "java.base/java/util");

    /// The sources of the running JDK, where it has any.
    public static Optional<JdkSources> find() {
        Path archive = Path.of(System.getProperty("java.home"), "lib", "src.zip");
        return Files.isReadable(archive) ? Optional.of(new JdkSources(archive)) : Optional.empty();
    }

    /// The folders that are read, as they are called in a sentence.
    public static String folders() {
        return "java.lang and java.util";
    }

    /// Writes the text to a file, in the order of the files' names.
    ///
    /// @param separator written behind each of them
    /// @return how many source files it consists of
    public int writeTo(Path target, String separator) throws IOException {
        int count = 0;
        try (FileSystem zip = FileSystems.newFileSystem(archive);
                Writer out = Files.newBufferedWriter(target)) {
            for (String folder : FOLDERS) {
                count += append(zip.getPath(folder), separator, out);
            }
        }
        return count;
    }

    /// Writes all sources of a module to a file, comments too, in the order of the files' names:
    /// much text rather than text that is easy to learn.
    ///
    /// @param module such as java.base
    /// @param separator written behind each of them
    /// @return how many source files it consists of
    public int writeModuleTo(Path target, String module, String separator) throws IOException {
        int count = 0;
        try (FileSystem zip = FileSystems.newFileSystem(archive);
                var files = Files.walk(zip.getPath(module));
                Writer out = Files.newBufferedWriter(target)) {
            for (Path file : files.filter(JdkSources::isClass).sorted().toList()) {
                out.write(Files.readString(file));
                out.write(separator);
                count++;
            }
        }
        return count;
    }

    private static int append(Path folder, String separator, Writer out) throws IOException {
        int count = 0;
        try (var files = Files.list(folder)) {
            for (Path file : files.filter(JdkSources::isClass).sorted().toList()) {
                out.write(JavaCode.withoutComments(Files.readString(file)));
                out.write('\n');
                out.write(separator);
                count++;
            }
        }
        return count;
    }

    private static boolean isClass(Path file) {
        @Nullable Path name = file.getFileName();
        return name != null
                && name.toString().endsWith(".java")
                && !name.toString().endsWith("-info.java");
    }
}
