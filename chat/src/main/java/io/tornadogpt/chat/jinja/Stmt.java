package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What is done in turn.
sealed interface Stmt {

    record Data(String text) implements Stmt {}

    record Print(Expr of) implements Stmt {}

    record If(List<Branch> branches, List<Stmt> otherwise) implements Stmt {}

    record Branch(Expr condition, List<Stmt> body) {}

    record For(
            Target target,
            Expr in,
            @Nullable Expr filter,
            List<Stmt> body,
            List<Stmt> otherwise,
            boolean recursive,
            Position at)
            implements Stmt {}

    record Assign(Target target, Expr value, Position at) implements Stmt {}

    record AssignBlock(Target target, Expr.@Nullable Filter filter, List<Stmt> body, Position at)
            implements Stmt {}

    record DefineMacro(MacroBody macro) implements Stmt {}

    record CallBlock(Expr.Call call, MacroBody caller) implements Stmt {}

    record FilterBlock(Expr.Filter filter, List<Stmt> body) implements Stmt {}

    record With(List<Target> targets, List<Expr> values, List<Stmt> body, Position at)
            implements Stmt {}

    /// What the assistant wrote, which training looks at.
    record Generation(List<Stmt> body, Position at) implements Stmt {}

    record Break() implements Stmt {}

    record Continue() implements Stmt {}

    /// Parameters and body of a macro, or of the block that a call hands to one.
    ///
    /// @param defaults of the last parameters
    /// @param caller whether the body calls `caller`, so for `kwargs` and `varargs`
    record MacroBody(
            String name,
            List<String> parameters,
            List<Expr> defaults,
            List<Stmt> body,
            boolean caller,
            boolean kwargs,
            boolean varargs,
            Position at) {}

    /// What is assigned to.
    sealed interface Target {

        record Variable(String name) implements Target {}

        record NamespaceAttribute(String namespace, String name) implements Target {}

        record Unpacked(List<Target> targets) implements Target {}
    }
}
