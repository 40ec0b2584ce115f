package io.tornadogpt.tokenizer;

import io.tornadogpt.tokenizer.decoder.Decoder;
import io.tornadogpt.tokenizer.files.PipelineWriter;
import io.tornadogpt.tokenizer.normalizer.Normalizer;
import io.tornadogpt.tokenizer.pipeline.AddedTokens;
import io.tornadogpt.tokenizer.pipeline.Padding;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.pipeline.Route;
import io.tornadogpt.tokenizer.pipeline.Truncation;
import io.tornadogpt.tokenizer.processor.PostProcessor;
import io.tornadogpt.tokenizer.text.Characters;
import io.tornadogpt.tokenizer.text.ChunkReader;
import io.tornadogpt.tokenizer.text.Cutting;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.TextChunk;
import io.tornadogpt.tokenizer.text.TokenStreams;
import io.tornadogpt.tokenizer.text.Utf8;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// A tokenizer of five stages, with a short way for the settings that have one.
final class PipelineTokenizer implements Tokenizer {

    private static final int CHUNK_TOKENS = 1 << 16;

    private final Pipeline pipeline;
    private final Route route;
    private final byte @Nullable [] @Nullable [] bytesOfId;

    PipelineTokenizer(Pipeline pipeline) {
        this.pipeline = pipeline;
        route = Route.of(pipeline);
        bytesOfId = route.bytesOfTokens();
    }

    Pipeline pipeline() {
        return pipeline;
    }

    @Override
    public int[] encode(String text) {
        return encode(text, false);
    }

    @Override
    public int[] encodeWithSpecialTokens(String text) {
        return encode(text, true);
    }

    private int[] encode(String text, boolean withSpecial) {
        IntArray ids = new IntArray(text.length() / 3);
        // The short way for characters names halves of surrogate pairs; all others repair them.
        boolean characters = route.kind().equals("characters");
        encode(characters ? text : Characters.wellFormed(text), withSpecial, ids);
        return ids.toArray();
    }

    private void encode(String text, boolean withSpecial, IntArray ids) {
        pipeline.added()
                .split(
                        text,
                        withSpecial,
                        new AddedTokens.Parts() {
                            @Override
                            public void text(String part, int from, int to, boolean first) {
                                route.encode(part, from, to, first, ids);
                            }

                            @Override
                            public void token(int id) {
                                ids.add(id);
                            }
                        });
    }

    @Override
    public int[] encodeBytes(byte[] bytes) {
        if (!pipeline.added().hasOrdinary()) {
            if (pipeline.normalizer() instanceof Normalizer.OfBytes normalizer) {
                String text = normalizer.normalize(bytes);
                IntArray ids = new IntArray(bytes.length / 3);
                route.encode(text, 0, text.length(), true, ids);
                return ids.toArray();
            }
            int[] ids = pipeline.normalizer() == null ? route.encodeBytes(bytes) : null;
            if (ids != null) {
                return ids;
            }
        }
        return encode(new String(bytes, StandardCharsets.UTF_8));
    }

    @Override
    public long encode(InputStream utf8, TokenSink sink) throws IOException {
        Cutting cutting = cutting();
        if (cutting != null) {
            return TokenStreams.encode(utf8, cutting, sink);
        }
        byte[] bytes = utf8.readAllBytes();
        Utf8.requireWellFormed(new TextChunk(bytes, bytes.length, 0));
        int[] ids = encode(new String(bytes, StandardCharsets.UTF_8));
        for (int from = 0; from < ids.length; from += CHUNK_TOKENS) {
            int to = Math.min(ids.length, from + CHUNK_TOKENS);
            // Where a token ends in the input is not known; progress goes by the share of tokens.
            long read = to == ids.length ? bytes.length : (long) bytes.length * to / ids.length;
            sink.accept(Arrays.copyOfRange(ids, from, to), to - from, read);
        }
        return ids.length;
    }

    /// How text is cut; null where only the whole of it can be encoded.
    private @Nullable Cutting cutting() {
        return pipeline.added().hasOrdinary() ? null : route.cutting();
    }

    @Override
    public Optional<TextPieces> pieces(InputStream utf8) {
        Cutting cutting = cutting();
        if (cutting == null) {
            return Optional.empty();
        }
        var chunks = new ChunkReader(cutting.cut(), utf8);
        return Optional.of(
                () -> {
                    TextChunk chunk = chunks.next();
                    return chunk == null ? null : new Chunk(chunk, cutting);
                });
    }

    private record Chunk(TextChunk chunk, Cutting cutting) implements TextPieces.Piece {
        @Override
        public ByteBuffer text() {
            return ByteBuffer.wrap(chunk.bytes(), 0, chunk.length()).asReadOnlyBuffer();
        }

        @Override
        public int[] ids() {
            return cutting.encoder().apply(chunk).toArray();
        }
    }

    @Override
    public int[] addSpecialTokens(int... ids) {
        PostProcessor processor = pipeline.postProcessor();
        return processor == null
                ? ids.clone()
                : processor.process(Encoding.ofText(ids), null).ids();
    }

    @Override
    public Encoding encodeForModel(String text) {
        return processed(Encoding.ofText(encodeWithSpecialTokens(text)), null);
    }

    @Override
    public Encoding encodeForModel(String first, String second) {
        return processed(
                Encoding.ofText(encodeWithSpecialTokens(first)),
                Encoding.ofText(encodeWithSpecialTokens(second)).withType(1));
    }

    @Override
    public List<Encoding> encodeForModel(List<String> texts) {
        List<Encoding> batch = new ArrayList<>();
        for (String text : texts) {
            batch.add(encodeForModel(text));
        }
        Padding padding = pipeline.padding();
        return padding == null ? batch : padding.apply(batch);
    }

    private Encoding processed(Encoding first, @Nullable Encoding second) {
        PostProcessor processor = pipeline.postProcessor();
        Truncation truncation = pipeline.truncation();
        Truncation.Texts texts = new Truncation.Texts(first, second);
        if (truncation != null) {
            int added = processor == null ? 0 : processor.added(second != null);
            texts = truncation.apply(first, second, added);
        }
        if (processor != null) {
            return processor.process(texts.first(), texts.pair());
        }
        return texts.pair() == null ? texts.first() : texts.first().plus(texts.pair());
    }

    @Override
    public String decode(int... ids) {
        return bytesOfId != null
                ? new String(decodeBytes(ids), StandardCharsets.UTF_8)
                : Decoder.decode(pipeline.decoder(), names(ids, true));
    }

    @Override
    public String decodeWithoutSpecialTokens(int... ids) {
        if (bytesOfId == null) {
            return Decoder.decode(pipeline.decoder(), names(ids, false));
        }
        return decode(Arrays.stream(ids).filter(id -> !isSpecial(id)).toArray());
    }

    private boolean isSpecial(int id) {
        AddedToken token = pipeline.added().get(id);
        return token != null && token.special();
    }

    private List<String> names(int[] ids, boolean withSpecial) {
        List<String> names = new ArrayList<>(ids.length);
        for (int id : ids) {
            String name = decodedName(id);
            if (name != null && (withSpecial || !specialTokens().containsKey(name))) {
                names.add(name);
            }
        }
        return names;
    }

    /// What the decoder gets, as in Hugging Face's library: of an added token that is looked for in
    /// normalized text its normalized name, which then need not be that of a special token.
    private @Nullable String decodedName(int id) {
        checkId(id);
        String added = pipeline.added().decoded(id);
        return added != null ? added : pipeline.model().vocabulary().token(id);
    }

    @Override
    public byte[] decodeBytes(int... ids) {
        if (bytesOfId == null) {
            return decode(ids).getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream joined = new ByteArrayOutputStream(4 * ids.length);
        for (int id : ids) {
            joined.writeBytes(bytes(bytesOfId, id));
        }
        return joined.toByteArray();
    }

    @Override
    public byte[] tokenBytes(int id) {
        if (bytesOfId != null) {
            return bytes(bytesOfId, id).clone();
        }
        String name = token(id);
        return name == null ? new byte[0] : TokenText.bytes(pipeline, name);
    }

    private byte[] bytes(byte @Nullable [] @Nullable [] table, int id) {
        checkId(id);
        byte[] bytes = table == null ? null : table[id];
        return bytes == null ? new byte[0] : bytes;
    }

    private void checkId(int id) {
        if (id < 0 || id >= vocabularySize()) {
            throw new IllegalArgumentException(
                    "token id " + id + " is outside the vocabulary 0.." + (vocabularySize() - 1));
        }
    }

    @Override
    public @Nullable String token(int id) {
        checkId(id);
        return pipeline.token(id);
    }

    @Override
    public OptionalInt id(String token) {
        for (AddedToken added : pipeline.added().all()) {
            if (added.content().equals(token)) {
                return OptionalInt.of(added.id());
            }
        }
        int id = pipeline.model().vocabulary().id(token);
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public int vocabularySize() {
        return pipeline.size();
    }

    @Override
    public Map<String, Integer> specialTokens() {
        return pipeline.added().special();
    }

    @Override
    public List<AddedToken> addedTokens() {
        return List.copyOf(pipeline.added().all());
    }

    @Override
    public OptionalInt tokenFor(TokenRole role) {
        String name = pipeline.conventions().role(role.key());
        return name == null ? OptionalInt.empty() : id(name);
    }

    @Override
    public SequencedSet<Integer> endTokens() {
        SequencedSet<Integer> end = new LinkedHashSet<>();
        tokenFor(TokenRole.EOS).ifPresent(end::add);
        for (int id : pipeline.conventions().endTokens()) {
            if (id < vocabularySize()) {
                end.add(id);
            }
        }
        if (end.isEmpty()) {
            endOfText().ifPresent(end::add);
        }
        return end;
    }

    @Override
    public StreamDecoder streamDecoder() {
        return bytesOfId != null
                ? StreamDecoder.ofBytes(this::tokenBytes)
                : StreamDecoder.ofNames(pipeline.decoder(), this::decodedName);
    }

    @Override
    public String kind() {
        return route.kind();
    }

    @Override
    public void save(Path directory) throws IOException {
        PipelineWriter.write(pipeline, directory);
    }

    @Override
    public SequencedMap<String, byte[]> files() throws IOException {
        var files = new LinkedHashMap<String, byte[]>();
        PipelineWriter.write(
                pipeline,
                (name, body) -> {
                    var bytes = new ByteArrayOutputStream();
                    body.write(bytes);
                    files.put(name, bytes.toByteArray());
                });
        return files;
    }

    @Override
    public String toString() {
        return "Tokenizer[" + kind() + ", vocabularySize=" + vocabularySize() + "]";
    }
}
