package io.tornadogpt.server;

import io.tornadogpt.chat.ChatTemplate;
import io.tornadogpt.chat.RenderOptions;
import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.graph.Initialization;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.sampler.Embedder;
import io.tornadogpt.sampler.EmbedderSettings;
import io.tornadogpt.sampler.engine.Engine;
import io.tornadogpt.sampler.engine.EngineSettings;
import io.tornadogpt.server.model.ChatFormat;
import io.tornadogpt.server.model.ServedModel;
import io.tornadogpt.server.model.TextEmbedder;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.Tokenizer;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model of two blocks with random weights, so large that every token of its context matters. It
/// writes nonsense: bytes, halves of characters, pieces of words.
final class TestModel {
    static final String NAME = "tiny";
    static final int CONTEXT = 512;

    /// Bytes, merges, and an end-of-text token; fewer than the model's vocabulary has.
    static final Tokenizer TOKENIZER =
            new BpeTrainer(320)
                    .train(
                            "the quick brown fox jumps over the lazy dog; ein Bär läuft über die"
                                    + " Straße; 東京の空は青い; 😀😃😄 and the story goes on and on. "
                                            .repeat(20));

    private static final String TEMPLATE =
            """
            {%- for message in messages -%}
                {%- if message.role == 'tool' -%}{{- raise_exception('no tools here') -}}{%- endif -%}
                {{- '[' ~ message.role ~ '] ' ~ message.content ~ eos_token ~ '\n' -}}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{- '[assistant] ' ~ (mood or '') -}}{%- endif -%}
            """;

    private TestModel() {}

    static EngineSettings settings() {
        return EngineSettings.DEFAULT.withSlots(4).withWaiting(64);
    }

    static ServedModel open(EngineSettings settings) {
        return open(settings, Backends.named("reference"));
    }

    /// A model each of whose steps takes so long at least.
    static ServedModel slow(EngineSettings settings, Duration step) {
        return open(settings, new SlowBackend(Backends.named("reference"), step));
    }

    static ServedModel open(EngineSettings settings, Backend backend) {
        var model = new Model(new GptConfig(2, 2, 12, CONTEXT, 324, true, 0));
        Engine engine =
                Engine.open(
                        backend,
                        model,
                        settings.withTokenizer(TOKENIZER),
                        session -> write(model, session));
        var chat =
                new ChatFormat(
                        ChatTemplate.parse(TEMPLATE),
                        RenderOptions.of(Map.of("eos_token", Tokenizer.END_OF_TEXT))
                                .withGenerationPrompt(true),
                        List.of());
        var embedder =
                new TextEmbedder(
                        TOKENIZER,
                        64,
                        12,
                        () ->
                                Embedder.open(
                                        backend,
                                        model,
                                        TOKENIZER,
                                        EmbedderSettings.DEFAULT.withLongest(64),
                                        session -> write(model, session)));
        return new ServedModel(
                NAME,
                Optional.of(engine),
                TOKENIZER,
                Optional.of(chat),
                Optional.of(embedder),
                1_700_000_000);
    }

    static Engine engine(ServedModel model) {
        return model.engine().orElseThrow();
    }

    static Engine engine(Server server) {
        return engine(server.models().getFirst());
    }

    private static void write(Model model, Session session) {
        for (Parameter parameter : model.parameters()) {
            TensorSpec spec = parameter.spec();
            for (int slice = 0; slice < spec.slices(); slice++) {
                float[] values =
                        new Initialization.Normal(0.6)
                                .values(5, spec.sliceName(slice), spec.shape());
                session.writeFloats(spec, slice, values);
            }
        }
        model.writeConstants(session);
    }

    private record SlowBackend(Backend backend, Duration step) implements Backend {
        @Override
        public String name() {
            return backend.name();
        }

        @Override
        public String description() {
            return backend.description();
        }

        @Override
        public boolean supports(Op op) {
            return backend.supports(op);
        }

        @Override
        public Session open(List<Program> programs, ExecutionOptions options) {
            return new SlowSession(backend.open(programs, options), step);
        }
    }

    private record SlowSession(Session session, Duration step) implements Session {
        @Override
        public void run(String program) {
            try {
                Thread.sleep(step);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            session.run(program);
        }

        @Override
        public void write(TensorSpec tensor, int slice, MemorySegment values) {
            session.write(tensor, slice, values);
        }

        @Override
        public void read(TensorSpec tensor, int slice, MemorySegment values) {
            session.read(tensor, slice, values);
        }

        @Override
        public long allocatedBytes() {
            return session.allocatedBytes();
        }

        @Override
        public void close() {
            session.close();
        }
    }
}
