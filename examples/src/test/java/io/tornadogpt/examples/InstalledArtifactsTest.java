package io.tornadogpt.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/// A Maven project of somebody else's that has the library from a Maven repository, by its BOM. Run
/// with `-Dtornadogpt.repository=FOLDER` after `mvn install`.
@EnabledIfSystemProperty(named = "tornadogpt.repository", matches = ".+")
class InstalledArtifactsTest {
    private static final Path SOURCE =
            Path.of("src/main/java/io/tornadogpt/examples/TrainAndSample.java");

    private static final String POM =
            """
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>outside</groupId>
              <artifactId>project</artifactId>
              <version>1</version>
              <properties>
                <maven.compiler.release>25</maven.compiler.release>
                <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
              </properties>
              <dependencyManagement>
                <dependencies>
                  <dependency>
                    <groupId>io.tornadogpt</groupId>
                    <artifactId>tornadogpt-bom</artifactId>
                    <version>VERSION</version>
                    <type>pom</type>
                    <scope>import</scope>
                  </dependency>
                </dependencies>
              </dependencyManagement>
              <dependencies>
                <dependency>
                  <groupId>io.tornadogpt</groupId>
                  <artifactId>tornadogpt-trainer</artifactId>
                </dependency>
                <dependency>
                  <groupId>io.tornadogpt</groupId>
                  <artifactId>tornadogpt-sampler</artifactId>
                </dependency>
                <dependency>
                  <groupId>io.tornadogpt</groupId>
                  <artifactId>tornadogpt-cpu-kernels</artifactId>
                  <scope>runtime</scope>
                </dependency>
              </dependencies>
              <build>
                <plugins>
                  <plugin>
                    <artifactId>maven-compiler-plugin</artifactId>
                    <version>3.14.1</version>
                  </plugin>
                  <plugin>
                    <artifactId>maven-resources-plugin</artifactId>
                    <version>3.4.0</version>
                  </plugin>
                  <plugin>
                    <artifactId>maven-dependency-plugin</artifactId>
                    <version>3.11.0</version>
                  </plugin>
                </plugins>
              </build>
            </project>
            """;

    @TempDir Path project;
    private List<String> libraries = List.of();

    @BeforeEach
    void build() throws Exception {
        String parent = Files.readString(Path.of("pom.xml"));
        int version = parent.indexOf("<version>") + "<version>".length();
        Files.writeString(
                project.resolve("pom.xml"),
                POM.replace("VERSION", parent.substring(version, parent.indexOf("</version>"))));
        Path sources = Files.createDirectories(project.resolve("src/main/java"));
        Files.writeString(
                sources.resolve("TrainAndSample.java"),
                Files.readAllLines(SOURCE).stream()
                        .filter(line -> !line.startsWith("package "))
                        .collect(Collectors.joining("\n")));
        execute(
                List.of(
                        "mvn",
                        "--offline",
                        "--batch-mode",
                        "--quiet",
                        "-Dmaven.repo.local=" + System.getProperty("tornadogpt.repository"),
                        "-Dmdep.outputFile=path",
                        "compile",
                        "dependency:build-classpath"));
        libraries =
                List.of(
                        Files.readString(project.resolve("path"))
                                .strip()
                                .split(File.pathSeparator));
    }

    private String execute(List<String> command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).directory(project.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.redirectErrorStream(true);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        return out;
    }

    private void run(String option, String... main) throws Exception {
        Files.writeString(
                project.resolve("text.txt"),
                String.join("", Collections.nCopies(90, "The cat sat on the mat. ")));
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path options = Path.of("../cli/src/main/image/java.options").toAbsolutePath();
        var command = new ArrayList<String>();
        command.addAll(List.of(java.toString(), "@" + options, option));
        command.addAll(List.of(main));
        command.addAll(List.of("text.txt", "5", "run"));
        assertTrue(execute(command).length() >= 200);
    }

    @Test
    void programRunsWithWhatInstallLeftOnTheClassPath() throws Exception {
        String path = project.resolve("target/classes") + File.pathSeparator;
        run("--class-path", path + String.join(File.pathSeparator, libraries), "TrainAndSample");
    }

    @Test
    void artifactsAreOnesThatInstallLeft() {
        assertTrue(
                libraries.stream().filter(jar -> jar.contains("tornadogpt-")).count() >= 5,
                libraries.toString());
        assertTrue(
                libraries.stream()
                        .allMatch(
                                jar -> jar.startsWith(System.getProperty("tornadogpt.repository"))),
                libraries.toString());
    }
}
