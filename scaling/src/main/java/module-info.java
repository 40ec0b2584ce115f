/// How the loss falls with the size of a model and the tokens it is trained on: a ladder of runs,
/// and the law that is fitted to it.
// Hipparchus has no module descriptors.
@SuppressWarnings("requires-automatic")
module io.tornadogpt.scaling {
    requires transitive io.tornadogpt.core;
    requires transitive io.tornadogpt.trainer;
    requires hipparchus.core;
    requires hipparchus.optim;
    requires static transitive org.jspecify;

    exports io.tornadogpt.scaling;
}
