package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Conditions like `a && (b || c)` or `a || (b && c)` that are kept as 1 or 0: TornadoVM 5.2
/// negates them wrongly. As the condition of an `if` they are right, because they become branches.
///
/// javac makes of such a value `... 1, goto END, NO: 0, END:`, where the jumps before it go to
/// `NO`, or past the rest of the condition to the 1. A row of `&&` never jumps to the 1, a row of
/// `||` jumps to `NO` once.
final class MixedConditions {
    private MixedConditions() {}

    /// The lines of a method that hold such a value.
    static List<Integer> lines(CodeModel body) {
        List<CodeElement> code =
                body.elementList().stream()
                        .filter(
                                e ->
                                        e instanceof Instruction
                                                || e instanceof LabelTarget
                                                || e instanceof LineNumber)
                        .toList();
        var found = new ArrayList<Integer>();
        int line = 0;
        for (int i = 0; i < code.size(); i++) {
            if (code.get(i) instanceof LineNumber number) {
                line = number.line();
            } else if (isMixed(code, i)) {
                found.add(line);
            }
        }
        return found;
    }

    /// Whether the element is the 1 or 0 of a condition that holds.
    private static boolean isMixed(List<CodeElement> code, int at) {
        Integer holds = truth(code.get(at));
        if (holds == null
                || at + 2 >= code.size()
                || !(code.get(at + 1) instanceof BranchInstruction end)) {
            return false;
        }
        int fails = at + 2;
        Set<Label> no = labels(code, fails, 1);
        while (fails < code.size() && !(code.get(fails) instanceof Instruction)) {
            fails++;
        }
        if (end.opcode() != Opcode.GOTO || fails == code.size()) {
            return false;
        }
        Integer other = truth(code.get(fails));
        if (other == null
                || other.equals(holds)
                || !labels(code, fails + 1, 1).contains(end.target())) {
            return false;
        }
        return jumps(code, labels(code, at - 1, -1)) > 0 && jumps(code, no) > 1;
    }

    private static @Nullable Integer truth(CodeElement element) {
        return element instanceof ConstantInstruction c
                        && c.constantValue() instanceof Integer value
                        && (value == 0 || value == 1)
                ? value
                : null;
    }

    /// The labels that lie at one place.
    ///
    /// @param step to the next element, 1 or -1
    private static Set<Label> labels(List<CodeElement> code, int from, int step) {
        var labels = new HashSet<Label>();
        for (int i = from; i >= 0 && i < code.size(); i += step) {
            if (code.get(i) instanceof LabelTarget target) {
                labels.add(target.label());
            } else if (code.get(i) instanceof Instruction) {
                break;
            }
        }
        return labels;
    }

    private static long jumps(List<CodeElement> code, Set<Label> labels) {
        return code.stream()
                .filter(e -> e instanceof BranchInstruction b && labels.contains(b.target()))
                .count();
    }
}
