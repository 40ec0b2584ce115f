package io.tornadogpt.server.api;

import io.tornadogpt.sampler.engine.Request;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Fields;
import io.tornadogpt.server.model.ServedModel;

/// What an answer has to be: any text, JSON, or JSON by a schema.
record ResponseFormat() {
    static ResponseFormat read(Fields fields, ServedModel model, Service service) {
        Fields format = fields.object("response_format");
        if (format != null) {
            String type = format.text("type");
            if (!"text".equals(type)) {
                throw ApiException.badRequest("response_format", "not there yet");
            }
        }
        return new ResponseFormat();
    }

    Request apply(Request request) {
        return request;
    }
}
