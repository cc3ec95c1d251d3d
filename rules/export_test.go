package rules

// KeyDocs are the sentences on keys that go into the schema.
func KeyDocs() map[string]string { return keyDocs }
