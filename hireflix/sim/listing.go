package sim

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

type pageObject struct {
	Count, Total *int32
	LastCursor   *string
	Results      *[]*interviewObject
}

// Interviews is the whole list, oldest first.
func (p *positionObject) Interviews() *[]*interviewObject {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.server.objects(p.of.interviews)
}

type legacyListing struct {
	Pagination *struct {
		Limit      *int32
		LastCursor *string
	}
	Status *string
}

// PaginatedInterviews is the older listing, newest first, whose last page has
// no lastCursor.
func (p *positionObject) PaginatedInterviews(args legacyListing) (*pageObject, error) {
	limit, after := 20, ""
	if args.Pagination != nil {
		if args.Pagination.Limit != nil {
			limit = int(*args.Pagination.Limit)
		}
		after = value(args.Pagination.LastCursor)
	}
	if limit < 1 {
		return nil, badRequest("limit must be at least 1")
	}
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	matching := slices.DeleteFunc(slices.Clone(p.of.interviews), func(iv *interview) bool {
		return args.Status != nil && iv.status() != *args.Status
	})
	descending(matching)
	page, rest, err := cut(matching, after, limit, true)
	if err != nil {
		return nil, err
	}
	answer := p.server.page(page, len(matching))
	if rest {
		cursor := cursorOf(page[len(page)-1])
		answer.LastCursor = &cursor
	}
	return answer, nil
}

type listing struct{ Input listingInput }

type listingInput struct {
	Filter     *listingFilter
	Pagination struct {
		Limit      int32
		LastCursor *string
		Direction  string
	}
	Sort []struct{ Field, Direction string }
}

type listingFilter struct {
	ID, Email, FirstName, LastName *textFilter
	Status                         *struct{ Equal *string }
	Score                          *scoreFilter
}

type scoreFilter struct {
	Equal, NotEqual, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual *float64
}

// matches compares a score. An interview without one matches no comparison but
// notEqual.
func (f *scoreFilter) matches(score *float64) bool {
	if score == nil {
		return f.Equal == nil && f.GreaterThan == nil && f.GreaterThanOrEqual == nil && f.LessThan == nil && f.LessThanOrEqual == nil
	}
	is := *score
	return (f.Equal == nil || is == *f.Equal) && (f.NotEqual == nil || is != *f.NotEqual) &&
		(f.GreaterThan == nil || is > *f.GreaterThan) && (f.GreaterThanOrEqual == nil || is >= *f.GreaterThanOrEqual) &&
		(f.LessThan == nil || is < *f.LessThan) && (f.LessThanOrEqual == nil || is <= *f.LessThanOrEqual)
}

type textFilter struct{ Equal, Regex *string }

// InterviewList is the newer listing. It always returns lastCursor: the end is
// a page without results.
func (p *positionObject) InterviewList(args listing) (*pageObject, error) {
	in := args.Input
	if in.Pagination.Limit < 1 {
		return nil, badRequest("limit must be at least 1")
	}
	matches, err := p.server.filter(in.Filter)
	if err != nil {
		return nil, err
	}
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	matching := slices.DeleteFunc(p.candidates(in.Filter), func(iv *interview) bool { return !matches(iv) })
	newestFirst := len(in.Sort) == 0 || in.Sort[0].Direction == "DESC"
	if in.Pagination.Direction == "BACKWARD" {
		newestFirst = !newestFirst
	}
	if newestFirst {
		descending(matching)
	} else {
		slices.SortFunc(matching, older)
	}
	after := value(in.Pagination.LastCursor)
	page, _, err := cut(matching, after, int(in.Pagination.Limit), newestFirst)
	if err != nil {
		return nil, err
	}
	answer := p.server.page(page, len(matching))
	if len(page) > 0 {
		after = cursorOf(page[len(page)-1])
	} else if after == "" {
		after = cursorOf(&interview{created: p.of.created})
	}
	answer.LastCursor = &after
	return answer, nil
}

// candidates are the interviews that a filter can match: at most one when it
// names an address, so that a look-up does not slow down as a position fills.
func (p *positionObject) candidates(f *listingFilter) []*interview {
	if f == nil || f.Email == nil || f.Email.Equal == nil {
		return slices.Clone(p.of.interviews)
	}
	if iv, found := p.of.byEmail[fold(*f.Email.Equal)]; found {
		return []*interview{iv}
	}
	return nil
}

// filter compiles a filter. An empty one matches everything.
func (s *Server) filter(f *listingFilter) (func(*interview) bool, error) {
	if f == nil {
		return func(*interview) bool { return true }, nil
	}
	var tests []func(*interview) bool
	for _, by := range []struct {
		filter *textFilter
		equal  func(a, b string) bool
		read   func(*interview) string
	}{
		{f.ID, equal, func(iv *interview) string { return iv.id }},
		{f.Email, s.equalEmail, func(iv *interview) string { return iv.email }},
		{f.FirstName, equal, func(iv *interview) string { return iv.firstName }},
		{f.LastName, equal, func(iv *interview) string { return iv.lastName }},
	} {
		if by.filter == nil {
			continue
		}
		if want := by.filter.Equal; want != nil {
			tests = append(tests, func(iv *interview) bool { return by.equal(by.read(iv), *want) })
		}
		if expr := by.filter.Regex; expr != nil {
			compiled, err := regexp.Compile(*expr)
			if err != nil {
				return nil, badRequest("regex: " + err.Error())
			}
			tests = append(tests, func(iv *interview) bool { return compiled.MatchString(by.read(iv)) })
		}
	}
	if f.Status != nil && f.Status.Equal != nil {
		tests = append(tests, func(iv *interview) bool { return newerStatus(iv.status()) == *f.Status.Equal })
	}
	if f.Score != nil {
		tests = append(tests, func(iv *interview) bool { return f.Score.matches(iv.score()) })
	}
	return func(iv *interview) bool {
		return !slices.ContainsFunc(tests, func(test func(*interview) bool) bool { return !test(iv) })
	}, nil
}

func equal(a, b string) bool { return a == b }

func (s *Server) equalEmail(a, b string) bool {
	return a == b || !s.options.ExactEmailFilter && strings.EqualFold(a, b)
}

func older(a, b *interview) int {
	if c := a.created.Compare(b.created); c != 0 {
		return c
	}
	return a.order - b.order
}

func descending(list []*interview) {
	slices.SortFunc(list, func(a, b *interview) int { return older(b, a) })
}

// cut takes the page after a cursor from a sorted list and says whether more
// follows. A cursor holds its place when the interview it was made from is
// deleted.
func cut(list []*interview, after string, limit int, newestFirst bool) (page []*interview, rest bool, err error) {
	if after != "" {
		place, err := readCursor(after)
		if err != nil {
			return nil, false, err
		}
		start := slices.IndexFunc(list, func(iv *interview) bool {
			c := older(iv, place)
			return c > 0 && !newestFirst || c < 0 && newestFirst
		})
		if start < 0 {
			start = len(list)
		}
		list = list[start:]
	}
	if len(list) <= limit {
		return list, false, nil
	}
	return list[:limit], true, nil
}

func cursorOf(iv *interview) string {
	place := fmt.Sprintf("%d.%d", iv.created.UnixNano(), iv.order)
	return base64.RawURLEncoding.EncodeToString([]byte(place))
}

func readCursor(cursor string) (*interview, error) {
	var nanos int64
	var order int
	place, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscanf(string(place), "%d.%d", &nanos, &order)
	}
	if err != nil {
		return nil, badRequest("lastCursor is not one that was returned here")
	}
	return &interview{created: time.Unix(0, nanos), order: order}, nil
}

// page and objects are called under the server's lock.
func (s *Server) page(list []*interview, total int) *pageObject {
	count, all := int32(len(list)), int32(total)
	return &pageObject{Count: &count, Total: &all, Results: s.objects(list)}
}

func (s *Server) objects(list []*interview) *[]*interviewObject {
	objects := make([]*interviewObject, 0, len(list))
	for _, iv := range list {
		objects = append(objects, s.newInterviewObject(iv))
	}
	return &objects
}
