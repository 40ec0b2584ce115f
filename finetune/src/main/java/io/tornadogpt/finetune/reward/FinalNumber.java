package io.tornadogpt.finetune.reward;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// 1 where the number behind the last `####` of the text is that of the wanted answer, as in GSM8K
/// (Cobbe et al., "Training Verifiers to Solve Math Word Problems", 2021), else 0. Commas between
/// digits and a dollar sign before them are left out; the wanted answer may be a number alone.
public record FinalNumber() implements Reward {
    private static final String MARK = "####";
    private static final int MOST_DIGITS = 100;

    private static final Pattern NUMBER =
            Pattern.compile("\\s*\\$?([-+]?\\$?[0-9][0-9,]*(?:\\.[0-9]+)?)");

    @Override
    public String name() {
        return "final_number";
    }

    @Override
    public double of(Answer answer) {
        String wanted = answer.requireWanted();
        int mark = wanted.lastIndexOf(MARK);
        BigDecimal right = number(mark < 0 ? wanted : wanted.substring(mark + MARK.length()));
        if (right == null) {
            throw new IllegalArgumentException(
                    "%s wants an answer without a number; write one, behind #### or alone"
                            .formatted(answer.row().place()));
        }
        int own = answer.text().lastIndexOf(MARK);
        BigDecimal said = own < 0 ? null : number(answer.text().substring(own + MARK.length()));
        return said != null && said.compareTo(right) == 0 ? 1 : 0;
    }

    private static @Nullable BigDecimal number(String text) {
        Matcher matcher = NUMBER.matcher(text);
        if (!matcher.lookingAt() || matcher.group(1).length() > MOST_DIGITS) {
            return null;
        }
        return new BigDecimal(matcher.group(1).replace(",", "").replace("$", ""));
    }
}
