package config

import (
	"bytes"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// Learned is what was found out about an account, named as user@host:port.
// Zero values mean: not known.
type Learned struct {
	Data       string          `toml:"data,omitempty"`        // data mode that worked
	TLSOffered bool            `toml:"tls_offered,omitempty"` // once true, clear text is an alarm
	ClearOK    bool            `toml:"clear_ok,omitempty"`    // the user allowed a password in clear text
	MaxConns   int             `toml:"max_conns,omitempty"`   // connections that the host bears
	Zone       string          `toml:"zone,omitempty"`        // of listings, "+02:00"
	ListAll    string          `toml:"list_all,omitempty"`    // "yes", "no": LIST -a
	MLSDBad    bool            `toml:"mlsd_bad,omitempty"`
	Charset    string          `toml:"charset,omitempty"`
	Quirks     map[string]bool `toml:"quirks,omitempty"` // what the server does not bear
	Welcome    string          `toml:"welcome,omitempty"`
}

// host is what is known of a host, named as host:port.
type host struct {
	Certificate string `toml:"certificate,omitempty"` // SHA-256 fingerprint that the user trusts
}

type facts struct {
	Hosts    map[string]host    `toml:"host,omitempty"`
	Accounts map[string]Learned `toml:"account,omitempty"`
}

// Memory keeps what was learned of hosts in learned.toml. Its methods return
// at once: the first reading apart, the disk is a goroutine's business, which
// lives while there is something to write. Several processes may write; each
// change is applied to what the file holds at that moment.
type Memory struct {
	dirs Dirs

	mu      sync.Mutex
	loaded  bool
	facts   facts
	pending []func(*facts)
	busy    bool      // a writer is at work
	idle    sync.Cond // on mu: busy became false
	problem error     // why the file is not written; nil: it is
}

// Memory opens what was learned. No file is read before it is asked for.
func (s *Store) Memory() *Memory {
	m := &Memory{dirs: s.dirs}
	m.idle.L = &m.mu
	return m
}

const learnedHead = "# Written by ferry: what it learned of hosts. Deleting a line makes it forget.\n\n"

func (d Dirs) readFacts() (facts, error) {
	var f facts
	data, err := readFile(d.LearnedFile())
	if err == nil {
		if err = toml.Unmarshal(data, &f); err != nil {
			problems, _ := decode(d.LearnedFile(), data, &facts{})
			if len(problems) > 0 {
				err = problems[0]
			}
			f = facts{}
		}
	}
	if f.Hosts == nil {
		f.Hosts = map[string]host{}
	}
	if f.Accounts == nil {
		f.Accounts = map[string]Learned{}
	}
	return f, err
}

// load reads the file once. A broken one gives nothing and is not written over.
func (m *Memory) load() {
	if !m.loaded {
		m.loaded = true
		m.facts, m.problem = m.dirs.readFacts()
	}
}

// Learned returns what is known of an account.
func (m *Memory) Learned(account string) Learned {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load()
	return m.facts.Accounts[account].clone()
}

func (l Learned) clone() Learned {
	q := l.Quirks
	l.Quirks = nil
	for k, v := range q {
		if l.Quirks == nil {
			l.Quirks = make(map[string]bool, len(q))
		}
		l.Quirks[k] = v
	}
	return l
}

// Learn changes what is known of an account. change may be called more than
// once, on newer facts, and from another goroutine; it must only set fields.
func (m *Memory) Learn(account string, change func(*Learned)) {
	m.apply(func(f *facts) {
		l := f.Accounts[account].clone()
		change(&l)
		f.Accounts[account] = l
	})
}

// Trusted returns the fingerprint that the user trusts at host:port, "" for none.
func (m *Memory) Trusted(hostport string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load()
	return m.facts.Hosts[hostport].Certificate
}

// Trust remembers a fingerprint for host:port; "" forgets it.
func (m *Memory) Trust(hostport, fingerprint string) {
	m.apply(func(f *facts) {
		if fingerprint == "" {
			delete(f.Hosts, hostport)
			return
		}
		f.Hosts[hostport] = host{Certificate: fingerprint}
	})
}

// Problem is why the file is not written, nil when all is well.
func (m *Memory) Problem() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load()
	return m.problem
}

func (m *Memory) apply(change func(*facts)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load()
	change(&m.facts)
	if m.problem != nil {
		return
	}
	m.pending = append(m.pending, change)
	if !m.busy {
		m.busy = true
		go m.write()
	}
}

// write stores what is pending until nothing is.
func (m *Memory) write() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.pending) > 0 && m.problem == nil {
		changes := m.pending
		m.pending = nil
		m.mu.Unlock()
		f, err := m.store(changes)
		m.mu.Lock()
		if m.problem = err; err == nil {
			for _, change := range m.pending {
				change(&f)
			}
			m.facts = f
		}
	}
	m.busy = false
	m.idle.Broadcast()
}

func (m *Memory) store(changes []func(*facts)) (f facts, err error) {
	err = m.dirs.locked(func() error {
		if f, err = m.dirs.readFacts(); err != nil {
			return err
		}
		for _, change := range changes {
			change(&f)
		}
		text, err := toml.Marshal(f)
		if err != nil {
			return err
		}
		text = append([]byte(learnedHead), text...)
		if old, err := readFile(m.dirs.LearnedFile()); err == nil && bytes.Equal(old, text) {
			return nil // nothing new: most runs learn what is known
		}
		return writeFile(m.dirs.LearnedFile(), text)
	})
	return f, err
}

// Close waits until all that was learned is on disk, and tells why it is not.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.busy {
		m.idle.Wait()
	}
	return m.problem
}
