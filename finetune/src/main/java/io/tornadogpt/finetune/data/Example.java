package io.tornadogpt.finetune.data;

import io.tornadogpt.chat.Conversation;

/// What a row gives a model to read, and which part of it is the answer.
public sealed interface Example {
    /// A conversation.
    ///
    /// @param answersFrom the first turn that may be an answer; before it all is prompt
    /// @param onlyAssistant whether of the turns from there on only the assistant's are answers;
    ///   otherwise all of them are
    record Dialog(Conversation conversation, int answersFrom, boolean onlyAssistant)
            implements Example {}

    /// A text and how it goes on.
    record Completion(String prompt, String answer) implements Example {}

    /// A text that is all answer.
    record Text(String text) implements Example {}
}
