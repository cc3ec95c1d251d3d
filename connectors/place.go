package connectors

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// maxPlace is the longest text looked at; no name of a language or country is
// longer.
const maxPlace = 64

// Language returns a language as a BCP 47 tag, or "" when the text is not one.
// An English or native name of a common language is understood too.
func Language(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxPlace {
		return ""
	}
	if tag, ok := languageNames()[strings.ToLower(text)]; ok {
		return tag
	}
	tag, err := language.Parse(text)
	if err != nil || tag == language.Und {
		return ""
	}
	return tag.String()
}

// Country returns a country as its ISO 3166-1 alpha-2 code, or "" when the text
// is not one. Alpha-3 codes are understood, and names in the languages below.
func Country(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxPlace {
		return ""
	}
	if code, ok := countryNames()[foldPlace(text)]; ok {
		return code
	}
	if len(text) > 3 {
		return ""
	}
	region, err := language.ParseRegion(text)
	if err != nil || !region.IsCountry() {
		return ""
	}
	return region.Canonicalize().String()
}

// foldPlace makes "U.S.A." and "usa", "The Netherlands" and "netherlands" one.
func foldPlace(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, ".", ""))
	return strings.TrimPrefix(strings.Join(strings.Fields(name), " "), "the ")
}

// placeLanguages are those in whose words countries are understood; a name that
// two of them give to different countries is the first one's.
var placeLanguages = []language.Tag{
	language.English, language.German, language.French, language.Spanish, language.Italian, language.Dutch,
	language.Portuguese, language.Polish, language.Danish, language.Swedish, language.Norwegian, language.Finnish, language.Czech,
}

// countryNames maps folded names to codes. It is made once, at the first name
// that is looked up: it costs a few milliseconds and never changes.
var countryNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{
		"united states of america": "US", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
		"northern ireland": "GB", "holland": "NL", "czech republic": "CZ", "turkey": "TR", "south korea": "KR", "russia": "RU",
	}
	var regions []language.Region
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			region, err := language.ParseRegion(string([]rune{a, b}))
			if err == nil && region.IsCountry() && region.Canonicalize() == region && region.String() == string([]rune{a, b}) {
				regions = append(regions, region)
			}
		}
	}
	for _, in := range placeLanguages {
		namer := display.Regions(in)
		for _, region := range regions {
			if name := foldPlace(namer.Name(region)); name != "" && names[name] == "" {
				names[name] = region.String()
			}
		}
	}
	return names
})

// languageNames maps lower-case English and native names to tags.
var languageNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	english := display.English.Languages()
	for _, tag := range display.Supported.Tags() {
		if base, _ := tag.Base(); tag.String() != base.String() {
			continue // regional varieties are named by their tags
		}
		for _, name := range []string{english.Name(tag), display.Self.Name(tag)} {
			if name = strings.ToLower(name); name != "" && names[name] == "" {
				names[name] = tag.String()
			}
		}
	}
	return names
})
