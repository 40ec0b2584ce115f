package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.engine.KernelBytecode.Effects;
import io.tornadogpt.emulator.engine.KernelBytecode.MethodKey;
import io.tornadogpt.emulator.engine.KernelRules.Fault;
import io.tornadogpt.emulator.engine.ParallelLoops.Loop;

import org.jspecify.annotations.Nullable;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.classfile.Attributes;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/// A kernel as its class file has it: names, what its code does, what is wrong with it, and a copy
/// that reports what it does. Read once, however many tasks it is.
///
/// @param name the kernel, as `Class.method`
/// @param parameters the parameters' names, or an empty list where the class file has none
/// @param effects what its code does with its arguments
/// @param loops its `@Parallel` loops
/// @param faults what TornadoVM refuses in it
/// @param doubles where it computes in double precision
/// @param checked the copy, or null if none could be made
record KernelMethod(
        String name,
        List<String> parameters,
        Effects effects,
        List<Loop> loops,
        List<Fault> faults,
        List<String> doubles,
        @Nullable CheckedKernel checked) {

    private static final Logger LOG = System.getLogger(KernelMethod.class.getName());

    /// The kernels of each class.
    private static final ClassValue<ConcurrentHashMap<MethodKey, KernelMethod>> KNOWN =
            new ClassValue<>() {
                @Override
                protected ConcurrentHashMap<MethodKey, KernelMethod> computeValue(Class<?> type) {
                    return new ConcurrentHashMap<>();
                }
            };

    /// A kernel of which no more than a name is known.
    static KernelMethod unknown(String name) {
        return new KernelMethod(
                name, List.of(), Effects.NONE, List.of(), List.of(), List.of(), null);
    }

    /// Reads a static method.
    static KernelMethod of(MethodKey key, ClassLoader loader) {
        try {
            Class<?> owner = Class.forName(key.owner().replace('/', '.'), false, loader);
            return KNOWN.get(owner).computeIfAbsent(key, k -> read(k, loader));
        } catch (ClassNotFoundException e) {
            return unknown(name(key));
        }
    }

    private static String name(MethodKey key) {
        return key.file().replace('$', '.') + "." + key.name();
    }

    private static KernelMethod read(MethodKey key, ClassLoader loader) {
        var bytecode = new KernelBytecode(loader, key);
        MethodModel method = bytecode.method(key).orElse(null);
        if (method == null) {
            return unknown(name(key));
        }
        List<Loop> loops = ParallelLoops.of(method);
        return new KernelMethod(
                name(key),
                parameterNames(method),
                bytecode.effects(),
                loops,
                KernelRules.faults(bytecode, key, loops),
                KernelRules.doubles(bytecode, key),
                copied(bytecode, key, loader));
    }

    private static @Nullable CheckedKernel copied(
            KernelBytecode bytecode, MethodKey key, ClassLoader loader) {
        try {
            return CheckedKernel.of(bytecode, key, loader);
        } catch (ReflectiveOperationException | LinkageError | IllegalArgumentException e) {
            LOG.log(
                    Level.WARNING,
                    "The emulator cannot watch local memory, private arrays and @Parallel loops of "
                            + name(key)
                            + "; buffers and barriers are watched as ever",
                    e);
            return null;
        }
    }

    /// The variables of nested loops, outer ones first.
    List<String> loopVariables() {
        return loops.stream()
                .sorted(Comparator.comparingInt(Loop::depth))
                .map(Loop::variable)
                .distinct()
                .toList();
    }

    /// Whether all its loops are nested, so that what is around one is run by each work-item.
    boolean isOneNest() {
        return loops.stream().mapToInt(Loop::depth).distinct().count() == loops.size();
    }

    /// Static methods keep their parameters in the first local variables, in order.
    private static List<String> parameterNames(MethodModel method) {
        return method.findAttribute(Attributes.code())
                .flatMap(code -> code.findAttribute(Attributes.localVariableTable()))
                .map(
                        table ->
                                table.localVariables().stream()
                                        .filter(variable -> variable.startPc() == 0)
                                        .sorted(Comparator.comparingInt(LocalVariableInfo::slot))
                                        .limit(method.methodTypeSymbol().parameterCount())
                                        .map(variable -> variable.name().stringValue())
                                        .toList())
                .orElse(List.of());
    }
}
