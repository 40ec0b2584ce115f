package uk.ac.manchester.tornado.api.enums;

/// When an array is copied between host and device.
public class DataTransferMode {

    /// Once.
    public static final int FIRST_EXECUTION = 0;

    /// At every execution of the graph.
    public static final int EVERY_EXECUTION = 1;

    /// When the host asks for it.
    public static final int UNDER_DEMAND = 2;
}
