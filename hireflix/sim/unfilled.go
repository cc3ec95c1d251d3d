package sim

// What the simulator never fills is null, but has to be here for a document
// that asks for it to be valid and to run.

type unfilledPosition struct {
	Description, Location, Language, TranscriptionLanguage, OwnerID *string
	TranscriptionsSupportedLanguages                                *[]string
	Public, AllowReviewVideoAnswers, AllowSwitchingCameras          *bool
	Expires, UpdatedAt                                              *timestamp
	Retakes, TimeToAnswer, TimeToThink                              *int32
	InterviewStats                                                  *statsObject
	PublicSubmission                                                *submissionObject
	ShareableLinks                                                  *[]*shareableLinkObject
}

type unfilledInterview struct {
	Expires                            *timestamp
	Language, Notes                    *string
	Retakes, TimeToAnswer, TimeToThink *int32
	Thumbnails                         *[]string
	IPAddresses, UserAgents            *[]string
}

// Steps has arguments, so it has to be a method.
func (unfilledInterview) Steps(struct {
	StepID    *string
	StepIndex *int32
}) *[]*stepObject {
	return nil
}

type statsObject struct {
	Total, TotalPending, TotalCompleted, TotalFinalist, TotalArchived *int32
}

type submissionObject struct {
	URL                                                        *string
	Allow, VerifyEmail, PhoneNumberRequired, PhoneNumberHidden *bool
}

type shareableLinkObject struct {
	ID, Name, Owner, CompanyID, PositionID             *string
	Labels                                             *[]string
	Dynamic, AllowEvaluation, DisplayFunnelInformation *bool
	Expires, CreatedAt, UpdatedAt                      *timestamp
}

type mediaObject struct {
	ID, Type, URL, Thumbnail *string
	CreatedAt                *timestamp
}

type stepObject struct {
	ID, Title, Description                    *string
	Index, Retakes, TimeToAnswer, TimeToThink *int32
	Completed                                 *bool
	CompletedAt                               *timestamp
	Question                                  *mediaObject
}

type infoObject struct {
	Company *companyObject
	User    *struct {
		ID, Email, Username, Name, Lastname *string
		CreatedAt, Deleted                  *timestamp
	}
}

type companyObject struct {
	ID, Name *string
	Logs     *logsObject
}

type logsObject struct{}

// Audit has arguments, so it has to be a method.
func (logsObject) Audit(struct {
	Pagination *struct{ Skip, Limit *int32 }
}) *auditPage {
	return nil
}

type auditPage struct {
	Count, Total *int32
	Results      *[]*auditEntry
}

type auditEntry struct {
	Actor                                     *struct{ ID, Email *string }
	Timestamp                                 *timestamp
	Object, IP, Action, Host, Referer, Medium *string
}

type templatesObject struct{ List *[]*templateObject }

// Get has arguments, so it has to be a method.
func (templatesObject) Get(struct{ ID string }) *templateObject { return nil }

type templateObject struct {
	ID, Name, Language, TypeEnum, CreatedAt *string
	IsDefault                               *bool
}

type themeObject struct {
	ID, Name, CompanyName, Owner, PrimaryColor, TestName *string
}

type apiKeyObject struct {
	APIKey, Company, Type *string
	Permissions           *[]string
}

// unfilledQuery are the root queries that nothing in the simulator answers.
type unfilledQuery struct {
	Info                      *infoObject
	Permissions, PositionTags *[]string
	APIKeys                   *[]*apiKeyObject
	Themes                    *[]*themeObject
}

func (unfilledQuery) Template(struct{ Type string }) *templatesObject { return nil }
func (unfilledQuery) Theme(struct{ ID string }) *themeObject          { return nil }
