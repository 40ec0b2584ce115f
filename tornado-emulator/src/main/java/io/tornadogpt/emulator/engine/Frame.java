package io.tornadogpt.emulator.engine;

import java.lang.classfile.TypeKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What the operand stack and the local variables hold at one place of the code. Both are counted
/// in slots, of which a long and a double take two.
record Frame(List<Origin> stack, Map<Integer, Origin> variables) {
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
