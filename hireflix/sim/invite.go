package sim

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// inviteInput is the argument of inviteCandidateToInterview.
type inviteInput struct {
	PositionID           string
	Candidate            inviteCandidate
	ExternalID           *string
	Metadata             *jsonValue
	DisableNotifications *bool
}

type inviteCandidate struct {
	Email     emailAddress
	FirstName string
	LastName  *string
	Phone     *string
}

// internationalPhone is the shape of E.164: a country code and at most 15
// digits in all.
var internationalPhone = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// faults lists what makes an invite a ValidationError.
func (in inviteInput) faults() []*fieldError {
	var found []*fieldError
	add := func(path, message string) {
		found = append(found, &fieldError{FlattenedPath: &path, Message: &message})
	}
	if n := trimmedLength(in.Candidate.FirstName); n < 1 || n > 50 {
		add("candidate.firstName", "First name must be between 1 and 50 characters")
	}
	if last := in.Candidate.LastName; last != nil {
		if n := trimmedLength(*last); n < 1 || n > 50 {
			add("candidate.lastName", "Last name must be between 1 and 50 characters")
		}
	}
	if phone := in.Candidate.Phone; phone != nil && !internationalPhone.MatchString(*phone) {
		add("candidate.phone", "Phone must be international, with country code")
	}
	if utf8.RuneCountInString(value(in.ExternalID)) > 255 {
		add("externalId", "External id must be at most 255 characters")
	}
	if in.Metadata != nil && in.Metadata.value != nil {
		object, ok := in.Metadata.value.(map[string]any)
		switch {
		case !ok:
			add("metadata", "Metadata must be an object")
		case len(object) > 25:
			add("metadata", "Metadata must have at most 25 keys")
		case depth(object) > 3:
			add("metadata", "Metadata must have at most 3 levels")
		}
	}
	return found
}

func trimmedLength(text string) int {
	return utf8.RuneCountInString(strings.TrimSpace(text))
}

// depth is the number of levels of objects and lists.
func depth(value any) int {
	deepest := 0
	switch value := value.(type) {
	case map[string]any:
		for _, inner := range value {
			deepest = max(deepest, depth(inner))
		}
	case []any:
		for _, inner := range value {
			deepest = max(deepest, depth(inner))
		}
	default:
		return 0
	}
	return deepest + 1
}

// refusal is an invite that created nothing.
type refusal struct {
	typename string
	number   int
	message  string
	faults   []*fieldError
}

// fieldError is one item of a ValidationError's fieldErrors.
type fieldError struct{ FlattenedPath, Message *string }
