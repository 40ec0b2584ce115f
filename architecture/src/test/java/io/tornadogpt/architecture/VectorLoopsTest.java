package io.tornadogpt.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The file of JVM options keeps the methods of some classes from being inlined. One of them that
/// took or returned a vector would have every vector of its callers' loops put on the heap, at a
/// tenth of the speed and with the same results.
class VectorLoopsTest {
    private static final String KERNELS = "io.tornadogpt.cpu.kernels.";

    @Test
    void noMethodThatIsNotInlinedTakesOrReturnsAVector() throws IOException {
        List<Pattern> apart =
                compiledApart(Files.readString(Path.of("../cli/src/main/image/java.options")));
        Set<JavaClass> classes =
                new ClassFileImporter()
                                .withImportOption(new ImportOption.DoNotIncludeTests())
                                .importPackages("io.tornadogpt.cpu.kernels")
                                .stream()
                                .filter(
                                        c ->
                                                apart.stream()
                                                        .anyMatch(
                                                                p ->
                                                                        p.matcher(c.getName())
                                                                                .matches()))
                                .collect(Collectors.toSet());
        Set<String> names = classes.stream().map(JavaClass::getName).collect(Collectors.toSet());
        for (String name : List.of("MicroKernel", "FlashForward", "RowMath")) {
            assertTrue(names.contains(KERNELS + name), name + " of " + names);
        }
        assertEquals(
                List.of(),
                classes.stream()
                        .flatMap(c -> c.getMethods().stream())
                        .filter(VectorLoopsTest::handlesAVector)
                        .map(JavaMethod::getFullName)
                        .toList());
    }

    /// The classes that the file names, as patterns.
    private static List<Pattern> compiledApart(String options) {
        var names = new ArrayList<String>();
        Pattern.compile("dontinline,([\\w.*]+)::\\*")
                .matcher(options)
                .results()
                .forEach(r -> names.add(r.group(1)));
        assertTrue(names.size() > 2, "the file names no classes that this test finds: " + names);
        return names.stream()
                .map(name -> Pattern.compile(name.replace(".", "\\.").replace("*", ".*")))
                .toList();
    }

    private static boolean handlesAVector(JavaMethod method) {
        return Stream.concat(
                        method.getRawParameterTypes().stream(),
                        Stream.of(method.getRawReturnType()))
                .anyMatch(type -> type.getName().matches("jdk\\.incubator\\.vector\\.\\w+Vector"));
    }
}
