/// Turns a folder of mess into a training set that one can account for.
// The libraries for Parquet, WARC, zstd and phone numbers have no module descriptors; their jars
// state their names in the manifest, or lie on the module path under the names of their files.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.tornadogpt.curation {
    requires aircompressor.v3;
    requires apache.mime4j.core;
    requires apache.mime4j.dom;
    requires com.fasterxml.jackson.databind;
    requires com.google.i18n.phonenumbers.libphonenumber;
    requires dev.hardwood.core;
    requires transitive io.tornadogpt.core;
    requires io.tornadogpt.trainer;
    requires jwarc;
    requires opennlp.models.langdetect;
    requires org.apache.commons.csv;
    requires org.apache.opennlp.tools;
    requires org.jsoup;
    requires static transitive org.jspecify;

    uses io.tornadogpt.curation.run.EngineProvider;

    exports io.tornadogpt.curation;
    exports io.tornadogpt.curation.read;
    exports io.tornadogpt.curation.run;
    exports io.tornadogpt.curation.step;

    opens io.tornadogpt.curation.run to
            com.fasterxml.jackson.databind;
    opens io.tornadogpt.curation.step to
            com.fasterxml.jackson.databind;
}
