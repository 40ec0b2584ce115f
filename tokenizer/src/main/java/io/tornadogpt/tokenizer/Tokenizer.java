package io.tornadogpt.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/// Turns text into token ids `0 .. vocabularySize() - 1` and back. Tokenizers are immutable and may
/// be shared between threads.
///
/// Text is plain text: the characters `<|endoftext|>` in a user's document become the tokens of
/// those thirteen characters. Only [#encodeWithSpecialTokens] and the ids in [#specialTokens] make
/// special tokens.
public sealed interface Tokenizer permits CharTokenizer, BpeTokenizer {

    /// The name of the special token that separates documents, as GPT-2 spells it.
    String END_OF_TEXT = "<|endoftext|>";

    /// Opens a tokenizer: a directory that holds one, or a Hugging Face `tokenizer.json`.
    ///
    /// @throws TokenizerFormatException if a file is malformed or asks for what is not supported
    static Tokenizer load(Path directoryOrFile) throws IOException {
        return TokenizerFiles.load(directoryOrFile);
    }

    /// Encodes ordinary text.
    ///
    /// @throws UnencodableTextException if the vocabulary has no token for a character
    int[] encode(String text);

    /// Encodes text in which the names of special tokens stand for these tokens. Where two names
    /// match at one place the longer one wins. Never use it on text that a stranger wrote.
    int[] encodeWithSpecialTokens(String text);

    /// Encodes a stream of UTF-8 text piece by piece on all cores, in memory that does not grow
    /// with the stream; the ids are those of [#encode(String)] on the whole text.
    ///
    /// @return the number of tokens
    /// @throws UnencodableTextException if a character has no token or the bytes are not UTF-8
    long encode(InputStream utf8, TokenSink sink) throws IOException;

    /// The text of tokens. Bytes that are not UTF-8 become U+FFFD; [#decodeBytes] keeps them.
    default String decode(int... ids) {
        return new String(decodeBytes(ids), StandardCharsets.UTF_8);
    }

    /// The bytes of tokens, one after the other.
    byte[] decodeBytes(int... ids);

    /// The bytes of one token: UTF-8, but perhaps only a part of a character.
    ///
    /// @throws IllegalArgumentException if there is no such token
    byte[] tokenBytes(int id);

    /// The number of tokens, special tokens included: ids run from 0 to one less.
    int vocabularySize();

    /// The special tokens by name, in order of their ids.
    Map<String, Integer> specialTokens();

    /// The id of [#END_OF_TEXT], where this tokenizer has it.
    default OptionalInt endOfText() {
        Integer id = specialTokens().get(END_OF_TEXT);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /// A decoder for tokens that arrive one at a time.
    default StreamDecoder streamDecoder() {
        return new StreamDecoder(this);
    }

    /// Writes the tokenizer's files into a directory, which is made if need be: `tokenizer.json`,
    /// which Hugging Face `tokenizers` opens with equal ids, and what else belongs beside it. Each
    /// file is replaced as a whole.
    void save(Path directory) throws IOException;
}
