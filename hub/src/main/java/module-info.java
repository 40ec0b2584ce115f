/// Fetches models from a hub in the way of Hugging Face, and finds those that were fetched.
module io.tornadogpt.hub {
    requires com.fasterxml.jackson.databind;
    requires java.net.http;
    requires static transitive org.jspecify;

    exports io.tornadogpt.hub;
}
