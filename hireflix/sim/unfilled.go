package sim

// What the simulator never fills is null, but has to be here for a document
// that asks for it to be valid and to run.

type unfilledPosition struct {
	Description, Location, Language, TranscriptionLanguage, OwnerID *string
	TranscriptionsSupportedLanguages                                *[]string
	Public, AllowReviewVideoAnswers, AllowSwitchingCameras          *bool
	Expires, UpdatedAt                                              *timestamp
	Retakes, TimeToAnswer, TimeToThink                              *int32
	Questions                                                       *[]*questionObject
	InterviewStats                                                  *statsObject
	PublicSubmission                                                *submissionObject
	ShareableLinks                                                  *[]*shareableLinkObject
}

type unfilledInterview struct {
	ExternalLink                       *externalLinkObject
	Scores                             *[]*teamScoreObject
	Comments                           *[]*commentObject
	Questions                          *[]*answeredQuestionObject
	Expires                            *timestamp
	Language, Thumbnail, Notes         *string
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

type externalLinkObject struct {
	ID, URL, InterviewID, PositionID *string
	Expires                          *timestamp
	Labels                           *[]string
}

type teamScoreObject struct {
	ID             *string
	ComputedScore  *float64
	OverridenScore *overriddenScoreObject
	Scorer         *memberObject
}

type overriddenScoreObject struct {
	Value                *float64
	CreatedAt, UpdatedAt *timestamp
}

type memberObject struct {
	ID, Name, Email, Type *string
	Deleted               *bool
}

type commentObject struct {
	ID, Value            *string
	Author               *memberObject
	CreatedAt, UpdatedAt *timestamp
}

type answeredQuestionObject struct {
	ID, Title, Description, Notes *string
	Answered                      *bool
	Score                         *float64
	Media                         *mediaObject
	Answer                        *answerObject
}

type answerObject struct {
	ID, URL, Thumbnail *string
	Meta               *struct{ Duration *float64 }
	Transcription      *transcriptionObject
}

type transcriptionObject struct {
	LanguageCode, Text *string
	Words              *[]*wordObject
}

type wordObject struct {
	Text       *string
	Start, End *float64
}

type mediaObject struct {
	ID, Type, URL, Thumbnail *string
	CreatedAt                *timestamp
}

type questionObject struct {
	ID, Title, Description, Notes, TranscriptionLanguage *string
	Media                                                *mediaObject
	Retakes, TimeToAnswer, TimeToThink                   *int32
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

type webhookObject struct {
	ID, URL, External, Owner *string
	Events                   *[]string
	Active                   *bool
}

type webhookLogObject struct {
	ID, Emitter, URL, Status *string
	Date                     *timestamp
	Request, Response        *jsonValue
}

type apiKeyObject struct {
	APIKey, Company, Type *string
	Permissions           *[]string
}

// unfilledQuery are the root queries that nothing in the simulator answers.
type unfilledQuery struct {
	Info                      *infoObject
	Webhooks                  *[]*webhookObject
	WebhookSecretKey          *string
	Permissions, PositionTags *[]string
	APIKeys                   *[]*apiKeyObject
	Themes                    *[]*themeObject
}

func (unfilledQuery) Template(struct{ Type string }) *templatesObject      { return nil }
func (unfilledQuery) Webhook(struct{ ID string }) *webhookObject           { return nil }
func (unfilledQuery) WebhookLogs(struct{ ID string }) *[]*webhookLogObject { return nil }
func (unfilledQuery) Theme(struct{ ID string }) *themeObject               { return nil }
