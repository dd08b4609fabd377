// Package pane is one file pane: a listing, the cursor, marks, sort order,
// filter, search, and the drawing of it. It draws only the rows that can be
// seen, so a frame costs the same for ten entries and for a million.
//
// It does no I/O and starts no goroutine. Work that grows with the listing
// (sorting, filtering) is handed out as a Job, a pure function of values that
// do not change, which the root model runs in a command; small ones run at once.
package pane
