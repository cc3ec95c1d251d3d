package sim

import "context"

// mutation resolves the root mutations.
type mutation struct{ server *Server }

// InviteCandidateToInterview creates an interview or says why not, and enters
// which of the two in the journal in the same critical section.
func (m *mutation) InviteCandidateToInterview(ctx context.Context, args struct{ Input inviteInput }) *inviteResult {
	s, call := m.server, callFrom(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	result := &inviteResult{quoted: s.options.QuotedCodes}
	unknown := &refusal{typename: "InviteHeldForReviewError", number: 409, message: "Held for review"}
	if call.effect.Answer == UnknownMember && !call.effect.Applied {
		result.refused = unknown
		call.settle(false, unknown.typename)
		return result
	}
	made, refused := s.account.invite(args.Input)
	if refused != nil {
		result.refused = refused
		call.settle(false, refused.typename)
	} else {
		result.interview = s.newInterviewObject(made)
		call.settle(true, "InterviewType")
		s.tell(EventCreate, made)
	}
	if call.effect.Answer == UnknownMember {
		result.interview, result.refused = nil, unknown
	}
	return result
}

func (m *mutation) ArchivePosition(args struct{ Input struct{ ID string } }) *archiveResult {
	s := m.server
	s.mu.Lock()
	defer s.mu.Unlock()
	p, found := s.account.byID[args.Input.ID]
	if !found {
		return &archiveResult{missing: &hardError{"PositionNotFoundError", errorCode{404, s.options.QuotedCodes}, "Position not found"}}
	}
	p.archived = s.options.Now()
	return &archiveResult{done: &archiveSuccess{s.newPositionObject(p)}}
}

func (m *mutation) Position(struct{ ID *string }) *positionMutation { return &positionMutation{} }

// Webhooks has an id beside those of update and delete; what it is for is not
// known, and it is ignored.
func (m *mutation) Webhooks(struct{ ID *string }) *webhooksMutation {
	return &webhooksMutation{server: m.server}
}

func (m *mutation) Interview(args struct{ ID string }) (*interviewMutation, error) {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	if _, err := m.server.account.interview(args.ID); err != nil {
		return nil, &problem{404, "Interview not found"}
	}
	return &interviewMutation{server: m.server, id: args.ID}, nil
}

// positionMutation holds the older invite and the editing of positions.
type positionMutation struct{}

func (*positionMutation) Invite(struct {
	Candidate struct {
		Name, Email string
		Phone       *string
	}
	ExternalID *string
}) (*interviewObject, error) {
	return nil, notSimulated("the older invite")
}

func (*positionMutation) Delete() (*bool, error) { return nil, notSimulated("delete of a position") }

func (*positionMutation) Save(struct {
	Position struct {
		ID, Name  *string
		Questions *[]struct {
			Title                              string
			Description, TranscriptionLanguage *string
			TimeToAnswer, TimeToThink, Retakes *int32
		}
	}
}) (*positionObject, error) {
	return nil, notSimulated("save of a position")
}

func (*positionMutation) Archive(struct{ Archive *bool }) (*positionObject, error) {
	return nil, notSimulated("archive of a position; archivePosition is")
}

// problem is an error of a resolver with the number that clients read.
type problem struct {
	code    int
	message string
}

func (p *problem) Error() string { return p.message }

func badRequest(message string) error { return &problem{400, message} }

func notSimulated(what string) error {
	return &problem{501, "The simulator does not do this: " + what}
}
