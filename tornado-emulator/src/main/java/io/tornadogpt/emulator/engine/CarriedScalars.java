package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.engine.ParallelLoops.Loop;

import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Variables that a `@Parallel` loop changes and that a later round, or what follows the loop,
/// reads: on a device each work-item has one of its own, so nothing comes through.
final class CarriedScalars {

    /// A variable, and where the loop changes it.
    record Scalar(String name, String loop, int line) {}

    private final List<CodeElement> code;
    private final Map<Label, Integer> positions;

    private CarriedScalars(CodeModel body) {
        this.code = body.elementList();
        this.positions = ParallelLoops.positions(body);
    }

    /// The variables that loops carry.
    static List<Scalar> of(CodeModel body, List<Loop> loops) {
        if (loops.isEmpty()) {
            return List.of();
        }
        var found = new ArrayList<Scalar>();
        var scalars = new CarriedScalars(body);
        for (Loop loop : loops) {
            scalars.of(loop, found);
        }
        return found;
    }

    private void of(Loop loop, List<Scalar> found) {
        int header = position(loop.start());
        int end = position(loop.end());
        var changes = new TreeMap<Integer, Integer>();
        int line = 0;
        for (int i = 0; i < end; i++) {
            if (code.get(i) instanceof LineNumber number) {
                line = number.line();
            }
            int slot = changed(code.get(i));
            if (i > header && slot >= 0 && slot != loop.slot()) {
                changes.putIfAbsent(slot, line);
            }
        }
        changes.forEach(
                (slot, at) -> {
                    if (isReadFrom(header, slot)) {
                        found.add(new Scalar(name(header, slot), loop.variable(), at));
                    }
                });
    }

    private int position(Label label) {
        return positions.getOrDefault(label, code.size());
    }

    private static int changed(CodeElement element) {
        return switch (element) {
            case StoreInstruction store -> store.slot();
            case IncrementInstruction increment -> increment.slot();
            default -> -1;
        };
    }

    /// Whether a path leads from a place to a load of a variable without a store to it.
    private boolean isReadFrom(int start, int slot) {
        var seen = new BitSet();
        var open = new ArrayDeque<Integer>(List.of(start));
        while (!open.isEmpty()) {
            int at = open.pop();
            if (at >= code.size() || seen.get(at)) {
                continue;
            }
            seen.set(at);
            CodeElement element = code.get(at);
            if (element instanceof LoadInstruction load && load.slot() == slot
                    || element instanceof IncrementInstruction i && i.slot() == slot) {
                return true;
            }
            if (!(element instanceof StoreInstruction store && store.slot() == slot)) {
                follow(element, at, open);
            }
        }
        return false;
    }

    private void follow(CodeElement element, int at, ArrayDeque<Integer> open) {
        switch (element) {
            case BranchInstruction branch -> {
                open.push(position(branch.target()));
                if (branch.opcode() != Opcode.GOTO && branch.opcode() != Opcode.GOTO_W) {
                    open.push(at + 1);
                }
            }
            case TableSwitchInstruction choice -> {
                open.push(position(choice.defaultTarget()));
                choice.cases().forEach(c -> open.push(position(c.target())));
            }
            case LookupSwitchInstruction choice -> {
                open.push(position(choice.defaultTarget()));
                choice.cases().forEach(c -> open.push(position(c.target())));
            }
            case ReturnInstruction _, ThrowInstruction _ -> {}
            case Instruction _, LabelTarget _ -> open.push(at + 1);
            default -> open.push(at + 1);
        }
    }

    /// The name of the variable that lives at a place.
    private String name(int place, int slot) {
        for (CodeElement element : code) {
            if (element instanceof LocalVariable variable
                    && variable.slot() == slot
                    && position(variable.startScope()) <= place
                    && place < position(variable.endScope())) {
                return variable.name().stringValue();
            }
        }
        return "variable " + slot;
    }
}
