package io.tornadogpt.emulator.engine;

import java.lang.classfile.Attributes;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeAnnotation;
import java.lang.classfile.TypeAnnotation.LocalVarTarget;
import java.lang.classfile.TypeAnnotation.LocalVarTargetInfo;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.classfile.instruction.LabelTarget;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the loops of a method whose variable is `@Parallel`. The class file says from where to
/// where such a variable lives: from the test of its loop to the loop's end.
final class ParallelLoops {
    private static final String ANNOTATION = "L" + KernelFlow.API + "annotations/Parallel;";

    /// A loop.
    ///
    /// @param variable its variable's name
    /// @param slot where the variable is kept
    /// @param start where its variable begins to live, behind the first assignment
    /// @param end behind the loop
    /// @param depth how many `@Parallel` loops are around it
    record Loop(String variable, int slot, Label start, Label end, int depth) {}

    private ParallelLoops() {}

    /// The loops in the order of the code, outer ones before inner ones.
    static List<Loop> of(MethodModel method) {
        Optional<CodeAttribute> code = method.findAttribute(Attributes.code());
        if (code.isEmpty()) {
            return List.of();
        }
        var variables = new ArrayList<LocalVarTargetInfo>();
        code.get()
                .findAttribute(Attributes.runtimeVisibleTypeAnnotations())
                .ifPresent(
                        attribute -> {
                            for (TypeAnnotation annotation : attribute.annotations()) {
                                if (annotation.targetInfo() instanceof LocalVarTarget target
                                        && annotation
                                                .annotation()
                                                .className()
                                                .equalsString(ANNOTATION)) {
                                    variables.addAll(target.table());
                                }
                            }
                        });
        return variables.isEmpty() ? List.of() : loops(code.get(), variables);
    }

    private static List<Loop> loops(CodeAttribute code, List<LocalVarTargetInfo> variables) {
        Map<Label, Integer> positions = positions(code);
        Comparator<LocalVarTargetInfo> byStart =
                Comparator.comparing(v -> positions.getOrDefault(v.startLabel(), 0));
        var loops = new ArrayList<Loop>();
        for (LocalVarTargetInfo variable : variables.stream().sorted(byStart).toList()) {
            int start = positions.getOrDefault(variable.startLabel(), 0);
            long around =
                    loops.stream().filter(l -> positions.getOrDefault(l.end, 0) > start).count();
            loops.add(
                    new Loop(
                            name(code, variable),
                            variable.index(),
                            variable.startLabel(),
                            variable.endLabel(),
                            Math.toIntExact(around)));
        }
        return loops;
    }

    /// The numbers of the elements that labels are.
    static Map<Label, Integer> positions(CodeModel code) {
        var positions = new HashMap<Label, Integer>();
        int at = 0;
        for (CodeElement element : code) {
            if (element instanceof LabelTarget target) {
                positions.put(target.label(), at);
            }
            at++;
        }
        return positions;
    }

    private static String name(CodeAttribute code, LocalVarTargetInfo variable) {
        int start = code.labelToBci(variable.startLabel());
        return code.findAttribute(Attributes.localVariableTable()).stream()
                .flatMap(table -> table.localVariables().stream())
                .filter(v -> v.slot() == variable.index() && v.startPc() == start)
                .map(LocalVariableInfo::name)
                .map(Object::toString)
                .findFirst()
                .orElse("variable " + variable.index());
    }
}
