package io.tornadogpt.curation.planted;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Sentences in six languages, put together at random from words of each. What they say is
/// nonsense; their words, articles and endings are those of the language.
enum Prose {
    ENGLISH(
            "en",
            "old small quiet narrow northern wooden broken patient curious golden heavy distant"
                + " bright clever modest frozen hidden famous gentle sudden careful ancient cheap"
                + " honest lively",
            "river farmer village teacher garden engine letter museum doctor market bridge sailor"
                + " winter mountain window painter kitchen station harbour valley merchant library"
                + " forest soldier island castle stranger neighbour tower orchard journal carpenter"
                + " meadow captain street theatre",
            "crossed watched painted followed described carried repaired measured remembered"
                + " visited discovered admired surrounded replaced sheltered questioned welcomed"
                + " photographed borrowed examined",
            "near the %s|behind the %s|with another %s|beyond that %s|without any %s|inside the"
                    + " %s|because of one %s",
            "before breakfast|during the long summer|in the afternoon|after the storm had"
                + " passed|for several years|on a cold morning|when nobody was looking|at the end"
                + " of the week|to everyone's surprise|in spite of the weather",
            "The %a %n %v the %a %n %p %t.|The %n that the %n had %v was %a and %a %t.|%T the %a %n"
                + " %v a %n %p.|Nobody knew why the %n %v the %a %n %p.|It was the %a %n of the %n"
                + " that %v the %n %t."),
    GERMAN(
            "de",
            "alte kleine stille schmale h\u00F6lzerne geduldige goldene schwere ferne helle kluge"
                    + " bescheidene verborgene ber\u00FChmte sanfte",
            "Fluss Bauer Lehrer Garten Brief Arzt Markt Seemann Winter Berg Maler Bahnhof Hafen"
                    + " H\u00E4ndler Wald Soldat Turm Nachbar Tischler Hauptmann",
            "\u00FCberquerte beobachtete malte beschrieb trug besuchte bewunderte ersetzte"
                    + " begr\u00FC\u00DFte untersuchte",
            "neben dem %s|hinter dem %s|mit einem anderen %s|jenseits von diesem %s|wegen dem"
                    + " %s|nicht weit von dem %s",
            "vor dem Fr\u00FChst\u00FCck|w\u00E4hrend des langen Sommers|am Nachmittag|nachdem der"
                    + " Sturm vorbei war|seit vielen Jahren|als niemand hinsah",
            "Der %a %n %v den %n %p %t.|Der %n, den der %n %v, war %a und %a.|%T %v der %a %n einen"
                    + " %n %p.|Niemand wusste, warum der %n den %n %p %v."),
    FRENCH(
            "fr",
            "vieux petit calme \u00E9troit patient curieux lourd lointain brillant modeste"
                    + " cach\u00E9 c\u00E9l\u00E8bre doux prudent",
            "fleuve fermier village professeur jardin moteur mus\u00E9e m\u00E9decin march\u00E9"
                + " pont marin peintre port marchand soldat ch\u00E2teau voisin th\u00E9\u00E2tre",
            "traversait regardait peignait suivait d\u00E9crivait portait r\u00E9parait visitait"
                    + " admirait rempla\u00E7ait",
            "pr\u00E8s du %s|derri\u00E8re le %s|avec un autre %s|au-del\u00E0 de ce %s|sans aucun"
                    + " %s|\u00E0 cause du %s",
            "avant le petit d\u00E9jeuner|pendant le long \u00E9t\u00E9|dans"
                    + " l'apr\u00E8s-midi|apr\u00E8s la temp\u00EAte|pendant plusieurs"
                    + " ann\u00E9es|quand personne ne regardait",
            "Le %a %n %v le %n %p %t.|Le %n que le %n %v \u00E9tait %a et %a.|%T, le %a %n %v un %n"
                    + " %p.|Personne ne savait pourquoi le %n %v le %n %p."),
    SPANISH(
            "es",
            "viejo peque\u00F1o tranquilo estrecho paciente curioso pesado lejano brillante modesto"
                    + " escondido famoso suave cuidadoso",
            "r\u00EDo campesino pueblo maestro jard\u00EDn motor museo m\u00E9dico mercado puente"
                    + " marinero pintor puerto comerciante soldado castillo vecino teatro",
            "cruzaba miraba pintaba segu\u00EDa describ\u00EDa llevaba reparaba visitaba admiraba"
                    + " reemplazaba",
            "cerca del %s|detr\u00E1s del %s|con otro %s|m\u00E1s all\u00E1 de ese %s|sin"
                    + " ning\u00FAn %s|por culpa del %s",
            "antes del desayuno|durante el largo verano|por la tarde|despu\u00E9s de la"
                    + " tormenta|durante muchos a\u00F1os|cuando nadie miraba",
            "El %a %n %v el %n %p %t.|El %n que el %n %v era %a y %a.|%T el %a %n %v un %n"
                    + " %p.|Nadie sab\u00EDa por qu\u00E9 el %n %v el %n %p."),
    ITALIAN(
            "it",
            "vecchio piccolo tranquillo stretto paziente curioso pesante lontano brillante modesto"
                    + " nascosto famoso dolce prudente",
            "fiume contadino villaggio maestro giardino motore museo medico mercato ponte marinaio"
                    + " pittore porto mercante soldato castello vicino teatro",
            "attraversava guardava dipingeva seguiva descriveva portava riparava visitava ammirava"
                    + " sostituiva",
            "vicino al %s|dietro il %s|con un altro %s|oltre quel %s|senza alcun %s|per colpa del"
                    + " %s",
            "prima della colazione|durante la lunga estate|nel pomeriggio|dopo la tempesta|per"
                    + " molti anni|quando nessuno guardava",
            "Il %a %n %v il %n %p %t.|Il %n che il %n %v era %a e %a.|%T il %a %n %v un %n"
                    + " %p.|Nessuno sapeva perch\u00E9 il %n %v il %n %p."),
    DUTCH(
            "nl",
            "oude kleine stille smalle houten geduldige nieuwsgierige gouden zware verre heldere"
                    + " bescheiden verborgen beroemde zachte",
            "rivier boer leraar tuin motor dokter markt brug zeeman schilder keuken haven koopman"
                    + " bibliotheek soldaat toren buurman timmerman",
            "bekeek schilderde volgde beschreef droeg herstelde bezocht bewonderde verving"
                    + " onderzocht",
            "naast de %s|achter de %s|met een andere %s|voorbij die %s|zonder enige %s|vanwege de"
                    + " %s",
            "voor het ontbijt|tijdens de lange zomer|in de middag|nadat de storm voorbij was|sinds"
                    + " vele jaren|toen niemand keek",
            "De %a %n %v de %n %p %t.|De %n die de %n %v was %a en %a.|%T %v de %a %n een %n"
                    + " %p.|Niemand wist waarom de %n de %n %p %v.");

    private final String code;
    private final String[] adjectives;
    private final String[] nouns;
    private final String[] verbs;
    private final String[] places;
    private final String[] times;
    private final String[] forms;

    Prose(
            String code,
            String adjectives,
            String nouns,
            String verbs,
            String places,
            String times,
            String forms) {
        this.code = code;
        this.adjectives = adjectives.split(" ");
        this.nouns = nouns.split(" ");
        this.verbs = verbs.split(" ");
        this.places = places.split("\\|");
        this.times = times.split("\\|");
        this.forms = forms.split("\\|");
    }

    /// As in ISO 639-1.
    String code() {
        return code;
    }

    private static String one(String[] of, Random random) {
        return of[random.nextInt(of.length)];
    }

    String sentence(Random random) {
        String form = one(forms, random);
        var sentence = new StringBuilder();
        for (int i = 0; i < form.length(); i++) {
            char c = form.charAt(i);
            if (c != '%') {
                sentence.append(c);
                continue;
            }
            sentence.append(
                    switch (form.charAt(++i)) {
                        case 'a' -> one(adjectives, random);
                        case 'n' -> one(nouns, random);
                        case 'v' -> one(verbs, random);
                        case 'p' -> one(places, random).formatted(one(nouns, random));
                        case 't' -> one(times, random);
                        default -> capital(one(times, random));
                    });
        }
        return sentence.toString();
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    List<String> sentences(Random random, int count) {
        var sentences = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            sentences.add(sentence(random));
        }
        return sentences;
    }

    /// Paragraphs of three to five sentences, with an empty line between them.
    String text(Random random, int count) {
        return paragraphs(sentences(random, count), random);
    }

    static String paragraphs(List<String> sentences, Random random) {
        var text = new StringBuilder();
        int left = 0;
        for (String sentence : sentences) {
            if (left == 0) {
                text.append(text.isEmpty() ? "" : "\n\n");
                left = 3 + random.nextInt(3);
            } else {
                text.append(' ');
            }
            text.append(sentence);
            left--;
        }
        return text.toString();
    }
}
