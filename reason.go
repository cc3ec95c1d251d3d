package flowd

// Reason is why something is not, or not yet, done: one of a closed list, so
// that it can be counted, filtered and translated. What exactly happened stands
// in a Detail beside it.
type Reason string

// Why a rule did not act.
const (
	ReasonNone         Reason = ""
	ReasonNoRule       Reason = "no_rule"       // no live rule names this stage and job
	ReasonCondition    Reason = "condition"     // `if` did not hold
	ReasonUnless       Reason = "unless"        // an `unless` line held
	ReasonUnmapped     Reason = "unmapped"      // in a mapped stage, but no row fits
	ReasonGroup        Reason = "group"         // an earlier rule of its group acted
	ReasonDisabled     Reason = "disabled"      // the rule's mode
	ReasonClosing      Reason = "closing"       // the rule's mode, of what it had not promised before
	ReasonSameStage    Reason = "same_stage"    // already stood there: not a move
	ReasonSuperseded   Reason = "superseded"    // a later move was known before this one
	ReasonBaseline     Reason = "baseline"      // first sight of a poll: not a move
	ReasonStale        Reason = "stale"         // a move before the source's max_age
	ReasonNoJob        Reason = "no_job"        // a prospect without a job
	ReasonNoEmail      Reason = "no_email"      // nothing to write to
	ReasonWorkAddress  Reason = "work_address"  // the only address is a work one
	ReasonCannotEmail  Reason = "cannot_email"  // the ATS says not to write
	ReasonPrivate      Reason = "private"       // a private application
	ReasonEnded        Reason = "ended"         // rejected, withdrawn, hired, merged, deleted
	ReasonNotTrigger   Reason = "not_trigger"   // an event that no invite rule acts on
	ReasonAlreadyAsked Reason = "already_asked" // this application and stage, or key, was promised before
)

// Why an action is held, waiting, cancelled or failed.
const (
	ReasonError          Reason = "error"            // a condition could not be evaluated
	ReasonConflict       Reason = "conflict"         // two rules name different positions
	ReasonPosition       Reason = "position"         // the position is archived, not ready or unknown
	ReasonQuota          Reason = "quota"            // the account's invites of the period are used up
	ReasonUnauthorized   Reason = "unauthorized"     // Hireflix refuses the key
	ReasonRetry          Reason = "retry"            // a passing fault
	ReasonPaused         Reason = "paused"           // a person paused it
	ReasonPilot          Reason = "pilot"            // outside safety.only_to
	ReasonDoNotContact   Reason = "do_not_contact"   // on the suppress list
	ReasonCap            Reason = "cap"              // beyond safety.max_invites
	ReasonLimit          Reason = "limit"            // beyond safety.per_person, or the rule's own limit
	ReasonApproval       Reason = "approval"         // its rule asks, for many at once or each time: a person says yes
	ReasonFlood          Reason = "flood"            // the rule asked for too many and paused itself
	ReasonLeftStage      Reason = "left_stage"       // moved on before it went out
	ReasonNoLongerFits   Reason = "no_longer_fits"   // the re-check found the conditions changed
	ReasonRuleGone       Reason = "rule_gone"        // its rule was removed or disabled
	ReasonPerson         Reason = "person"           // the address or name is refused
	ReasonAnswered       Reason = "answered"         // an earlier interview here has answers
	ReasonSomeoneElse    Reason = "someone_else"     // somebody else invited this address
	ReasonUnknownAnswer  Reason = "unknown_answer"   // Hireflix said something new
	ReasonGaveUp         Reason = "gave_up"          // too many attempts
	ReasonByHand         Reason = "by_hand"          // a person's order
	ReasonReplaced       Reason = "replaced"         // decided again; see the newer row
	ReasonForgotten      Reason = "forgotten"        // the person was erased
	ReasonDryRun         Reason = "dry_run"          // recorded only
	ReasonShadow         Reason = "shadow"           // the rule's mode records only
	ReasonBeingChecked   Reason = "being_checked"    // may have been sent; looked up before anything else
	ReasonAdopted        Reason = "adopted"          // found at Hireflix as ours
	ReasonSharedWith     Reason = "shared"           // one interview for two of a person's applications
	ReasonLost           Reason = "lost"             // the process stopped while it was under way
	ReasonNoSuchPosition Reason = "no_such_position" // no position has the name a rule uses
	ReasonUntied         Reason = "untied"           // no one application fits the interview
	ReasonOwn            Reason = "own"              // flowd's own doing
	ReasonStep           Reason = "step"             // the step before it did not end well
	ReasonAlternative    Reason = "alternative"      // interviewed in another way
	ReasonWithdrawn      Reason = "withdrawn"        // taken back at Hireflix
	ReasonGone           Reason = "gone"             // the interview or application is not there any more
	ReasonCannotWrite    Reason = "cannot_write"     // the source has no way to write it
	ReasonTemplate       Reason = "template"         // a value of its text is missing
	ReasonAdverse        Reason = "adverse"          // wants a person's decision
	ReasonAnsweredSince  Reason = "answered_since"   // the candidate has answered meanwhile
	ReasonWait           Reason = "wait"             // the rule's wait, within which leaving the stage cancels
	ReasonWindow         Reason = "window"           // until the rule's calendar opens
	ReasonQuiet          Reason = "quiet"            // quiet hours where the candidate lives
	ReasonTimer          Reason = "timer"            // until its time
	ReasonMoved          Reason = "moved"            // stands in another stage than the move expects
)

// Defers tells whether a rule puts an action off for this reason: its row waits
// until Action.NotBefore and is not held.
func (r Reason) Defers() bool { return r == ReasonWait || r == ReasonWindow || r == ReasonTimer }

// Reopens tells whether an action that was cancelled for this reason, before
// anything was sent, may be promised again for a new move: the world changed,
// nobody decided that the person is not to be invited.
func (r Reason) Reopens() bool {
	switch r {
	case ReasonLeftStage, ReasonEnded, ReasonNoLongerFits, ReasonRuleGone, ReasonReplaced,
		ReasonCannotEmail, ReasonNoEmail, ReasonPrivate, ReasonWorkAddress:
		return true
	}
	return false
}
