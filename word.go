package flowd

// Word is what a person reads where an action or decision stands: every person
// is under exactly one of them.
type Word string

// The words on the screen.
const (
	WordInvited    Word = "invited"
	WordWaiting    Word = "waiting"
	WordHeld       Word = "held"
	WordChecking   Word = "sent? (being checked)"
	WordNotInvited Word = "not invited"
	WordFailed     Word = "failed"
	WordWould      Word = "would be invited"
	WordFinished   Word = "finished"
	WordWithdrawn  Word = "withdrawn"
)

// Words lists every word.
func Words() []Word {
	return []Word{WordInvited, WordWaiting, WordHeld, WordChecking, WordNotInvited, WordFailed, WordWould, WordFinished, WordWithdrawn}
}

// WordOf is an invite as people read it: the state, and what became of the
// interview.
func WordOf(s ActionState, i Interview) Word {
	switch {
	case s.Word() != WordInvited:
		return s.Word()
	case i.Answered:
		return WordFinished
	case i.Deleted:
		return WordWithdrawn
	}
	return WordInvited
}

// Word is the state as people read it. It is total over ActionStates.
func (s ActionState) Word() Word {
	switch s {
	case Blocked, Waiting, Due, Leased:
		return WordWaiting
	case Held, NeedsPerson:
		return WordHeld
	case Uncertain:
		return WordChecking
	case Done, Shared:
		return WordInvited
	case Would:
		return WordWould
	case Cancelled, Replaced:
		return WordNotInvited
	case GivenUp:
		return WordFailed
	}
	return ""
}

// States are the states that read as this word.
func (w Word) States() []ActionState {
	var out []ActionState
	for _, s := range ActionStates() {
		if s.Word() == w {
			out = append(out, s)
		}
	}
	return out
}

// InWords is the reason as a person reads it, in a few words that follow "held"
// or "not invited". It is total over Reasons.
func (r Reason) InWords() string { return reasonWords[r] }

// Reasons lists every reason but the empty one, in no particular order.
func Reasons() []Reason {
	out := make([]Reason, 0, len(reasonWords))
	for r := range reasonWords {
		if r != ReasonNone {
			out = append(out, r)
		}
	}
	return out
}

var reasonWords = map[Reason]string{
	ReasonNone:           "",
	ReasonNoRule:         "no rule names this stage and job",
	ReasonCondition:      "a condition of the rule does not hold",
	ReasonUnless:         "the rule leaves such people out",
	ReasonUnmapped:       "no row of the map fits",
	ReasonGroup:          "an earlier rule of the group acted",
	ReasonDisabled:       "the rule is switched off",
	ReasonClosing:        "the rule is closing and takes nobody new",
	ReasonSameStage:      "was in this stage already",
	ReasonSuperseded:     "a later move was known before this one",
	ReasonBaseline:       "stood there when flowd looked for the first time, or anew",
	ReasonStale:          "moved too long ago, or while flowd was not looking",
	ReasonNoJob:          "a prospect without a job",
	ReasonNoEmail:        "no address to write to",
	ReasonWorkAddress:    "the only address is one at work",
	ReasonCannotEmail:    "the ATS says not to write",
	ReasonPrivate:        "a private application",
	ReasonEnded:          "the application has ended",
	ReasonNotTrigger:     "nothing that a rule invites for",
	ReasonAlreadyAsked:   "was promised before",
	ReasonError:          "a condition could not be evaluated",
	ReasonConflict:       "two rules name different positions",
	ReasonPosition:       "the position accepts no invites now",
	ReasonQuota:          "the invites of this period are used up",
	ReasonUnauthorized:   "Hireflix refuses the key",
	ReasonRetry:          "Hireflix did not answer; trying again",
	ReasonPaused:         "paused by a person",
	ReasonPilot:          "outside the pilot",
	ReasonDoNotContact:   "on the do-not-contact list",
	ReasonCap:            "beyond the cap on invites",
	ReasonLimit:          "a limit is reached; goes out by itself",
	ReasonApproval:       "wants a person's yes",
	ReasonFlood:          "the rule asked for too many and paused itself",
	ReasonLeftStage:      "moved on before it went out",
	ReasonNoLongerFits:   "the conditions changed before it went out",
	ReasonRuleGone:       "the rule was removed or switched off",
	ReasonPerson:         "the address or name is refused",
	ReasonAnswered:       "has answers from an earlier invite",
	ReasonSomeoneElse:    "somebody else invited this address",
	ReasonUnknownAnswer:  "Hireflix gave an unknown answer",
	ReasonGaveUp:         "given up after many attempts",
	ReasonByHand:         "a person's order",
	ReasonReplaced:       "decided again",
	ReasonForgotten:      "the person was erased",
	ReasonDryRun:         "dry run",
	ReasonShadow:         "the rule only records",
	ReasonBeingChecked:   "looked up before anything is sent",
	ReasonAdopted:        "an earlier attempt had arrived",
	ReasonSharedWith:     "one interview for two applications",
	ReasonLost:           "the process stopped while it was under way",
	ReasonNoSuchPosition: "Hireflix has no position of this name",
	ReasonUntied:         "no one application fits the interview",
	ReasonOwn:            "flowd did it itself",
	ReasonStep:           "the step before it did not end well",
	ReasonAlternative:    "is interviewed in another way",
	ReasonWithdrawn:      "the invite was taken back",
	ReasonGone:           "is not there any more",
	ReasonCannotWrite:    "flowd cannot write this to the ATS",
	ReasonTemplate:       "a value of its text is missing",
	ReasonAdverse:        "wants a person's decision",
	ReasonAnsweredSince:  "the candidate has answered",
	ReasonWait:           "the rule waits first",
	ReasonWindow:         "its window is closed",
	ReasonQuiet:          "quiet hours where the candidate lives",
	ReasonTimer:          "waits for its time",
	ReasonMoved:          "stands in another stage by now",
}
