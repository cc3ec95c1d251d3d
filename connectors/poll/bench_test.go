package poll_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"flowd/connectors/poll"
)

const (
	manyPages = 200
	pageSize  = 500
)

// large serves a hundred thousand applications of the shape of the fixture, in
// pages.
func large(b *testing.B) string {
	b.Helper()
	var page struct {
		Data struct {
			Results []json.RawMessage
		}
	}
	if err := json.Unmarshal(read(b, "applications.json"), &page); err != nil {
		b.Fatal(err)
	}
	var item bytes.Buffer
	if err := json.Compact(&item, page.Data.Results[0]); err != nil {
		b.Fatal(err)
	}
	var list bytes.Buffer
	for range pageSize {
		list.Write(item.Bytes())
		list.WriteByte(',')
	}
	list.Truncate(list.Len() - 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		// The first item tells pages apart.
		_, _ = fmt.Fprintf(w, `{"success": true, "data": {"results": [{"n": %d, %s`, n, list.Bytes()[1:])
		_, _ = fmt.Fprintf(w, `]}, "more": %t}`, n+1 < manyPages)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// A poll of a hundred thousand unchanged applications, and what it costs to
// decode the same pages and do nothing with them. The memory that is held between
// two pages must not grow with their number.
func BenchmarkPoll(b *testing.B) {
	url := large(b)
	b.Run("decoded only", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for n := range manyPages {
				resp, err := http.Get(url + "?page=" + strconv.Itoa(n))
				if err != nil {
					b.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				var page any
				if err == nil {
					err = json.Unmarshal(body, &page)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		perApplication(b)
	})
	b.Run("polled", func(b *testing.B) {
		section := strings.Replace(standing, "{url: URL/applications}", "{url: URL, query: {page: '${page}'}}", 1)
		s := source(b, url, section+"paging: {page: 0, more: body.more}\n")
		b.ReportAllocs()
		most := uint64(0)
		for b.Loop() {
			var cursor []byte
			n := 0
			for more := true; more; {
				batch, on, err := s.Poller.Poll(b.Context(), cursor)
				if err != nil {
					b.Fatal(err)
				}
				n, more, cursor = n+len(batch.Seen), on, batch.Cursor
				if n%(pageSize*20) == 0 {
					var m runtime.MemStats
					runtime.GC()
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc)
				}
			}
			if n != manyPages*pageSize {
				b.Fatalf("%d applications", n)
			}
		}
		perApplication(b)
		b.ReportMetric(float64(most)/(1<<20), "MiB-live")
	})
}

func perApplication(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(manyPages*pageSize), "ns/application")
}

// One stage change as it comes, from the bytes to the snapshot.
func BenchmarkDecode(b *testing.B) {
	answer := read(b, "applications.json")
	s := source(b, "https://ats.example.com", standing)
	b.ReportAllocs()
	b.SetBytes(int64(len(answer)))
	for b.Loop() {
		if got, err := poll.Decode(s.Poller, answer); err != nil || len(got.Seen) != 2 {
			b.Fatal(err)
		}
	}
}
