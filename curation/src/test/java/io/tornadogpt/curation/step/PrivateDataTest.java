package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The numbers are examples that their issuers publish, or were made with right check digits.
class PrivateDataTest {
    private static String masked(String text) throws IOException {
        return PrivateData.DEFAULT.prepared().masked(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "EMAIL_ADDRESS | jane.doe+news@mail.example.co.uk",
                "EMAIL_ADDRESS | JANE.DOE@EXAMPLE.COM",
                "PHONE_NUMBER | +44 20 7946 0958",
                "PHONE_NUMBER | (415) 555-0132",
                "PHONE_NUMBER | 415-555-0132",
                "PHONE_NUMBER | +49 (0)30 901820",
                "CREDIT_CARD | 4111 1111 1111 1111",
                "CREDIT_CARD | 378282246310005",
                "CREDIT_CARD | 5555-5555-5555-4444",
                "IBAN_CODE | DE89 3704 0044 0532 0130 00",
                "IBAN_CODE | GB82WEST12345698765432",
                "IP_ADDRESS | 192.168.0.17",
                "IP_ADDRESS | 203.0.113.9",
                "IP_ADDRESS | 2001:db8:85a3::8a2e:370:7334",
                "IP_ADDRESS | fe80::1",
                "MAC_ADDRESS | 00:1A:2B:3C:4D:5E",
                "US_SSN | 536-90-4399",
                "UK_NINO | AB 12 34 56 C",
                "FR_NIR | 2 55 08 14 168 025 38",
                "ES_DNI | 12345678Z",
                "ES_NIE | X1234567L",
                "IT_FISCAL_CODE | RSSMRA85T10A562S",
                "BE_NATIONAL_NUMBER | 85.07.30-033.28",
                "SE_PERSONNUMMER | 811228-9874",
                "FI_HETU | 131052-308T",
                "CH_AHV | 756.9217.0769.85",
                "BR_CPF | 529.982.247-25",
                "IN_PAN | ABCPE1234F",
                "CN_RESIDENT_ID | 11010519491231002X",
                "KR_RRN | 900101-1234567",
                "SECRET | AKIAIOSFODNN7EXAMPLE",
                "SECRET | ghp_16C7e42F292c6912E7710c838347Ae178B4a",
                "SECRET | xoxb-123456789012-abcdefGHIJKL",
                "SECRET | sk_live_4eC39HqLyjWDarjtT1zdp7dc",
                "SECRET | eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"
            })
    void aValueIsReplacedWhereverItStands(String kind, String value) throws IOException {
        for (String frame :
                new String[] {"%s", "Write to %s today.", "a (%s), b", "\n%s\n", "It is %s."}) {
            String text = frame.formatted(value);
            assertEquals(frame.formatted("<" + kind + ">"), masked(text), text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "her NHS number is 943 476 5919 | her NHS number is <UK_NHS>",
                "Steuer-ID: 86 095 742 719 | Steuer-ID: <DE_TAX_ID>",
                "BSN 111222333 | BSN <NL_BSN>",
                "PESEL 44051401359 | PESEL <PL_PESEL>",
                "Aadhaar: 2341 2341 2346 | Aadhaar: <IN_AADHAAR>",
                "my SIN is 046 454 286 | my SIN is <CA_SIN>",
                "TFN 123 456 782 | TFN <AU_TFN>",
                "social security number 536904399 | social security number <US_SSN>",
                "passport no. C01234567 | passport no. <PASSPORT>",
                "password = hunter2!x | password = <SECRET>",
                "\"api_key\": \"a8f5f167f44f4964e6c998de\" | \"api_key\": \"<SECRET>\"",
                "https://bob:s3cret@example.com/x | https://<SECRET>/x",
                "Call me. Aadhaar: 6304 1234 5609 | Call me. Aadhaar: <IN_AADHAAR>",
                "call 0171 2345678 now | call <PHONE_NUMBER> now",
                "tel: 01 42 68 53 00 | tel: <PHONE_NUMBER>"
            })
    void aValueIsReplacedBehindWhatIntroducesIt(String text, String expected) throws IOException {
        assertEquals(expected, masked(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "It cost 1,234,567.89 in 2019 and 2020.",
                "On 2024-01-15 at 12:30:45, and on 15.01.2024.",
                "Version 1.2.3.4 and release 10.0.0.1 of it.",
                "std::vector<int> a::b and dead::beef.",
                "The number 4111 1111 1111 1112 fails its check.",
                "ISBN 978-0-13-468599-1",
                "pages 100-200, 3.14159265358979, 1e10",
                "@Override public int x() @ home",
                "DE89 3704 0044 0532 0130 01 is off by one",
                "order 123456789, part 987-65",
                "a ratio of 0.123456789 in spring",
                "My NHS number is lost. Order 9434765919 came.",
                "painting during 2019: 6234567890123456",
                "password: required, token: optional",
                "00:00:00 and 12:34:56",
                "Error 404 at line 1234567890123 of main.c"
            })
    void whatOnlyLooksLikeItStays(String text) throws IOException {
        assertEquals(text, masked(text));
    }

    @Test
    void aPrivateKeyIsReplacedWhole() throws IOException {
        String key =
                "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc==\n-----END RSA PRIVATE KEY-----";
        assertEquals("a\n<SECRET>\nb", masked("a\n" + key + "\nb"));
    }

    /// The same values in every order leave the same placeholders, each in the place of its value.
    @Test
    void replacementsDoNotDependOnOrder() throws IOException {
        var values =
                new ArrayList<>(
                        List.of(
                                "jane@example.com",
                                "4111 1111 1111 1111",
                                "192.168.0.17",
                                "DE89 3704 0044 0532 0130 00",
                                "+44 20 7946 0958"));
        for (int i = 0; i < values.size(); i++) {
            Collections.rotate(values, 1);
            String text = masked(String.join(", ", values));
            for (String part : text.split(", ")) {
                assertTrue(part.matches("<[A-Z_]+>"), text);
            }
        }
    }

    @Test
    void namesComeFromAList(@TempDir Path folder) throws IOException {
        Path names = Files.writeString(folder.resolve("names.txt"), "# staff\nAda Lovelace\nBob\n");
        var step =
                new PrivateData(
                                PrivateData.KINDS,
                                PrivateData.DEFAULT.countries(),
                                PrivateData.DEFAULT.phoneRegions(),
                                names.toString())
                        .prepared();
        assertEquals(
                "<PERSON> and <PERSON>, Bobby and bob and <PERSON>",
                step.masked("Ada Lovelace and Bob, Bobby and bob and ADA LOVELACE"));
    }

    @Test
    void aLongRunOfMarksTakesLittleTime() throws IOException {
        for (String part :
                new String[] {"@", "a@", "1.", "+", "(1", "-----BEGIN ", "a:", "eyJ", "0:"}) {
            String text = part.repeat(20_000);
            masked(text); // ends
        }
    }

    /// What a look at the sources of a JDK showed.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Fifth Floor, Boston, MA 02110-1301 USA.",
                "nanos {@code 0-999999} additional nanoseconds",
                "one of {@code 0 1 2 3 4 5 6 7 8 9}",
                "0x0375, // 0375..0377; GREEK",
                "@jls 4.10.3.1 Subtyping",
                "(JLS section {@jls\n * 15.28.1.2}) which include",
                "see \u00A7 4.7.9.1, and section 7.19.6.1",
            })
    void numbersOfCodesAndSectionsStay(String text) throws IOException {
        assertEquals(text, masked(text));
    }
}
