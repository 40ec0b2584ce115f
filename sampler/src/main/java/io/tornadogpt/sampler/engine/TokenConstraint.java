package io.tornadogpt.sampler.engine;

import java.util.BitSet;

/// Says which tokens may come next, as a grammar does. An object serves one request.
///
/// It is called by the thread that serves all requests, so that one that is slow slows all of them
/// down. One that throws ends its own request.
public interface TokenConstraint {
    /// The tokens that may come next, asked for before each draw: end tokens among them where the
    /// text may end. None at all ends the text as an end token does.
    ///
    /// @return not changed, and not kept beyond the next call
    BitSet allowed();

    /// Hears of the token that was drawn; of end tokens not.
    void accept(int token);
}
