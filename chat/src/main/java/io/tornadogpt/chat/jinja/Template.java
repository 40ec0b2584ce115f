package io.tornadogpt.chat.jinja;

import com.fasterxml.jackson.databind.JsonNode;

import java.math.BigInteger;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// A template of Jinja, parsed once and rendered any number of times, also by several threads.
public final class Template {

    private static final int LONGEST_SOURCE = 1 << 20;

    private final List<Stmt> body;

    private Template(List<Stmt> body) {
        this.body = body;
    }

    /// A rendered text.
    ///
    /// @param generated pairs of offsets, start and end, of what `generation` blocks wrote
    public record Result(String text, List<int[]> generated) {}

    /// Parses the source.
    ///
    /// @throws Fault with a place, if it is no template or uses what is not supported
    public static Template parse(String source) {
        if (source.length() > LONGEST_SOURCE) {
            throw Fault.limit(
                    "the template has "
                            + source.length()
                            + " characters, more than "
                            + LONGEST_SOURCE);
        }
        try {
            return new Template(Parser.parse(source));
        } catch (StackOverflowError e) {
            throw tooDeep();
        }
    }

    /// Renders the template with these variables.
    ///
    /// @throws Fault if an operation does not fit its values, if the template refuses the
    ///   variables, or at a limit
    public Result render(
            Map<String, JsonNode> variables, Limits limits, Supplier<LocalDateTime> clock) {
        Map<String, Value> values = new LinkedHashMap<>();
        Interpreter interpreter = new Interpreter(limits, clock);
        try {
            variables.forEach((name, json) -> values.put(name, value(json, interpreter.budget())));
            Output output = interpreter.run(body, values);
            List<int[]> spans = new ArrayList<>();
            output.generated().forEach(span -> spans.add(new int[] {span.start(), span.end()}));
            return new Result(output.text(), spans);
        } catch (Fault fault) {
            throw fault.at(interpreter.position());
        } catch (StackOverflowError e) {
            throw tooDeep().at(interpreter.position());
        }
    }

    private static Fault tooDeep() {
        return Fault.limit("the template nests deeper than this thread's stack allows");
    }

    private static Value value(JsonNode json, Budget budget) {
        budget.enter();
        Value value =
                switch (json.getNodeType()) {
                    case OBJECT -> {
                        Dict dict = new Dict();
                        json.properties()
                                .forEach(
                                        each ->
                                                dict.put(
                                                        each.getKey(),
                                                        value(each.getValue(), budget)));
                        yield dict;
                    }
                    case ARRAY -> {
                        List<Value> items = new ArrayList<>(json.size());
                        json.forEach(item -> items.add(value(item, budget)));
                        yield Value.list(Collections.unmodifiableList(items));
                    }
                    case STRING -> Value.text(json.textValue());
                    case BOOLEAN -> Value.Bool.of(json.booleanValue());
                    case NUMBER ->
                            json.isIntegralNumber()
                                    ? Value.integer(new BigInteger(json.asText()))
                                    : new Value.Real(json.doubleValue());
                    default -> Value.None.NONE;
                };
        budget.leave();
        return value;
    }
}
