package io.tornadogpt.curation.spark;

import io.tornadogpt.curation.run.Engine;
import io.tornadogpt.curation.run.EngineProvider;

/// Makes the engine that `--engine spark` and `--engine spark:MASTER` name.
public final class SparkEngineProvider implements EngineProvider {
    @Override
    public String name() {
        return "spark";
    }

    @Override
    public Engine open(String where) {
        return new SparkEngine(where);
    }
}
