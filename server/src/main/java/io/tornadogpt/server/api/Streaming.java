package io.tornadogpt.server.api;

import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Fields;

/// Whether an answer comes as events.
///
/// @param events whether it does
/// @param usage whether the last event tells how many tokens were read and written
record Streaming(boolean events, boolean usage) {
    static Streaming read(Fields fields) {
        boolean events = fields.flag("stream", false);
        Fields options = fields.object("stream_options");
        if (options == null) {
            return new Streaming(events, false);
        }
        if (!events) {
            throw ApiException.badRequest(
                    "stream_options", "stream_options are for stream = true; set it too");
        }
        boolean usage = options.flag("include_usage", false);
        options.ignore("include_obfuscation");
        options.requireNoOthers();
        return new Streaming(true, usage);
    }
}
