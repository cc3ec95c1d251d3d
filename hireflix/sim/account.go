package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// account is what Hireflix remembers. Its methods are called under the
// server's lock.
type account struct {
	now       func() time.Time
	source    *rand.Rand
	side      *rand.Rand // for what is no id of a position or an interview
	options   Options
	positions []*position
	byID      map[string]*position
	byKey     map[string]*interview // interviews that exist, by id
	deleted   []*interview          // the last ones, oldest first
	shares    map[string]*share     // by token, ended ones too
	webhooks  []*webhook
	hooked    int // webhooks ever created
	created   int // interviews ever created; orders those of one instant
	quota     int // invites in a period; negative: unlimited
	used      int
	period    time.Time // first instant of the calendar month that used is for
	mails     map[string]int
	mailed    int
}

type position struct {
	id, name    string
	created     time.Time
	archived    time.Time
	noQuestions bool
	noMessages  bool
	asked       []string // titles as given
	questions   []question
	interviews  []*interview // in the order of creation
	byEmail     map[string]*interview
	byExternal  map[string]*interview
}

type interview struct {
	id, hash            string
	order               int
	home                *position
	email               string
	firstName, lastName string
	phone, externalID   string
	metadata            *jsonValue
	silent              bool // disableNotifications
	byHand              bool
	mailed              time.Time
	created             time.Time
	updated             time.Time
	completed           time.Time
	finished            time.Time // the last completion, also when it is deleted
	shortlisted         time.Time
	discarded           time.Time
	deleted             time.Time
	recorded            *recording // nil while not completed
	scores              []*teamScore
	comments            []*commentObject
	share               *share
}

func newAccount(options Options) *account {
	return &account{
		now:     options.Now,
		source:  rand.New(rand.NewPCG(options.Seed, 0x68697265)),
		side:    rand.New(rand.NewPCG(options.Seed, 0x666c6978)),
		options: options,
		byID:    make(map[string]*position),
		byKey:   make(map[string]*interview),
		shares:  make(map[string]*share),
		quota:   -1,
		mails:   make(map[string]int),
	}
}

const (
	hexadecimal  = "0123456789abcdef"
	alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// hex draws an id of n hexadecimal digits.
func (a *account) hex(n int) string { return draw(a.source, n, hexadecimal) }

func draw(source *rand.Rand, n int, alphabet string) string {
	drawn := make([]byte, n)
	for i := range drawn {
		drawn[i] = alphabet[source.IntN(len(alphabet))]
	}
	return string(drawn)
}

// usage brings the counter into the current month and returns it.
func (a *account) usage() (used int, start, end time.Time) {
	now := a.now().UTC()
	start = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	if !a.period.Equal(start) {
		a.period, a.used = start, 0
	}
	return a.used, start, start.AddDate(0, 1, 0)
}

// invite is the one place where an interview is created for an API client. The
// order of its checks is the account's: what is wrong with the request, with
// the position, with this candidate, with the plan.
func (a *account) invite(input inviteInput) (*interview, *refusal) {
	if faults := input.faults(); len(faults) > 0 {
		return nil, &refusal{"ValidationError", 400, "Validation error", faults}
	}
	home, found := a.byID[input.PositionID]
	if !found {
		return nil, &refusal{"PositionNotFoundError", 404, "Position not found", nil}
	}
	if !home.archived.IsZero() || home.noQuestions {
		return nil, &refusal{"PositionNotReadyToAcceptInvitesError", 422, "Position is not ready to accept invites", nil}
	}
	externalID := value(input.ExternalID)
	if refused := a.taken(home, string(input.Candidate.Email), externalID); refused != nil {
		return nil, refused
	}
	if used, _, _ := a.usage(); a.quota >= 0 && used >= a.quota {
		return nil, &refusal{"ExceededInvitesThisPeriodError", 402, "Exceeded invites this period", nil}
	}
	return a.create(home, &interview{
		email:      string(input.Candidate.Email),
		firstName:  strings.TrimSpace(input.Candidate.FirstName),
		lastName:   strings.TrimSpace(value(input.Candidate.LastName)),
		phone:      value(input.Candidate.Phone),
		externalID: externalID,
		metadata:   input.Metadata,
		silent:     input.DisableNotifications != nil && *input.DisableNotifications,
	}), nil
}

// taken says which of the position's two uniqueness rules an invite would
// break. Which one is named when it breaks both is not known of the real API.
func (a *account) taken(home *position, email, externalID string) *refusal {
	_, sameEmail := home.byEmail[fold(email)]
	_, sameExternal := home.byExternal[externalID]
	sameExternal = sameExternal && externalID != ""
	switch {
	case sameExternal && (a.options.ExternalIDFirst || !sameEmail):
		return &refusal{"InterviewExternalIdAlreadyExistsInPositionError", 409, "Interview external id already exists in position", nil}
	case sameEmail:
		return &refusal{"InterviewAlreadyExistsInPositionError", 409, "Interview already exists in position", nil}
	}
	return nil
}

func (a *account) create(home *position, made *interview) *interview {
	a.usage()
	a.used++
	a.created++
	made.id = a.hex(24)
	made.hash = draw(a.source, 8, alphanumeric)
	made.order = a.created
	made.home = home
	made.created = a.now()
	made.updated = made.created
	if !made.silent && !home.noMessages {
		made.mailed = made.created
		a.mailed++
		a.mails[fold(made.email)]++
	}
	home.interviews = append(home.interviews, made)
	home.byEmail[fold(made.email)] = made
	if made.externalID != "" {
		home.byExternal[made.externalID] = made
	}
	a.byKey[made.id] = made
	return made
}

// remove frees the address and the externalId (the vendor's guide, Q12).
func (a *account) remove(gone *interview) {
	home := gone.home
	for i, iv := range home.interviews {
		if iv == gone {
			home.interviews = append(home.interviews[:i:i], home.interviews[i+1:]...)
			break
		}
	}
	delete(home.byEmail, fold(gone.email))
	delete(home.byExternal, gone.externalID)
	delete(a.byKey, gone.id)
	gone.deleted = a.now()
	if gone.share != nil {
		gone.share.ended = true
	}
	a.deleted = append(a.deleted, gone)
	if over := len(a.deleted) - a.options.Remember; over > 0 {
		a.deleted = a.deleted[over:]
	}
}

func (a *account) position(id string) (*position, error) {
	if found, ok := a.byID[id]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("no position %q", id)
}

func (a *account) interview(id string) (*interview, error) {
	if found, ok := a.byKey[id]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("no interview %q", id)
}

// status is the interview's state in the older words, which are those of
// webhooks and of the status field as live clients saw it.
func (iv *interview) status() string {
	switch {
	case !iv.discarded.IsZero():
		return "archived"
	case !iv.shortlisted.IsZero():
		return "finalist"
	case !iv.completed.IsZero():
		return "completed"
	}
	return "pending"
}

// newerStatus puts a status in the words of interviewList's filter.
func newerStatus(older string) string {
	switch older {
	case "completed":
		return "to_evaluate"
	case "finalist":
		return "shortlisted"
	case "archived":
		return "discarded"
	}
	return older
}

func fold(email string) string { return strings.ToLower(email) }

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
