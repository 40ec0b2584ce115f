/// From text to the numbers a step is trained on.
///
/// A [io.tornadogpt.trainer.data.TextSource] streams checked UTF-8 to a tokenizer, whose ids a
/// [io.tornadogpt.trainer.data.TokenWriter] puts into a file;
/// [io.tornadogpt.trainer.data.TokenFile] maps it, [io.tornadogpt.trainer.data.Split] parts it, and
/// [io.tornadogpt.trainer.data.Batches] and [io.tornadogpt.trainer.data.EvaluationWindows] cut it
/// into inputs and targets. B = batch, T = positions.
@NullMarked
package io.tornadogpt.trainer.data;

import org.jspecify.annotations.NullMarked;
