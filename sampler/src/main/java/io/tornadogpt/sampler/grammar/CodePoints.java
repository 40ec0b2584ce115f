package io.tornadogpt.sampler.grammar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A set of characters, as ranges of code points in order. Halves of surrogate pairs are none.
record CodePoints(List<Range> ranges) {
    private static final int LAST = Character.MAX_CODE_POINT;

    static final CodePoints ALL = of(0, LAST);
    static final CodePoints DIGITS = of('0', '9');
    static final CodePoints WORD = DIGITS.or(of('a', 'z')).or(of('A', 'Z')).or(of('_', '_'));

    /// What ECMAScript takes for white space.
    static final CodePoints SPACE =
            of('\t', '\r')
                    .or(of(' ', ' '))
                    .or(of(0xA0, 0xA0))
                    .or(of(0x1680, 0x1680))
                    .or(of(0x2000, 0x200A))
                    .or(of(0x2028, 0x2029))
                    .or(of(0x202F, 0x202F))
                    .or(of(0x205F, 0x205F))
                    .or(of(0x3000, 0x3000))
                    .or(of(0xFEFF, 0xFEFF));

    static final CodePoints LINE_ENDS = of('\n', '\n').or(of('\r', '\r')).or(of(0x2028, 0x2029));

    /// From one code point to another, both included.
    record Range(int first, int last) {}

    static CodePoints of(int first, int last) {
        var ranges = new ArrayList<Range>();
        add(ranges, first, Math.min(last, Character.MIN_SURROGATE - 1));
        add(ranges, Math.max(first, Character.MAX_SURROGATE + 1), last);
        return new CodePoints(ranges);
    }

    private static void add(List<Range> ranges, int first, int last) {
        if (first <= last) {
            ranges.add(new Range(first, last));
        }
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    CodePoints or(CodePoints other) {
        var all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        all.sort(Comparator.comparingInt(Range::first));
        var merged = new ArrayList<Range>();
        for (Range range : all) {
            Range before = merged.isEmpty() ? null : merged.getLast();
            if (before != null && range.first <= before.last + 1) {
                merged.set(
                        merged.size() - 1,
                        new Range(before.first, Math.max(before.last, range.last)));
            } else {
                merged.add(range);
            }
        }
        return new CodePoints(merged);
    }

    CodePoints not() {
        var rest = new ArrayList<Range>();
        int next = 0;
        for (Range range : ranges) {
            rest.addAll(of(next, range.first - 1).ranges);
            next = range.last + 1;
        }
        rest.addAll(of(next, LAST).ranges);
        return new CodePoints(rest);
    }

    CodePoints and(CodePoints other) {
        return not().or(other.not()).not();
    }
}
