/// OpenAI's protocol: from JSON to requests of the engine, and from what comes out to JSON.
@NullMarked
package io.tornadogpt.server.api;

import org.jspecify.annotations.NullMarked;
