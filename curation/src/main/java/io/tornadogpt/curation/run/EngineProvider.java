package io.tornadogpt.curation.run;

/// Makes engines that are no part of this module, and is found by Java's `ServiceLoader`.
public interface EngineProvider {
    /// What the engine is called.
    String name();

    /// Makes one.
    ///
    /// @param where it is to work, such as the address of a cluster; empty for what is set
    ///   elsewhere
    Engine open(String where);
}
