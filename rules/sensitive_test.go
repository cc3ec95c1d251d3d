package rules

import "testing"

func TestSensitive(t *testing.T) {
	t.Parallel()
	for about, names := range map[string][]string{
		"somebody's age": {"Age", "candidate.age", "Date of birth", "dateOfBirth", "birth_date", "Geburtsdatum", "Alter", "Âge", "Date de naissance",
			"Edad", "Fecha de nacimiento", "Età", "Data di nascita", "Idade", "Data de nascimento"},
		"somebody's sex or gender":         {"Gender", "Sex", "Geschlecht", "Sexe", "Género", "Sexo", "Sesso", "Anrede"},
		"somebody's origin or nationality": {"Nationality", "Country of origin", "Staatsangehörigkeit", "Herkunftsland", "Nationalité", "Origine", "Nacionalidad", "Cittadinanza", "Raça", "Ethnicity"},
		"somebody's religion or belief":    {"Religion", "Konfession", "Croyances", "Religión", "Religione", "Religião"},
		"somebody's health or disability": {"Health", "Disability status", "Schwerbehinderung", "Gesundheitszustand", "Santé", "Handicap",
			"Discapacidad", "Salute", "Disabilità", "Saúde", "Deficiência"},
		"somebody's marital status": {"Marital status", "Familienstand", "État civil", "Situation familiale", "Estado civil", "Stato civile"},
		"a pregnancy or parenthood": {"Pregnant", "Schwangerschaft", "Grossesse", "Embarazo", "Gravidanza", "Gravidez"},
		"a trade union":             {"Trade union", "Gewerkschaftsmitglied", "Syndicat", "Sindicato", "Sindacato"},
		"":                          {"Stage", "Agency", "Alternative interview", "Percentage", "Sussex office", "Language", "candidate.source", "application.age", "Cost centre", "ETA", "Sprache", "European Union office", "Manager", "Walter", "Embargo", "Notice period"},
	} {
		for _, name := range names {
			if got := sensitive(name); got != about {
				t.Errorf("%s is about %q, want %q", name, got, about)
			}
		}
	}
}
