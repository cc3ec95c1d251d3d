package sim

import "time"

// query resolves the root queries.
type query struct {
	unfilledQuery
	server *Server
}

func (q *query) Positions() *[]*positionObject {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	list := make([]*positionObject, 0, len(q.server.account.positions))
	for _, p := range q.server.account.positions {
		list = append(list, q.server.newPositionObject(p))
	}
	return &list
}

func (q *query) Position(args struct{ ID string }) *positionObject {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	if p, found := q.server.account.byID[args.ID]; found {
		return q.server.newPositionObject(p)
	}
	return nil
}

func (q *query) Interview(args struct{ ID string }) *interviewObject {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	if iv, found := q.server.account.byKey[args.ID]; found {
		return q.server.newInterviewObject(iv)
	}
	return nil
}

type usageObject struct {
	Interviews, Jobs, Themes, Users *int32
	Period                          *[]timestamp
}

func (q *query) Usage() *usageObject {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	used, start, end := q.server.account.usage()
	interviews, jobs := int32(used), int32(len(q.server.account.positions))
	period := []timestamp{timestamp(start.UnixMilli()), timestamp(end.Add(-time.Millisecond).UnixMilli())}
	return &usageObject{Interviews: &interviews, Jobs: &jobs, Period: &period}
}
