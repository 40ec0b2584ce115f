package io.tornadogpt.tokenizer.normalizer;

import io.tornadogpt.tokenizer.text.HuggingFaceUnicode;

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
                return HuggingFaceUnicode.normalizesAlike(text)
                        ? java.text.Normalizer.normalize(text, form)
                        : inStretches(text);
            }
        }
        return text;
    }

    /// Normalizes what lies between characters that Hugging Face does not normalize.
    private String inStretches(String text) {
        StringBuilder all = new StringBuilder(text.length());
        int from = 0;
        for (int at = 0, next; at < text.length(); at = next) {
            int c = text.codePointAt(at);
            next = at + Character.charCount(c);
            if (HuggingFaceUnicode.isInert(c)) {
                all.append(java.text.Normalizer.normalize(text.substring(from, at), form));
                all.appendCodePoint(c);
                from = next;
            }
        }
        return all.append(java.text.Normalizer.normalize(text.substring(from), form)).toString();
    }
}
