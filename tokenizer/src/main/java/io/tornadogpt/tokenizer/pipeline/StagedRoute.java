package io.tornadogpt.tokenizer.pipeline;

import io.tornadogpt.tokenizer.model.Model;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizer;
import io.tornadogpt.tokenizer.text.IntArray;

import org.jspecify.annotations.Nullable;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// The way through the pre-tokenizer and the model, whatever they are.
final class StagedRoute implements Route {

    private final @Nullable PreTokenizer preTokenizer;
    private final Model model;
    private final Queue<Model.Encoder> idleEncoders = new ConcurrentLinkedQueue<>();

    StagedRoute(Pipeline pipeline) {
        preTokenizer = pipeline.preTokenizer();
        model = pipeline.model();
    }

    @Override
    public String kind() {
        return model.kind();
    }

    @Override
    public void encode(String text, int from, int to, boolean first, IntArray out) {
        if (from == to) {
            return;
        }
        String part = from == 0 && to == text.length() ? text : text.substring(from, to);
        Model.Encoder idle = idleEncoders.poll();
        Model.Encoder encoder = idle != null ? idle : model.encoder();
        if (preTokenizer == null) {
            encoder.encode(part, out);
        } else {
            preTokenizer.cut(part, first, new Pieces(encoder, out));
        }
        idleEncoders.add(encoder);
    }

    /// Encodes each piece that a pre-tokenizer cuts.
    private record Pieces(Model.Encoder encoder, IntArray out) implements PreTokenizer.Pieces {
        @Override
        public void accept(String piece, boolean first) {
            encoder.encode(piece, out);
        }

        @Override
        public void accept(String text, int from, int to, boolean first) {
            encoder.encode(text, from, to, out);
        }
    }
}
