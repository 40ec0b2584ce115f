package io.tornadogpt.emulator.engine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What TornadoVM reads from a kernel's code before it runs: which arguments the kernel and its
/// helpers write, what they do with local arrays, and what no backend compiles rightly.
///
/// As in TornadoVM, code counts that no run reaches.
final class KernelBytecode {

    /// What a method does with what it is given.
    ///
    /// @param written the arguments that it writes elements of, counted from 0
    /// @param handedOver calls to which it, or a helper of it, hands a local array
    /// @param mixed places of it, or of a helper of it, that keep a value of [MixedConditions]
    /// @param negatives places of it, or of a helper of it, that shift to the right or divide by a
    ///   power of two what comes from a buffer of integers
    /// @param guards comparisons of a `globalId` with an argument, below which it must lie
    /// @param signed its instructions whose operand must not be negative, by number
    /// @param constantStores its calls that store what a compiler knows, by number
    /// @param barriers whether it, or a helper of it, waits at a barrier
    /// @param result where the value that it returns comes from
    record Effects(
            Set<Integer> written,
            List<String> handedOver,
            List<String> mixed,
            List<String> negatives,
            Set<Guard> guards,
            Set<Integer> signed,
            Set<Integer> constantStores,
            boolean barriers,
            Origin result) {
        static final Effects NONE =
                new Effects(
                        Set.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        Set.of(),
                        Set.of(),
                        Set.of(),
                        false,
                        Origin.UNKNOWN);
    }

    /// The comparison `globalId < argument`.
    record Guard(int dimension, int argument) {}

    /// A method, wherever it is.
    record MethodKey(String owner, String name, String descriptor) {
        MethodTypeDesc type() {
            return MethodTypeDesc.ofDescriptor(descriptor);
        }

        /// The class without its package.
        String file() {
            return owner.substring(owner.lastIndexOf('/') + 1);
        }
    }

    private final ClassLoader loader;
    private final MethodKey kernel;
    private final Map<String, Optional<ClassModel>> classes = new HashMap<>();
    private final Map<MethodKey, Effects> effects = new LinkedHashMap<>();
    private final List<MethodKey> unfinished = new ArrayList<>();
    private final List<String> recursive = new ArrayList<>();

    KernelBytecode(ClassLoader loader, MethodKey kernel) {
        this.loader = loader;
        this.kernel = kernel;
        effects(kernel);
    }

    /// What the kernel does.
    Effects effects() {
        return effects(kernel);
    }

    /// The effects of a static method; [Effects#NONE] for one that cannot be read, or that calls
    /// itself and is being read.
    Effects effects(MethodKey key) {
        if (unfinished.contains(key)) {
            recursive.add(key.file() + "." + key.name);
        }
        Effects known = effects.putIfAbsent(key, Effects.NONE);
        if (known != null) {
            return known;
        }
        unfinished.add(key);
        Effects read =
                body(key)
                        .map(body -> KernelFlow.effects(this, key, body, key.equals(kernel)))
                        .orElse(Effects.NONE);
        unfinished.remove(key);
        effects.put(key, read);
        return read;
    }

    /// The kernel and the helpers that it may call, as far as they can be read.
    List<MethodKey> reached() {
        return effects.keySet().stream().filter(key -> body(key).isPresent()).toList();
    }

    /// The methods that call themselves.
    List<String> recursive() {
        return recursive;
    }

    /// The code of a static method of the program. That of the JDK and of TornadoVM is not read.
    Optional<CodeModel> body(MethodKey key) {
        return method(key).flatMap(MethodModel::code);
    }

    Optional<MethodModel> method(MethodKey key) {
        return model(key.owner).stream()
                .flatMap(model -> model.methods().stream())
                .filter(method -> method.flags().has(AccessFlag.STATIC))
                .filter(method -> method.methodName().equalsString(key.name))
                .filter(method -> method.methodType().equalsString(key.descriptor))
                .findFirst();
    }

    /// A field of a class of the program.
    Optional<FieldModel> field(String owner, String name) {
        return model(owner).stream()
                .flatMap(model -> model.fields().stream())
                .filter(field -> field.fieldName().equalsString(name))
                .findFirst();
    }

    /// A class of the program.
    Optional<ClassModel> model(String owner) {
        return classes.computeIfAbsent(owner, this::read);
    }

    /// Whether a class belongs to the program, rather than to the JDK or to TornadoVM.
    static boolean isOfProgram(String owner) {
        return !owner.startsWith("java/")
                && !owner.startsWith("javax/")
                && !owner.startsWith("jdk/")
                && !owner.startsWith("sun/")
                && !owner.startsWith("[")
                && !owner.startsWith(KernelFlow.API);
    }

    private Optional<ClassModel> read(String owner) {
        if (!isOfProgram(owner)) {
            return Optional.empty();
        }
        try (InputStream bytes = loader.getResourceAsStream(owner + ".class")) {
            return bytes == null
                    ? Optional.empty()
                    : Optional.of(ClassFile.of().parse(bytes.readAllBytes()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
