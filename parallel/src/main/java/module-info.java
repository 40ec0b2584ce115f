/// Trains one model in many processes: MPI, and threads that stand in for processes.
module io.tornadogpt.parallel {
    requires transitive io.tornadogpt.trainer;
    requires static transitive org.jspecify;

    exports io.tornadogpt.parallel;
}
