package io.tornadogpt.emulator.engine;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import io.tornadogpt.emulator.engine.KernelBytecode.Effects;
import io.tornadogpt.emulator.engine.KernelBytecode.MethodKey;
import io.tornadogpt.emulator.engine.ParallelLoops.Loop;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Adds calls of [Watch] to one method of a kernel.
final class Instrumentation implements CodeTransform {

    private static final ClassDesc WATCH = ClassDesc.of(Watch.class.getName());
    private static final MethodTypeDesc NAMING = MethodTypeDesc.of(CD_void, CD_Object, CD_String);
    private static final MethodTypeDesc NUMBER = MethodTypeDesc.of(CD_void, CD_int);
    private static final MethodTypeDesc NUMBERS = MethodTypeDesc.of(CD_void, CD_int, CD_int);

    /// Instead of the name of an array that is returned, and named by the caller.
    static final String UNNAMED = "";

    private final KernelBytecode bytecode;
    private final Effects effects;
    private final List<Loop> loops;
    private final Map<Integer, String> names;
    private final int[] sites;
    private final Set<Loop> running = new HashSet<>();
    private int number = -1;
    private int line;

    private Instrumentation(
            KernelBytecode bytecode,
            Effects effects,
            List<Loop> loops,
            Map<Integer, String> names,
            int[] sites) {
        this.bytecode = bytecode;
        this.effects = effects;
        this.loops = loops;
        this.names = names;
        this.sites = sites;
    }

    /// Prepares for a method.
    ///
    /// @param sites how many calls of the class have a number
    static CodeTransform of(
            KernelBytecode bytecode, MethodKey key, MethodModel method, int[] sites) {
        Effects effects = bytecode.effects(key);
        List<Loop> loops = ParallelLoops.of(method);
        Map<Integer, String> names = method.code().map(Instrumentation::names).orElse(Map.of());
        return CodeTransform.ofStateful(
                () -> new Instrumentation(bytecode, effects, loops, names, sites));
    }

    /// The variables that arrays are assigned to: from the number of the instruction that makes or
    /// returns an array to the name.
    private static Map<Integer, String> names(CodeModel code) {
        List<CodeElement> elements = code.elementList();
        var positions = ParallelLoops.positions(code);
        var names = new HashMap<Integer, String>();
        int instruction = -1;
        int maker = -1;
        for (int i = 0; i < elements.size(); i++) {
            if (elements.get(i) instanceof Instruction) {
                instruction++;
            }
            switch (elements.get(i)) {
                case NewPrimitiveArrayInstruction _ -> maker = instruction;
                case InvokeInstruction call when call.typeSymbol().returnType().isArray() ->
                        maker = instruction;
                case StoreInstruction store when store.typeKind() == TypeKind.REFERENCE -> {
                    if (maker >= 0) {
                        names.put(maker, name(elements, positions, i, store.slot()));
                        maker = -1;
                    }
                }
                case ReturnInstruction _ -> maker = -1;
                default -> {}
            }
        }
        return names;
    }

    private static String name(
            List<CodeElement> elements, Map<Label, Integer> positions, int store, int slot) {
        for (CodeElement element : elements) {
            if (element instanceof LocalVariable variable && variable.slot() == slot) {
                int start = positions.getOrDefault(variable.startScope(), 0);
                int end = positions.getOrDefault(variable.endScope(), elements.size());
                boolean fromHere =
                        start > store
                                && elements.subList(store + 1, start).stream()
                                        .noneMatch(e -> e instanceof Instruction);
                if (fromHere || start <= store && store < end) {
                    return variable.name().stringValue();
                }
            }
        }
        return "the array in variable " + slot;
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
        if (element instanceof Instruction) {
            number++;
        }
        switch (element) {
            case LineNumber lineNumber -> {
                line = lineNumber.line();
                code.with(element);
            }
            case LabelTarget label -> {
                code.with(element);
                passLabel(code, label);
            }
            case ArrayLoadInstruction _ -> {
                code.dup2();
                code.invokestatic(WATCH, "load", MethodTypeDesc.of(CD_void, CD_Object, CD_int));
                code.with(element);
            }
            case ArrayStoreInstruction store -> store(code, store);
            case NewPrimitiveArrayInstruction _ -> {
                code.with(element);
                name(code, "created");
            }
            case InvokeInstruction call -> call(code, call);
            case OperatorInstruction operator when effects.signed().contains(number) ->
                    operate(code, operator);
            case StoreInstruction store -> {
                code.with(element);
                change(code, store.slot());
            }
            case IncrementInstruction increment -> {
                code.with(element);
                change(code, increment.slot());
            }
            default -> code.with(element);
        }
    }

    private void passLabel(CodeBuilder code, LabelTarget label) {
        for (Loop loop : loops.reversed()) {
            if (loop.end().equals(label.label())) {
                running.remove(loop);
                code.loadConstant(loop.depth());
                code.invokestatic(WATCH, "end", NUMBER);
            }
        }
        for (Loop loop : loops) {
            if (loop.start().equals(label.label())) {
                running.add(loop);
                round(code, loop);
            }
        }
    }

    /// A loop's variable may have changed.
    private void change(CodeBuilder code, int slot) {
        for (Loop loop : loops) {
            if (loop.slot() == slot && running.contains(loop)) {
                round(code, loop);
            }
        }
    }

    private static void round(CodeBuilder code, Loop loop) {
        code.loadConstant(loop.depth());
        code.iload(loop.slot());
        code.invokestatic(WATCH, "round", NUMBERS);
    }

    private static void store(CodeBuilder code, ArrayStoreInstruction store) {
        String kind = store.opcode() == Opcode.BASTORE ? "storeByte" : "store";
        MethodTypeDesc type =
                switch (store.opcode()) {
                    case FASTORE -> storing("[F", "F");
                    case IASTORE -> storing("[I", "I");
                    case LASTORE -> storing("[J", "J");
                    case DASTORE -> storing("[D", "D");
                    case SASTORE -> storing("[S", "I");
                    case CASTORE -> storing("[C", "I");
                    case BASTORE -> storing("Ljava/lang/Object;", "I");
                    default -> storing("[Ljava/lang/Object;", "Ljava/lang/Object;");
                };
        code.invokestatic(WATCH, kind, type);
    }

    private static MethodTypeDesc storing(String array, String value) {
        return MethodTypeDesc.ofDescriptor("(" + array + "I" + value + ")V");
    }

    /// Tells the name of the array on the stack.
    private void name(CodeBuilder code, String call) {
        code.dup();
        code.loadConstant(names.getOrDefault(number, UNNAMED));
        code.invokestatic(WATCH, call, NAMING);
    }

    private void call(CodeBuilder code, InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        boolean ofContext = owner.equals(KernelFlow.CONTEXT);
        boolean helper = call.opcode() == Opcode.INVOKESTATIC;
        boolean waits =
                helper
                        && bytecode.effects(new MethodKey(owner, name, call.type().stringValue()))
                                .barriers();
        if (ofContext && name.endsWith("Barrier")) {
            numbered(code, "barrier");
        }
        if (waits) {
            numbered(code, "enter");
        }
        if (effects.constantStores().contains(number)) {
            code.invokestatic(WATCH, "constant", MethodTypeDesc.of(CD_void));
        }
        code.with(call);
        if (waits) {
            code.invokestatic(WATCH, "leave", MethodTypeDesc.of(CD_void));
        }
        if (names.containsKey(number)) {
            name(code, "named");
        }
    }

    private void numbered(CodeBuilder code, String call) {
        code.loadConstant(CheckedKernel.site(line, sites[0]++));
        code.invokestatic(WATCH, call, NUMBER);
    }

    /// Replaces an operator whose operand must not be negative.
    private static void operate(CodeBuilder code, OperatorInstruction operator) {
        MethodTypeDesc shortShift = MethodTypeDesc.of(CD_int, CD_int, CD_int);
        MethodTypeDesc longShift = MethodTypeDesc.of(CD_long, CD_long, CD_int);
        switch (operator.opcode()) {
            case ISHR -> code.invokestatic(WATCH, "shift", shortShift);
            case LSHR -> code.invokestatic(WATCH, "shift", longShift);
            case IUSHR -> code.invokestatic(WATCH, "unsignedShift", shortShift);
            case LUSHR -> code.invokestatic(WATCH, "unsignedShift", longShift);
            case IDIV -> code.invokestatic(WATCH, "divide", shortShift);
            case LDIV ->
                    code.invokestatic(
                            WATCH, "divide", MethodTypeDesc.of(CD_long, CD_long, CD_long));
            default -> code.with(operator);
        }
    }
}
