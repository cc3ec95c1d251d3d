package main

import (
	"strings"

	"flowd/connectors/connectortest/atssim"
)

// demoPerson is somebody in the demo's ATS, with everybody invented.
type demoPerson struct {
	first, last      string
	job              string // its id in the ATS
	language, source string
	phone            string
	stage            string // the one they are moved to
	application      string // given by the ATS
}

func (p *demoPerson) name() string { return p.first + " " + p.last }

func (p *demoPerson) email() string { return strings.ToLower(p.first+"."+p.last) + "@example.com" }

// The jobs of the demo, and the stages that the example rules name.
const (
	jobAE      = "ae"
	jobSDR     = "sdr"
	jobSupport = "support"
	jobOffice  = "office"

	stageVideo  = "Video interview"
	stageReview = "Video review"
	stageOnsite = "Onsite"
	stagePhone  = "Phone screen"

	fieldLanguage = "Interview language"
)

// demoCast is everybody, in the order of their moves.
func demoCast() []*demoPerson {
	return []*demoPerson{
		{first: "Ada", last: "Birch", job: jobAE, language: "English", source: "LinkedIn", phone: "+4930901820"},
		{first: "Ben", last: "Holm", job: jobSDR, language: "German", source: "Careers page"}, // the first rule of the group wins
		{first: "Cleo", last: "Marsh", job: jobSDR, language: "English", source: "LinkedIn"},
		{first: "Dan", last: "Frost", job: jobAE, language: "English", source: "Referral"}, // whom the rule leaves out
		{first: "Eve", last: "Stone", job: jobSDR, language: "English", source: "Careers page", phone: "call me maybe"},
		{first: "Finn", last: "Vale", job: jobAE, language: "English", source: "LinkedIn", stage: stagePhone}, // no rule names it
		{first: "Gus", last: "Lind", job: jobAE, language: "English", source: "LinkedIn"},                     // was invited by hand before
		{first: "Hana", last: "Reed", job: jobSupport, language: "English", source: "Careers page"},           // her position is archived
		{first: "Ivo", last: "Dale", job: jobSupport, language: "German", source: "LinkedIn"},
		{first: "Jo", last: "Ash", job: jobOffice, language: "English", source: "LinkedIn"}, // whom no row of the map fits
		{first: "Kim", last: "Lake", job: jobSDR, language: "German", source: "LinkedIn"},
		{first: "Lea", last: "Moss", job: jobSDR, language: "English", source: "Careers page"}, // the answer gets lost on the way
		{first: "Max", last: "Hill", job: jobAE, language: "English", source: "LinkedIn"},      // Hireflix answers 500 once
		{first: "Noa", last: "Kern", job: jobSDR, language: "German", source: "LinkedIn"},
		{first: "Oli", last: "Wren", job: jobSDR, language: "English", source: "Referral"},
		{first: "Pia", last: "Noor", job: jobAE, language: "German", source: "Careers page", phone: "+44 20 7946 0018"},
		{first: "Quin", last: "Blum", job: jobAE, language: "English", source: "LinkedIn"},
		{first: "Rosa", last: "Field", job: jobSDR, language: "German", source: "LinkedIn"},
		{first: "Sam", last: "Thorn", job: jobAE, language: "English", source: "LinkedIn"},
		{first: "Tess", last: "Rowe", job: jobAE, language: "English", source: "Careers page"},
		{first: "Uwe", last: "Brandt", job: jobSDR, language: "German", source: "LinkedIn"},
		{first: "Vera", last: "Lund", job: jobAE, language: "English", source: "LinkedIn"},
	}
}

// apply puts everybody into the first stage of their jobs. That was before flowd
// listened.
func (s *demoStage) apply() error {
	stages := []string{"Applied", stagePhone, stageVideo, stageReview, stageOnsite}
	for id, job := range map[string][2]string{
		jobAE: {"Account Executive, Berlin", "Sales"}, jobSDR: {"Sales Development Representative", "Sales"},
		jobSupport: {"Support Agent", "Customer Support"}, jobOffice: {"Office Manager", "Operations"},
	} {
		s.ats.AddJob(id, job[0], stages...)
		s.ats.SetDepartment(id, job[1])
	}
	for _, p := range s.cast {
		if p.stage == "" {
			p.stage = stageVideo
		}
		var err error
		p.application, err = s.ats.AddApplication(p.job, atssim.Person{
			Email: p.email(), FirstName: p.first, LastName: p.last, Phone: p.phone, Source: p.source, Fields: map[string]string{fieldLanguage: p.language},
		})
		if err != nil {
			return err
		}
	}
	s.ats.Unheard()
	return nil
}

// who finds somebody by the first name; it is the demo's own, so it is there.
func (s *demoStage) who(first string) *demoPerson {
	for _, p := range s.cast {
		if p.first == first {
			return p
		}
	}
	return &demoPerson{first: first}
}

// called is the name of whoever applied.
func (s *demoStage) called(application string) string {
	for _, p := range s.cast {
		if p.application == application {
			return p.name()
		}
	}
	return application
}
