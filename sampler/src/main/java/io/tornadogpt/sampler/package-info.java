/// Text from a model, token by token.
///
/// Start reading at [io.tornadogpt.sampler.TextGenerator] (text to text), below it
/// [io.tornadogpt.sampler.Generator] (token ids, key-value cache, several sequences at once), below
/// that [io.tornadogpt.sampler.Sampler] (logits to a token). How a token is chosen is a
/// [io.tornadogpt.sampler.SamplingChain] of small [io.tornadogpt.sampler.SamplingStep]s, to which a
/// program can add its own.
///
/// V is the size of the model's vocabulary, B the number of sequences generated together.
@NullMarked
package io.tornadogpt.sampler;

import org.jspecify.annotations.NullMarked;
