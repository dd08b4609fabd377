package main

// ballast is never touched, so it takes no memory; it lets the collector wait
// for some more garbage before it runs. What a transfer keeps is small and its
// garbage plenty: without it the collector takes a tenth of the time that 5,000
// small files need. A larger GOGC would do the same, and let a big folder
// take several times its size.
var ballast = make([]byte, 1<<20)
