package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// The variable `loop`. It looks one item ahead only where a template asks for what comes.
final class Loop implements Value.Callable {

    /// Runs the loop again over other items, for `loop(children)`.
    @FunctionalInterface
    interface Recursion {
        Value over(Value items, int depth);
    }

    private final Interpreter in;
    private final Value source;
    private final @Nullable Recursion recursion;
    private final int depth0;

    private Iterator<Value> items;
    private int index0 = -1;
    private int length = -1;
    private @Nullable Value previous;
    private @Nullable Value current;
    private @Nullable Value ahead;
    private @Nullable List<Value> changing;

    Loop(Interpreter in, Value source, @Nullable Recursion recursion, int depth0) {
        this.in = in;
        this.source = source;
        this.recursion = recursion;
        this.depth0 = depth0;
        items = in.iterate(source);
    }

    boolean hasNext() {
        return ahead != null || items.hasNext();
    }

    Value next() {
        Value item = ahead != null ? ahead : items.next();
        ahead = null;
        index0++;
        previous = current;
        current = item;
        return item;
    }

    private @Nullable Value peek() {
        if (ahead == null && items.hasNext()) {
            ahead = items.next();
        }
        return ahead;
    }

    private int length() {
        if (length < 0) {
            int known = in.lengthOrMinusOne(source);
            if (known < 0) {
                List<Value> rest = new ArrayList<>();
                items.forEachRemaining(rest::add);
                items = rest.iterator();
                known = rest.size() + index0 + 1 + (ahead == null ? 0 : 1);
            }
            length = known;
        }
        return length;
    }

    @Nullable Value attribute(String name) {
        return switch (name) {
            case "index" -> Value.integer(index0 + 1);
            case "index0" -> Value.integer(index0);
            case "revindex" -> Value.integer(length() - index0);
            case "revindex0" -> Value.integer(length() - index0 - 1);
            case "first" -> Value.Bool.of(index0 == 0);
            case "last" -> Value.Bool.of(peek() == null);
            case "length" -> Value.integer(length());
            case "depth" -> Value.integer(depth0 + 1);
            case "depth0" -> Value.integer(depth0);
            case "previtem" ->
                    previous != null ? previous : new Value.Undefined("there is no previous item");
            case "nextitem" -> {
                Value next = peek();
                yield next != null ? next : new Value.Undefined("there is no next item");
            }
            case "cycle" -> new Value.Function("cycle", (_, args) -> cycle(args));
            case "changed" -> new Value.Function("changed", (_, args) -> changed(args));
            default -> null;
        };
    }

    private Value cycle(Args args) {
        if (args.positional().isEmpty()) {
            throw Fault.value("no items for cycling given");
        }
        return args.positional().get(index0 % args.positional().size());
    }

    private Value changed(Args args) {
        List<Value> before = changing;
        List<Value> now = args.positional();
        boolean same = before != null && in.operators().equal(Value.list(before), Value.list(now));
        changing = now;
        return Value.Bool.of(!same);
    }

    Value recurse(Args args) {
        if (recursion == null) {
            throw Fault.value("the loop must have the word 'recursive' to be called");
        }
        @Nullable Value[] bound = args.bind("loop", "iterable");
        if (bound[0] == null) {
            throw Fault.value("loop() needs what to loop over");
        }
        return recursion.over(bound[0], depth0 + 1);
    }

    String shown() {
        return "<LoopContext " + (index0 + 1) + "/" + length() + ">";
    }
}
