package io.tornadogpt.tokenizer.normalizer;

import java.text.Normalizer.Form;

/// Unicode's normalization forms.
public enum UnicodeForm implements Normalizer {
    NFC(Form.NFC, 0x300),
    NFD(Form.NFD, 0xC0),
    NFKC(Form.NFKC, 0xA0),
    NFKD(Form.NFKD, 0xA0);

    private final Form form;

    /// No text of characters below this one changes.
    private final int firstToLookAt;

    UnicodeForm(Form form, int firstToLookAt) {
        this.form = form;
        this.firstToLookAt = firstToLookAt;
    }

    @Override
    public String type() {
        return name();
    }

    @Override
    public String normalize(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= firstToLookAt) {
                return java.text.Normalizer.normalize(text, form);
            }
        }
        return text;
    }
}
