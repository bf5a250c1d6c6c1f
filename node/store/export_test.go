package store

// Count is the number of keys in a table, for tests that look for what should
// be gone.
func (s *Store) Count(table byte) (n int, err error) {
	err = s.reader.scan([]byte{table}, []byte{table + 1}, func(_, _ []byte) (bool, error) {
		n++
		return true, nil
	})
	return n, err
}
