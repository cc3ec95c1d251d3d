package sim

import (
	"fmt"
	"slices"
	"time"
)

// Position describes a position to add or as it stands.
type Position struct {
	// ID is 24 hexadecimal digits; drawn if empty.
	ID   string
	Name string
	// Archived and NoQuestions each make it refuse invites.
	Archived    bool
	NoQuestions bool
	// NoMessages is a position whose Messages box is empty: invites succeed
	// and nothing is sent, as the vendor's help article on inviting warns.
	NoMessages bool
	// Questions are the titles of what is asked; two of the simulator's own if
	// there are none and NoQuestions is not set.
	Questions []string
}

// Candidate is a person to invite by hand.
type Candidate struct{ Email, FirstName, LastName, Phone string }

// Interview is an interview as it stands.
type Interview struct {
	ID, Position        string
	Email               string
	FirstName, LastName string
	Phone, ExternalID   string
	// Status is pending, completed, finalist or archived.
	Status string
	// URL is the candidate's link.
	URL       string
	CreatedAt time.Time
	Answered  bool
	// ByHand: made with [Server.InviteByHand].
	ByHand bool
	// Mailed: an invite e-mail was sent.
	Mailed bool
	// Score is the team's average; 0 without one.
	Score float64
	// CompletedAt, ShortlistedAt, DiscardedAt and DeletedAt are zero while that
	// has not happened.
	CompletedAt, ShortlistedAt, DiscardedAt, DeletedAt time.Time
	// Shared is the link to the recording, which may have expired; zero if
	// there is none.
	Shared Shared
}

// Shared is a link to a recording as it stands.
type Shared struct {
	URL     string
	Expires time.Time
}

// AddPosition adds a position and returns its id. It fails if the id is taken.
func (s *Server) AddPosition(p Position) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.ID == "" {
		p.ID = s.account.hex(24)
	}
	if _, taken := s.account.byID[p.ID]; taken {
		return "", fmt.Errorf("position %q is there already", p.ID)
	}
	added := &position{
		id: p.ID, name: p.Name, created: s.options.Now(), noQuestions: p.NoQuestions, noMessages: p.NoMessages,
		asked:   slices.Clone(p.Questions),
		byEmail: make(map[string]*interview), byExternal: make(map[string]*interview),
	}
	titles := p.Questions
	switch {
	case p.NoQuestions:
		titles = nil
	case len(titles) == 0:
		titles = []string{"Who are you?", "Why this job?"}
	}
	for _, title := range titles {
		added.questions = append(added.questions, question{id: draw(s.account.side, 24, hexadecimal), title: title})
	}
	if p.Archived {
		added.archived = added.created
	}
	s.account.positions = append(s.account.positions, added)
	s.account.byID[p.ID] = added
	return p.ID, nil
}

// ArchivePosition closes a position to invites.
func (s *Server) ArchivePosition(id string) error {
	return s.position(id, func(p *position) { p.archived = s.options.Now() })
}

// UnarchivePosition opens it again.
func (s *Server) UnarchivePosition(id string) error {
	return s.position(id, func(p *position) { p.archived = time.Time{} })
}

func (s *Server) position(id string, change func(*position)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.account.position(id)
	if err != nil {
		return err
	}
	change(p)
	return nil
}

// Positions lists the positions in the order they were added.
func (s *Server) Positions() []Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Position, 0, len(s.account.positions))
	for _, p := range s.account.positions {
		list = append(list, Position{
			ID: p.id, Name: p.name, Archived: !p.archived.IsZero(),
			NoQuestions: p.noQuestions, NoMessages: p.noMessages, Questions: slices.Clone(p.asked),
		})
	}
	return list
}

// SetQuota limits the invites of a period, a calendar month of UTC; those made
// already count. A negative limit is none, which is where a server starts.
func (s *Server) SetQuota(limit int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.quota = limit
}

// NextPeriod forgets the invites used, as the turn of the month does.
func (s *Server) NextPeriod() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.usage()
	s.account.used = 0
}

// InviteByHand is a colleague who invites someone in the admin: an interview
// without externalId, which uses an invite of the period but is never refused
// for lack of one. It fails for an unknown position and for an address that is
// in the position already.
func (s *Server) InviteByHand(position string, c Candidate) (Interview, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	home, err := s.account.position(position)
	if err != nil {
		return Interview{}, err
	}
	if refused := s.account.taken(home, c.Email, ""); refused != nil {
		return Interview{}, fmt.Errorf("position %q: %s", position, refused.message)
	}
	made := s.account.create(home, &interview{
		email: c.Email, firstName: c.FirstName, lastName: c.LastName, phone: c.Phone, byHand: true,
	})
	s.tell(EventCreate, made)
	return made.snapshot(), nil
}

// Interviews lists a position's interviews, oldest first; none for an unknown
// position.
func (s *Server) Interviews(position string) []Interview {
	s.mu.Lock()
	defer s.mu.Unlock()
	home, found := s.account.byID[position]
	if !found {
		return nil
	}
	return snapshots(home.interviews)
}

// Deleted lists the interviews that were deleted, by whomever, in that order:
// at most the last [Options.Remember].
func (s *Server) Deleted() []Interview {
	s.mu.Lock()
	defer s.mu.Unlock()
	return snapshots(s.account.deleted)
}

func snapshots(interviews []*interview) []Interview {
	list := make([]Interview, 0, len(interviews))
	for _, iv := range interviews {
		list = append(list, iv.snapshot())
	}
	return list
}

func (iv *interview) snapshot() Interview {
	snapshot := Interview{
		ID: iv.id, Position: iv.home.id, Email: iv.email, FirstName: iv.firstName, LastName: iv.lastName,
		Phone: iv.phone, ExternalID: iv.externalID, Status: iv.status(), URL: *iv.urls().Public,
		CreatedAt: iv.created, Answered: !iv.completed.IsZero(), ByHand: iv.byHand, Mailed: !iv.mailed.IsZero(),
		CompletedAt: iv.completed, ShortlistedAt: iv.shortlisted, DiscardedAt: iv.discarded, DeletedAt: iv.deleted,
	}
	if score := iv.score(); score != nil {
		snapshot.Score = *score
	}
	if iv.share != nil {
		snapshot.Shared = Shared{URL: iv.share.url, Expires: iv.share.expires}
	}
	return snapshot
}
