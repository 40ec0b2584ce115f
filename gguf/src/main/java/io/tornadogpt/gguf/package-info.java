/// The GGUF format, version 3: a list of typed metadata, a list of tensors, and their bytes. This
/// package knows what a file says and where its tensors lie; what the metadata means for a model, a
/// tokenizer or a chat is the business of those who read them.
///
/// Source: `docs/gguf.md` of the ggml project.
@NullMarked
package io.tornadogpt.gguf;

import org.jspecify.annotations.NullMarked;
