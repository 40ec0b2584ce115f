/// Conversations and the templates that turn them into text.
///
/// Start reading at [io.tornadogpt.chat.ChatTemplate]: `ChatTemplate.parse(source)` reads a model's
/// template, `render` turns a [io.tornadogpt.chat.Conversation] into text and says where the
/// assistant's part of it is. [io.tornadogpt.chat.ModelTemplates] finds the templates of a model
/// directory.
@NullMarked
package io.tornadogpt.chat;

import org.jspecify.annotations.NullMarked;
