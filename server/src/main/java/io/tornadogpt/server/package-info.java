/// A server that speaks OpenAI's protocol: completions, chats and embeddings over HTTP, whole or as
/// they come, and a page to chat on.
///
/// Start reading at [io.tornadogpt.server.Server]. What a request becomes is decided by the engine
/// of [io.tornadogpt.sampler.engine]; what stands here is HTTP, JSON, and what strangers try.
@NullMarked
package io.tornadogpt.server;

import org.jspecify.annotations.NullMarked;
