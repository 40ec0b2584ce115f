package uk.ac.manchester.tornado.api.enums;

/// What becomes of times that are measured.
public enum ProfilerMode {
    /// They are printed.
    CONSOLE,
    /// They are kept, to be asked for.
    SILENT
}
