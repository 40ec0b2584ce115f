/// Text from a model, token by token.
///
/// Start reading at [io.tornadogpt.sampler.Gpt] (a model directory in one line), below it
/// [io.tornadogpt.sampler.TextGenerator] (text to text), then [io.tornadogpt.sampler.Generator]
/// (token ids, several sequences at once), which is made of [io.tornadogpt.sampler.Predictor]
/// (sequences to logits, by a key-value cache with a slot for each) and
/// [io.tornadogpt.sampler.Sampler] (logits to a token). The package `engine` serves requests that
/// come at any time. How a token is chosen is a [io.tornadogpt.sampler.SamplingChain] of small
/// [io.tornadogpt.sampler.SamplingStep]s, to which a program can add its own.
///
/// V is the size of the model's vocabulary, B the number of sequences generated together.
@NullMarked
package io.tornadogpt.sampler;

import org.jspecify.annotations.NullMarked;
