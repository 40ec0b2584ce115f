package io.tornadogpt.finetune;

import io.tornadogpt.finetune.data.Header;
import io.tornadogpt.finetune.data.TemplateChoice;
import io.tornadogpt.finetune.data.TooLong;
import io.tornadogpt.trainer.data.Batching;

/// How rows are read and put into batches: the settings `data.*`.
///
/// @param template with which conversations become text
/// @param tooLong what becomes of rows longer than `train.blockSize`
/// @param batching how rows come together
/// @param validation share of the rows that validate where no other file does, 0 for none
/// @param epochs how often each row is seen, where `train.steps` is not set
/// @param header whether the first line of a table names its columns
/// @param textColumn which column of a table, or field, holds the text to classify: a name, or a
///   number from 1 where columns have none
/// @param labelColumn which holds the label
public record DataSettings(
        TemplateChoice template,
        TooLong tooLong,
        Batching batching,
        double validation,
        double epochs,
        Header header,
        String textColumn,
        String labelColumn) {
    /// The group of these settings in files and on the command line.
    public static final String GROUP = "data";

    /// Three epochs, a tenth validates.
    public static final DataSettings DEFAULT =
            new DataSettings(
                    TemplateChoice.AUTO,
                    TooLong.CUT,
                    Batching.GROUPED,
                    0.1,
                    3,
                    Header.AUTO,
                    "text",
                    "label");

    /// @throws IllegalArgumentException naming the setting, its value and what is expected
    public DataSettings {
        if (!(validation >= 0 && validation < 1)) {
            throw new IllegalArgumentException(
                    "data.validation is %s; expected 0 or more and less than 1"
                            .formatted(validation));
        }
        if (!(epochs > 0 && Double.isFinite(epochs))) {
            throw new IllegalArgumentException(
                    "data.epochs is %s; expected more than 0".formatted(epochs));
        }
        if (textColumn.isBlank() || labelColumn.isBlank() || textColumn.equals(labelColumn)) {
            throw new IllegalArgumentException(
                    "data.textColumn is '%s' and data.labelColumn '%s'; expected two columns"
                            .formatted(textColumn, labelColumn));
        }
    }
}
