package io.tornadogpt.chat.jinja;

import io.tornadogpt.chat.jinja.Stmt.MacroBody;
import io.tornadogpt.chat.jinja.Stmt.Target;
import io.tornadogpt.chat.jinja.Token.Kind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Reads a template's statements.
final class Parser {

    private static final Set<String> CONSTANTS =
            Set.of("true", "false", "none", "True", "False", "None");

    private final TokenStream in;
    private final ExpressionParser expressions;

    /// How many loops of the same macro surround the current token.
    private int loops;

    private Parser(List<Token> tokens) {
        in = new TokenStream(tokens);
        expressions = new ExpressionParser(in);
    }

    static List<Stmt> parse(String source) {
        Parser parser = new Parser(Lexer.tokens(source));
        List<Stmt> body = parser.statements();
        parser.in.requireNoRefusal();
        return body;
    }

    /// Statements up to the end of the source, or to a tag that starts with one of the names.
    private List<Stmt> statements(String... endNames) {
        in.enter();
        List<Stmt> body = new ArrayList<>();
        while (!in.at(Kind.END)) {
            Token token = in.take();
            switch (token.kind()) {
                case DATA -> body.add(new Stmt.Data(token.text()));
                case VARIABLE_BEGIN -> {
                    body.add(new Stmt.Print(expressions.tupleOrExpression(true)));
                    in.expect(Kind.VARIABLE_END, "'}}' is");
                }
                default -> {
                    if (atAny(endNames)) {
                        in.leave();
                        return List.copyOf(body);
                    }
                    statement(body);
                    in.expect(Kind.BLOCK_END, "'%}' is");
                }
            }
        }
        if (endNames.length > 0) {
            throw Fault.syntax(
                    in.current().at(),
                    "the template ends inside a block, before '"
                            + String.join("' or '", endNames)
                            + "'");
        }
        in.leave();
        return List.copyOf(body);
    }

    private boolean atAny(String... names) {
        for (String name : names) {
            if (in.atName(name)) {
                return true;
            }
        }
        return false;
    }

    /// From the end of a tag to the tag that starts with one of the names.
    private List<Stmt> body(String... endNames) {
        in.skipOperator(":");
        in.expect(Kind.BLOCK_END, "'%}' is");
        return statements(endNames);
    }

    private List<Stmt> bodyTo(String endName) {
        List<Stmt> body = body(endName);
        in.take();
        return body;
    }

    private void statement(List<Stmt> body) {
        Token tag = in.expect(Kind.NAME, "a tag's name is");
        switch (tag.text()) {
            case "if" -> body.add(ifStatement());
            case "for" -> body.add(forStatement(tag));
            case "set" -> body.add(set(tag));
            case "macro" -> body.add(macro(tag));
            case "call" -> body.add(callBlock(tag));
            case "filter" -> {
                Expr.Filter filter = expressions.blockFilters();
                body.add(new Stmt.FilterBlock(filter, bodyTo("endfilter")));
            }
            case "with" -> body.add(with(tag));
            case "print" -> print(body);
            case "generation" -> body.add(generation(tag));
            case "autoescape" -> body.add(autoescape(tag));
            case "break" -> body.add(inLoop(tag, new Stmt.Break()));
            case "continue" -> body.add(inLoop(tag, new Stmt.Continue()));
            case "block", "extends", "include", "import", "from" ->
                    throw Fault.unsupported(
                            tag.at(),
                            "the tag '"
                                    + tag.text()
                                    + "' is not supported: no other files are read");
            default ->
                    throw Fault.syntax(
                            tag.at(), "the tag '" + Quoting.shortened(tag.text()) + "' is unknown");
        }
    }

    private Stmt inLoop(Token tag, Stmt statement) {
        if (loops == 0) {
            throw Fault.syntax(tag.at(), "'" + tag.text() + "' stands outside of a loop");
        }
        return statement;
    }

    private Stmt ifStatement() {
        int refusals = in.refusals();
        List<Stmt.Branch> branches = new ArrayList<>();
        List<Stmt> otherwise = List.of();
        while (true) {
            Expr condition = expressions.tupleOrExpression(false);
            branches.add(new Stmt.Branch(condition, body("elif", "else", "endif")));
            Token next = in.take();
            if (next.isName("elif")) {
                continue;
            }
            if (next.isName("else")) {
                otherwise = bodyTo("endif");
            }
            break;
        }
        in.forgetRefusals(refusals);
        return new Stmt.If(List.copyOf(branches), otherwise);
    }

    private Stmt forStatement(Token tag) {
        Target target = target(false);
        if (!in.skipName("in")) {
            throw in.unexpected("'in' is");
        }
        Expr iterable = expressions.tupleOrExpression(false, "recursive");
        Expr filter = in.skipName("if") ? expressions.expression() : null;
        boolean recursive = in.skipName("recursive");
        loops++;
        List<Stmt> body = body("endfor", "else");
        loops--;
        List<Stmt> otherwise = in.take().isName("else") ? bodyTo("endfor") : List.of();
        refuseLoopAsTarget(target, tag);
        return new Stmt.For(target, iterable, filter, body, otherwise, recursive, tag.at());
    }

    private static void refuseLoopAsTarget(Target target, Token tag) {
        switch (target) {
            case Target.Variable(String name) when name.equals("loop") ->
                    throw Fault.syntax(tag.at(), "a loop cannot assign to 'loop'");
            case Target.Unpacked(List<Target> targets) ->
                    targets.forEach(each -> refuseLoopAsTarget(each, tag));
            default -> {}
        }
    }

    private Stmt set(Token tag) {
        Target target = target(true);
        if (in.skipOperator("=")) {
            return new Stmt.Assign(target, expressions.tupleOrExpression(true), tag.at());
        }
        Expr.Filter filter = in.skipOperator("|") ? expressions.blockFilters() : null;
        return new Stmt.AssignBlock(target, filter, bodyTo("endset"), tag.at());
    }

    private Target target(boolean namespaces) {
        List<Target> targets = new ArrayList<>(List.of(singleTarget(namespaces)));
        boolean comma = false;
        while (in.skipOperator(",")) {
            comma = true;
            if (in.atOperator(")")) {
                break;
            }
            targets.add(singleTarget(namespaces));
        }
        return comma ? new Target.Unpacked(List.copyOf(targets)) : targets.getFirst();
    }

    private String namespaceName() {
        String name = in.take().text();
        in.expectOperator(".");
        return name;
    }

    private Target singleTarget(boolean namespaces) {
        if (in.skipOperator("(")) {
            in.enter();
            Target inner = target(namespaces);
            in.expectOperator(")");
            in.leave();
            return inner;
        }
        if (namespaces && in.at(Kind.NAME) && in.following().isOperator(".")) {
            return new Target.NamespaceAttribute(
                    namespaceName(), in.expect(Kind.NAME, "a name is").text());
        }
        return new Target.Variable(variable());
    }

    private String variable() {
        Token name = in.expect(Kind.NAME, "a variable's name is");
        if (CONSTANTS.contains(name.text())) {
            throw Fault.syntax(name.at(), "nothing can be assigned to '" + name.text() + "'");
        }
        return name.text();
    }

    private Stmt macro(Token tag) {
        String name = variable();
        List<String> parameters = new ArrayList<>();
        List<Expr> defaults = new ArrayList<>();
        signature(parameters, defaults);
        return new Stmt.DefineMacro(enclosed(name, parameters, defaults, "endmacro", tag));
    }

    private Stmt callBlock(Token tag) {
        List<String> parameters = new ArrayList<>();
        List<Expr> defaults = new ArrayList<>();
        if (in.atOperator("(")) {
            signature(parameters, defaults);
        }
        Position at = in.current().at();
        if (!(expressions.expression() instanceof Expr.Call call)) {
            throw Fault.syntax(at, "the tag 'call' needs a call");
        }
        return new Stmt.CallBlock(call, enclosed("caller", parameters, defaults, "endcall", tag));
    }

    private MacroBody enclosed(
            String name, List<String> parameters, List<Expr> defaults, String end, Token tag) {
        int outerLoops = loops;
        Set<String> outerNames = in.macroNames;
        loops = 0;
        in.macroNames = new HashSet<>();
        List<Stmt> body = bodyTo(end);
        Set<String> names = in.macroNames;
        loops = outerLoops;
        in.macroNames = outerNames;
        outerNames.addAll(names);
        return new MacroBody(
                name,
                List.copyOf(parameters),
                List.copyOf(defaults),
                body,
                names.contains("caller"),
                names.contains("kwargs"),
                names.contains("varargs"),
                tag.at());
    }

    private void signature(List<String> parameters, List<Expr> defaults) {
        in.expectOperator("(");
        while (!in.atOperator(")")) {
            if (!parameters.isEmpty()) {
                in.expectOperator(",");
            }
            Position at = in.current().at();
            parameters.add(variable());
            if (in.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw Fault.syntax(at, "a parameter without a default follows one with a default");
            }
        }
        in.take();
    }

    private Stmt with(Token tag) {
        List<Target> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!in.at(Kind.BLOCK_END)) {
            if (!targets.isEmpty()) {
                in.expectOperator(",");
            }
            targets.add(singleTarget(false));
            in.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Stmt.With(
                List.copyOf(targets), List.copyOf(values), bodyTo("endwith"), tag.at());
    }

    private void print(List<Stmt> body) {
        boolean first = true;
        while (!in.at(Kind.BLOCK_END)) {
            if (!first) {
                in.expectOperator(",");
            }
            first = false;
            body.add(new Stmt.Print(expressions.expression()));
        }
    }

    private Stmt generation(Token tag) {
        int outer = loops;
        loops = 0;
        Stmt generation = new Stmt.Generation(bodyTo("endgeneration"), tag.at());
        loops = outer;
        return generation;
    }

    private Stmt autoescape(Token tag) {
        if (!(expressions.expression() instanceof Expr.Constant(Value.Bool on, Position _))
                || on.value()) {
            throw Fault.unsupported(tag.at(), "only '{% autoescape false %}' is supported");
        }
        return new Stmt.With(List.of(), List.of(), bodyTo("endautoescape"), tag.at());
    }
}
