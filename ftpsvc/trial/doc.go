// Package trial holds the long tests and the benchmarks of the whole engine:
// service, queue, sessions and sockets together, against embedded servers. It
// has no code of its own.
//
//	go test ./ftpsvc/trial/                                20 kills
//	FERRY_KILLS=300 go test -timeout 2h -run Kill ./ftpsvc/trial/
//	FERRY_SOAK=30m go test -timeout 2h -run Soak ./ftpsvc/trial/
//	go test -run xxx -bench . ./ftpsvc/trial/
//
// Each test prints its seed; FERRY_SEED takes one again.
package trial
