package main

import (
	"fmt"
	"time"
)

// demoMove is one move in the demo's ATS, with everybody invented.
type demoMove struct {
	application, first, last string
	job, department          string
	source, language         string
	phone, email             string
	stage                    string
	at                       time.Time
	note                     string // what is special about it
}

// The jobs of the demo, and the stage that the example rule maps.
const (
	jobAE      = "Account Executive, Berlin"
	jobSDR     = "Sales Development Representative"
	jobSupport = "Support Agent"
	stageVideo = "Video interview"
)

// demoMoves is the day's list, in order.
func demoMoves() []demoMove {
	people := []struct{ first, last, job, language, source, phone, stage, note string }{
		{"Ada", "Birch", jobAE, "English", "LinkedIn", "+4930901820", stageVideo, ""},
		{"Ben", "Holm", jobSDR, "German", "Careers page", "", stageVideo, "speaks German: the first rule of the group wins"},
		{"Cleo", "Marsh", jobSDR, "English", "LinkedIn", "", stageVideo, ""},
		{"Dan", "Frost", jobAE, "English", "Referral", "", stageVideo, "a referral, which the rule leaves out"},
		{"Eve", "Stone", jobSDR, "English", "Careers page", "call me maybe", stageVideo, "a phone number that is none"},
		{"Finn", "Vale", jobAE, "English", "LinkedIn", "", "Phone screen", "a stage that no rule names"},
		{"Gus", "Lind", jobAE, "English", "LinkedIn", "", stageVideo, "somebody invited him by hand before"},
		{"Hana", "Reed", jobSupport, "English", "Careers page", "", stageVideo, "her position is archived"},
		{"Ivo", "Dale", jobSupport, "German", "LinkedIn", "", stageVideo, "his position is archived"},
		{"Jo", "Ash", "Office Manager", "English", "LinkedIn", "", stageVideo, "a job that no row of the map fits"},
		{"Kim", "Lake", jobSDR, "German", "LinkedIn", "", stageVideo, ""},
		{"Lea", "Moss", jobSDR, "English", "Careers page", "", stageVideo, "the answer gets lost on the way: was she invited?"},
		{"Max", "Hill", jobAE, "English", "LinkedIn", "", stageVideo, "Hireflix answers 500 once"},
		{"Noa", "Kern", jobSDR, "German", "LinkedIn", "", stageVideo, ""},
		{"Oli", "Wren", jobSDR, "English", "Referral", "", stageVideo, "another referral"},
		{"Pia", "Noor", jobAE, "German", "Careers page", "+44 20 7946 0018", stageVideo, ""},
		{"Quin", "Blum", jobSDR, "English", "LinkedIn", "", stageVideo, ""},
		{"Rosa", "Field", jobSDR, "German", "LinkedIn", "", stageVideo, ""},
		{"Sam", "Thorn", jobAE, "English", "LinkedIn", "", stageVideo, ""},
		{"Tess", "Rowe", jobSDR, "English", "Careers page", "", stageVideo, ""},
		{"Uwe", "Brandt", jobSDR, "German", "LinkedIn", "", stageVideo, ""},
		{"Vera", "Lund", jobAE, "English", "LinkedIn", "", stageVideo, ""},
	}
	day := time.Now().Truncate(time.Second).Add(-time.Minute)
	moves := make([]demoMove, len(people))
	for i, p := range people {
		moves[i] = demoMove{
			application: fmt.Sprintf("app-%02d", i+1), first: p.first, last: p.last, job: p.job, department: departmentOf(p.job),
			source: p.source, language: p.language, phone: p.phone, stage: p.stage, note: p.note,
			email: lower(p.first) + "." + lower(p.last) + "@example.com", at: day.Add(time.Duration(i) * time.Second),
		}
	}
	return moves
}

func lower(s string) string { return string(s[0]|0x20) + s[1:] }

func departmentOf(job string) string {
	switch job {
	case jobAE, jobSDR:
		return "Sales"
	case jobSupport:
		return "Customer Support"
	}
	return "Operations"
}

// body is the move as the demo's ATS writes it.
func (m demoMove) body() map[string]any {
	return map[string]any{
		"event": "stage_changed",
		"at":    m.at.UTC().Format(time.RFC3339),
		"application": map[string]any{
			"id": m.application, "status": "active", "source": m.source, "interview_language": m.language,
		},
		"candidate": map[string]any{
			"id": "cand-" + m.application[4:], "email": m.email, "first_name": m.first, "last_name": m.last,
			"phone": m.phone, "tags": []string{},
		},
		"job":   map[string]any{"id": jobID(m.job), "name": m.job, "department": m.department},
		"stage": map[string]any{"id": stageID(m.stage), "name": m.stage},
	}
}

func jobID(name string) string {
	if id, ok := map[string]string{jobAE: "job-1", jobSDR: "job-2", jobSupport: "job-3"}[name]; ok {
		return id
	}
	return "job-9"
}

func stageID(name string) string {
	if name == stageVideo {
		return "stage-3"
	}
	return "stage-2"
}

// names are the people by application, for the screen.
func (s *demoStage) names() map[string]string {
	out := map[string]string{}
	for _, m := range s.moves {
		out[m.application] = m.first + " " + m.last
	}
	return out
}
