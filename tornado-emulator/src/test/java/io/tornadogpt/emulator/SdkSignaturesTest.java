package io.tornadogpt.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.util.stream.Collectors.joining;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.TaskGraph;

import java.io.IOException;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What the emulator shows the public, an installed TornadoVM has as well: the same classes, and
/// members of the same names, types and modifiers. So what was compiled here links there.
class SdkSignaturesTest {

    private static final String API = "uk/ac/manchester/tornado/api/";

    @Test
    void everyPublicMemberExistsInTheInstalledSdk() throws IOException {
        String home = System.getenv("TORNADOVM_HOME");
        assumeTrue(home != null, "TORNADOVM_HOME is not set: signatures were not compared");
        Optional<Path> jar = apiJar(Path.of(home));
        assertTrue(jar.isPresent(), "no tornado-api-*.jar in " + home + "/share/java/tornado");
        List<String> missing = new ArrayList<>();
        int compared = 0;
        try (URLClassLoader sdk =
                new URLClassLoader(
                        new URL[] {jar.get().toUri().toURL()},
                        ClassLoader.getPlatformClassLoader())) {
            for (Class<?> ours : ourApi()) {
                Class<?> theirs = load(ours.getName(), sdk);
                if (theirs == null) {
                    missing.add(ours.getName());
                } else {
                    compared += compare(ours, theirs, missing);
                }
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(compared > 300, "only " + compared + " members were compared");
    }

    private static Optional<Path> apiJar(Path home) throws IOException {
        try (Stream<Path> jars = Files.list(home.resolve("share/java/tornado"))) {
            return jars.filter(j -> j.getFileName().toString().startsWith("tornado-api-"))
                    .findFirst();
        }
    }

    private static List<Class<?>> ourApi() throws IOException {
        ModuleReference module =
                TaskGraph.class
                        .getModule()
                        .getLayer()
                        .configuration()
                        .findModule("tornado.api")
                        .orElseThrow()
                        .reference();
        try (ModuleReader reader = module.open();
                Stream<String> files = reader.list()) {
            return files.filter(f -> f.startsWith(API) && f.endsWith(".class"))
                    .filter(f -> !f.endsWith("package-info.class"))
                    .<Class<?>>map(f -> named(f.replace('/', '.').replace(".class", "")))
                    .filter(c -> Modifier.isPublic(c.getModifiers()))
                    .toList();
        }
    }

    private static Class<?> named(String name) {
        Class<?> type = load(name, TaskGraph.class.getClassLoader());
        if (type == null) {
            throw new IllegalStateException("class " + name + " is in the module but not found");
        }
        return type;
    }

    private static @Nullable Class<?> load(String name, ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    private static int compare(Class<?> ours, Class<?> theirs, List<String> missing) {
        if (ours.isInterface() != theirs.isInterface() || ours.isEnum() != theirs.isEnum()) {
            missing.add(ours + " is " + theirs + " in the SDK");
        }
        List<String> there = members(theirs).map(SdkSignaturesTest::signature).toList();
        List<Member> here = members(ours).filter(m -> m.getDeclaringClass() == ours).toList();
        here.stream()
                .map(SdkSignaturesTest::signature)
                .filter(signature -> !there.contains(signature))
                .forEach(signature -> missing.add(ours.getName() + ": " + signature));
        return here.size();
    }

    /// Members that other code can link to. `Object`'s exist everywhere; an SDK class may inherit
    /// what the emulator's declares.
    private static Stream<Member> members(Class<?> type) {
        Stream<Member> declared =
                Stream.of(
                                type.getDeclaredMethods(),
                                type.getDeclaredFields(),
                                type.getDeclaredConstructors())
                        .flatMap(Arrays::stream);
        Stream<Member> inherited =
                Stream.of(type.getMethods(), type.getFields()).flatMap(Arrays::stream);
        return Stream.concat(declared, inherited)
                .filter(m -> !m.isSynthetic())
                .filter(
                        m ->
                                Modifier.isPublic(m.getModifiers())
                                        || Modifier.isProtected(m.getModifiers()));
    }

    private static String signature(Member member) {
        boolean isStatic = Modifier.isStatic(member.getModifiers());
        boolean isFinalField = member instanceof Field && Modifier.isFinal(member.getModifiers());
        String modifiers = (isStatic ? "static " : "") + (isFinalField ? "final " : "");
        return switch (member) {
            case Method m ->
                    modifiers
                            + m.getReturnType().getName()
                            + " "
                            + m.getName()
                            + parameters(m.getParameterTypes());
            case Field f -> modifiers + f.getType().getName() + " " + f.getName();
            case Constructor<?> c -> "constructor" + parameters(c.getParameterTypes());
            default -> throw new IllegalStateException("unknown member " + member);
        };
    }

    private static String parameters(Class<?>[] types) {
        return Arrays.stream(types).map(Class::getName).collect(joining(", ", "(", ")"));
    }
}
