package flowd

import (
	"net/http"
	"net/url"
	"time"
)

// Delivery is one HTTP arrival at a source's hook. It may carry several events,
// or none.
type Delivery struct {
	Source string
	Header http.Header
	Query  url.Values
	// Body holds the bytes exactly as sent: signatures are computed over them.
	Body     []byte
	Received time.Time
}

// Reply is what a ping or a handshake must hear instead of the ordinary empty
// 200. A zero Status means 200.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}
