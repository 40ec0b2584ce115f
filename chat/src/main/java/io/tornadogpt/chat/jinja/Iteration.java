package io.tornadogpt.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;

/// Going over values, each item a step.
record Iteration(Budget budget) {

    /// What `for` goes over, or a refusal.
    Iterator<Value> over(Value value) {
        return switch (value) {
            case Value.Items items -> counted(items.items().iterator());
            case Dict dict -> counted(mapped(dict.entries().iterator(), Dict.Entry::key));
            case Value.Text text -> counted(characters(text));
            case Value.View view -> counted(parts(view));
            case Value.Range range -> counted(numbers(range));
            case Value.Generator generator -> generator.iterator();
            case Value.Undefined _ -> Collections.emptyIterator();
            case Loop _ -> throw Fault.unsupported("going over 'loop' itself is not supported");
            default ->
                    throw Fault.value(
                            "a value of type '" + PythonText.type(value) + "' is not iterable");
        };
    }

    static boolean isIterable(Value value) {
        return switch (value) {
            case Value.Items _, Dict _, Value.Text _, Value.View _, Value.Range _ -> true;
            case Value.Generator _, Value.Undefined _, Loop _ -> true;
            default -> false;
        };
    }

    /// All items, as a list that the budget has paid for.
    List<Value> elements(Value value) {
        if (value instanceof Value.Items items) {
            return items.items();
        }
        List<Value> elements = new ArrayList<>();
        Iterator<Value> iterator = over(value);
        while (iterator.hasNext()) {
            budget.elements(1);
            elements.add(iterator.next());
        }
        return Collections.unmodifiableList(elements);
    }

    /// `len(value)`, or -1 for what has no length.
    int lengthOrMinusOne(Value value) {
        return switch (value) {
            case Value.Items items -> items.items().size();
            case Dict dict -> dict.size();
            case Value.Text text -> {
                budget.steps(text.value().length() / 64);
                yield PythonText.length(text.value());
            }
            case Value.View view -> view.of().size();
            case Value.Range range -> range.length();
            case Value.Undefined _ -> 0;
            default -> -1;
        };
    }

    int length(Value value) {
        int length = lengthOrMinusOne(value);
        if (length < 0) {
            throw Fault.value("a value of type '" + PythonText.type(value) + "' has no length");
        }
        return length;
    }

    private Iterator<Value> counted(Iterator<Value> items) {
        return mapped(
                items,
                item -> {
                    budget.step();
                    return item;
                });
    }

    static <T> Iterator<Value> mapped(Iterator<T> items, Function<T, Value> function) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return items.hasNext();
            }

            @Override
            public Value next() {
                return function.apply(items.next());
            }
        };
    }

    private static Iterator<Value> characters(Value.Text text) {
        return mapped(
                text.value().codePoints().iterator(),
                c -> new Value.Text(Character.toString(c), false));
    }

    private static Iterator<Value> parts(Value.View view) {
        return mapped(
                view.of().entries().iterator(),
                entry ->
                        switch (view.part()) {
                            case KEYS -> entry.key();
                            case VALUES -> entry.value();
                            case ITEMS -> Value.tuple(entry.key(), entry.value());
                        });
    }

    private static Iterator<Value> numbers(Value.Range range) {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < range.length();
            }

            @Override
            public Value next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return Value.integer(range.start() + range.step() * next++);
            }
        };
    }
}
