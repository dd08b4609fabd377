// Package transfer moves the bytes of one file from one side to another and
// proves what arrived. It decides nothing about order, retries or conflicts:
// its caller, the service, does.
//
//	source side -> Read lends a reader -> Write at a temporary name -> proof -> rename
//
// A target keeps its old content until the new one is proven, and never has
// its final name while it is partial, except where a site or a small new file
// on a server is written directly.
package transfer
