package calendar

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
)

// region is one list of holidays.
type region struct {
	name  string
	list  []*cal.Holiday
	years sync.Map // of map[monthDay]bool, by year: what was reckoned once
}

type monthDay struct {
	month time.Month
	day   int
}

var regions = sync.OnceValue(func() map[string]*region {
	out := map[string]*region{}
	for name, list := range known() {
		out[name] = &region{name: name, list: list}
	}
	return out
})

func regionOf(name string) *region { return regions()[strings.ToUpper(name)] }

// Regions are the names that holidays are known by, sorted: ISO 3166 codes such as
// DE and DE-BE.
func Regions() []string { return slices.Sorted(maps.Keys(regions())) }

// maxYear bounds what is remembered; no calendar is asked about later years but by
// a mistake.
const maxYear = 2200

// holiday tells whether the date is one, or the day on which one is observed.
func (r *region) holiday(t time.Time) bool {
	year, month, day := t.Date()
	if year < 1900 || year > maxYear {
		return false
	}
	days, ok := r.years.Load(year)
	if !ok {
		days, _ = r.years.LoadOrStore(year, r.in(year))
	}
	return days.(map[monthDay]bool)[monthDay{month, day}] //nolint:forcetypeassert // nothing else is stored
}

// in are the holidays of a year. One of the neighbouring years can be observed in
// it.
func (r *region) in(year int) map[monthDay]bool {
	out := map[monthDay]bool{}
	for of := year - 1; of <= year+1; of++ {
		for _, h := range r.list {
			actual, observed := h.Calc(of)
			for _, at := range []time.Time{actual, observed} {
				// The library answers with the day's beginning in the system's zone, which
				// in some does not exist on some days: noon is on the right day always.
				if at = at.Add(12 * time.Hour); at.Year() == year {
					out[monthDay{at.Month(), at.Day()}] = true
				}
			}
		}
	}
	return out
}
