package io.tornadogpt.curation.run;

import java.io.IOException;

/// A run was asked to stop; what it has done is kept.
public final class StoppedException extends IOException {
    public StoppedException() {
        super("the run was stopped; the same run goes on from the last shard that is complete");
    }
}
