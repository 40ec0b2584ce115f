package io.tornadogpt.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.Map;

/// A Maven project of somebody else's that has the library from a Maven repository, by its BOM: on
/// the class path, on the module path, and within Spring Boot. Run with
/// `-Dtornadogpt.repository=FOLDER` after `mvn install`; Maven fetches Spring Boot to that folder.
@EnabledIfSystemProperty(named = "tornadogpt.repository", matches = ".+")
class InstalledArtifactsTest {
    private static final String REPOSITORY = System.getProperty("tornadogpt.repository", "");
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
                MORE
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

    private static final String MODULE =
            """
            module outside {
                requires io.tornadogpt.sampler;
                requires io.tornadogpt.trainer;
            }
            """;

    private static final String SPRING =
            """
            <dependency>
              <groupId>org.springframework.boot</groupId>
              <artifactId>spring-boot-starter</artifactId>
              <version>4.0.7</version>
            </dependency>
            """;

    /// A model as a bean, which the context closes.
    private static final String SPRING_PROGRAM =
            """
            package outside;

            import io.tornadogpt.sampler.Gpt;

            import org.springframework.beans.factory.annotation.Value;
            import org.springframework.boot.CommandLineRunner;
            import org.springframework.boot.SpringApplication;
            import org.springframework.boot.autoconfigure.SpringBootApplication;
            import org.springframework.context.annotation.Bean;

            import java.io.IOException;
            import java.nio.file.Path;

            @SpringBootApplication
            public class Continues {
                public static void main(String[] args) {
                    SpringApplication.run(Continues.class, args).close();
                }

                @Bean
                Gpt gpt(@Value("${model}") Path model) throws IOException {
                    return Gpt.load(model);
                }

                @Bean
                CommandLineRunner continuation(Gpt gpt) {
                    return args -> System.out.println("The text: " + gpt.complete("The "));
                }
            }
            """;

    @TempDir Path project;

    /// Builds a project around the README's program.
    ///
    /// @return the jars of all that it depends on
    private List<String> build(String dependencies, Map<String, String> sources) throws Exception {
        String parent = Files.readString(Path.of("pom.xml"));
        int version = parent.indexOf("<version>") + "<version>".length();
        String pom =
                POM.replace("VERSION", parent.substring(version, parent.indexOf("</version>")))
                        .replace("MORE", dependencies);
        Files.writeString(project.resolve("pom.xml"), pom);
        Path folder = Files.createDirectories(project.resolve("src/main/java"));
        Path program = Files.createDirectories(folder.resolve("outside"));
        Files.writeString(
                program.resolve("TrainAndSample.java"),
                Files.readString(SOURCE)
                        .replace("package io.tornadogpt.examples;", "package outside;"));
        for (var source : sources.entrySet()) {
            Files.writeString(folder.resolve(source.getKey()), source.getValue());
        }
        var command = new ArrayList<>(List.of("mvn", "--batch-mode", "--quiet"));
        if (dependencies.isEmpty()) {
            command.add("--offline");
        }
        command.addAll(
                List.of(
                        "-Dmaven.repo.local=" + REPOSITORY,
                        "-Dmdep.outputFile=path",
                        "compile",
                        "dependency:build-classpath"));
        execute(command);
        Files.writeString(
                project.resolve("text.txt"),
                String.join("", Collections.nCopies(90, "The cat sat on the mat. ")));
        return List.of(Files.readString(project.resolve("path")).strip().split(File.pathSeparator));
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

    /// Runs a program of the project's.
    private String java(String... arguments) throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path options = Path.of("../cli/src/main/image/java.options").toAbsolutePath();
        var command = new ArrayList<>(List.of(java.toString(), "@" + options));
        command.addAll(List.of(arguments));
        return execute(command);
    }

    private String path(List<String> libraries) {
        return project.resolve("target/classes")
                + File.pathSeparator
                + String.join(File.pathSeparator, libraries);
    }

    @Test
    void programRunsWithWhatInstallLeftOnTheClassPath() throws Exception {
        List<String> libraries = build("", Map.of());
        List<String> own = libraries.stream().filter(jar -> jar.contains("tornadogpt-")).toList();
        assertTrue(own.size() >= 5, libraries.toString());
        assertTrue(
                libraries.stream().allMatch(jar -> jar.startsWith(REPOSITORY)),
                libraries.toString());
        String out = java("-cp", path(libraries), "outside.TrainAndSample", "text.txt", "5", "run");
        assertTrue(out.length() >= 200, out);
    }

    @Test
    void programRunsWithWhatInstallLeftOnTheModulePath() throws Exception {
        List<String> libraries = build("", Map.of("module-info.java", MODULE));
        String out =
                java(
                        "--module-path",
                        path(libraries),
                        "--module",
                        "outside/outside.TrainAndSample",
                        "text.txt",
                        "5",
                        "run");
        assertTrue(out.length() >= 200, out);
    }

    @Test
    void modelIsABeanOfSpringBoot() throws Exception {
        List<String> libraries = build(SPRING, Map.of("outside/Continues.java", SPRING_PROGRAM));
        java("-cp", path(libraries), "outside.TrainAndSample", "text.txt", "5", "run");
        String out = java("-cp", path(libraries), "outside.Continues", "--model=run/best");
        assertTrue(out.contains("Started Continues"), out);
        assertTrue(out.contains("The text: "), out);
    }
}
