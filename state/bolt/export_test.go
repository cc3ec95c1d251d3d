package bolt

// Freeze runs fn while nothing is written, as a test that copies the file needs.
func (s *Store) Freeze(fn func()) {
	s.exclusive.Lock()
	defer s.exclusive.Unlock()
	fn()
}
