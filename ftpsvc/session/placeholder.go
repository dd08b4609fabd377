package session

// Session is a logged-in control connection. (Delete this file together with landing session.go.)
type Session struct{}
