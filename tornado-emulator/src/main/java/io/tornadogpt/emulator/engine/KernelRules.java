package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding.Kind;
import io.tornadogpt.emulator.engine.CarriedScalars.Scalar;
import io.tornadogpt.emulator.engine.KernelBytecode.MethodKey;
import io.tornadogpt.emulator.engine.ParallelLoops.Loop;

import org.jspecify.annotations.Nullable;

import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What TornadoVM's compilers refuse in a kernel or in its helpers, or translate into something
/// else, as far as one instruction tells.
final class KernelRules {

    /// Loops that TornadoVM maps to the dimensions of a grid.
    private static final int DIMENSIONS = 3;

    private static final Set<String> BITS =
            Set.of(
                    "floatToIntBits",
                    "floatToRawIntBits",
                    "intBitsToFloat",
                    "float16ToFloat",
                    "floatToFloat16",
                    "doubleToLongBits",
                    "doubleToRawLongBits",
                    "longBitsToDouble");

    /// Something that a kernel must not have.
    ///
    /// @param variable the variable that is concerned, or null
    /// @param text what it does, with the place, and what to do instead
    record Fault(Kind kind, @Nullable String variable, String text) {}

    private final KernelBytecode bytecode;
    private final List<Fault> faults = new ArrayList<>();
    private MethodKey method;
    private int line;

    private KernelRules(KernelBytecode bytecode, MethodKey kernel) {
        this.bytecode = bytecode;
        this.method = kernel;
    }

    /// The faults of a kernel, the gravest first. Whether it computes in double precision is asked
    /// of [#doubles].
    static List<Fault> faults(KernelBytecode bytecode, MethodKey kernel, List<Loop> loops) {
        var rules = new KernelRules(bytecode, kernel);
        if (ReservedNames.contains(kernel.name())) {
            rules.refuse(
                    "is named like a function or type of OpenCL C or CUDA C, and kernels keep their"
                            + " names. Put another word before it");
        }
        for (String helper : bytecode.recursive()) {
            rules.refuse("calls " + helper + ", which calls itself. Kernels have no call stack");
        }
        if (loops.stream().anyMatch(loop -> loop.depth() >= DIMENSIONS)) {
            rules.refuse("nests four @Parallel loops; a grid has three dimensions");
        }
        for (MethodKey key : bytecode.reached()) {
            rules.method = key;
            rules.elements(key).forEach(rules::check);
        }
        rules.carried(kernel, loops);
        return rules.faults;
    }

    /// The places of a kernel that compute in double precision.
    static List<String> doubles(KernelBytecode bytecode, MethodKey kernel) {
        var rules = new KernelRules(bytecode, kernel);
        var places = new ArrayList<String>();
        for (MethodKey key : bytecode.reached()) {
            rules.method = key;
            rules.elements(key)
                    .forEach(
                            element -> {
                                rules.passLine(element);
                                if (isDouble(element) && !places.contains(rules.place())) {
                                    places.add(rules.place());
                                }
                            });
        }
        return places;
    }

    private Stream<CodeElement> elements(MethodKey key) {
        line = 0;
        return bytecode.body(key).stream().flatMap(body -> body.elementStream());
    }

    private void carried(MethodKey kernel, List<Loop> loops) {
        MethodModel model = bytecode.method(kernel).orElse(null);
        if (model == null || model.code().isEmpty()) {
            return;
        }
        for (Scalar scalar : CarriedScalars.of(model.code().get(), loops)) {
            line = scalar.line();
            method = kernel;
            faults.add(
                    new Fault(
                            Kind.CARRIED,
                            scalar.name(),
                            "changes the variable "
                                    + scalar.name()
                                    + " in the @Parallel loop over "
                                    + scalar.loop()
                                    + " ("
                                    + place()
                                    + ") and reads it in a later round or behind the loop. On a"
                                    + " device each round is a work-item with a variable of its"
                                    + " own. Write what each round has to an array, and add up in"
                                    + " a second task"));
        }
    }

    private void passLine(CodeElement element) {
        if (element instanceof LineNumber number) {
            line = number.line();
        }
    }

    private void check(CodeElement element) {
        passLine(element);
        switch (element) {
            case ThrowInstruction _ ->
                    refuse("throws an exception. Write a value that means failure instead");
            case ExceptionCatch _ -> refuse("catches exceptions, which no device has");
            case MonitorInstruction _ ->
                    refuse("locks an object. Use barriers, or one task after the other");
            case InvokeDynamicInstruction _ ->
                    refuse("makes a lambda or joins strings, which no kernel can");
            case NewObjectInstruction i
                    when !i.className().asInternalName().startsWith(KernelFlow.API) ->
                    refuse(
                            "makes an object ("
                                    + i.className().asInternalName().replace('/', '.')
                                    + "). Kernels have numbers and arrays of numbers");
            case NewMultiArrayInstruction _ -> arrayOfArrays();
            case NewReferenceArrayInstruction i
                    when i.componentType().asInternalName().startsWith("[") ->
                    arrayOfArrays();
            case ConstantInstruction i when isNaN(i.constantValue()) ->
                    refuse("uses NaN as a constant. Compute it, as 0f / zero, or test x != x");
            case FieldInstruction i -> field(i);
            case InvokeInstruction i -> call(i);
            default -> {}
        }
    }

    private void arrayOfArrays() {
        refuse("makes an array of arrays. Use one array, indexed by row * columns + column");
    }

    private static boolean isNaN(Object constant) {
        return constant instanceof Float f && f.isNaN()
                || constant instanceof Double d && d.isNaN();
    }

    private void field(FieldInstruction field) {
        String name = field.owner().asInternalName() + "." + field.name().stringValue();
        name = name.substring(name.lastIndexOf('/') + 1);
        if (field.opcode() == Opcode.PUTSTATIC) {
            refuse("writes the static field " + name + ". Give the kernel an array to write to");
        } else if (field.opcode() == Opcode.GETSTATIC) {
            if (field.typeSymbol().isArray()) {
                refuse(
                        "reads the static array "
                                + name
                                + ". Give the kernel an array, or spell the numbers out");
            } else if (!field.typeSymbol().isPrimitive()) {
                refuse("reads the static object " + name + ", which no device has");
            } else if (changes(field)) {
                refuse(
                        "reads the static field "
                                + name
                                + ", which is not final: a compiler takes it for a constant or not"
                                + " at all. Give the kernel its value");
            }
        }
    }

    private boolean changes(FieldInstruction field) {
        return bytecode.field(field.owner().asInternalName(), field.name().stringValue())
                .filter(model -> !model.flags().has(AccessFlag.FINAL))
                .isPresent();
    }

    private void call(InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        if (owner.startsWith(KernelFlow.API)) {
            return;
        }
        boolean constructor = name.equals("<init>"); // its object was refused already
        boolean box = owner.matches("java/lang/(Integer|Long|Float|Double|Byte|Short|Boolean)");
        if (BITS.contains(name) && box) {
            refuse(
                    "calls "
                            + simple(owner, name)
                            + ", and kernels cannot look at a number's bits. Compute with the"
                            + " number, or keep its bits in an IntArray");
        } else if (name.startsWith("rotate") && box) {
            refuse(
                    "calls "
                            + simple(owner, name)
                            + ", which is made of >>>, and that shifts the sign in. Write (x << d)"
                            + " | ((x >> (32 - d)) & ((1 << d) - 1))");
        } else if (owner.equals("java/lang/Math") && name.equals("fma")) {
            refuse("calls Math.fma. Write a * b + c, which becomes one instruction");
        } else if (isForeign(call, owner, box) && !constructor) {
            refuse(
                    "calls "
                            + simple(owner, name)
                            + ", which no kernel can. Static methods of the program are inlined;"
                            + " for mathematics there is TornadoMath");
        }
    }

    private static boolean isForeign(InvokeInstruction call, String owner, boolean box) {
        if (call.opcode() == Opcode.INVOKESTATIC && KernelBytecode.isOfProgram(owner)) {
            return false;
        }
        return !box && !owner.equals("java/lang/Math");
    }

    private static String simple(String owner, String name) {
        return owner.substring(owner.lastIndexOf('/') + 1).replace('$', '.') + "." + name;
    }

    private static boolean isDouble(CodeElement element) {
        return switch (element) {
            case LoadInstruction i -> i.typeKind() == TypeKind.DOUBLE;
            case ArrayLoadInstruction i -> i.typeKind() == TypeKind.DOUBLE;
            case ArrayStoreInstruction i -> i.typeKind() == TypeKind.DOUBLE;
            case NewPrimitiveArrayInstruction i -> i.typeKind() == TypeKind.DOUBLE;
            case ConstantInstruction i -> i.typeKind() == TypeKind.DOUBLE;
            case OperatorInstruction i -> i.typeKind() == TypeKind.DOUBLE;
            case ConvertInstruction i ->
                    i.fromType() == TypeKind.DOUBLE || i.toType() == TypeKind.DOUBLE;
            case InvokeInstruction i ->
                    i.typeSymbol().returnType().descriptorString().equals("D")
                            || i.typeSymbol().parameterList().stream()
                                    .anyMatch(type -> type.descriptorString().equals("D"))
                            || i.name().stringValue().equals("allocateDoubleLocalArray");
            default -> false;
        };
    }

    private String place() {
        return line == 0 ? method.file() + "." + method.name() : method.file() + ", line " + line;
    }

    private void refuse(String text) {
        int end = text.indexOf(". ");
        String where = " (" + place() + ")";
        String placed =
                end < 0 ? text + where : text.substring(0, end) + where + text.substring(end);
        faults.add(new Fault(Kind.UNSUPPORTED, null, placed));
    }
}
