package io.tornadogpt.core.model;

/// The weights of a model on disk, open to be read.
public interface OpenWeights extends WeightReader, AutoCloseable {
    @Override
    void close();
}
