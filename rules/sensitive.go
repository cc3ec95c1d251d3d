package rules

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// protected are the words by which fields are named that hold what European law
// protects (the directives 2000/43, 2000/78 and 2006/54 on equal treatment, and
// article 9 of the GDPR): in English, German, French, Spanish, Italian and
// Portuguese, without accents. A word with * is how longer ones begin; one of
// several words stands in this order.
var protected = []struct{ about, words string }{
	{"somebody's age", "age ages birth* birthday dob yob born geburt* geboren alter lebensalter altersgruppe naissance edad nacimiento nascita idade nascimento"},
	{"somebody's sex or gender", "sex sexe sexo sesso gender* genre genero genere geschlecht* pronoun pronouns anrede civilite"},
	{"somebody's sexual orientation", "sexual* sexuel* sexuell*"},
	{"somebody's origin or nationality", "origin origins herkunft* migrationshintergrund origine origines origen origem nationalit* nationalid* nacionalid* nazionalit* " +
		"citizenship* staatsangehorig* staatsburger* citoyennete ciudadania cittadinanza cidadania ethnic* ethni* etnia* etnic* race racial rasse raca raza razza"},
	{"somebody's religion or belief", "religio* religia* konfession* glaube* faith belief* croyance* creencia* crenca* credo weltanschauung"},
	{"somebody's health or disability", "health* gesundheit* krank* erkrankung* illness* sickness medical disab* handicap* behinder* schwerbehinder* sante maladie* " +
		"salud enfermedad* discapacid* minusvalia salute malatt* disabil* invalid* saude doenca* deficien* inaptitude genetic* genetisch*"},
	{"somebody's marital status", "marital* married familienstand verheiratet ledig matrimonial* situation_familiale etat_civil estado_civil stato_civile casado casada coniugat* spouse children kinder"},
	{"a pregnancy or parenthood", "pregnan* matern* patern* schwanger* mutterschutz elternzeit enceinte grossesse embaraz* gravid* incinta"},
	{"a trade union", "trade_union labor_union labour_union union_member* gewerkschaft* syndicat* syndical* sindica* sindaca*"},
	{"somebody's political opinion", "political politics politisch* politique* politica* partei*"},
}

// sensitive says what a member or custom field of this name is about, where the
// law protects that; else it is empty.
func sensitive(name string) string {
	if hasWord(strings.ToLower(norm.NFC.String(name)), "età") { // without its accent it is a time of arrival
		return protected[0].about
	}
	words := wordsOf(name)
	if strings.HasPrefix(name, "application.") { // its age is the application's
		return ""
	}
	for _, p := range protected {
		for _, stem := range strings.Fields(p.words) {
			if among(words, strings.Split(stem, "_")) {
				return p.about
			}
		}
	}
	return ""
}

func hasWord(text, word string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }), word)
}

// wordsOf are the words of a name, in small letters and without accents:
// dateOfBirth, date_of_birth and Date of Birth have the same.
func wordsOf(name string) []string {
	var b strings.Builder
	small := false
	for _, r := range norm.NFD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case !unicode.IsLetter(r):
			r = ' '
		case unicode.IsUpper(r) && small:
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Fields(strings.ReplaceAll(b.String(), "ß", "ss"))
}

// among tells whether the stems stand in the words, one after the other.
func among(words, stems []string) bool {
	for i := 0; i+len(stems) <= len(words); i++ {
		fits := true
		for j, stem := range stems {
			beginning, longer := strings.CutSuffix(stem, "*")
			fits = fits && (words[i+j] == beginning || longer && strings.HasPrefix(words[i+j], beginning))
		}
		if fits {
			return true
		}
	}
	return false
}
