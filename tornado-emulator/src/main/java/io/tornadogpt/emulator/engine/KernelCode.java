package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.List;

/// A task's kernel as its class file has it: names, for messages, and what its code does.
///
/// @param task the task, as `graph.task`
/// @param name the kernel, as `Class.method`
/// @param parameters the parameters' names, or an empty list where the class file has none
/// @param effects what its code does with its arguments
public record KernelCode(
        String task, String name, List<String> parameters, KernelBytecode.Effects effects) {

    /// Finds the method behind a task's method reference. A lambda of a package that is not open to
    /// this module keeps its secret; then the task's name stands for the kernel.
    static KernelCode of(String task, Object code) {
        SerializedLambda lambda = serialized(code);
        if (lambda == null) {
            return new KernelCode(task, "task " + task, List.of(), KernelBytecode.Effects.NONE);
        }
        String owner = lambda.getImplClass();
        String method = lambda.getImplMethodName();
        String type = owner.substring(owner.lastIndexOf('/') + 1).replace('$', '.');
        return new KernelCode(
                task,
                type + "." + method + " (task " + task + ")",
                parameterNames(code, owner, method, lambda.getImplMethodSignature()),
                KernelBytecode.of(code, lambda));
    }

    /// The name of an argument.
    String parameter(int argument) {
        return argument < parameters.size() ? parameters.get(argument) : "argument " + argument;
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

    private static List<String> parameterNames(
            Object code, String owner, String method, String signature) {
        try (InputStream bytes =
                code.getClass().getClassLoader().getResourceAsStream(owner + ".class")) {
            if (bytes == null) {
                return List.of();
            }
            return ClassFile.of().parse(bytes.readAllBytes()).methods().stream()
                    .filter(m -> m.methodName().equalsString(method))
                    .filter(m -> m.methodType().equalsString(signature))
                    .findFirst()
                    .map(KernelCode::parameterNames)
                    .orElse(List.of());
        } catch (IOException e) {
            return List.of();
        }
    }

    /// Static methods keep their parameters in the first local variables, in order.
    private static List<String> parameterNames(MethodModel method) {
        MethodTypeDesc type = method.methodTypeSymbol();
        return method.findAttribute(Attributes.code())
                .flatMap(code -> code.findAttribute(Attributes.localVariableTable()))
                .map(
                        table ->
                                table.localVariables().stream()
                                        .filter(variable -> variable.startPc() == 0)
                                        .sorted((a, b) -> Integer.compare(a.slot(), b.slot()))
                                        .limit(type.parameterCount())
                                        .map(KernelCode::variableName)
                                        .toList())
                .orElse(List.of());
    }

    private static String variableName(LocalVariableInfo variable) {
        return variable.name().stringValue();
    }
}
