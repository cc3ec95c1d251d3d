package rules

import (
	"cmp"
	"maps"
	"slices"

	"flowd"
)

// event is what happens in the test: what its fixture tells, else what sets the
// rule off, to somebody whom its row fits; but for what the test says otherwise.
func (t test) event(set *Set) (flowd.Event, flowd.Facts) {
	app := t.said.application()
	ev := flowd.Event{
		Key: "test", Source: t.said.Source, Type: t.happens(), At: t.at, Received: t.at,
		Via: flowd.Via(t.said.Via), From: flowd.Stage{Name: t.given.From}, Stage: stageNamed(t.given.Stage),
	}
	if t.fixture != nil {
		t.fixture.tell(&ev, t.moved)
	} else {
		t.makeUp(&ev, &app)
	}
	if ev.Type == stageLeft {
		ev.Type = flowd.StageEntered
		ev.From = cmp.Or(ev.From, stageNamed("the stage before"))
	}
	ev.ATS = cmp.Or(ev.ATS, set.systems[FoldName(ev.Source)], "test")
	app.Stage = ev.Stage
	ev.Application = app
	facts := flowd.Facts{Application: app, Previous: ev.From}
	t.meet(set, &ev, &facts)
	return ev, facts
}

// application is what is said of one; that it has ids is taken for granted.
func (k toldKeys) application() flowd.Application {
	c, a := k.Candidate, k.Application
	app := flowd.Application{
		ID: cmp.Or(a.ID, "test-application"), Status: flowd.Status(a.Status), URL: a.URL, AppliedAt: a.AppliedAt, Source: c.Source,
		Recruiter: a.Recruiter, Alternative: a.Alternative, NoContact: flowd.Reason(a.NoContact),
		Candidate: flowd.Candidate{ID: cmp.Or(c.ID, "test-candidate"), FirstName: c.FirstName, LastName: c.LastName, Name: c.Name, Phone: c.Phone,
			Country: c.Country, Language: c.Language, Tags: c.Tags, CanEmail: c.CanEmail, IsInternal: c.IsInternal},
	}
	if c.Email != nil {
		app.Candidate.Email = *c.Email
	}
	if k.Job != nil {
		app.Job = k.Job.Job
	}
	for _, name := range slices.Sorted(maps.Keys(k.Fields)) {
		app.Fields = append(app.Fields, flowd.Field{Key: name, Name: name, Value: k.Fields[name].value})
	}
	return app
}

// makeUp adds what the rule, its row and a usual application say.
func (t test) makeUp(ev *flowd.Event, app *flowd.Application) {
	c, yes, no := &app.Candidate, true, false
	app.Status = cmp.Or(app.Status, t.status())
	c.FirstName, c.LastName = cmp.Or(c.FirstName, "Test"), cmp.Or(c.LastName, "Person")
	c.CanEmail, c.IsInternal = cmp.Or(c.CanEmail, &yes), cmp.Or(c.IsInternal, &no)
	if t.said.Candidate.Email == nil {
		c.Email = "test.person@example.com"
	}
	if app.AppliedAt.IsZero() {
		app.AppliedAt = t.at
	}
	ev.Via = cmp.Or(ev.Via, flowd.Via(t.via()))
	if t.rule != nil {
		t.fill(ev, app)
	}
}

// happens is the type of the test's event.
func (t test) happens() flowd.EventType {
	switch {
	case t.given.Event != "":
		return flowd.EventType(t.given.Event)
	case t.fixture != nil:
		return flowd.EventType(t.fixture.Type)
	case t.rule != nil && t.rule.Reaction && len(t.rule.trigger.events) > 0:
		return t.rule.trigger.events[0]
	}
	return flowd.StageEntered
}

// status is the application's, as such an event leaves it.
func (t test) status() flowd.Status {
	status, _ := t.happens().Status()
	return cmp.Or(status, flowd.StatusActive)
}

func (t test) via() string {
	if t.rule != nil && t.rule.Reaction && len(t.rule.trigger.via) > 0 {
		return string(t.rule.trigger.via[0])
	}
	return string(flowd.ViaMove)
}

// mapped is the rule whose rows say whom the test is about: of a reaction the
// first that it follows. It is nil where there is none.
func (t test) mapped() *Rule {
	switch {
	case t.rule == nil:
		return nil
	case !t.rule.Reaction:
		return t.rule
	case len(t.rule.followed) > 0:
		return t.rule.followed[0]
	}
	return nil
}

func stageNamed(name string) flowd.Stage { return flowd.Stage{ID: name, Name: name} }

// fill takes what the test leaves open from the rule and its row.
func (t test) fill(ev *flowd.Event, app *flowd.Application) {
	var cells [columnCount]string
	if r, ok := t.row(); ok {
		for col := range columnCount {
			if r.named.has(col) {
				cells[col] = r.cells[col][0]
			}
		}
	}
	if m := t.mapped(); m != nil && len(m.stages) > 0 {
		cells[colStage] = m.stages[0]
	}
	if t.rule.Reaction {
		for col, named := range t.rule.trigger.cells {
			if len(named) > 0 {
				cells[col] = named[0]
			}
		}
		if ev.From.IsZero() && len(t.rule.trigger.from) > 0 {
			ev.From = stageNamed(t.rule.trigger.from[0])
		}
	}
	if ev.Stage.IsZero() {
		ev.Stage = stageNamed(cells[colStage])
	}
	ev.Source = cmp.Or(ev.Source, cells[colSource])
	app.Candidate.Language = cmp.Or(app.Candidate.Language, cells[colLanguage])
	if t.given.Job == nil || t.given.Job.alone {
		app.Job.ID = cmp.Or(app.Job.ID, cells[colJob])
		app.Job.Name = cmp.Or(app.Job.Name, cells[colJob])
		app.Job.Department, app.Job.Location, app.Job.Country = cells[colDepartment], cells[colLocation], cells[colCountry]
	}
}

// row is the first row that what the test says does not speak against; one that
// names the test's job goes before one that names none. Of a job that is given
// by its name alone nothing more is made up than a row that names it says.
func (t test) row() (row, bool) {
	g := t.given
	said := valuesOf(g.Source, flowd.Job{}, stageNamed(g.Stage), flowd.Candidate{Language: g.Candidate.Language})
	var settled columnSet // columns that the row must not fill
	for _, col := range []column{colSource, colStage, colLanguage} {
		if len(said[col]) > 0 {
			settled = settled.with(col)
		}
	}
	if g.Job != nil {
		job := valuesOf("", g.Job.Job, flowd.Stage{}, flowd.Candidate{})
		for _, col := range []column{colJob, colDepartment, colLocation, colCountry} {
			said[col] = job[col]
			if col == colJob || !g.Job.alone {
				settled = settled.with(col)
			}
		}
	}
	best := -1
	m := t.mapped()
	if m == nil {
		return row{}, false
	}
	for i := range m.rows {
		r := &m.rows[i]
		switch {
		case !r.agrees(&said, settled):
		case g.Job == nil || r.named.has(colJob):
			return *r, true
		case best < 0 && !g.Job.alone:
			best = i
		}
	}
	if best < 0 {
		return row{}, false
	}
	return m.rows[best], true
}

// agrees tells whether the row's cells of the settled columns are among what is
// said.
func (r *row) agrees(said *values, settled columnSet) bool {
	for col := range columnCount {
		if !settled.has(col) || !r.named.has(col) {
			continue
		}
		if !slices.ContainsFunc(r.folded[col], func(text string) bool { return slices.Contains(said[col], text) }) {
			return false
		}
	}
	return true
}
