package io.tornadogpt.emulator.engine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.AccessFlag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What TornadoVM reads from a kernel's code before it runs: which arguments the kernel and its
/// helpers write, what they do with local arrays, and which conditions they keep.
///
/// As in TornadoVM, code counts that no run reaches.
final class KernelBytecode {

    /// What a method does with what it is given.
    ///
    /// @param written the arguments that it writes elements of, counted from 0
    /// @param handedOver calls to which it, or a helper of it, hands a local array
    /// @param mixed places of it, or of a helper of it, that keep a value of [MixedConditions]
    /// @param result where the value that it returns comes from
    record Effects(
            Set<Integer> written, List<String> handedOver, List<String> mixed, Origin result) {
        static final Effects NONE = new Effects(Set.of(), List.of(), List.of(), Origin.UNKNOWN);
    }

    /// Where a value comes from.
    ///
    /// @param arguments the arguments that it may be
    /// @param local whether it may be an array in local memory
    record Origin(Set<Integer> arguments, boolean local) {
        static final Origin UNKNOWN = new Origin(Set.of(), false);
        static final Origin LOCAL = new Origin(Set.of(), true);

        static Origin argument(int index) {
            return new Origin(Set.of(index), false);
        }

        /// What either of two values may be.
        Origin or(Origin other) {
            if (equals(other)) {
                return this;
            }
            var both = new TreeSet<>(arguments);
            both.addAll(other.arguments);
            return new Origin(Set.copyOf(both), local || other.local);
        }
    }

    private record Key(String owner, String name, String descriptor) {}

    private final ClassLoader loader;
    private final Map<String, Optional<ClassModel>> classes = new HashMap<>();
    private final Map<Key, Effects> effects = new HashMap<>();

    private KernelBytecode(ClassLoader loader) {
        this.loader = loader;
    }

    /// Reads the kernel behind a method reference. Nothing is known of one that captures values or
    /// whose class file cannot be found.
    static Effects of(Object code, SerializedLambda lambda) {
        ClassLoader loader = code.getClass().getClassLoader();
        if (lambda.getCapturedArgCount() != 0 || loader == null) {
            return Effects.NONE;
        }
        return new KernelBytecode(loader)
                .effects(
                        lambda.getImplClass(),
                        lambda.getImplMethodName(),
                        MethodTypeDesc.ofDescriptor(lambda.getImplMethodSignature()));
    }

    /// The effects of a static method; [Effects#NONE] for one that cannot be read, or that calls
    /// itself and is being read.
    Effects effects(String owner, String name, MethodTypeDesc type) {
        var key = new Key(owner, name, type.descriptorString());
        Effects known = effects.putIfAbsent(key, Effects.NONE);
        if (known != null) {
            return known;
        }
        Effects read =
                method(key)
                        .flatMap(MethodModel::code)
                        .map(body -> KernelFlow.effects(this, owner, body, type))
                        .orElse(Effects.NONE);
        effects.put(key, read);
        return read;
    }

    private Optional<MethodModel> method(Key key) {
        return classes.computeIfAbsent(key.owner, this::read).stream()
                .flatMap(model -> model.methods().stream())
                .filter(method -> method.flags().has(AccessFlag.STATIC))
                .filter(method -> method.methodName().equalsString(key.name))
                .filter(method -> method.methodType().equalsString(key.descriptor))
                .findFirst();
    }

    private Optional<ClassModel> read(String owner) {
        try (InputStream bytes = loader.getResourceAsStream(owner + ".class")) {
            return bytes == null
                    ? Optional.empty()
                    : Optional.of(ClassFile.of().parse(bytes.readAllBytes()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
