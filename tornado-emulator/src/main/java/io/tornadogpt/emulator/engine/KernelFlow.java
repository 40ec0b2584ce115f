package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.engine.KernelBytecode.Effects;
import io.tornadogpt.emulator.engine.KernelBytecode.Guard;
import io.tornadogpt.emulator.engine.KernelBytecode.MethodKey;

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
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Follows values through one static method, from its arguments and its local arrays to the calls
/// that take them.
final class KernelFlow {

    static final String API = "uk/ac/manchester/tornado/api/";
    static final String CONTEXT = API + "KernelContext";
    private static final String GLOBAL_ID = "globalId";

    private final KernelBytecode bytecode;
    private final MethodKey method;
    private final boolean isKernel;
    private final Map<Label, Frame> arrivals = new HashMap<>();
    private final Set<Integer> written = new TreeSet<>();
    private final Set<String> handedOver = new TreeSet<>();
    private final Set<String> mixed = new TreeSet<>();
    private final Set<String> negatives = new TreeSet<>();
    private final Set<Guard> guards = new HashSet<>();
    private final Shifts shifts = new Shifts();
    private final Set<Integer> constantStores = new TreeSet<>();
    private boolean barriers;
    private @Nullable Origin result;
    private int number;
    private int line;

    private KernelFlow(KernelBytecode bytecode, MethodKey method, boolean isKernel) {
        this.bytecode = bytecode;
        this.method = method;
        this.isKernel = isKernel;
    }

    /// The effects of a method.
    ///
    /// @param isKernel whether its scalar arguments are constants to a compiler
    static Effects effects(
            KernelBytecode bytecode, MethodKey method, CodeModel body, boolean isKernel) {
        var flow = new KernelFlow(bytecode, method, isKernel);
        MixedConditions.lines(body).forEach(line -> flow.mixed.add(flow.at(line)));
        while (flow.passes(body)) {
            // Once more: a jump back brought a value to a place that was passed without it.
        }
        flow.shifts.elementLines().forEach(line -> flow.negatives.add(flow.at(line)));
        return new Effects(
                Set.copyOf(flow.written),
                List.copyOf(flow.handedOver),
                List.copyOf(flow.mixed),
                List.copyOf(flow.negatives),
                Set.copyOf(flow.guards),
                Set.copyOf(flow.shifts.signed()),
                Set.copyOf(flow.constantStores),
                flow.barriers,
                flow.result == null ? Origin.UNKNOWN : flow.result);
    }

    private String at(int codeLine) {
        return method.file() + ", line " + codeLine;
    }

    /// Goes through the code once. True if more may come to a label than was known before it.
    private boolean passes(CodeModel body) {
        var before = new HashMap<>(arrivals);
        guards.clear();
        constantStores.clear();
        shifts.clear();
        number = -1;
        Frame frame = start();
        for (CodeElement element : body) {
            switch (element) {
                case LabelTarget target -> {
                    if (frame != null) {
                        arrive(target.label(), frame);
                    }
                    Frame met = arrivals.get(target.label());
                    frame = met == null ? null : met.copy();
                }
                case LineNumber lineNumber -> line = lineNumber.line();
                case Instruction instruction -> {
                    number++;
                    frame = frame == null ? null : step(frame, instruction);
                }
                default -> {}
            }
        }
        return !before.equals(arrivals);
    }

    private Frame start() {
        MethodTypeDesc type = method.type();
        var variables = new HashMap<Integer, Origin>();
        int slot = 0;
        for (int i = 0; i < type.parameterCount(); i++) {
            variables.put(slot, Origin.argument(i, isKernel));
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
            case StoreInstruction i -> frame.variables().put(i.slot(), frame.pop(i.typeKind()));
            case IncrementInstruction i -> {
                shifts.used(frame.variable(i.slot()));
                frame.variables().put(i.slot(), Origin.UNKNOWN);
            }
            case ConstantInstruction i -> frame.push(i.typeKind(), constant(i));
            case ConvertInstruction i -> frame.push(i.toType(), converted(frame, i));
            case OperatorInstruction i -> operate(frame, i);
            case StackInstruction i -> rearrange(frame, i.opcode());
            case ArrayLoadInstruction i -> {
                shifts.used(frame.pop(1));
                frame.pop(1);
                frame.push(i.typeKind());
            }
            case ArrayStoreInstruction i -> {
                shifts.used(frame.pop(i.typeKind()));
                shifts.used(frame.pop(1));
                frame.pop(1);
            }
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
                if (i.typeKind() != TypeKind.VOID) {
                    Origin returned = shifts.used(frame.pop(i.typeKind())).withoutShifts();
                    result = result == null ? returned : result.or(returned);
                }
                return null;
            }
            case ThrowInstruction _ -> {
                return null;
            }
            default -> {} // a cast: the stack stays as it is
        }
        return frame;
    }

    private @Nullable Frame branch(Frame frame, BranchInstruction branch) {
        boolean always = branch.opcode() == Opcode.GOTO || branch.opcode() == Opcode.GOTO_W;
        if (!always) {
            Origin last = shifts.used(frame.pop(1));
            if (branch.opcode().name().startsWith("IF_")) {
                compare(branch.opcode(), shifts.used(frame.pop(1)), last);
            }
        }
        arrive(branch.target(), frame);
        return always ? null : frame;
    }

    /// Notes a comparison of a `globalId` with a scalar.
    private void compare(Opcode opcode, Origin left, Origin right) {
        switch (opcode) {
            case IF_ICMPLT, IF_ICMPGE -> guard(left, right);
            case IF_ICMPGT, IF_ICMPLE -> guard(right, left);
            default -> {}
        }
    }

    private void guard(Origin id, Origin bound) {
        boolean isArgument = bound.constant() && bound.arguments().size() == 1;
        if (isKernel && id.dimension() != Origin.NONE && isArgument) {
            guards.add(new Guard(id.dimension(), bound.arguments().iterator().next()));
        }
    }

    private @Nullable Frame choose(Frame frame, Label otherwise, List<SwitchCase> cases) {
        shifts.used(frame.pop(1));
        arrive(otherwise, frame);
        cases.forEach(c -> arrive(c.target(), frame));
        return null;
    }

    private static Origin constant(ConstantInstruction constant) {
        return switch (constant.constantValue()) {
            case Integer value -> Origin.number(value);
            case Long value -> Origin.number(value);
            case null, default -> Origin.CONSTANT;
        };
    }

    /// A conversion to fewer bits cuts off what a shift put in front.
    private Origin converted(Frame frame, ConvertInstruction convert) {
        Origin value = frame.pop(convert.fromType());
        int kept =
                switch (convert.opcode()) {
                    case L2I -> Integer.SIZE;
                    case I2S, I2C -> Short.SIZE;
                    case I2B -> Byte.SIZE;
                    default -> Long.SIZE;
                };
        if (kept == Long.SIZE) {
            return shifts.used(value).converted();
        }
        shifts.masked(value, (1L << kept) - 1);
        return value.converted();
    }

    private void operate(Frame frame, OperatorInstruction operator) {
        TypeKind kind = operator.typeKind();
        switch (operator.opcode()) {
            case ARRAYLENGTH -> {
                frame.pop(1);
                frame.push(TypeKind.INT);
            }
            case INEG, LNEG, FNEG, DNEG ->
                    frame.push(kind, shifts.used(frame.pop(kind)).converted());
            case LCMP, FCMPL, FCMPG, DCMPL, DCMPG -> {
                shifts.used(frame.pop(kind));
                shifts.used(frame.pop(kind));
                frame.push(TypeKind.INT);
            }
            case ISHL, LSHL -> {
                Origin distance = shifts.used(frame.pop(1));
                Origin value = shifts.used(frame.pop(kind));
                frame.push(kind, computed(value, distance));
            }
            case ISHR, IUSHR, LSHR, LUSHR -> {
                Origin distance = shifts.used(frame.pop(1));
                Origin value = shifts.used(frame.pop(kind));
                int width = kind == TypeKind.LONG ? Long.SIZE : Integer.SIZE;
                shifts.add(number, line, width, value.element(), distance.value());
                frame.push(kind, Origin.shift(number, computed(value, distance)));
            }
            case IAND, LAND -> {
                Origin right = frame.pop(kind);
                Origin left = frame.pop(kind);
                shifts.masked(left, right.value());
                shifts.masked(right, left.value());
                frame.push(kind, computed(left, right));
            }
            case IDIV, LDIV -> {
                Origin divisor = shifts.used(frame.pop(kind));
                Origin value = shifts.used(frame.pop(kind));
                shifts.divide(number, line, value, divisor);
                frame.push(kind, computed(value, divisor));
            }
            default -> {
                Origin right = shifts.used(frame.pop(kind));
                Origin left = shifts.used(frame.pop(kind));
                frame.push(kind, computed(left, right));
            }
        }
    }

    private static Origin computed(Origin left, Origin right) {
        return left.constant() && right.constant() ? Origin.CONSTANT : Origin.UNKNOWN;
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

    private void access(Frame frame, FieldInstruction field) {
        TypeKind kind = TypeKind.from(field.typeSymbol());
        switch (field.opcode()) {
            case GETSTATIC -> frame.push(kind);
            case PUTSTATIC -> frame.pop(kind);
            case GETFIELD -> {
                frame.pop(1);
                frame.push(kind, field(field));
            }
            default -> {
                shifts.used(frame.pop(kind));
                frame.pop(1);
            }
        }
    }

    private static Origin field(FieldInstruction field) {
        String name = field.name().stringValue();
        return field.owner().asInternalName().equals(CONTEXT) && name.startsWith(GLOBAL_ID)
                ? Origin.globalId(name.charAt(GLOBAL_ID.length()) - 'x')
                : Origin.UNKNOWN;
    }

    private void call(Frame frame, InvokeInstruction call) {
        List<ClassDesc> types = call.typeSymbol().parameterList();
        var given = new ArrayList<Origin>();
        for (ClassDesc type : types.reversed()) {
            given.addFirst(shifts.used(frame.pop(TypeKind.from(type))));
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
        if (owner.equals(CONTEXT)) {
            return ofContext(name, given);
        }
        if (owner.startsWith(API)) {
            if (name.equals("set") || name.equals("init")) {
                written.addAll(given.getFirst().arguments());
                if (given.getLast().constant()) {
                    constantStores.add(number);
                }
            }
            return name.equals("get") && isIntegral(call) ? Origin.ELEMENT : Origin.UNKNOWN;
        }
        if (owner.equals("java/lang/Integer")
                && (name.equals("intValue") || name.equals("valueOf"))) {
            return given.getFirst();
        }
        return call.opcode() == Opcode.INVOKESTATIC
                ? ofHelper(new MethodKey(owner, name, call.type().stringValue()), given)
                : Origin.UNKNOWN;
    }

    private static boolean isIntegral(InvokeInstruction call) {
        TypeKind kind = TypeKind.from(call.typeSymbol().returnType()).asLoadable();
        return kind == TypeKind.INT || kind == TypeKind.LONG;
    }

    private Origin ofContext(String name, List<Origin> given) {
        if (name.startsWith("atomic")) {
            written.addAll(given.get(1).arguments());
        }
        barriers |= name.endsWith("Barrier");
        return name.endsWith("LocalArray") ? Origin.LOCAL : Origin.UNKNOWN;
    }

    private Origin ofHelper(MethodKey helper, List<Origin> given) {
        if (given.stream().anyMatch(Origin::local)) {
            handedOver.add(helper.file() + "." + helper.name());
        }
        Effects effects = bytecode.effects(helper);
        handedOver.addAll(effects.handedOver());
        mixed.addAll(effects.mixed());
        negatives.addAll(effects.negatives());
        barriers |= effects.barriers();
        effects.written().forEach(argument -> written.addAll(given.get(argument).arguments()));
        Origin returned = effects.result();
        Set<Integer> arguments = returned.arguments();
        returned = returned.withoutArguments();
        for (int argument : arguments) {
            returned = returned.or(given.get(argument));
        }
        return returned;
    }
}
