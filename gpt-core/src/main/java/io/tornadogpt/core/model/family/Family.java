package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Part;

import java.util.List;
import java.util.Set;

/// How models of one kind are published: all that is particular to them stands in one class.
///
/// A family reads an [Architecture] from a `config.json` and writes it back, says what each [Part]
/// is called, and how a part lies in the files where it does not lie as it is computed with: one
/// tensor, linear weights as `[out, in]`.
public interface Family {
    /// The value of `model_type` in `config.json`.
    String modelType();

    /// The class of `transformers` that a model with this task is opened with, for `architectures`.
    String architectureClass(Task task);

    /// Reads what a model computes.
    ///
    /// @throws ModelFileException where a value is malformed or not supported, naming key and value
    /// @throws IllegalArgumentException where values contradict each other
    Architecture read(ConfigDocument config) throws ModelFileException;

    /// Writes what [#read] reads.
    ///
    /// @throws IllegalArgumentException for an architecture that the files cannot express
    void write(Architecture architecture, ObjectNode config);

    /// The name of a layer, the number of the block written `*`: `model.layers.*.self_attn.q_proj`.
    ///
    /// @throws IllegalArgumentException where models of this family have no such layer
    String module(Part part);

    /// What module names begin with in the files of a model with a head, and do not in those of a
    /// model without: `model.`.
    String prefix();

    /// Whether queries, keys and values are one layer, [Part#QUERY_KEY_VALUE].
    default boolean fusesQueryKeyValue() {
        return false;
    }

    /// The stored tensors that a parameter is made of, their rows one below the other.
    ///
    /// @param name of the parameter, the number of the block filled in
    /// @param rows of the parameter, as a matrix; a vector has as many rows as elements
    default List<Piece> pieces(
            Architecture architecture, Part part, String name, int rows, int columns) {
        return List.of(new Piece(name, rows, columns));
    }

    /// What the files hold: the architecture itself, or one that has parameters which are zeros in
    /// this one.
    default Architecture stored(Architecture architecture) {
        return architecture;
    }

    /// Names under which older or newer files have a stored tensor.
    default List<String> otherNames(String tensor) {
        return List.of();
    }

    /// Names under which files hold a stored tensor once more.
    default List<String> copies(String tensor) {
        return List.of();
    }

    /// Which hidden state labels of a sequence are made from.
    default Task.Pooling pooling(ConfigDocument config, Architecture architecture)
            throws ModelFileException {
        return poolings(architecture).getFirst();
    }

    /// Which hidden states the family's own files can ask for, the usual one first.
    default List<Task.Pooling> poolings(Architecture architecture) {
        return List.of(architecture.attention().causal() ? Task.Pooling.LAST : Task.Pooling.FIRST);
    }

    /// Writes what [#pooling] reads.
    default void write(Task task, ObjectNode config) {}

    /// Whether a stored tensor of that name is no weight, such as a mask that older files carry.
    default boolean ignores(String tensor) {
        return false;
    }

    /// Layers that adapters change where nothing is said: those of PEFT's table, where it has the
    /// family.
    default Set<Part> adapted() {
        return Set.of(Part.QUERY, Part.VALUE);
    }
}
