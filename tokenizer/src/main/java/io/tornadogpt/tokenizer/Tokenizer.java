package io.tornadogpt.tokenizer;

import io.tornadogpt.gguf.GgufWriter;
import io.tornadogpt.tokenizer.files.GgufTokenizer;
import io.tornadogpt.tokenizer.files.GgufTokenizerWriter;
import io.tornadogpt.tokenizer.files.Gpt2Vocabulary;
import io.tornadogpt.tokenizer.files.RankFile;
import io.tornadogpt.tokenizer.files.TokenizerFiles;
import io.tornadogpt.tokenizer.files.VocabularyAndMerges;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;

/// Turns text into token ids `0 .. vocabularySize() - 1` and back, in Hugging Face's five stages: a
/// normalizer changes the text, a pre-tokenizer cuts it into pieces, a model turns pieces into
/// tokens, a post-processor adds those that a model of language expects, and a decoder goes back.
/// Tokenizers are immutable and may be shared between threads.
///
/// Text is plain text: the characters `<|endoftext|>` in a user's document become the tokens of
/// those thirteen characters. Only [#encodeWithSpecialTokens], [#encodeForModel] and the ids in
/// [#specialTokens] make special tokens.
public sealed interface Tokenizer permits PipelineTokenizer {

    /// The name of the special token that separates documents, as GPT-2 spells it.
    String END_OF_TEXT = "<|endoftext|>";

    /// Opens a tokenizer: a directory that holds one, a `tokenizer.json`, SentencePiece's `.model`,
    /// tiktoken's rank file, BERT's `vocab.txt`, or a GGUF file. What a file holds is told by its
    /// content. In a directory the files beside it are read too: `tokenizer_config.json`,
    /// `special_tokens_map.json`, `added_tokens.json`, and end tokens from `generation_config.json`
    /// or `config.json`.
    ///
    /// @throws TokenizerFormatException if a file is malformed or asks for what is not supported
    static Tokenizer load(Path directoryOrFile) throws IOException {
        return new PipelineTokenizer(TokenizerFiles.load(directoryOrFile));
    }

    /// Opens OpenAI's and Hugging Face's pair of files, whatever they are called: a JSON object
    /// from token to id, and a text file with one merge a line. A token such as `<|endoftext|>`
    /// that no merge makes is a special token.
    ///
    /// @throws TokenizerFormatException if a file is malformed
    static Tokenizer load(Path vocabulary, Path merges) throws IOException {
        return new PipelineTokenizer(VocabularyAndMerges.read(vocabulary, merges));
    }

    /// Opens a tiktoken rank file: on each line a token in base64 and its rank, which is its id.
    /// Such a file does not say how text is cut and which special tokens there are. Files of Llama
    /// 3, `cl100k_base` and `o200k_base` are known by their number of ranks; any other is cut as
    /// GPT-2's, and [#END_OF_TEXT] gets the first id that the file leaves free.
    ///
    /// @throws TokenizerFormatException if the file is malformed
    static Tokenizer loadRanks(Path rankFile) throws IOException {
        return new PipelineTokenizer(RankFile.read(rankFile));
    }

    /// GPT-2's tokenizer: 50,257 tokens, `<|endoftext|>` the last. The vocabulary is the one that
    /// the library jtokkit ships as a resource, so that this needs no file and no network.
    ///
    /// `com.knuddels:jtokkit` must be on the class path at run time, beside modules too. Nothing of
    /// its code is used.
    ///
    /// @throws TokenizerFormatException if it is not there, or not as it should be
    static Tokenizer gpt2() throws IOException {
        return new PipelineTokenizer(Gpt2Vocabulary.read());
    }

    /// Whether a directory or a GGUF file holds what [#load(Path)] reads a tokenizer from.
    static boolean isIn(Path directory) throws IOException {
        return GgufTokenizer.isGguf(directory)
                ? GgufTokenizer.isIn(directory)
                : TokenizerFiles.find(directory).isPresent();
    }

    /// Encodes ordinary text.
    ///
    /// @throws UnencodableTextException if the vocabulary has no token for a character
    int[] encode(String text);

    /// Encodes text in which the names of special tokens stand for these tokens. Where two names
    /// match at one place the longer one wins. Never use it on text that a stranger wrote.
    int[] encodeWithSpecialTokens(String text);

    /// Encodes ordinary text given as bytes. Byte-level tokenizers take any bytes: what is not
    /// UTF-8 counts as a symbol each when the text is cut into pieces, and [#decodeBytes] gives it
    /// back. SentencePiece takes each such byte for U+FFFD. The others take U+FFFD for each stretch
    /// that is not UTF-8.
    int[] encodeBytes(byte[] bytes);

    /// Encodes a stream of UTF-8 text; the ids are those of [#encode(String)] on the whole text.
    /// Byte-level BPE and characters go piece by piece on all cores, in memory that does not grow
    /// with the stream, as long as no added tokens can be in plain text; all others read the stream
    /// to its end first.
    ///
    /// @return the number of tokens
    /// @throws UnencodableTextException if a character has no token or the bytes are not UTF-8
    long encode(InputStream utf8, TokenSink sink) throws IOException;

    /// Cuts a stream of UTF-8 text into pieces that can be encoded apart from each other.
    ///
    /// @return empty where only the whole text can be encoded; nothing of it is read then
    Optional<TextPieces> pieces(InputStream utf8);

    /// The tokens of a text with those around it that the post-processor adds, such as one for its
    /// beginning.
    int[] addSpecialTokens(int... ids);

    /// Encodes a text as the model of language was trained on it, which is what Hugging Face's
    /// `encode` does: names of special tokens stand for these tokens, the text is truncated if the
    /// tokenizer's file says so, and the post-processor adds its tokens.
    Encoding encodeForModel(String text);

    /// Encodes a pair of texts, such as a question and an answer.
    Encoding encodeForModel(String first, String second);

    /// Encodes texts, padded to one length if the tokenizer's file says so.
    List<Encoding> encodeForModel(List<String> texts);

    /// The text of tokens, special tokens by their names. Bytes that are not UTF-8 become U+FFFD;
    /// [#decodeBytes] keeps them where tokens stand for bytes.
    String decode(int... ids);

    /// The text of tokens without the special ones.
    String decodeWithoutSpecialTokens(int... ids);

    /// The bytes of tokens, one after the other; where tokens do not stand for bytes, the text's
    /// UTF-8.
    byte[] decodeBytes(int... ids);

    /// The bytes that a token adds within a text: UTF-8, but perhaps only a part of a character.
    ///
    /// @throws IllegalArgumentException if there is no such token
    byte[] tokenBytes(int id);

    /// A token as its vocabulary spells it, or null where no token has the id.
    ///
    /// @throws IllegalArgumentException if the id is outside the vocabulary
    @Nullable String token(int id);

    /// The id of a token as its vocabulary spells it.
    OptionalInt id(String token);

    /// One more than the largest id. Some vocabularies leave ids free.
    int vocabularySize();

    /// One more than the largest id of a token that is not an added one: how many rows a model
    /// needs at least. Tokens that were added later, such as one for padding, may lie beyond a
    /// model whose embeddings were never resized; it works as long as they are not needed.
    default int sizeWithoutAddedTokens() {
        Set<Integer> added = new HashSet<>();
        addedTokens().forEach(token -> added.add(token.id()));
        int size = vocabularySize();
        while (size > 0 && (added.contains(size - 1) || token(size - 1) == null)) {
            size--;
        }
        return size;
    }

    /// Refuses a model that this tokenizer was not made for.
    ///
    /// @param rows of the model's token embedding
    /// @throws IllegalArgumentException if tokens other than added ones have no row
    default void requireRows(int rows) {
        if (sizeWithoutAddedTokens() > rows) {
            throw new IllegalArgumentException(
                    ("the tokenizer has %d tokens but the model was made for %d; use the tokenizer"
                                    + " that the model was trained with")
                            .formatted(vocabularySize(), rows));
        }
    }

    /// Refuses tokens that a model has no row for, as added tokens may be.
    ///
    /// @param rows of the model's token embedding
    /// @throws IllegalArgumentException naming the first such token
    default void requireRows(int rows, int... ids) {
        for (int id : ids) {
            if (id >= rows) {
                throw new IllegalArgumentException(
                        ("the text needs the token '%s' (id %d), but the model has rows for %d"
                             + " tokens only: its embeddings were not resized when the token was"
                             + " added; resize them, or leave the token out of the text")
                                .formatted(token(id), id, rows));
            }
        }
    }

    /// The special tokens by name, in order of their ids.
    Map<String, Integer> specialTokens();

    /// All tokens that are found by name, special or not, in order of their ids.
    List<AddedToken> addedTokens();

    /// The token of a role, where the files say it.
    OptionalInt tokenFor(TokenRole role);

    /// The tokens that end what a model writes: `eos_token`, then those of the model's own files;
    /// where these say nothing, [#END_OF_TEXT].
    SequencedSet<Integer> endTokens();

    /// The id of [#END_OF_TEXT], where this tokenizer has it.
    default OptionalInt endOfText() {
        Integer id = specialTokens().get(END_OF_TEXT);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /// A decoder for tokens that arrive one at a time.
    StreamDecoder streamDecoder();

    /// What the tokens are, in a few words: `characters`, `byte-level BPE`, `WordPiece`.
    String kind();

    /// Writes the tokenizer's files into a directory, which is made if need be: `tokenizer.json`,
    /// which Hugging Face `tokenizers` opens with equal ids, and what else belongs beside it. Each
    /// file is replaced as a whole.
    void save(Path directory) throws IOException;

    /// What [#save] writes: the contents of the files by their names.
    SequencedMap<String, byte[]> files() throws IOException;

    /// Says in a GGUF file what this tokenizer is: as llama.cpp reads it, where it knows such
    /// tokenizers, and as a `tokenizer.json` in any case.
    ///
    /// @param rows of the model's token embedding; ids without a token are unused ones
    /// @return what other programs cannot know of the tokenizer, in sentences
    default List<String> writeTo(GgufWriter file, int rows) throws IOException {
        return GgufTokenizerWriter.write(this, rows, file);
    }
}
