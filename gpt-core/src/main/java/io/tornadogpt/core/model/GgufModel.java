package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.GgufFile;
import io.tornadogpt.core.files.GgufFileWriter;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.StoredPieces.Assembled;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.gguf.GgufArchitecture;
import io.tornadogpt.core.model.gguf.GgufConfigReader;
import io.tornadogpt.core.model.gguf.GgufConfigWriter;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.gguf.GgufWriter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A model in a GGUF file, as llama.cpp and what is built on it read and write them: weights,
/// configuration and, where it has one, the tokenizer.
///
/// Such files say nothing of dropout, and of an encoder they hold neither pooler nor head.
///
/// @param path the file
/// @param config what its metadata says
public record GgufModel(Path path, ModelConfig config) implements StoredModel {
    /// The version of the blocks' layouts.
    private static final int QUANTIZATION = 2;

    /// Reads what a file says and checks that its tensors fit to it.
    ///
    /// @throws ModelFileException where it is missing or malformed, or asks for what is not
    ///   supported
    public static GgufModel open(Path path) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            var model = new GgufModel(path, config(file));
            weights(file, model.config);
            return model;
        }
    }

    private static ModelConfig config(GgufFile file) throws ModelFileException {
        ModelConfig said = ModelConfig.read(GgufConfigReader.read(file), null);
        if (!(said.task() instanceof Task.HiddenStates)) {
            return said;
        }
        Head head = said.architecture().head();
        var none = new Head(head.transform(), head.bias(), head.logitCap());
        return said.with(said.architecture().withHead(none));
    }

    private static StoredWeights weights(GgufFile file, ModelConfig config)
            throws ModelFileException {
        return StoredWeights.checked(config, file, layout(GgufConfigReader.architecture(file)));
    }

    private static WeightLayout layout(GgufArchitecture architecture) {
        return new WeightLayout() {
            @Override
            public List<Piece> pieces(
                    Architecture a, Part part, String name, int slice, int rows, int columns) {
                return architecture.pieces(a, part, name, slice, rows, columns);
            }

            @Override
            public boolean ignores(String tensor) {
                return tensor.equals(GgufConfigReader.ROPE_FACTORS);
            }
        };
    }

    @Override
    public void load(Model model, Session session) throws IOException {
        openWeights().moveTo(session, model, model.prefix(), null);
    }

    @Override
    public void loadUnderHead(Model model, Session session, long seed) throws IOException {
        openWeights().moveTo(session, model, model.prefix(), seed);
    }

    @Override
    public StoredWeights openWeights() throws IOException {
        return weights(GgufFile.open(path), config).withoutContradictions();
    }

    /// A file that is about to be written.
    ///
    /// @param content of the file
    /// @param remarks what the file cannot say of the model, and which tensors are not of the type
    ///   that was asked for, in sentences
    public record Export(GgufFileWriter content, List<String> remarks) {
        /// Keeps a copy of the list.
        public Export {
            remarks = List.copyOf(remarks);
        }
    }

    /// Makes ready to write a model. Vectors and tables of positions stay in single precision, and
    /// so do matrices whose rows blocks of the type do not fill.
    ///
    /// @param type F32, F16, BF16, Q8_0 or Q4_0
    /// @param header what the file says beside: its tokenizer
    /// @param weights read while the file is written
    /// @throws IllegalArgumentException for a model that such files cannot hold
    public static Export export(
            ModelConfig config, WeightReader weights, StorageType type, GgufWriter header) {
        GgufArchitecture architecture = GgufArchitecture.of(config.family());
        List<String> remarks = new ArrayList<>(GgufConfigWriter.write(config, header));
        if (type.blockElements() > 1) {
            header.integer("general.quantization_version", QUANTIZATION);
        }
        var content = new GgufFileWriter(header);
        header.integer("general.file_type", fileType(type));
        int unfilled = 0;
        for (Assembled tensor : tensors(config, weights, architecture)) {
            boolean matrix = tensor.shape().size() > 1 && !isTableOfFew(tensor.name());
            boolean fills = matrix && tensor.shape().getLast() % type.blockElements() == 0;
            unfilled += matrix && !fills ? 1 : 0;
            content.tensor(
                    tensor.name(),
                    fills ? type : StorageType.F32,
                    tensor.shape(),
                    tensor.elements());
        }
        float[] factors = GgufConfigWriter.ropeFactors(config.architecture());
        if (factors != null) {
            content.tensor(
                    GgufConfigReader.ROPE_FACTORS,
                    StorageType.F32,
                    List.of((long) factors.length),
                    (from, block, count) -> System.arraycopy(factors, (int) from, block, 0, count));
        }
        if (unfilled > 0) {
            remarks.add(
                    "%d tensors have rows that blocks of %d elements do not fill; they were written as F32"
                            .formatted(unfilled, type.blockElements()));
        }
        return new Export(content, remarks);
    }

    /// llama.cpp's number for files whose matrices are mostly of that type.
    private static int fileType(StorageType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q8_0 -> 7;
            case BF16 -> 32;
            default ->
                    throw new IllegalArgumentException(
                            "GGUF files are written as F32, F16, BF16, Q8_0 or Q4_0, not as "
                                    + type);
        };
    }

    /// Tables of positions and of token types are small, and rounding them costs more than it
    /// saves.
    private static boolean isTableOfFew(String tensor) {
        return tensor.startsWith("position_embd.") || tensor.startsWith("token_types.");
    }

    private static List<Assembled> tensors(
            ModelConfig config, WeightReader weights, GgufArchitecture architecture) {
        WeightFiles files = WeightFiles.of(config, layout(architecture));
        Map<String, Assembled> tensors = new LinkedHashMap<>();
        boolean encoder = architecture == GgufArchitecture.BERT;
        for (Parameter parameter : files.stored()) {
            if (encoder && parameter.part() != null && parameter.part().inHead()) {
                continue;
            }
            WeightReader reader = files.isZero(parameter) ? WeightReader.ZEROS : weights;
            files.collect(
                    tensors, parameter, parameter.spec(), reader, "", UnaryOperator.identity());
        }
        Assembled embedding = tensors.get(GgufConfigReader.EMBEDDING);
        if (architecture == GgufArchitecture.PHI2
                && embedding != null
                && !tensors.containsKey(GgufConfigReader.HEAD)) {
            // Its head has a bias, and readers know none without a weight of its own.
            tensors.put(
                    GgufConfigReader.HEAD,
                    new Assembled(GgufConfigReader.HEAD, embedding.shape(), embedding.parts()));
        }
        return List.copyOf(tensors.values());
    }
}
