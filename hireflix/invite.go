package hireflix

import (
	"context"
	"errors"
	"strings"

	"flowd"
	"flowd/internal/fault"
)

var (
	opInvite     = operation{name: "FlowdInvite", doing: "invite", mutation: true}
	opInviteRich = operation{name: "FlowdInviteRich", doing: "invite", mutation: true}
)

// InviteCandidateToInterviewInput is the argument of the invite. Its name is
// that of the type in Hireflix's schema: shurcooL/graphql declares a variable by
// the name of its Go type.
type InviteCandidateToInterviewInput struct {
	PositionID string         `json:"positionId"`
	Candidate  candidateInput `json:"candidate"`
	ExternalID string         `json:"externalId"`
	// DisableNotifications makes Hireflix send nothing. Its name is known from
	// public client code alone, so it is left out where it is not asked for.
	DisableNotifications bool `json:"disableNotifications,omitempty"`
}

type candidateInput struct {
	Email     string `json:"email"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName,omitempty"`
	Phone     string `json:"phone,omitempty"`
}

// In every selection, message has an alias of its own in each fragment: it is
// nullable in some members and not in others, and GraphQL then refuses two
// fields of one name.

// minimalInvite names only what the vendor's guide shows (Q28). A name that
// Hireflix does not have would make every invite fail; __typename tells the
// other members apart.
type minimalInvite struct {
	Result struct {
		Typename  word          `graphql:"__typename"`
		Interview plainInvited  `graphql:"... on InterviewType"`
		Exists    existsError   `graphql:"... on InterviewAlreadyExistsInPositionError"`
		Exceeded  exceededError `graphql:"... on ExceededInvitesThisPeriodError"`
	} `graphql:"inviteCandidateToInterview(input: $input)"`
}

// richInvite names every known member. It is used when introspection has
// confirmed all of it.
type richInvite struct {
	Result struct {
		Typename   word            `graphql:"__typename"`
		Interview  richInvited     `graphql:"... on InterviewType"`
		Exists     existsError     `graphql:"... on InterviewAlreadyExistsInPositionError"`
		Exceeded   exceededError   `graphql:"... on ExceededInvitesThisPeriodError"`
		SameID     sameIDError     `graphql:"... on InterviewExternalIdAlreadyExistsInPositionError"`
		NotFound   notFoundError   `graphql:"... on PositionNotFoundError"`
		NotReady   notReadyError   `graphql:"... on PositionNotReadyToAcceptInvitesError"`
		Validation validationError `graphql:"... on ValidationError"`
	} `graphql:"inviteCandidateToInterview(input: $input)"`
}

type plainInvited struct {
	ID  word
	URL struct{ Public, Short word }
}

type richInvited struct {
	ID         word
	ExternalID word `graphql:"externalId"`
	Status     word
	CreatedAt  instant
	URL        struct{ Public, Short, Private word }
}

type existsError struct {
	Code    word
	Message word `graphql:"existsMessage: message"`
}

type exceededError struct {
	Code    word
	Message word `graphql:"exceededMessage: message"`
}

type sameIDError struct {
	Code    word
	Message word `graphql:"sameIdMessage: message"`
}

type notFoundError struct {
	Code    word
	Message word `graphql:"notFoundMessage: message"`
}

type notReadyError struct {
	Code    word
	Message word `graphql:"notReadyMessage: message"`
}

type validationError struct {
	Code        word
	Message     word `graphql:"validationMessage: message"`
	FieldErrors []struct {
		FlattenedPath word
		Message       word `graphql:"fieldMessage: message"`
	}
}

// invited is the result of an invite, whichever selection brought it.
type invited struct {
	typename  word
	interview flowd.Interview
	fields    []word // that a ValidationError names
}

// invite sends one invite. A selection that the schema refuses took no effect,
// so the minimal one is sent in its place; that is the only second request.
func (c *Client) invite(ctx context.Context, input InviteCandidateToInterviewInput) (flowd.Interview, string, error) {
	variables := map[string]any{"input": input}
	var result invited
	var ex *exchange
	var err error
	rich := c.rich.Load()
	if rich {
		result, ex, err = sendRich(ctx, c, variables)
	}
	if !rich || errors.Is(err, errRefusedBySchema) {
		result, ex, err = sendMinimal(ctx, c, variables)
		if rich && !errors.Is(err, errRefusedBySchema) { // else it is not the selection
			c.rich.Store(false)
			c.notice("Hireflix's schema has changed: invites go out with the smallest request, so refusals are told less exactly; look for a newer version of flowd")
		}
	}
	requestID := ex.reply.requestID
	if errors.Is(err, errRefusedBySchema) {
		words := "Hireflix's schema refuses even the smallest invite: look for a newer version of flowd"
		if input.DisableNotifications {
			words = "Hireflix's schema refuses an invite without its e-mail, and it is not sent with one: look for a newer version of flowd, or change the rule's mail"
		}
		f := fault.New(fault.Internal, opInvite.doing, "%s", words)
		f.RequestID, f.RetryAfter, f.Err = requestID, ex.reply.retryAfter, errRefusedBySchema
		return flowd.Interview{}, requestID, f
	}
	if err != nil {
		return flowd.Interview{}, requestID, err
	}
	if f := result.fault(); f != nil {
		f.RequestID, f.RetryAfter = requestID, ex.reply.retryAfter
		return flowd.Interview{}, requestID, f
	}
	if result.interview.ExternalID == "" {
		result.interview.ExternalID = input.ExternalID
	}
	return result.interview, requestID, nil
}

func sendMinimal(ctx context.Context, c *Client, variables map[string]any) (invited, *exchange, error) {
	value, ex, err := send[minimalInvite](ctx, c, opInvite, variables)
	of := value.Result.Interview
	return invited{typename: value.Result.Typename, interview: flowd.Interview{
		ID: string(of.ID), PublicURL: link(of.URL.Public), ShortURL: link(of.URL.Short),
	}}, ex, err
}

func sendRich(ctx context.Context, c *Client, variables map[string]any) (invited, *exchange, error) {
	value, ex, err := send[richInvite](ctx, c, opInviteRich, variables)
	of := value.Result.Interview
	result := invited{typename: value.Result.Typename, interview: flowd.Interview{
		ID: string(of.ID), ExternalID: string(of.ExternalID), Status: status(of.Status), CreatedAt: of.CreatedAt.at,
		PublicURL: link(of.URL.Public), ShortURL: link(of.URL.Short), PrivateURL: link(of.URL.Private),
	}}
	for _, field := range value.Result.Validation.FieldErrors {
		result.fields = append(result.fields, field.FlattenedPath)
	}
	return result, ex, err
}

// fault is what a member of the result means; nil is an interview. Of an answer
// that names no member, or no interview, nobody knows whether it took effect.
func (r invited) fault() *fault.Error {
	refused := func(kind fault.Kind, text string) *fault.Error { return fault.New(kind, opInvite.doing, "%s", text) }
	switch r.typename {
	case "InterviewType":
		if r.interview.ID == "" {
			return refused(fault.Uncertain, "the answer names no interview")
		}
		return nil
	case "InterviewAlreadyExistsInPositionError":
		return refused(fault.Conflict, "the address is in this position already")
	case "InterviewExternalIdAlreadyExistsInPositionError":
		return refused(fault.Conflict, "the external id is in this position already")
	case "ExceededInvitesThisPeriodError":
		return refused(fault.Quota, "Hireflix answers ExceededInvitesThisPeriodError")
	case "PositionNotFoundError":
		return refused(fault.NotFound, "no position has this id")
	case "PositionNotReadyToAcceptInvitesError":
		return refused(fault.NotReady, "the position is archived, expired or has no questions")
	case "ValidationError":
		return r.invalid()
	case "":
		return refused(fault.Uncertain, "the answer does not say what became of the invite")
	}
	return refused(fault.Unknown, "Hireflix answers with something that this version does not know")
}

// invalid says which fields are refused. The position's id is no fault of the
// person's.
func (r invited) invalid() *fault.Error {
	if len(r.fields) == 0 {
		return fault.New(fault.Invalid, opInvite.doing, "Hireflix refuses the address, the name or the phone number without saying which")
	}
	var words []string
	position := true
	for _, path := range r.fields[:min(len(r.fields), 5)] {
		words = append(words, fieldInWords(string(path)))
		position = position && fieldInWords(string(path)) == fieldInWords("positionId")
	}
	kind := fault.Invalid
	if position {
		kind = fault.NotFound
	}
	return fault.New(kind, opInvite.doing, "Hireflix refuses %s", strings.Join(words, ", "))
}

// link returns an address that can be shown as one. Short links came without a
// scheme in older answers (the vendor's guide, Q6).
func link(raw word) string {
	switch s := strings.TrimSpace(string(raw)); {
	case s == "":
		return ""
	case strings.HasPrefix(s, "https://"), strings.HasPrefix(s, "http://"):
		return s
	case strings.Contains(s, ":"):
		return "" // javascript: and its like
	default:
		return "https://" + strings.TrimLeft(s, "/")
	}
}
