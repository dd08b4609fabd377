package localfs

// Fail is fail for the tests outside.
var Fail = fail
