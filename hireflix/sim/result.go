package sim

type hardError struct {
	Name    string
	Code    errorCode
	Message string
}

// softError has the message of the members whose message may be null.
type softError struct {
	Name        string
	Code        errorCode
	Message     *string
	FieldErrors *[]*fieldError
}

// inviteResult is the union: an interview or a refusal, among them the member
// that [UnknownMember] adds.
type inviteResult struct {
	interview *interviewObject
	refused   *refusal
	quoted    bool
}

func (r *inviteResult) hard(typename string) (*hardError, bool) {
	if r.refused == nil || r.refused.typename != typename {
		return nil, false
	}
	return &hardError{typename, errorCode{r.refused.number, r.quoted}, r.refused.message}, true
}

func (r *inviteResult) soft(typename string) (*softError, bool) {
	if r.refused == nil || r.refused.typename != typename {
		return nil, false
	}
	return &softError{typename, errorCode{r.refused.number, r.quoted}, &r.refused.message, &r.refused.faults}, true
}

func (r *inviteResult) ToInterviewType() (*interviewObject, bool) {
	return r.interview, r.interview != nil
}

func (r *inviteResult) ToInterviewAlreadyExistsInPositionError() (*hardError, bool) {
	return r.hard("InterviewAlreadyExistsInPositionError")
}

func (r *inviteResult) ToExceededInvitesThisPeriodError() (*hardError, bool) {
	return r.hard("ExceededInvitesThisPeriodError")
}

func (r *inviteResult) ToInterviewExternalIdAlreadyExistsInPositionError() (*softError, bool) {
	return r.soft("InterviewExternalIdAlreadyExistsInPositionError")
}

func (r *inviteResult) ToPositionNotFoundError() (*hardError, bool) {
	return r.hard("PositionNotFoundError")
}

func (r *inviteResult) ToPositionNotReadyToAcceptInvitesError() (*softError, bool) {
	return r.soft("PositionNotReadyToAcceptInvitesError")
}

func (r *inviteResult) ToValidationError() (*softError, bool) {
	return r.soft("ValidationError")
}

func (r *inviteResult) ToInviteHeldForReviewError() (*softError, bool) {
	return r.soft("InviteHeldForReviewError")
}

// archiveResult is the union of archivePosition.
type archiveResult struct {
	done    *archiveSuccess
	missing *hardError
}

type archiveSuccess struct{ Data *positionObject }

func (r *archiveResult) ToMutationArchivePositionSuccess() (*archiveSuccess, bool) {
	return r.done, r.done != nil
}

func (r *archiveResult) ToPositionNotFoundError() (*hardError, bool) {
	return r.missing, r.missing != nil
}
