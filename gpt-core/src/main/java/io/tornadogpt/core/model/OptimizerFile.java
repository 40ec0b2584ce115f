package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.StoredPieces.Assembled;
import io.tornadogpt.core.model.family.Gpt2;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.UnaryOperator;

/// The optimizer state of what is trained, in a safetensors file: a tensor `m.NAME` and one
/// `v.NAME` for each stored weight NAME, which lies as the weight itself does in the model's files.
public final class OptimizerFile {
    /// The file in a checkpoint.
    public static final String NAME = "optimizer.safetensors";

    private OptimizerFile() {}

    /// Adds the state to a file that is about to be written.
    ///
    /// @param state asked for the moments of [Trainable#moments()]
    public static void add(
            SafetensorsWriter writer, Model model, Trainable trainable, WeightReader state) {
        WeightFiles files = WeightFiles.of(model.config());
        var tensors = new LinkedHashMap<String, Assembled>();
        for (Trainable.Trained trained : trainable.parameters()) {
            List<TensorSpec> moments = trained.moments();
            for (int i = 0; i < moments.size(); i++) {
                files.collect(
                        tensors,
                        trained.parameter(),
                        moments.get(i),
                        state,
                        prefix(i),
                        UnaryOperator.identity());
            }
        }
        WeightFiles.write(writer, StorageType.F32, tensors.values());
    }

    private static String prefix(int moment) {
        return moment == 0 ? "m." : "v.";
    }

    /// Writes the state in an open file into a session, once all of it is known to be there in the
    /// right shape.
    ///
    /// @param early whether the file was written before weights were kept as `[out, in]`: then all
    ///   state lies as GPT-2's weights do, whatever the family
    public static void read(
            TensorSource source, Model model, Trainable trainable, Session session, boolean early)
            throws ModelFileException {
        ModelConfig config = model.config();
        WeightFiles files = WeightFiles.of(config);
        if (early) {
            var gpt2 =
                    new ModelConfig(
                            Gpt2.FAMILY,
                            config.architecture(),
                            config.task(),
                            config.specialTokens(),
                            config.kept());
            files = new WeightFiles(gpt2, files.stored(), files.zeros());
        }
        for (boolean check : new boolean[] {true, false}) {
            for (Trainable.Trained trained : trainable.parameters()) {
                List<TensorSpec> moments = trained.moments();
                for (int i = 0; i < moments.size(); i++) {
                    TensorSpec spec = moments.get(i);
                    for (int slice = 0; slice < spec.slices(); slice++) {
                        List<Piece> pieces =
                                files.pieces(trained.parameter(), spec, slice, prefix(i));
                        if (check) {
                            check(source, spec, pieces);
                        } else {
                            var values = new float[Math.toIntExact(spec.shape().elements())];
                            StoredPieces.read(source, pieces, values);
                            session.writeFloats(spec, slice, values);
                        }
                    }
                }
            }
        }
    }

    private static void check(TensorSource source, TensorSpec spec, List<Piece> pieces)
            throws ModelFileException {
        for (Piece piece : pieces) {
            var stored = source.tensor(piece.name());
            if (!StoredPieces.fits(stored, spec, piece)) {
                throw new ModelFileException(
                        source.path(),
                        "tensor '" + stored.name() + "'",
                        "is %s %s, but the configuration makes it %s"
                                .formatted(
                                        stored.type(),
                                        stored.shape(),
                                        StoredPieces.shape(spec, piece)),
                        "use weights and configuration of one model");
            }
        }
    }
}
