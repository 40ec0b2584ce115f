package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.sampler.engine.Request;
import io.tornadogpt.sampler.grammar.Grammar;
import io.tornadogpt.sampler.grammar.GrammarException;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Fields;
import io.tornadogpt.server.model.ServedModel;

import java.util.Optional;

/// What an answer has to be: any text, a JSON object, or JSON by a schema.
///
/// @param grammar empty for any text
record ResponseFormat(Optional<Grammar> grammar) {
    private static final String NAME = "response_format";

    static ResponseFormat read(Fields fields) {
        Fields format = fields.object(NAME);
        if (format == null) {
            return new ResponseFormat(Optional.empty());
        }
        String type = format.text("type");
        ResponseFormat read =
                switch (type == null ? "" : type) {
                    case "text" -> new ResponseFormat(Optional.empty());
                    case "json_object" -> new ResponseFormat(Optional.of(Grammar.anyObject()));
                    case "json_schema" -> new ResponseFormat(Optional.of(schema(format)));
                    default ->
                            throw ApiException.badRequest(
                                    NAME,
                                    "response_format has the type %s; there are text, json_object"
                                                    .formatted(BadFileException.quote("" + type))
                                            + " and json_schema");
                };
        format.requireNoOthers();
        return read;
    }

    private static Grammar schema(Fields format) {
        Fields named = format.object("json_schema");
        JsonNode schema = named == null ? null : named.value("schema");
        if (named == null || schema == null) {
            throw ApiException.badRequest(
                    NAME, "response_format has no json_schema with a schema; give one");
        }
        named.ignore("name", "description", "strict"); // a schema is always kept to
        named.requireNoOthers();
        try {
            return Grammar.ofSchema(schema);
        } catch (GrammarException e) {
            throw ApiException.badRequest(
                    NAME, "unsupported_schema", String.valueOf(e.getMessage()));
        }
    }

    Request apply(Request request, Service service, ServedModel model) {
        return grammar.map(
                        rules ->
                                request.withConstraint(
                                        rules.constraint(
                                                service.vocabulary(model),
                                                service.engine(model).endTokens())))
                .orElse(request);
    }
}
