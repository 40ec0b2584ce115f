package io.tornadogpt.chat.jinja;

import io.tornadogpt.chat.jinja.Token.Kind;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The tokens that the parsers read, and what they both keep track of on the way.
final class TokenStream {

    /// Deep enough for any template that people write, shallow enough for any thread's stack.
    private static final int DEEPEST = 120;

    private final List<Token> tokens;
    private int next;
    private int depth;

    /// Filters and tests that are not known, outside of conditions.
    private final List<Fault> refused = new ArrayList<>();

    /// Which of the names `caller`, `kwargs` and `varargs` the macro being read uses.
    Set<String> macroNames = new HashSet<>();

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(next);
    }

    Token following() {
        return tokens.get(Math.min(next + 1, tokens.size() - 1));
    }

    Token take() {
        Token token = tokens.get(next);
        if (token.kind() != Kind.END) {
            next++;
        }
        return token;
    }

    boolean at(Kind kind) {
        return current().kind() == kind;
    }

    boolean atOperator(String operator) {
        return current().isOperator(operator);
    }

    boolean atName(String name) {
        return current().isName(name);
    }

    boolean skipOperator(String operator) {
        if (!atOperator(operator)) {
            return false;
        }
        take();
        return true;
    }

    boolean skipName(String name) {
        if (!atName(name)) {
            return false;
        }
        take();
        return true;
    }

    Token expect(Kind kind, String what) {
        if (!at(kind)) {
            throw unexpected(what);
        }
        return take();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    Fault unexpected(@Nullable String expected) {
        String found = current().described() + " is not expected here";
        return Fault.syntax(current().at(), expected == null ? found : found + ", but " + expected);
    }

    void enter() {
        if (++depth > DEEPEST) {
            throw Fault.syntax(
                    current().at(),
                    "expressions and blocks are nested more than " + DEEPEST + " deep");
        }
    }

    void leave() {
        depth--;
    }

    /// Notes an unknown filter or test. Where a condition decides whether it is reached, as in
    /// Jinja, only reaching it is an error.
    void refuse(Position at, String message) {
        refused.add(Fault.unsupported(at, message));
    }

    int refusals() {
        return refused.size();
    }

    void forgetRefusals(int size) {
        refused.subList(size, refused.size()).clear();
    }

    void requireNoRefusal() {
        if (!refused.isEmpty()) {
            throw refused.getFirst();
        }
    }
}
