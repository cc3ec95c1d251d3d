package calendar

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"
)

//go:embed zones.tab
var zonesTab string

// zoneTable is zones.tab as it is read.
type zoneTable struct {
	names []string          // every zone
	one   map[string]string // by country, where all of it keeps one clock
	many  map[string]bool   // countries with several
}

var zones = sync.OnceValue(func() zoneTable {
	t := zoneTable{names: []string{"UTC"}, one: map[string]string{}, many: map[string]bool{}}
	for line := range strings.Lines(zonesTab) {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] == "#" {
			continue
		}
		t.names = append(t.names, f[2:]...)
		if f[1] == "=" {
			t.one[f[0]] = f[2]
		} else {
			t.many[f[0]] = true
		}
	}
	return t
})

// Zones are the names of the zones that people live in, for a did-you-mean. Zone
// knows others, too.
func Zones() []string { return zones().names }

// Zone returns the zone of an IANA name, such as Europe/Berlin. "Local" is none:
// it would mean another zone on another machine.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a zone", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not a zone", name)
	}
	return zone, nil
}

// ZoneOf returns the zone of a country (ISO 3166-1 alpha-2) all of which keeps
// the same clock; false for one with several, and for none.
func ZoneOf(country string) (*time.Location, bool) {
	name, ok := zones().one[strings.ToUpper(strings.TrimSpace(country))]
	if !ok {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}
