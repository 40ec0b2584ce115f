package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.engine.KernelBytecode.Effects;
import io.tornadogpt.emulator.engine.KernelBytecode.Origin;

import org.jspecify.annotations.Nullable;

import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Follows values through one static method, from its arguments and its local arrays to the calls
/// that take them.
final class KernelFlow {

    private static final String API = "uk/ac/manchester/tornado/api/";
    private static final String CONTEXT = API + "KernelContext";

    private final KernelBytecode bytecode;
    private final Map<Label, Frame> arrivals = new HashMap<>();
    private final Set<Integer> written = new TreeSet<>();
    private final Set<String> handedOver = new TreeSet<>();
    private final Set<String> mixed = new TreeSet<>();
    private Origin result = Origin.UNKNOWN;

    /// What the operand stack and the local variables hold at one place of the code. Both are
    /// counted in slots, of which a long and a double take two.
    private record Frame(List<Origin> stack, Map<Integer, Origin> variables) {
        Frame copy() {
            return new Frame(new ArrayList<>(stack), new HashMap<>(variables));
        }

        Origin variable(int slot) {
            return variables.getOrDefault(slot, Origin.UNKNOWN);
        }

        /// What holds where two paths meet.
        Frame or(Frame other) {
            Frame both = other.copy();
            both.stack.clear();
            for (int i = 0; i < stack.size(); i++) {
                both.stack.add(stack.get(i).or(other.stack.get(i)));
            }
            variables.forEach((slot, origin) -> both.variables.merge(slot, origin, Origin::or));
            return both;
        }

        void push(TypeKind kind) {
            push(kind, Origin.UNKNOWN);
        }

        void push(TypeKind kind, Origin origin) {
            for (int i = 0; i < kind.slotSize(); i++) {
                stack.addLast(origin);
            }
        }

        Origin pop(TypeKind kind) {
            return pop(kind.slotSize());
        }

        Origin pop(int slots) {
            Origin last = Origin.UNKNOWN;
            for (int i = 0; i < slots; i++) {
                last = stack.removeLast();
            }
            return last;
        }

        /// Puts copies of the uppermost slots `skipped` slots further down.
        void duplicate(int slots, int skipped) {
            int top = stack.size();
            List<Origin> copies = List.copyOf(stack.subList(top - slots, top));
            stack.addAll(top - slots - skipped, copies);
        }

        void swap() {
            stack.addLast(stack.remove(stack.size() - 2));
        }
    }

    private KernelFlow(KernelBytecode bytecode) {
        this.bytecode = bytecode;
    }

    /// The effects of a method.
    static Effects effects(
            KernelBytecode bytecode, String owner, CodeModel body, MethodTypeDesc type) {
        var flow = new KernelFlow(bytecode);
        String file = owner.substring(owner.lastIndexOf('/') + 1);
        MixedConditions.lines(body).forEach(line -> flow.mixed.add(file + ", line " + line));
        while (flow.passes(body, type)) {
            // Once more: a jump back brought a value to a place that was passed without it.
        }
        return new Effects(
                Set.copyOf(flow.written),
                List.copyOf(flow.handedOver),
                List.copyOf(flow.mixed),
                flow.result);
    }

    /// Goes through the code once. True if more may come to a label than was known before it.
    private boolean passes(CodeModel body, MethodTypeDesc type) {
        var before = new HashMap<>(arrivals);
        Frame frame = start(type);
        for (CodeElement element : body) {
            switch (element) {
                case LabelTarget target -> {
                    if (frame != null) {
                        arrive(target.label(), frame);
                    }
                    Frame met = arrivals.get(target.label());
                    frame = met == null ? null : met.copy();
                }
                case Instruction instruction -> {
                    frame = frame == null ? null : step(frame, instruction);
                }
                default -> {}
            }
        }
        return !before.equals(arrivals);
    }

    private static Frame start(MethodTypeDesc type) {
        var variables = new HashMap<Integer, Origin>();
        int slot = 0;
        for (int i = 0; i < type.parameterCount(); i++) {
            variables.put(slot, Origin.argument(i));
            slot += TypeKind.from(type.parameterType(i)).slotSize();
        }
        return new Frame(new ArrayList<>(), variables);
    }

    private void arrive(Label label, Frame frame) {
        arrivals.merge(label, frame.copy(), Frame::or);
    }

    /// What holds behind an instruction; null where nothing goes on.
    private @Nullable Frame step(Frame frame, Instruction instruction) {
        switch (instruction) {
            case LoadInstruction i -> frame.push(i.typeKind(), frame.variable(i.slot()));
            case StoreInstruction i -> frame.variables.put(i.slot(), frame.pop(i.typeKind()));
            case ConstantInstruction i -> frame.push(i.typeKind());
            case ConvertInstruction i -> {
                frame.pop(i.fromType());
                frame.push(i.toType());
            }
            case OperatorInstruction i -> operate(frame, i);
            case StackInstruction i -> rearrange(frame, i.opcode());
            case ArrayLoadInstruction i -> {
                frame.pop(2);
                frame.push(i.typeKind());
            }
            case ArrayStoreInstruction i -> frame.pop(i.typeKind().slotSize() + 2);
            case FieldInstruction i -> access(frame, i);
            case InvokeInstruction i -> call(frame, i);
            case InvokeDynamicInstruction i -> {
                i.typeSymbol().parameterList().forEach(type -> frame.pop(TypeKind.from(type)));
                frame.push(TypeKind.from(i.typeSymbol().returnType()));
            }
            case NewObjectInstruction _ -> frame.push(TypeKind.REFERENCE);
            case NewPrimitiveArrayInstruction _, NewReferenceArrayInstruction _ -> {
                frame.pop(1);
                frame.push(TypeKind.REFERENCE);
            }
            case NewMultiArrayInstruction i -> {
                frame.pop(i.dimensions());
                frame.push(TypeKind.REFERENCE);
            }
            case TypeCheckInstruction i when i.opcode() == Opcode.INSTANCEOF -> {
                frame.pop(1);
                frame.push(TypeKind.INT);
            }
            case MonitorInstruction _ -> frame.pop(1);
            case BranchInstruction i -> {
                return branch(frame, i);
            }
            case TableSwitchInstruction i -> {
                return choose(frame, i.defaultTarget(), i.cases());
            }
            case LookupSwitchInstruction i -> {
                return choose(frame, i.defaultTarget(), i.cases());
            }
            case ReturnInstruction i -> {
                result =
                        i.typeKind() == TypeKind.VOID ? result : result.or(frame.pop(i.typeKind()));
                return null;
            }
            case ThrowInstruction _ -> {
                return null;
            }
            default -> {} // an increment, a cast: the stack stays as it is
        }
        return frame;
    }

    private @Nullable Frame branch(Frame frame, BranchInstruction branch) {
        boolean always = branch.opcode() == Opcode.GOTO || branch.opcode() == Opcode.GOTO_W;
        if (!always) {
            frame.pop(branch.opcode().name().startsWith("IF_") ? 2 : 1);
        }
        arrive(branch.target(), frame);
        return always ? null : frame;
    }

    private @Nullable Frame choose(Frame frame, Label otherwise, List<SwitchCase> cases) {
        frame.pop(1);
        arrive(otherwise, frame);
        cases.forEach(c -> arrive(c.target(), frame));
        return null;
    }

    private static void operate(Frame frame, OperatorInstruction operator) {
        TypeKind kind = operator.typeKind();
        switch (operator.opcode()) {
            case ARRAYLENGTH -> {
                frame.pop(1);
                frame.push(TypeKind.INT);
            }
            case INEG, LNEG, FNEG, DNEG -> {}
            case LCMP, FCMPL, FCMPG, DCMPL, DCMPG -> {
                frame.pop(2 * kind.slotSize());
                frame.push(TypeKind.INT);
            }
            case ISHL, ISHR, IUSHR, LSHL, LSHR, LUSHR -> frame.pop(1);
            default -> frame.pop(kind);
        }
    }

    private static void rearrange(Frame frame, Opcode opcode) {
        switch (opcode) {
            case POP -> frame.pop(1);
            case POP2 -> frame.pop(2);
            case DUP -> frame.duplicate(1, 0);
            case DUP_X1 -> frame.duplicate(1, 1);
            case DUP_X2 -> frame.duplicate(1, 2);
            case DUP2 -> frame.duplicate(2, 0);
            case DUP2_X1 -> frame.duplicate(2, 1);
            case DUP2_X2 -> frame.duplicate(2, 2);
            case SWAP -> frame.swap();
            default -> throw new IllegalStateException("no stack instruction: " + opcode);
        }
    }

    private static void access(Frame frame, FieldInstruction field) {
        TypeKind kind = TypeKind.from(field.typeSymbol());
        switch (field.opcode()) {
            case GETSTATIC -> frame.push(kind);
            case PUTSTATIC -> frame.pop(kind);
            case GETFIELD -> {
                frame.pop(1);
                frame.push(kind);
            }
            default -> frame.pop(kind.slotSize() + 1);
        }
    }

    private void call(Frame frame, InvokeInstruction call) {
        List<ClassDesc> types = call.typeSymbol().parameterList();
        var given = new ArrayList<Origin>();
        for (ClassDesc type : types.reversed()) {
            given.addFirst(frame.pop(TypeKind.from(type)));
        }
        if (call.opcode() != Opcode.INVOKESTATIC) {
            given.addFirst(frame.pop(1));
        }
        Origin returned = returned(call, given);
        ClassDesc type = call.typeSymbol().returnType();
        if (!type.equals(ConstantDescs.CD_void)) {
            frame.push(TypeKind.from(type), returned);
        }
    }

    /// Notes what a call does, and says where its result comes from.
    private Origin returned(InvokeInstruction call, List<Origin> given) {
        String owner = call.owner().asInternalName();
        String name = call.name().stringValue();
        if (owner.startsWith(API)) {
            if (name.equals("set") || name.equals("init")) {
                written.addAll(given.getFirst().arguments());
            } else if (owner.equals(CONTEXT) && name.startsWith("atomic")) {
                written.addAll(given.get(1).arguments());
            }
            return owner.equals(CONTEXT) && name.endsWith("LocalArray")
                    ? Origin.LOCAL
                    : Origin.UNKNOWN;
        }
        if (call.opcode() != Opcode.INVOKESTATIC) {
            return Origin.UNKNOWN;
        }
        if (given.stream().anyMatch(Origin::local)) {
            handedOver.add(owner.substring(owner.lastIndexOf('/') + 1) + "." + name);
        }
        Effects effects = bytecode.effects(owner, name, call.typeSymbol());
        handedOver.addAll(effects.handedOver());
        mixed.addAll(effects.mixed());
        effects.written().forEach(argument -> written.addAll(given.get(argument).arguments()));
        Origin returned = new Origin(Set.of(), effects.result().local());
        for (int argument : effects.result().arguments()) {
            returned = returned.or(given.get(argument));
        }
        return returned;
    }
}
