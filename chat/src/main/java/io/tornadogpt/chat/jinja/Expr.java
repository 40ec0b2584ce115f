package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What has a value.
sealed interface Expr {

    /// Where it stands; of an operation, where its operator does.
    Position at();

    record Constant(Value value, Position at) implements Expr {}

    record Name(String name, Position at) implements Expr {}

    record ListOf(List<Expr> items, boolean tuple, Position at) implements Expr {}

    record DictOf(List<Expr> keys, List<Expr> values, Position at) implements Expr {}

    record Attribute(Expr of, String name, Position at) implements Expr {}

    record Item(Expr of, Expr index, Position at) implements Expr {}

    record Slice(Expr of, @Nullable Expr from, @Nullable Expr to, @Nullable Expr step, Position at)
            implements Expr {}

    record Call(Expr function, Arguments arguments, Position at) implements Expr {}

    /// A filter. `of` is null in a block that filters what it encloses.
    record Filter(@Nullable Expr of, String name, Arguments arguments, Position at)
            implements Expr {}

    record Test(Expr of, String name, Arguments arguments, Position at) implements Expr {}

    record Unary(char operator, Expr of, Position at) implements Expr {}

    record Binary(String operator, Expr left, Expr right, Position at) implements Expr {}

    record Concatenation(List<Expr> parts, Position at) implements Expr {}

    /// `first operators[0] others[0] operators[1] others[1] ...`, true if each comparison is.
    record Comparison(Expr first, List<String> operators, List<Expr> others, Position at)
            implements Expr {}

    record Not(Expr of, Position at) implements Expr {}

    record And(Expr left, Expr right, Position at) implements Expr {}

    record Or(Expr left, Expr right, Position at) implements Expr {}

    record Conditional(Expr condition, Expr then, @Nullable Expr otherwise, Position at)
            implements Expr {}

    /// What a call hands over: `(positional, *spread, named=..., **spreadNamed)`.
    record Arguments(
            List<Expr> positional,
            @Nullable Expr spread,
            List<Named> named,
            @Nullable Expr spreadNamed) {

        static final Arguments NONE = new Arguments(List.of(), null, List.of(), null);
    }

    record Named(String name, Expr value) {}
}
