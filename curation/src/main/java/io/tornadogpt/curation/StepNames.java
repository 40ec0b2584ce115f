package io.tornadogpt.curation;

import io.tornadogpt.curation.step.C4Quality;
import io.tornadogpt.curation.step.Decontamination;
import io.tornadogpt.curation.step.ExactDuplicates;
import io.tornadogpt.curation.step.Facts;
import io.tornadogpt.curation.step.FineWebQuality;
import io.tornadogpt.curation.step.GopherQuality;
import io.tornadogpt.curation.step.GopherRepetition;
import io.tornadogpt.curation.step.HarmfulSpeech;
import io.tornadogpt.curation.step.HeldOut;
import io.tornadogpt.curation.step.Html;
import io.tornadogpt.curation.step.Language;
import io.tornadogpt.curation.step.Mix;
import io.tornadogpt.curation.step.NearDuplicates;
import io.tornadogpt.curation.step.ParagraphDuplicates;
import io.tornadogpt.curation.step.Perplexity;
import io.tornadogpt.curation.step.PrivateData;
import io.tornadogpt.curation.step.QualityClassifier;
import io.tornadogpt.curation.step.Repair;
import io.tornadogpt.curation.step.Step;
import io.tornadogpt.curation.step.SubstringDuplicates;
import io.tornadogpt.curation.step.TokenFiles;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The steps that a recipe's file can name, each with its settings where the recipe says nothing.
final class StepNames {
    private static final Map<String, Step> DEFAULTS = defaults();

    private StepNames() {}

    private static Map<String, Step> defaults() {
        var all = new LinkedHashMap<String, Step>();
        all.put("html", Html.DEFAULT);
        all.put("repair", Repair.DEFAULT);
        all.put("facts", Facts.DEFAULT);
        all.put("language", Language.DEFAULT);
        all.put("decontamination", Decontamination.DEFAULT);
        all.put("gopherRepetition", GopherRepetition.DEFAULT);
        all.put("gopherQuality", GopherQuality.DEFAULT);
        all.put("c4Quality", C4Quality.DEFAULT);
        all.put("fineWebQuality", FineWebQuality.DEFAULT);
        all.put("qualityClassifier", QualityClassifier.DEFAULT);
        all.put("perplexity", Perplexity.DEFAULT);
        all.put("harmfulSpeech", HarmfulSpeech.DEFAULT);
        all.put("privateData", PrivateData.DEFAULT);
        all.put("exactDuplicates", new ExactDuplicates());
        all.put("nearDuplicates", NearDuplicates.DEFAULT);
        all.put("paragraphDuplicates", ParagraphDuplicates.DEFAULT);
        all.put("substringDuplicates", SubstringDuplicates.DEFAULT);
        all.put("heldOut", HeldOut.DEFAULT);
        all.put("mix", Mix.DEFAULT);
        all.put("tokenFiles", TokenFiles.DEFAULT);
        return Collections.unmodifiableMap(all);
    }

    static Map<String, Step> all() {
        return DEFAULTS;
    }

    /// Whether a recipe's file can name a step of this class.
    static boolean isKnown(Step step) {
        return DEFAULTS.values().stream().anyMatch(known -> known.getClass() == step.getClass());
    }

    /// The name of a step; that of its class, with a small letter at its beginning, where it is not
    /// one of ours.
    static String of(Step step) {
        for (Map.Entry<String, Step> known : DEFAULTS.entrySet()) {
            if (known.getValue().getClass() == step.getClass()) {
                return known.getKey();
            }
        }
        String name = step.getClass().getSimpleName();
        return name.isEmpty() ? "step" : Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }
}
