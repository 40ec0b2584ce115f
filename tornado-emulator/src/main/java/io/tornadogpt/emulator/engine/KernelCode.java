package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.engine.KernelBytecode.MethodKey;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;

/// The kernel of a task.
///
/// @param task the task, as `graph.task`
/// @param method the kernel
record KernelCode(String task, KernelMethod method) {

    /// Finds the method behind a task's method reference. A lambda of a package that is not open to
    /// this module keeps its secret, and of one that captures values only the name is known.
    static KernelCode of(String task, Object code) {
        SerializedLambda lambda = serialized(code);
        ClassLoader loader = code.getClass().getClassLoader();
        if (lambda == null || loader == null) {
            return new KernelCode(task, KernelMethod.unknown("task " + task));
        }
        var key =
                new MethodKey(
                        lambda.getImplClass(),
                        lambda.getImplMethodName(),
                        lambda.getImplMethodSignature());
        if (lambda.getCapturedArgCount() != 0
                || lambda.getImplMethodKind() != MethodHandleInfo.REF_invokeStatic) {
            String name = key.file().replace('$', '.') + "." + key.name();
            return new KernelCode(task, KernelMethod.unknown(name));
        }
        return new KernelCode(task, KernelMethod.of(key, loader));
    }

    /// The kernel and its task, for messages.
    String name() {
        return method.name().startsWith("task ")
                ? method.name()
                : method.name() + " (task " + task + ")";
    }

    /// The name of an argument.
    String parameter(int argument) {
        return argument < method.parameters().size()
                ? method.parameters().get(argument)
                : "argument " + argument;
    }

    private static @Nullable SerializedLambda serialized(Object code) {
        try {
            Method replace = code.getClass().getDeclaredMethod("writeReplace");
            return replace.trySetAccessible() && replace.invoke(code) instanceof SerializedLambda s
                    ? s
                    : null;
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }
}
